"""Training all that is due: order, shares, real child processes that end, crash, are killed and go on."""

import json
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from hub.errors import DataError, HubError, StorageError, UnknownName
from hub.methods.train_all import watched_run
from hub.methods.train_all.need import Need, list_changes, read_need, sort_by_need
from hub.methods.train_all.session import (
    SESSION,
    TrainingSession,
    hold_folder,
    open_session,
    read_session,
)
from hub.methods.train_all.supervise import Supervisor
from hub.methods.training_runs import TrainingRun, choose_runs, list_runs
from hub.progress import LineTiming
from hub.training_process import is_alive
from hub.training_progress import read_lines
from tests.helps import Helps
from tests.hub.jobs.made import steps_taken, wait_for
from tests.hub.methods.made_runs import pretend
from tests.hub.methods.pretend_run import Recipe, write_checkpoint

ROOT = Path(__file__).parents[3]
ENDLESS = 100_000


def train(out: Path, runs: list[TrainingRun], minutes: float, together: bool = False) -> tuple[Supervisor, list[str]]:
    """Train pretended runs, and say which ended, in what order."""
    ended: list[str] = []
    session = TrainingSession(minutes, [run.name for run in runs], "c0de")
    found = {run.name: run for run in runs}
    supervisor = Supervisor(session, found, Path(__file__), out, lambda name, folder, day: ended.append(name))
    supervisor.train(together)
    return supervisor, ended


def test_runs_are_due_in_order_of_need(tmp_path: Path) -> None:
    runs = [pretend(name) for name in ("fewest", "older", "cpu", "cpu-less", "absent", "fine")]
    stored: dict[str, dict[str, Any]] = {
        "fewest": {"minutes": 0.5, "arm": {**Recipe("fewest").__dict__, "lr": 0.2}},
        "older": {"minutes": 3.0, "arm": {**Recipe("older").__dict__, "batch": 2}},
        "cpu": {"device": "CPU (x86_64)", "minutes": 50.0},
        "cpu-less": {"device": "CPU (x86_64)", "minutes": 7.0},
        "fine": {"minutes": 0.1, "arm": {**Recipe("fine").__dict__, "images": 7}},
    }
    for name, facts in stored.items():
        write_checkpoint(tmp_path / "weights" / name / "model.safetensors", **facts)
    needs = sort_by_need(read_need(run, tmp_path / "weights", tmp_path / "runs", cuda=True) for run in runs)
    assert [one.name for one in needs] == ["absent", "cpu-less", "cpu", "fewest", "older", "fine"]
    assert [one.need for one in needs] == [Need.absent, Need.cpu, Need.cpu, Need.recipe, Need.recipe, Need.none]
    assert needs[3].reason == "its recipe has changed: lr"


def test_a_trained_run_waits_to_be_installed_and_is_not_trained_again(tmp_path: Path) -> None:
    weights, out, run = tmp_path / "weights", tmp_path / "runs", pretend("a")
    write_checkpoint(weights / "a" / "model.safetensors", device="CPU (x86_64)")
    write_checkpoint(out / "a" / "model.safetensors", 2, Recipe("a"))
    assert read_need(run, weights, out, cuda=True).waits == out / "a"
    write_checkpoint(out / "a" / "model.safetensors", 2, Recipe("a", lr=0.2))
    assert read_need(run, weights, out, cuda=True).waits is None, "it has another recipe"
    write_checkpoint(out / "a" / "model.safetensors", 2, Recipe("a"), device="CPU (x86_64)")
    assert read_need(run, weights, out, cuda=True).waits is None, "a GPU would do better"
    assert read_need(run, weights, out, cuda=False).waits == out / "a"
    (out / "a" / "model.safetensors").write_bytes(b"torn")
    assert read_need(run, weights, out, cuda=False).waits is None


def test_a_checkpoint_that_tells_no_recipe_is_not_said_to_be_of_todays(tmp_path: Path) -> None:
    write_checkpoint(tmp_path / "a" / "model.safetensors", arm={})
    one = read_need(pretend("a"), tmp_path, tmp_path / "runs", cuda=True)
    assert (one.need, one.reason) == (Need.none, "its checkpoint tells no recipe to compare with")


def test_what_others_are_trained_or_measured_with_is_due_only_where_it_is_missing(tmp_path: Path) -> None:
    run = replace(pretend("a"), shared=True)
    assert read_need(run, tmp_path, tmp_path / "runs", cuda=True).need is Need.absent
    write_checkpoint(tmp_path / "a" / "model.safetensors", device="CPU (x86_64)")
    assert read_need(run, tmp_path, tmp_path / "runs", cuda=True).need is Need.none


def test_a_field_that_came_later_changes_a_recipe_only_where_it_is_not_at_its_default() -> None:
    stored = {"name": "a", "images": 5, "batch": 4}
    assert list_changes(Recipe("a"), stored) == []
    assert list_changes(Recipe("a", lr=0.3), stored) == ["lr"]
    assert list_changes(Recipe("a"), {**stored, "vae": 1}) == ["vae"]


def test_shares_are_equal_and_what_one_did_not_need_is_the_others() -> None:
    session = TrainingSession(10, ["a", "b", "c", "d"], "")
    assert session.share("a", 4, together=False) == 150
    session.seconds["a"] = 60
    assert session.share("b", 3, together=False) == 180
    assert session.share("b", 3, together=True) == 600
    assert session.share("a", 4, together=True) == 540


def test_a_run_is_stopped_when_its_share_is_over_which_is_all_that_one_before_left(tmp_path: Path) -> None:
    runs, start = [pretend("short", "--steps", "3"), pretend("untimed", timed=False)], time.monotonic()
    supervisor, ended = train(tmp_path, runs, 16 / 60)
    assert (ended, supervisor.failures) == (["short", "untimed"], {})
    assert time.monotonic() - start < 16 + 10, "within their minutes, but for the last step on a busy machine"
    assert supervisor.session.seconds["untimed"] >= 16 - supervisor.session.seconds["short"] - 0.5
    assert (last := read_lines(tmp_path / "untimed")[-1]).stopped and last.step < ENDLESS
    session = read_session(tmp_path)
    assert session and session.pending() == [] and session.seconds == supervisor.session.seconds


def test_side_by_side_all_run_at_once(tmp_path: Path) -> None:
    supervisor, ended = train(tmp_path, [pretend("a"), pretend("b")], 6 / 60, together=True)
    assert sorted(ended) == ["a", "b"]
    assert all(seconds > 4 for seconds in supervisor.session.seconds.values())
    assert all(read_lines(tmp_path / name)[-1].step < ENDLESS for name in ended)


@pytest.mark.parametrize(
    ("how", "sentence"),
    [
        ("--crash", "The pretended losses are not finite: lower the rates."),
        ("--die", "It ended with 7 and said nothing."),
        ("--no-such-option", "Error: No such option: --no-such-option"),
    ],
)
def test_a_run_that_crashes_says_its_last_line_and_the_others_go_on(tmp_path: Path, how: str, sentence: str) -> None:
    runs = [pretend("a", "--steps", "4"), pretend("bad", how), pretend("c", "--steps", "4")]
    supervisor, ended = train(tmp_path, runs, 1)
    assert ended == ["a", "c"]
    assert list(supervisor.failures) == ["bad"]
    assert supervisor.failures["bad"].startswith(sentence)
    assert supervisor.session.pending() == ["bad"], "it is tried again"


def test_a_run_that_never_stops_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watched_run, "PATIENCE", 0.5)
    supervisor, ended = train(tmp_path, [pretend("deaf", "--seconds", "600")], 3 / 60)
    assert ended == [] and supervisor.failures["deaf"].startswith("It was killed (SIGKILL")


def start_pretended(out: Path) -> "subprocess.Popen[str]":
    """A training of two pretended runs of three seconds each, in a process of its own."""
    command = [sys.executable, "-m", "tests.hub.methods.train_pretended", str(out), "1"]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_a_training_that_is_stopped_or_killed_goes_on_where_it_was(tmp_path: Path, how: signal.Signals) -> None:
    with start_pretended(tmp_path) as process:
        wait_for(lambda: bool(lines := read_lines(tmp_path / "a")) and lines[-1].step >= 20, "step 20")
        process.send_signal(how)
        _, said = process.communicate()
    killed = how is signal.SIGKILL
    assert process.returncode == (-how if killed else 1)
    if not killed:
        assert said.strip().endswith("The training of all was stopped; run it again to go on.")
        assert not is_alive(tmp_path / "a") and 20 <= steps_taken(tmp_path / "a") < 150
    assert not (tmp_path / "b").exists()
    with start_pretended(tmp_path) as process:
        told, said = process.communicate()
    assert (process.returncode, told) == (0, "a\nb\n"), said
    assert [steps_taken(tmp_path / name) for name in ("a", "b")] == [150, 150], "no step was taken twice"


def test_a_session_goes_on_unless_other_runs_are_asked_for_or_its_time_is_over(tmp_path: Path) -> None:
    old = TrainingSession(10, ["a", "b"], "", {"a": 30.0}, {"a": "2026-01-01"})
    old.save(tmp_path)
    assert open_session(tmp_path, 10, ["c"], False, "new").pending() == ["b"]
    assert open_session(tmp_path, 10, ["a", "b"], True, "new").seconds == {"a": 30.0}
    assert open_session(tmp_path, 10, ["a"], True, "new").pending() == ["a"]
    assert open_session(tmp_path, 0.5, ["c"], False, "new").pending() == ["c"]


def test_a_session_of_another_version_or_torn_is_said(tmp_path: Path) -> None:
    (tmp_path / SESSION).write_text(json.dumps({"version": 2}))
    with pytest.raises(DataError, match="is of version 2, not 1"):
        read_session(tmp_path)
    (tmp_path / SESSION).write_text('{"version": 1, "na')
    with pytest.raises(DataError, match="remove it to begin anew"):
        read_session(tmp_path)


def test_two_do_not_train_in_one_folder(tmp_path: Path) -> None:
    with hold_folder(tmp_path), pytest.raises(HubError, match="trained by another process"), hold_folder(tmp_path):
        pass


def test_a_full_disk_stops_no_run_and_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(session: TrainingSession, out: Path) -> None:
        raise StorageError("full")

    monkeypatch.setattr(TrainingSession, "save", fail)
    supervisor, ended = train(tmp_path, [pretend("a", "--steps", "4"), pretend("b", "--steps", "4")], 1)
    assert ended == ["a", "b"] and supervisor.failures == {"session": "full"}


def test_rows_of_all_runs_are_told_where_there_is_no_terminal(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hub.progress.START", 0.0)
    monkeypatch.setattr("hub.progress.EVERY", 0.1)
    monkeypatch.setattr("hub.progress.pace", LineTiming())
    train(tmp_path, [pretend(name, "--steps", "150") for name in ("a", "b")], 1, together=True)
    lines = capfd.readouterr().err.splitlines()
    for name in ("a", "b"):
        assert any(line.startswith(f"{name}, seconds: ") and "step " in line and "loss " in line for line in lines)


def test_every_declared_run_is_known_by_one_name_and_has_what_it_says() -> None:
    runs = list_runs()
    assert {"galip", "scad", "scad-mi", "scad-dd", "diffusion", "guide", "judge", "witness"} <= set(runs)
    assert [name for name, run in runs.items() if run.shared] == ["damsm", "guide", "judge", "witness"]
    assert runs["scad-dd"].networks == ("guide", "efficientnet-lite1", "efficientnet-lite0")
    with pytest.raises(UnknownName, match="no run nobody; there are attngan-contrastive, damsm, diffusion, galip"):
        choose_runs(["galip", "nobody"], runs)


def test_a_declared_runs_options_are_its_commands(helps: Helps) -> None:
    for run in list_runs().values():
        _, said = helps[run.module]
        for option in ("--out", "--pack", *(word for word in run.arguments if word.startswith("--"))):
            assert option in said, (run.name, option)
        assert ("--minutes" in said) == run.timed, run.name
