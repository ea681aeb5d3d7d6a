"""Pictures of an inference endpoint, against a local server that speaks the text-to-image route."""

import io
import json
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from hub.engine.local_engine import LocalEngine
from hub.errors import Cancelled, GenerationError, HubError
from hub.generators import Placement, ignore_progress
from hub.generators import remote_calls as remote
from hub.generators.facts import facts, known
from tests.asking import asking
from tests.hub.generators.conftest import Add

SECRET = "secret-of-an-endpoint"  # noqa: S105
LINE = 'far = {{ kind = "inference", url = "{url}", steps = 3, width = 64, height = 64, licence = "MIT"{more} }}'


def png(seed: int, size: int = 64, form: str = "PNG", mode: str = "RGBA") -> bytes:
    """A picture of one colour."""
    buffer = io.BytesIO()
    Image.new(mode, (size, size), seed % 256 if mode == "1" else (seed % 256, 0, 0, 128)[: len(mode)]).save(
        buffer, form
    )
    return buffer.getvalue()


@dataclass
class Endpoint:
    """The server; ``answers`` are what comes before pictures: a status, headers and a body, or an event to wait for."""

    answers: list[tuple[int, dict[str, str], bytes] | threading.Event] = field(default_factory=list)
    asked: list[tuple[dict[str, Any], str | None]] = field(default_factory=list)
    url: str = ""
    overdue: bool = False  # whether an event did not come while somebody waited


@pytest.fixture
def endpoint() -> Iterator[Endpoint]:
    """A served endpoint."""
    state = Endpoint()

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *_: Any) -> None:
            """Say nothing."""

        def do_POST(self) -> None:
            asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            state.asked.append((asked, self.headers.get("Authorization")))
            answer = state.answers.pop(0) if state.answers else (200, {}, png(asked["parameters"]["seed"]))
            if isinstance(answer, threading.Event):
                state.overdue = not answer.wait(60)
                answer = (200, {}, png(0))
            status, headers, body = answer
            self.send_response(status)
            for name, value in {**headers, "Content-Length": str(len(body))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, *_: Any) -> None:
            """A client that is gone is no news here."""

    server = Server(("127.0.0.1", 0), Handler)
    state.url = f"http://127.0.0.1:{server.server_port}/models/far"
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    yield state
    server.shutdown()
    server.server_close()


def test_a_picture_is_asked_for_by_prompt_and_seed_and_the_setup_says_who_drew(
    endpoint: Endpoint, add: Add, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_TOKEN", "hf_TokenOfTheHub")
    add(LINE.format(url=f"{endpoint.url}?key=hidden", more=", guidance_scale = 0.5"))
    engine = LocalEngine("cpu")
    one, other, again = (engine.draw("far", asking("a red apple", seed), ignore_progress) for seed in (7, 8, 7))
    assert one.png == again.png != other.png
    image = Image.open(io.BytesIO(one.png))
    assert (image.mode, image.getpixel((0, 0))) == ("RGB", (7, 0, 0))
    parameters = {"width": 64, "height": 64, "num_inference_steps": 3, "guidance_scale": 0.5, "seed": 7}
    assert endpoint.asked[0] == ({"inputs": "a red apple", "parameters": parameters}, None), (
        "no token for anybody's url"
    )
    setup = one.setup
    assert (setup.endpoint, setup.parameters) == (endpoint.url, {"width": 64, "height": 64})
    assert (setup.steps, setup.guidance_scale, setup.dtype, setup.device) == (3, 0.5, "unknown", "unknown")
    assert setup.checkpoints == {}
    assert "huggingface_hub" in setup.libraries
    assert "hidden" not in setup.model_dump_json()


def test_what_cannot_be_known_of_a_remote_model_is_not_made_up(endpoint: Endpoint, add: Add) -> None:
    found = facts(add(LINE.format(url=endpoint.url, more="")))
    assert (found.parameters, found.device_hours, found.sha256, found.device) == (None, None, {}, "unknown")
    assert found.revision.startswith("remote.")
    assert "can't be replayed" not in found.note
    assert "no picture can be replayed" in found.note


@pytest.mark.parametrize("date", [False, True])
def test_a_busy_server_is_asked_again_when_it_says(
    date: bool, endpoint: Endpoint, add: Add, monkeypatch: pytest.MonkeyPatch
) -> None:
    slept: list[float] = []
    clock = [0.0]
    monkeypatch.setattr(time, "monotonic", lambda: clock[0])

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        clock[0] += seconds

    monkeypatch.setattr(time, "sleep", sleep)
    after = formatdate(time.time() + 40, usegmt=True) if date else "40"
    endpoint.answers = [(429, {"Retry-After": after}, b"{}"), (503, {}, b"{}")]
    draw = add(LINE.format(url=endpoint.url, more="")).load(Placement())
    assert draw(asking("a cat", 1), {}, ignore_progress).size == (64, 64)
    assert len(endpoint.asked) == 3
    assert 38 <= sum(slept) <= 45, "as long as was asked, then the growing pause"
    endpoint.answers = [(503, {"Retry-After": "9999"}, b"{}")] * remote.ATTEMPTS
    slept.clear()
    with pytest.raises(GenerationError, match=r"is busy \(HTTP 503\)\. Try again later"):
        draw(asking("a cat", 1), {}, ignore_progress)
    assert sum(slept) == pytest.approx(remote.LONGEST * (remote.ATTEMPTS - 1)), "never longer than the longest"


def test_who_leaves_is_not_waited_for(endpoint: Endpoint, add: Add) -> None:
    held, looks = threading.Event(), list[int]()
    endpoint.answers = [held, (503, {"Retry-After": "600"}, b"{}")]
    draw = add(LINE.format(url=endpoint.url, more="")).load(Placement())

    def leave(share: float, preview: object = None) -> None:
        if endpoint.asked:
            raise Cancelled("Nobody waits.")

    with pytest.raises(Cancelled):
        draw(asking("a cat", 1), {}, leave)  # while it draws
    assert not endpoint.overdue
    held.set()

    def leave_later(share: float, preview: object = None) -> None:
        looks.append(len(endpoint.asked))
        if looks.count(2) == 5:
            raise Cancelled("Nobody waits.")

    with pytest.raises(Cancelled):
        draw(asking("a cat", 1), {}, leave_later)  # while it is busy
    assert len(endpoint.asked) == 2


BOMB = png(0, 5000, mode="1")  # small to send, large to hold


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        ((401, {}, b"{}"), r"refused the token \(HTTP 401\)"),
        ((402, {}, b"{}"), "wants to be paid"),
        ((404, {}, b"{}"), r"does not exist \(HTTP 404\)"),
        ((500, {}, b"<html>"), r"could not draw this \(HTTP 500\)"),
        ((200, {}, b"<html>no picture</html>"), "gave something that is no picture"),
        ((200, {}, png(1, form="GIF", mode="RGB")), "gave a picture in the format GIF"),
        ((200, {}, png(1)[:-40]), "gave a damaged picture"),
        ((200, {}, BOMB), "gave a picture of 5000x5000 pixels, which is too large"),
        ((200, {}, png(0, 10_000, mode="1")), "gave a picture of 10000x10000 pixels, which is too large"),
        ((200, {}, png(0, 14_000, mode="1")), "gave a picture that is too large"),
        (threading.Event(), "gave no picture within 0.5 s"),
    ],
)
@pytest.mark.filterwarnings("ignore::PIL.Image.DecompressionBombWarning")  # what the size refuses anyway
def test_what_goes_wrong_is_one_sentence(
    answer: Any, says: str, endpoint: Endpoint, add: Add, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FAR_SECRET", SECRET)
    endpoint.answers = [answer]
    draw = add(LINE.format(url=endpoint.url, more=', token = "FAR_SECRET", timeout = 0.5')).load(Placement())
    with pytest.raises(GenerationError, match=says) as caught:
        draw(asking("a cat", 1), {}, ignore_progress)
    assert SECRET not in str(caught.value)
    assert endpoint.asked[0][1] == f"Bearer {SECRET}"


def test_an_endpoint_that_is_not_there_is_one_sentence(add: Add) -> None:
    draw = add(LINE.format(url="http://127.0.0.1:9/x", more="")).load(Placement())
    with pytest.raises(GenerationError, match=r"http://127\.0\.0\.1:9/x could not be reached \(ConnectError\)"):
        draw(asking("a cat", 1), {}, ignore_progress)


def test_a_token_that_is_missing_is_told_where_generators_are_listed(
    add: Add, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("HF_TOKEN", raising=False)
    monkeypatch.setattr("hub.generators.kinds.inference.get_token", lambda: None)
    one = add('one = { kind = "inference", model = "a/b", provider = "fal-ai", licence = "MIT" }')
    said = known(one)
    assert isinstance(said, str)
    assert said.startswith("one: a/b at fal-ai needs a token: set HF_TOKEN to one from https://")
    with pytest.raises(HubError, match="needs a token"):
        one.load(Placement())
    two = add(LINE.format(url="http://x.org", more=', token = "NO_SUCH"').replace("far", "two"))
    assert known(two) == "two: http://x.org needs a token: set NO_SUCH."
