"""The log: JSON or text, with facts, and without a word of a prompt, a cookie, a token or an address."""

import ast
import json
import logging
import socket
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from hub.errors import GenerationError, HubError
from hub.generators.entries.mock import FAILS
from hub.log import Json, Text, TidyHandler, describe_error
from hub.settings import Settings
from hub.ui.cookies import NAME
from tests.hub.ui import fakes
from tests.hub.ui.served import FAKES, Page, environment, served

ROOT = Path(__file__).parents[3]
PROMPT = "zeppelin over a marmalade harbour"
TOLD_NOBODY = {"prompt", "token", "cookie", "address", "secret", "login", "password", "png", "text", "request"}


def raised(error: Exception, cause: Exception | None = None) -> Exception:
    """The error with a traceback."""
    try:
        raise error from cause
    except Exception as caught:
        return caught


def record(**facts: object) -> logging.LogRecord:
    """A record with facts."""
    return logging.getLogger("hub.x").makeRecord("hub.x", logging.INFO, "x.py", 1, "said %s", ("so",), None, "f", facts)


def test_json_is_an_object_a_line() -> None:
    line = Json().format(record(event="vote.saved", battle="b1", seconds=0.5, generators=["ink", "öl"]))
    assert "\n" not in line
    said = json.loads(line)
    assert said.pop("time").endswith("+00:00")
    assert said == {
        "level": "INFO",
        "logger": "hub.x",
        "event": "vote.saved",
        "message": "said so",
        "battle": "b1",
        "seconds": 0.5,
        "generators": ["ink", "öl"],
    }
    assert json.loads(Json().format(record()))["event"] == "hub.x"


def test_text_has_the_facts_at_the_end() -> None:
    formatter = Text("%(levelname)s %(name)s: %(message)s%(facts)s")
    line = formatter.format(record(event="vote.saved", battle="b1"))
    assert line == "INFO hub.x: said so event=vote.saved battle=b1"
    assert formatter.format(record()) == "INFO hub.x: said so"


def test_an_exceptions_own_words_are_left_out_unless_they_are_ours() -> None:
    text = describe_error(
        raised(GenerationError("failed; re-roll"), raised(KeyError(PROMPT), raised(ValueError(PROMPT))))
    )
    assert PROMPT not in text
    assert [word for word in ("ValueError", "KeyError", "GenerationError: failed; re-roll") if word not in text] == []
    assert text.count("test_log.py") == 3
    assert "No space left" in describe_error(raised(OSError(28, "No space left on device")))
    for formatter in (Json(), Text()):
        failed = record()
        error = raised(RuntimeError(PROMPT))
        failed.exc_info = (type(error), error, error.__traceback__)
        assert "RuntimeError" in formatter.format(failed)
        assert PROMPT not in formatter.format(failed)


def test_no_line_of_the_hub_is_given_what_nobody_may_read() -> None:
    calls = 0
    for path in (ROOT / "hub").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Attribute)
                and node.func.attr in {"debug", "info", "warning", "error", "exception"}
                and isinstance(node.func.value, ast.Name)
                and node.func.value.id in {"log", "logger", "logging"}
            ):
                calls += 1
                inside = [part for argument in (*node.args, *node.keywords) for part in ast.walk(argument)]
                names = {part.id for part in inside if isinstance(part, ast.Name)}
                names |= {part.attr for part in inside if isinstance(part, ast.Attribute)}
                assert not names & TOLD_NOBODY, f"{path}:{node.lineno} logs {names & TOLD_NOBODY}"
    assert calls > 20


def test_a_session_leaves_no_prompt_cookie_or_address_in_the_log(tmp_path: Path) -> None:
    with (
        served(tmp_path, FAKES, (*fakes.NAMES, "mock"), HUB_LOG="json", HUB_VOTES_PER_HOUR="2") as arena,
        Page(arena.url) as page,
    ):
        for prompt in (PROMPT, f"{fakes.FAILS_ONCE}, {PROMPT}", f"{PROMPT} and a fire"):
            page.draw(prompt)
            page.vote("a")
            page.vote("a")
        page.compare(f"{fakes.FAILS_ONCE} and again, {PROMPT}", 7)
        page.compare(FAILS, 7)
        page.compare(f"{PROMPT} " * 400, 7)
        httpx.post(f"{arena.url}/gradio_api/run/vote", json={"data": [PROMPT], "session_hash": PROMPT})
        cookie, rater_token = page.http.cookies[NAME], page.token
    said = arena.said.replace("http://127.0.0.1:", "")
    assert "vote.saved" in said
    for hidden in (*PROMPT.split()[::3], cookie, cookie.split(".")[0], rater_token, "127.0.0.1"):
        assert hidden not in said
    assert "Traceback" not in said
    lines = [json.loads(line) for line in said.splitlines()]
    events = {line["event"] for line in lines}
    assert {"battle.started", "drawing.done", "drawing.failed", "vote.saved", "vote.refused"} <= events
    for line in lines:
        assert {"time", "level", "logger", "message"} <= set(line)
        assert not {"generator", "battle"} <= set(line), "a line tells who draws in a battle that is open"


@pytest.mark.parametrize(("name", "value"), [("HUB_LOG", "xml"), ("HUB_ADMIN_TOKEN", "short")])
def test_a_bad_setting_is_one_sentence_and_no_secret(name: str, value: str) -> None:
    with pytest.raises(HubError, match=name) as caught:
        Settings.from_env({name: value})
    assert ("short" in str(caught.value)) is False


SPEAKS = """
import asyncio, gc, logging, sys, threading, traceback, warnings
from hub.log import set_up_log
set_up_log({kind!r})
print("two", "lines\\nforged ERROR hub: a line")
print("\\x1b[2J" + "long" * 300_000)
sys.stderr.write("a part")
sys.stderr.write(" and the rest\\n" + "bar 1\\rbar 2\\n")
try:
    raise ValueError("zeppelin")
except ValueError as error:
    traceback.print_exc()
    traceback.print_exception(error)
    traceback.print_exception(type(error), error, error.__traceback__)
    print(len(traceback.format_exc()))
warnings.warn("zeppelin\\nor not", stacklevel=2)
thread = threading.Thread(target=lambda: [].index("zeppelin"))
thread.start()
thread.join()
async def fail():
    raise KeyError("zeppelin")
async def main():
    task = asyncio.create_task(fail())
    await asyncio.sleep(0.01)
asyncio.run(main())
gc.collect()
logging.getLogger("hub.x").error("forged\\n%s", "\\u2028\\udc80", extra={{"battle": "b\\n" * 9999, "n": ["a\\nb"]}})
logging.getLogger("a library").error("%d", "zeppelin")
class Bad:
    def __del__(self):
        raise RuntimeError("zeppelin")
Bad()
raise RuntimeError("zeppelin")
"""


@pytest.mark.parametrize("kind", ["json", "text"])
def test_whatever_is_printed_is_a_line_of_the_log_cut_and_escaped(kind: str) -> None:
    code = [sys.executable, "-c", SPEAKS.format(kind=kind)]
    done = subprocess.run(code, capture_output=True, text=True, check=False, env=environment())
    assert (done.returncode, done.stdout) == (1, "")
    for line in done.stderr.splitlines():
        assert len(line) < 10_000
        assert kind == "text" or set(json.loads(line)) >= {"time", "level", "logger", "event", "message"}
    for said in ("two lines", "forged ERROR hub: a line", "a part and the rest", "bar 2", "x1b[2J"):
        assert done.stderr.count(said) == 1
    assert done.stderr.count("characters more") == 2
    assert "bar 1" not in done.stderr
    assert not [line for line in done.stderr.splitlines() if line.startswith(("forged", "b", "lines"))]
    assert done.stderr.count("ValueError") == 4
    for name in ("KeyError", "RuntimeError", "Task exception was never retrieved", "a line that can't be made"):
        assert name in done.stderr
    quoted = [line for line in done.stderr.splitlines() if "zeppelin" in line and "__main__" not in line]
    assert [line for line in quoted if "File" not in line and "py.warnings" not in line] == []


def test_a_line_that_can_not_be_written_is_told_by_one_that_can(capsys: pytest.CaptureFixture[str]) -> None:
    class Unspeakable:
        def __str__(self) -> str:
            raise RuntimeError(PROMPT)

    handler = TidyHandler(sys.stdout)
    handler.setFormatter(Json())
    handler.handle(record(event=Unspeakable()))
    (line,) = capsys.readouterr().out.splitlines()
    assert json.loads(line)["message"] == "a line is lost: RuntimeError"


def test_bad_requests_leave_lines_of_json_and_no_word_of_theirs(tmp_path: Path) -> None:
    with served(tmp_path, FAKES, fakes.NAMES, HUB_LOG="json") as arena, Page(arena.url) as page:
        forged = f"{PROMPT}\n" + '{"event": "vote.saved"}\n'
        for data in ([PROMPT, -1], [PROMPT, forged], [{"a": PROMPT}, "quality"], [PROMPT]):
            page.ask("draw", *data)
        page.compare(forged, -1)
        page.ask("retry", token=forged, side=forged)
        page.vote(forged, token=forged)
        page.vote("a", tags=[forged] * 50)
        join = f"{arena.url}/gradio_api/queue/join"
        for body in (b"", b"{", forged.encode(), json.dumps({"data": [forged], "fn_index": 10**9}).encode()):
            page.http.post(join, content=body, headers={"content-type": "application/json"})
        page.http.post(join, json={"data": [forged], "fn_index": 10**9, "session_hash": forged})
        page.http.get("/gradio_api/queue/data", params={"session_hash": forged})
        page.http.post("/gradio_api/cancel", json={"session_hash": forged, "fn_index": 1, "event_id": forged})
        page.http.get("/gradio_api/custom_component/1/client/x/y", params={"a": forged})
        page.http.get("/", params={"deep_link": forged, "__theme": forged})
        with socket.create_connection(("127.0.0.1", int(arena.url.rpartition(":")[2]))) as raw:
            raw.sendall(b"NONSENSE \r\n" + forged.encode() + b"\r\n\r\n")
            raw.recv(100)
        assert '"success":true' in page.draw("a boat")
    lines = [json.loads(line) for line in arena.said.splitlines()]
    assert len(lines) > 10
    for word in PROMPT.split()[::3]:
        assert word not in arena.said
    assert all(len(line) < 20_000 for line in arena.said.splitlines())


def test_warnings_of_libraries_are_lines_too() -> None:
    code = "from hub.log import set_up_log; set_up_log('json'); import warnings; warnings.warn('mind the gap')"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=environment())
    assert "mind the gap" in json.loads(done.stderr)["message"]
