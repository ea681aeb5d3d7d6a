"""An arena served by its own process, and a page's view of it: exactly the bytes that a browser gets."""

import json
import multiprocessing
import os
import re
import runpy
import secrets
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import httpx

TIMEOUT = 300.0  # seconds after which something hangs; a start of 7 s of computing takes a minute beside ten others
PICTURE = re.compile(r"picture/[\w-]{20,}")
COMPARED = ("gouache-fake", "fresco-fake")
FILES = 2  # that come with a comparison and have addresses as pictures do: the sheet and the folder
CONSENT = re.compile(r'class=\\"vs-dialog\\" data-text=\\"(\w+)\\"')  # what stands for it, in the page's config
TOKEN = re.compile(r'"token":"([^"]{20,})"')


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
    log: Path

    @property
    def said(self) -> str:
        """What the server has logged so far."""
        return self.log.read_text(encoding="utf-8")


def environment(**more: str) -> dict[str, str]:
    """The environment of an arena's process, free of settings of this one."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("HUB_", "GRADIO_"))}
    return kept | {"PYTHONPATH": str(ROOT), "HUB_FILTERS": "none", "HUB_GATES": "none", "HUB_AHEAD": "0"} | more


def wait(url: str, alive: Callable[[], bool]) -> None:
    """Wait until the arena answers. Raises RuntimeError when its process has ended, or after TIMEOUT."""
    end = time.monotonic() + TIMEOUT
    while time.monotonic() < end and alive():
        try:
            httpx.get(url, timeout=TIMEOUT).raise_for_status()
        except httpx.TransportError:
            time.sleep(0.1)
        else:
            return
    raise RuntimeError(f"the arena does not answer at {url}")


@contextmanager
def served(folder: Path, script: Path, names: tuple[str, ...] = (), **settings: str) -> Iterator[Arena]:
    """Serve ``script`` with its data in ``folder``, and stop it as an operator does.

    What only the hub's own settings tell apart is forked from a process that has the page's imports, which are
    nearly all of a start; others' variables are read by those imports, so such an arena starts from nothing.
    """
    data, gate, port, said = folder / "data", folder / "gate", free_port(), folder / "log"
    command = [str(script), "--port", str(port), "--data", str(data)]
    env = environment(HUB_GENERATORS=",".join(names), FAKE_GATE=str(gate), **settings)
    starts = forked if all(name.startswith("HUB_") for name in settings) else started
    with starts(command, env, said) as (pid, alive):
        wait(f"http://127.0.0.1:{port}/", alive)
        yield Arena(f"http://127.0.0.1:{port}", data, gate, pid, said)


@contextmanager
def started(command: list[str], env: dict[str, str], said: Path) -> Iterator[tuple[int, Callable[[], bool]]]:
    """Run a script in a new Python; yield its pid and whether it runs still."""
    with (
        said.open("ab") as log,
        subprocess.Popen([sys.executable, *command], env=env, cwd=ROOT, stdout=log, stderr=log) as run,
    ):
        try:
            yield run.pid, lambda: run.poll() is None
        finally:
            run.terminate()


@contextmanager
def forked(command: list[str], env: dict[str, str], said: Path) -> Iterator[tuple[int, Callable[[], bool]]]:
    """Run a script in a fork of a Python that has the page's imports and no thread; else as :func:`started`."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([__name__, "hub.ui.page"])
    run = context.Process(target=_main, args=(command, env, said))
    run.start()
    try:
        assert run.pid
        yield run.pid, run.is_alive
    finally:
        run.terminate()
        run.join()


def _main(command: list[str], env: dict[str, str], said: Path) -> None:
    """Become the process that a new Python would be, with this command, environment and log."""
    with said.open("ab") as log:
        for stream in (1, 2):
            os.dup2(log.fileno(), stream)
    os.environ.clear()
    os.environ.update(env)
    os.chdir(ROOT)
    sys.argv = command
    threading.Thread(target=_end_with, args=(multiprocessing.parent_process(),), daemon=True).start()
    runpy.run_path(command[0], run_name="__main__")


def _end_with(tests: "multiprocessing.process.BaseProcess | None") -> None:
    """Stop this process when the tests' own is gone, were it killed."""
    if tests:
        tests.join()
        os.kill(os.getpid(), signal.SIGTERM)


class Page:
    """One page: its session, its cookie, its battle's token, and the raw text of all that the server sent to it."""

    def __init__(self, url: str) -> None:
        self.http = httpx.Client(base_url=url, timeout=TIMEOUT)
        self.session = secrets.token_hex(5)
        self.token = ""
        self.html = self.http.get("/").text
        self.config = self.http.get("/config").text
        self.agreed = found[1] if (found := CONSENT.search(self.config)) else ""
        self.info = self.http.get("/gradio_api/info").text
        events = json.loads(self.config)["dependencies"]
        self.events = {event["api_name"]: event["id"] for event in events if event["api_name"]}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.http.close()

    def body(self, name: str, data: Sequence[Any], said: dict[str, Any]) -> dict[str, Any]:
        """What a browser posts for an event; ``said`` is what its script sends along."""
        told = {"fn_index": self.events[name], "session_hash": self.session, "trigger_id": None}
        return told | {"data": list(data), "event_data": {"token": self.token} | said}

    def send(self, name: str, *data: Any, **said: Any) -> Iterator[str]:
        """Trigger an event and yield the raw messages it sends back, as they come, to the last one."""
        self.http.post("/gradio_api/queue/join", json=self.body(name, data, said)).raise_for_status()
        with self.http.stream("GET", "/gradio_api/queue/data", params={"session_hash": self.session}) as stream:
            for line in stream.iter_lines():
                if found := TOKEN.search(line):
                    self.token = found[1]
                if line:
                    yield line
                if '"msg":"process_completed"' in line:
                    return

    def ask(self, name: str, *data: Any, **said: Any) -> str:
        """Trigger an event and return all it sends back."""
        return "\n".join(self.send(name, *data, **said))

    def draw(self, prompt: str, question: str = "quality") -> str:
        """Draw a battle and return all that was sent."""
        return self.ask("draw", prompt, question)

    def compare(self, prompts: str, seeds: int | str | None, names: Sequence[str] = COMPARED) -> str:
        """Draw a comparison and return all that was sent."""
        return self.ask("compare", list(names), prompts, seeds, False, False, "")

    def pictures(self, sent: str) -> list[bytes]:
        """The pictures whose addresses were sent, fetched as a browser does."""
        answers = [self.http.get(f"/{address}") for address in dict.fromkeys(PICTURE.findall(sent))]
        return [answer.raise_for_status().content for answer in answers]

    def open(self) -> str:
        """Ask for a battle as the page does when it comes, and return what was sent."""
        sent = self.http.post("/gradio_api/run/open", json=self.body("open", [], {})).text
        if found := TOKEN.search(sent):
            self.token = found[1]
        return sent

    def vote(self, outcome: str, **said: Any) -> str:
        """Vote as the page does, past the queue, and return what was sent back."""
        body = self.body("vote", [], {"outcome": outcome, "tags": [], "agreed": self.agreed} | said)
        return self.http.post("/gradio_api/run/vote", json=body).text
