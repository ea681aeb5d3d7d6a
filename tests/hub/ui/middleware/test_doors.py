"""Gradio's doors: each of its routes is listed here as open or shut, so that a new one is noticed, and shut."""

import asyncio
import subprocess
import sys
from collections.abc import Iterator

import httpx
import pytest
from starlette.types import Message

from hub.ui.middleware.doors import Doors
from tests.hub.ui import fakes
from tests.hub.ui.middleware.asked import Inner, asked, scope_of
from tests.hub.ui.served import FAKES, Arena, Page, served

USED = """GET /|HEAD /|GET /config|GET /config/|GET /assets/{path:path}|GET /static/{path:path}|GET /theme.css
GET /gradio_api/theme.css|GET /favicon.ico|GET /robots.txt|GET /manifest.json|GET /pwa_icon|GET /pwa_icon/{size}
GET /gradio_api/app_id|GET /gradio_api/app_id/|GET /gradio_api/info|GET /gradio_api/info/
POST /gradio_api/queue/join|GET /gradio_api/queue/data
POST /gradio_api/run/{api_name}|POST /gradio_api/cancel|POST /gradio_api/reset|POST /gradio_api/reset/
GET /gradio_api/heartbeat/{session_hash}|GET /gradio_api/startup-events|GET /logout"""
NAMES = {"path:path": "a.js", "size": "192", "api_name": "predict", "session_hash": "abc123"}


@pytest.fixture(scope="module")
def arena(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Arena]:
    """An arena of the two fakes; what Gradio writes beside the data folder would be in ``gradio``."""
    folder = tmp_path_factory.mktemp("doors")
    (folder / "gradio").mkdir()
    with served(folder, FAKES, fakes.NAMES, GRADIO_TEMP_DIR=str(folder / "gradio")) as arena:
        yield arena


def routes() -> set[tuple[str, str]]:
    """Method and path of every route of this Gradio."""
    code = (
        "import gradio as gr\n"
        "with gr.Blocks(analytics_enabled=False) as blocks: gr.HTML('')\n"
        "def tell(routes):\n"
        "    for route in routes:\n"
        "        if hasattr(route, 'original_router'): tell(route.original_router.routes)\n"
        "        else: print(*(f'{method} {route.path}' for method in route.methods), sep='\\n')\n"
        "tell(gr.routes.App.create_app(blocks).routes)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    lines = [line.split(" ") for line in done.stdout.splitlines()]
    return {(method, path) for method, path in lines}


def example(path: str) -> str:
    """A path that fits a route."""
    for name, value in NAMES.items():
        path = path.replace(f"{{{name}}}", value)
    return path.replace("{", "").replace("}", "").replace(":path", "")


def test_every_route_of_gradio_is_shut_but_for_those_that_the_page_uses() -> None:
    doors, found = Doors(Inner()), routes()
    used = {tuple(one.split(" ")) for line in USED.splitlines() for one in line.split("|")}
    assert used <= found
    assert {(method, path) for method, path in found if doors.lets(method, example(path))} == used
    assert len(found - used) > 50


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/gradio_api/upload"),
        ("GET", "/gradio_api/upload_progress"),
        ("GET", "/gradio_api/deep_link"),
        ("POST", "/gradio_api/stream/x"),
        ("POST", "/gradio_api/stream/x/close"),
        ("POST", "/gradio_api/process_recording"),
        ("POST", "/gradio_api/component_server"),
        ("POST", "/gradio_api/component_server/"),
        ("GET", "/gradio_api/file=/etc/passwd"),
        ("GET", "/gradio_api/proxy=https://evil.hf.space"),
        ("POST", "/gradio_api/call/draw"),
        ("POST", "/gradio_api/api/draw"),
        ("POST", "/gradio_api/run/draw"),
        ("POST", "/gradio_api/run/vote/"),
        ("POST", "/login"),
        ("POST", "/"),
        ("OPTIONS", "/gradio_api/queue/join"),
        ("GET", "/gradio_api/queue/join"),
        ("GET", "/monitoring"),
        ("POST", "/gradio_api/vibe-edit"),
        ("GET", "/gradio_api/a-door-of-next-year"),
        ("GET", "/assets/"),
        ("GET", "//config"),
        ("GET", "/config\n"),
    ],
)
def test_what_is_not_listed_is_shut(method: str, path: str) -> None:
    inner = Inner()
    assert asked(Doors(inner), method, path)[0] == 404
    assert inner.scopes == []


def test_no_websocket_is_opened() -> None:
    inner, sent = Inner(), list[Message]()

    async def send(message: Message) -> None:
        sent.append(message)

    scope = {**scope_of("GET", "/gradio_api/queue/join", "::1", {}), "type": "websocket"}
    asyncio.run(Doors(inner)(scope, None, send))  # type: ignore[arg-type]
    assert (inner.scopes, sent) == ([], [{"type": "websocket.close", "code": 1008}])


def test_nobody_writes_to_the_disk(arena: Arena) -> None:
    with Page(arena.url) as page:
        page.draw("a boat")
        files = {"files": ("x.bin", b"x" * 1000)}
        assert page.http.post("/gradio_api/upload", files=files).status_code == 404
        where = {"session_hash": page.session}
        assert page.http.get("/gradio_api/deep_link", params=where).status_code == 404
        assert page.http.post("/gradio_api/process_recording", files={"video": ("x.mp4", b"x")}).status_code == 404
    assert [path for path in (arena.data.parent / "gradio").rglob("*") if path.is_file()] == []


def test_an_event_of_the_queue_can_not_pass_it_by(arena: Arena) -> None:
    with Page(arena.url) as page:
        body = page.body("draw", ["a boat", "quality"], {})
        for path in ("predict", "vote"):
            assert page.http.post(f"/gradio_api/run/{path}", json=body).status_code == 404


def test_the_layers_are_outside_all_of_gradios_own(arena: Arena) -> None:
    evil = {"origin": "http://evil.org"}
    for method, path, code in (("GET", "/", 200), ("GET", "/config", 200), ("OPTIONS", "/gradio_api/queue/join", 404)):
        asking = {"access-control-request-method": "POST"} if method == "OPTIONS" else {}
        answer = httpx.request(method, arena.url + path, headers=evil | asking)
        assert answer.status_code == code
        assert not [name for name in answer.headers if name.startswith("access-control")]
        assert "frame-ancestors 'self'" in answer.headers["content-security-policy"]
    assert httpx.post(f"{arena.url}/gradio_api/run/predict", headers=evil, json={}).status_code == 403
    assert httpx.get(arena.url, headers={"host": "rebound.evil.org"}).status_code == 421
    assert httpx.post(f"{arena.url}/gradio_api/queue/join", content=b"x" * 100_000).status_code == 413
