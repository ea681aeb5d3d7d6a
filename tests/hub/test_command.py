"""The edge of commands: progress where nobody looks, exit codes, sentences for tracebacks, help that is whole."""

import ast
import errno
import io
import re
import subprocess
import sys
import time
from collections.abc import Callable

import pytest
from rich.console import Console
from rich.text import Text
from typer.testing import CliRunner

from hub import progress
from hub.command import make_command
from hub.errors import DataError
from hub.progress import format_duration, show_waiting, track_items
from tests.helps import ROOT, SOURCES


@pytest.fixture
def lines(monkeypatch: pytest.MonkeyPatch) -> Callable[[], list[str]]:
    """What was told so far, to a file; the first line at once, others in a twentieth of the time."""
    out = io.StringIO()
    monkeypatch.setattr(progress, "console", Console(file=out))
    monkeypatch.setattr(progress, "pace", progress.LineTiming())
    monkeypatch.setattr(progress, "START", 0.0)
    monkeypatch.setattr(progress, "EVERY", 0.5)
    monkeypatch.setattr(progress, "LOOK", 0.02)
    return lambda: out.getvalue().splitlines()


def until(holds: Callable[[], bool]) -> None:
    """Wait for a condition, for a minute at most."""
    end = time.monotonic() + 60
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.01)


def test_where_output_is_no_terminal_long_work_tells_how_far_it_is(lines: Callable[[], list[str]]) -> None:
    items = iter(track_items(range(1100), "Sampling galip"))
    for _ in range(3):
        next(items)
    until(lambda: len(lines()) > 1)
    assert lines()[0] == "Sampling galip: 0 of 1,100"
    assert re.fullmatch(r"Sampling galip: 2 of 1,100(, .* left)?", lines()[-1])
    next(items)
    until(lambda: lines()[-1].startswith("Sampling galip: 3 of 1,100, ") and lines()[-1].endswith(" left"))


def test_a_step_that_takes_long_is_told_of_while_it_lasts_and_the_innermost_alone(
    lines: Callable[[], list[str]],
) -> None:
    for _ in track_items(range(1), "Drawing"):
        with show_waiting("Loading the witness"):
            until(lambda: len(lines()) > 2)
    assert lines()[0] == "Drawing: 0 of 1"
    assert all(re.fullmatch(r"Loading the witness: \d+ s so far", line) for line in lines()[1:])


def test_lines_are_seconds_apart_however_many_bars_there_are(
    lines: Callable[[], list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(progress, "EVERY", 1e9)
    for number in range(50):
        for _ in track_items(range(3), f"Step {number}"):
            pass
    assert lines() == ["Step 0: 0 of 3"]


def test_what_is_done_at_once_says_nothing(lines: Callable[[], list[str]], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress, "START", 1e9)
    list(track_items(range(3), "Step"))
    assert lines() == []


@pytest.mark.parametrize(
    ("seconds", "said"), [(0, "0 s"), (99, "99 s"), (720, "12 min"), (3599, "1 h 0 min"), (18431, "5 h 7 min")]
)
def test_time_is_told_in_words(seconds: float, said: str) -> None:
    assert format_duration(seconds) == said


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (DataError("There is nothing: give something."), "There is nothing: give something."),
        (OSError(errno.ENOSPC, "No space left on device", "/x/y"), "/x/y: No space left on device; mend that"),
    ],
)
def test_an_error_is_one_sentence_and_exit_code_2(error: Exception, said: str) -> None:
    def main() -> None:
        raise error

    done = CliRunner().invoke(make_command(main, "example"), [])
    assert (done.exit_code, done.stdout) == (2, "")
    assert done.stderr.startswith(said)
    assert len(done.stderr.splitlines()) == 1


def python(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Python run with these arguments in the root folder."""
    return subprocess.run([sys.executable, *arguments], cwd=ROOT, capture_output=True, text=True, check=True)


def texts_of_help() -> list[str]:
    """Every text that a command's help shows: of its options, and its example."""
    found = []
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            given = node.keywords if isinstance(node, ast.Call) else []
            values = [one.value for one in given if one.arg == "help"]
            found += [v.value for v in values if isinstance(v, ast.Constant) and isinstance(v.value, str)]
    return found


def test_no_bracket_of_a_help_text_is_swallowed_as_markup() -> None:
    assert len(texts_of_help()) > 50
    for text in texts_of_help():
        assert Text.from_markup(text).plain == text


@pytest.mark.parametrize("call", ["app.py", "-m eval.sample", "-m hub.receipt"])
def test_usage_is_what_is_typed(call: str) -> None:
    done = python(*call.split(), "--help")
    assert f"Usage: python {call} [OPTIONS]" in done.stdout


def test_a_folder_of_votes_is_said_to_be_data_where_none_is_named() -> None:
    done = python("app.py", "--help")
    assert "(default: data)" in re.sub(r"[\s│]+", " ", done.stdout)


def test_examples_of_generators_name_those_that_are_listed() -> None:
    listed, done = python("-m", "hub.generators").stdout, python("-m", "eval.sample", "--help")
    example = re.search(r"--generators (\w[\w,-]*) --prompt", done.stdout)
    assert example
    assert all(f" {name} " in listed for name in example[1].split(","))


def test_a_process_whose_output_goes_to_a_file_tells_on_standard_error_alone() -> None:
    code = (
        "import time; from hub import progress; progress.START = 0.1; progress.LOOK = 0.05\n"
        "for _ in progress.track_items(range(2), 'Drawing'): time.sleep(1)"
    )
    done = python("-c", code)
    assert done.stdout == ""
    assert done.stderr.startswith("Drawing: 0 of 2\n")
