"""The Hub of the data set's tests, which now has Spaces: their files, secrets, variables, runtime and hardware."""

import base64
import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tests.hub.dataset import server
from tests.hub.dataset.server import NAME, FakeHub, Refused

HARDWARE: list[dict[str, Any]] = [
    {"name": "cpu-basic", "prettyName": "CPU basic", "cpu": "2 vCPU", "ram": "16 GB"},
    {
        "name": "t4-small",
        "prettyName": "T4",
        "cpu": "4 vCPU",
        "ram": "15 GB",
        "accelerator": {"type": "gpu", "model": "T4", "quantity": "1", "vram": "16 GB", "manufacturer": "Nvidia"},
    },
]


@dataclass
class SpaceState:
    """What a Space has beside its files."""

    sdk: str = "gradio"
    secrets: set[str] = field(default_factory=set)
    variables: dict[str, str] = field(default_factory=dict)
    runtime: dict[str, Any] = field(default_factory=lambda: {"stage": "RUNNING", "hardware": {"current": "cpu-basic"}})


class SpaceHub(FakeHub):
    """The server; ``states`` are of the Spaces in ``repos``."""

    def __init__(self) -> None:
        super().__init__()
        self.states: dict[str, SpaceState] = {}

    def space(self, name: str, **state: Any) -> SpaceState:
        """Make a Space."""
        self.make(name)
        self.states[name] = SpaceState(**state)
        return self.states[name]


def _create(handler: Any, hub: SpaceHub) -> Any:
    asked = json.loads(handler.body)
    if asked.get("type") == "space":
        assert asked["sdk"] == "gradio"
        hub.states.setdefault(f"{asked['organization']}/{asked['name']}", SpaceState())
    return server._Handler.create(handler, hub)


def _info(handler: Any, hub: SpaceHub, name: str) -> Any:
    return server._Handler.info(handler, hub, name) | {"sdk": hub.states[name].sdk}


def _secrets(handler: Any, hub: SpaceHub, name: str) -> Any:
    handler._repo(hub, name, write=True)
    return {key: {"key": key} for key in hub.states[name].secrets}


def _variables(handler: Any, hub: SpaceHub, name: str) -> Any:
    handler._repo(hub, name, write=True)
    return {key: {"key": key, "value": value} for key, value in hub.states[name].variables.items()}


def _runtime(handler: Any, hub: SpaceHub, name: str) -> Any:
    handler._repo(hub, name)
    return hub.states[name].runtime


def _hardware(handler: Any, hub: SpaceHub) -> Any:
    return [one | {"unitCostMicroUSD": 0, "unitCostUSD": 0.0, "unitLabel": "minute"} for one in HARDWARE]


def _preupload(handler: Any, hub: SpaceHub, name: str, revision: str) -> Any:
    answer = server._Handler.preupload(handler, hub, name, revision)
    for file in answer["files"]:
        file["uploadMode"] = "lfs" if file["path"].endswith(".safetensors") else "regular"
    return answer


def _commit(handler: Any, hub: SpaceHub, name: str, revision: str) -> Any:
    repo = handler._repo(hub, name, write=True)
    lines = [json.loads(line) for line in handler.body.splitlines()]
    files = dict(repo.head.files)
    for line in lines[1:]:
        value = line["value"]
        if line["key"] == "deletedFile":
            del files[value["path"]]
        elif line["key"] == "file":
            files[value["path"]] = (base64.b64decode(value["content"]), False)
        elif value["oid"] in repo.lfs:
            files[value["path"]] = (repo.lfs[value["oid"]], True)
        else:
            raise Refused(400, f"the object {value['oid']} was not uploaded")
    repo.add(lines[0]["value"]["summary"], {})
    repo.head.files.clear()
    repo.head.files.update(files)
    url = f"{hub.url}/spaces/{name}/commit/{repo.head.oid}"
    return {"success": True, "commitOid": repo.head.oid, "commitUrl": url, "hookOutput": ""}


def _routes() -> list[tuple[tuple[str, ...], str, Callable[..., Any]]]:
    """A Space's own, then those of a data set under a Space's address."""
    api = rf"/api/spaces/{NAME}"
    own: list[tuple[tuple[str, ...], str, Callable[..., Any]]] = [
        (("GET",), r"/api/spaces/hardware", _hardware),
        (("GET",), api, _info),
        (("GET",), rf"{api}/secrets", _secrets),
        (("GET",), rf"{api}/variables", _variables),
        (("GET",), rf"{api}/runtime", _runtime),
        (("POST",), rf"{api}/preupload/([^/]+)", _preupload),
        (("POST",), rf"{api}/commit/([^/]+)", _commit),
    ]
    shared = [(methods, re.sub("datasets", "spaces", path), answer) for methods, path, answer in server.ROUTES]
    return [*own, *shared[3:]]


ROUTES = [(("POST",), r"/api/repos/create", _create), *_routes(), *server.ROUTES]
