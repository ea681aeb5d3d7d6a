"""An arena served by its own process, and a page's view of it: exactly the bytes that a browser gets."""

import json
import os
import secrets
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

TIMEOUT = 120.0


def free_port() -> int:
    """A port that nothing listens at."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


ROOT = Path(__file__).parents[3]
APP = ROOT / "app.py"
FAKES = Path(__file__).with_name("fakes.py")


@dataclass(frozen=True)
class Arena:
    """A served arena. While the file ``gate`` is there, the slow fake does not finish."""

    url: str
    data: Path
    gate: Path
    pid: int


def environment(**more: str) -> dict[str, str]:
    """The environment of an arena's process, free of settings of this one."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("HUB_", "GRADIO_"))}
    return kept | {"PYTHONPATH": str(ROOT)} | more


def _wait(url: str, process: "subprocess.Popen[bytes]") -> None:
    end = time.monotonic() + TIMEOUT
    while time.monotonic() < end and process.poll() is None:
        try:
            httpx.get(url, timeout=TIMEOUT).raise_for_status()
        except httpx.TransportError:
            time.sleep(0.1)
        else:
            return
    raise RuntimeError(f"the arena does not answer at {url}")


@contextmanager
def served(folder: Path, script: Path, names: tuple[str, ...] = ()) -> Iterator[Arena]:
    """Serve ``script`` with its data in ``folder``, and stop it."""
    data, gate, port = folder / "data", folder / "gate", free_port()
    command = [sys.executable, str(script), "--port", str(port), "--data", str(data)]
    env = environment(HUB_GENERATORS=",".join(names), FAKE_GATE=str(gate))
    with (
        (folder / "log").open("wb") as log,
        subprocess.Popen(command, env=env, cwd=ROOT, stdout=log, stderr=log) as run,
    ):
        try:
            _wait(f"http://127.0.0.1:{port}/", run)
            yield Arena(f"http://127.0.0.1:{port}", data, gate, run.pid)
        finally:
            run.terminate()


class Page:
    """One page: its session, and the raw text of everything the server sent to it."""

    def __init__(self, url: str) -> None:
        self.http = httpx.Client(base_url=url, timeout=TIMEOUT)
        self.session = secrets.token_hex(5)
        self.html = self.http.get("/").text
        self.config = self.http.get("/config").text
        self.info = self.http.get("/gradio_api/info").text
        events = json.loads(self.config)["dependencies"]
        self.events = {event["api_name"]: event["id"] for event in events if event["api_name"]}

    def send(self, name: str, *data: Any) -> Iterator[str]:
        """Trigger an event and yield the raw messages it sends back, as they come, to the last one."""
        body = {"data": list(data), "fn_index": self.events[name], "session_hash": self.session, "trigger_id": None}
        self.http.post("/gradio_api/queue/join", json=body).raise_for_status()
        with self.http.stream("GET", "/gradio_api/queue/data", params={"session_hash": self.session}) as stream:
            for line in stream.iter_lines():
                if line:
                    yield line
                if '"msg":"process_completed"' in line:
                    return

    def ask(self, name: str, *data: Any) -> str:
        """Trigger an event and return all it sends back."""
        return "\n".join(self.send(name, *data))
