"""A served arena runs the jobs of its data folder: it stops them in order, leaves them, and finds them again."""

import os
import signal
import subprocess
import sys
import time
from functools import partial
from pathlib import Path

from hub.jobs import Jobs, JobState
from hub.training_process import is_alive
from tests.hub.jobs.made import MODULES, PRETEND, ROOT, at_step, change, ended, steps_taken, wait_for
from tests.hub.jobs.made import server as shell
from tests.hub.ui import fakes
from tests.hub.ui.served import FAKES, environment, free_port, served
from tests.hub.ui.served import wait as wait_until_open

MOST = 10.0  # seconds that a stop may take
SLOW = ("--steps", "400", "--seconds", "0.05")  # twenty seconds


def stop_arena(data: Path, tmp_path: Path, at: int, *options: str) -> tuple[Jobs, str, float]:
    """Stop an arena while it runs a job that is at a step; the job, and the seconds that the stop took."""
    port, jobs = free_port(), Jobs(data, MODULES)
    command = [sys.executable, str(FAKES), "--port", str(port), "--data", str(data)]
    env = environment(HUB_GENERATORS=",".join(fakes.NAMES))
    with (
        (tmp_path / "log").open("wb") as said,
        subprocess.Popen(command, env=env, cwd=ROOT, stdout=said, stderr=said) as run,
    ):
        try:
            wait_until_open(f"http://127.0.0.1:{port}/", lambda: run.poll() is None)
            job = jobs.start(PRETEND, options)
            at_step(jobs, job, at)
            start = time.monotonic()
            os.kill(run.pid, signal.SIGTERM)
            assert run.wait(120) == 0
        finally:
            run.kill()
    assert "Traceback" not in (tmp_path / "log").read_text("utf-8")
    return jobs, job, time.monotonic() - start


def test_a_job_that_a_shell_queues_is_run_by_the_arena(tmp_path: Path) -> None:
    with served(tmp_path, FAKES, fakes.NAMES) as arena:
        jobs = Jobs(arena.data, MODULES)
        job = jobs.start(PRETEND, ["--steps", "6", "--at", "5", "--how", "error", "--once", str(tmp_path)])
        assert ended(jobs, job).state is JobState.failed
        change(jobs, job, options=("--steps", "6"))
        command = [sys.executable, "-m", "hub.jobs", "resume", job, "--data", str(arena.data)]
        subprocess.run(command, cwd=ROOT, check=True)
        assert ended(jobs, job).state is JobState.done
        assert "A job has ended" in arena.said


def test_an_arena_waits_for_the_runner_of_a_shell(tmp_path: Path) -> None:
    data = tmp_path / "data"
    with shell(data) as other:
        jobs = Jobs(data, MODULES)
        job = jobs.start(PRETEND, SLOW)
        at_step(jobs, job, 2)
        with served(tmp_path, FAKES, fakes.NAMES) as arena:
            next_job = jobs.start(PRETEND, ["--steps", "4"])
            assert jobs.watch(next_job).state is JobState.queued
            other.terminate()
            assert other.wait() == 0
            assert ended(jobs, next_job).state is JobState.done
            assert jobs.watch(job).state is JobState.stopped
            assert "Traceback" not in arena.said


def test_a_stopped_arena_stops_its_job_after_its_step(tmp_path: Path) -> None:
    jobs, job, seconds = stop_arena(tmp_path / "data", tmp_path, 4, *SLOW)
    assert seconds < MOST
    view = jobs.watch(job)
    assert (view.state, view.sentence) == (JobState.stopped, f"It was stopped at step {view.step} of 400.")
    assert steps_taken(jobs.folder / job / "run") == view.step


def test_a_stopped_arena_leaves_a_job_in_a_long_step_and_the_next_one_finds_it(tmp_path: Path) -> None:
    once = tmp_path / "once"
    once.touch()
    deaf = ("--steps", "8", "--at", "5", "--how", "deaf", "--once", str(once))
    jobs, job, seconds = stop_arena(tmp_path / "data", tmp_path, 4, *deaf)
    assert seconds < MOST
    assert is_alive(jobs.folder / job)
    assert jobs.watch(job).state is JobState.stopping
    with served(tmp_path, FAKES, fakes.NAMES):
        wait_for(partial(is_alive, jobs.folder / job), "the process that was left")
        jobs.stop(job)
        assert ended(jobs, job).state is JobState.stopped
