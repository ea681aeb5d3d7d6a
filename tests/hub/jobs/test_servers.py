"""Servers that end, or are killed, while a job runs; and the command that does without one."""

import os
import signal
import subprocess
import sys
from functools import partial
from pathlib import Path

import pytest
from typer.testing import CliRunner

from hub.command import make_command
from hub.jobs import Jobs, JobState, __main__
from hub.training_process import is_alive
from tests.hub.jobs.made import MODULES, PRETEND, ROOT, at_step, ended, running, server, steps_taken, wait_for

SLOW = ("--steps", "150", "--seconds", "0.02")  # three seconds


@pytest.fixture
def jobs(tmp_path: Path) -> Jobs:
    return Jobs(tmp_path, MODULES)


def begun(jobs: Jobs, tmp_path: Path) -> tuple[str, int]:
    """A job whose server was killed while it ran, and its process."""
    with server(tmp_path) as process:
        job = jobs.start(PRETEND, SLOW)
        at_step(jobs, job, 4)
        pid = jobs.record(job).pid
        process.send_signal(signal.SIGKILL)
        process.wait()
    assert pid is not None
    return job, pid


def test_a_job_outlives_a_killed_server_and_is_found_by_the_next(jobs: Jobs, tmp_path: Path) -> None:
    job, pid = begun(jobs, tmp_path)
    assert is_alive(jobs.folder / job)
    waiting = jobs.start(PRETEND, ["--steps", "2"])
    with running(jobs):
        view = at_step(jobs, job, 20)
        assert (view.state, jobs.record(job).pid) == (JobState.running, pid)
        assert jobs.watch(waiting).place == 1
        assert ended(jobs, job).state is JobState.done
        assert ended(jobs, waiting).state is JobState.done
    assert steps_taken(jobs.folder / job / "result") == 150


def test_a_found_job_is_stopped_as_any_other(jobs: Jobs, tmp_path: Path) -> None:
    job, _ = begun(jobs, tmp_path)
    with running(jobs):
        jobs.stop(job)
        view = ended(jobs, job)
        assert (view.state, view.sentence) == (JobState.stopped, f"It was stopped at step {view.step} of 150.")


def test_a_job_that_ended_while_no_server_was_there_is_done_at_the_next(jobs: Jobs, tmp_path: Path) -> None:
    job, _ = begun(jobs, tmp_path)
    wait_for(lambda: not is_alive(jobs.folder / job), "the end of the process")
    view = jobs.watch(job)
    assert (view.state, view.step, view.result) == (JobState.running, 150, None)
    with running(jobs):
        assert ended(jobs, job).state is JobState.done
    assert steps_taken(jobs.folder / job / "result") == 150


def test_a_job_that_was_killed_with_its_server_can_be_resumed(jobs: Jobs, tmp_path: Path) -> None:
    job, pid = begun(jobs, tmp_path)
    os.kill(pid, signal.SIGKILL)
    wait_for(lambda: not is_alive(jobs.folder / job), "the end of the process")
    with running(jobs):
        view = ended(jobs, job)
        assert view.state is JobState.stopped
        assert view.sentence == "It ended while nothing watched it; resume it to go on from its last row."
        jobs.resume(job)
        assert ended(jobs, job).state is JobState.done
    assert steps_taken(jobs.folder / job / "result") == 150


def test_a_server_that_ends_in_order_stops_its_job(jobs: Jobs, tmp_path: Path) -> None:
    with server(tmp_path) as process:
        job = jobs.start(PRETEND, SLOW)
        at_step(jobs, job, 4)
        process.terminate()
        assert process.wait() == 0
    view = jobs.watch(job)
    assert (view.state, view.sentence) == (JobState.stopped, f"It was stopped at step {view.step} of 150.")
    assert steps_taken(jobs.folder / job / "run") == view.step < 150


def test_a_job_is_what_a_shell_starts(jobs: Jobs, tmp_path: Path) -> None:
    out = tmp_path / "shell"
    asked = [sys.executable, "-m", PRETEND, "--out", str(out), "--steps", "8"]
    assert subprocess.run(asked, cwd=ROOT, check=False).returncode == 0
    job = jobs.start(PRETEND, ["--steps", "8"])
    with running(jobs):
        result = ended(jobs, job).result
    assert result is not None
    assert {path.name for path in out.iterdir()} == {path.name for path in result.iterdir()}
    (out / "stop").touch()
    stopped = subprocess.run([*asked[:-1], "12"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert stopped.returncode == 1
    assert stopped.stderr.strip().endswith("Pretending was stopped at step 9 of 12; run it again to go on.")
    assert subprocess.run([*asked[:-1], "12"], cwd=ROOT, check=False).returncode == 0


def test_the_command_lists_shows_stops_resumes_and_removes(
    jobs: Jobs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(__main__, "Jobs", partial(Jobs, modules=MODULES))

    def run(name: str, *more: str) -> tuple[int, str]:
        told = CliRunner().invoke(make_command(vars(__main__)[name], "..."), [*more, "--data", str(tmp_path)])
        return told.exit_code, told.output

    job = jobs.start(PRETEND, ["--steps", "6", "--at", "5", "--how", "error"])
    code, said = run("list_jobs")
    assert code == 0
    assert job in said and "queued (place 1)" in said
    assert run("stop_job", job)[0] == 0
    assert run("resume_job", job)[0] == 1
    code, said = run("show_job", job)
    assert code == 0
    assert "state: failed" in said and "step: 4" in said and "sentence: The pretended data can't be used" in said
    with running(jobs):  # the arena that is served
        assert run("resume_job", job)[0] == 0
        assert ended(jobs, job).state is JobState.failed
    assert run("stop_job", job)[0] == 2
    assert run("remove_job", job) == (0, "")
    assert run("show_job", job)[0] == 2


def test_the_command_that_resumes_a_job_starts_no_other(
    jobs: Jobs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(__main__, "Jobs", partial(Jobs, modules=MODULES))
    first, job = (jobs.start(PRETEND, ["--steps", "4"]) for _ in range(2))
    jobs.stop(job)
    told = CliRunner().invoke(make_command(__main__.resume_job, "..."), [job, "--data", str(tmp_path)])
    assert (told.exit_code, jobs.watch(job).state, jobs.watch(first).state) == (0, JobState.done, JobState.queued)


def test_a_data_folder_that_is_none_is_named(tmp_path: Path) -> None:
    told = CliRunner().invoke(make_command(__main__.list_jobs, "..."), ["--data", str(tmp_path / "none")])
    assert told.exit_code == 2
    assert not (tmp_path / "none").exists()
