"""Jobs of a training that only pretends, and what waits for them."""

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from hub.jobs import JobRunner, Jobs, JobState, JobView
from hub.jobs.runner import OnDone

ROOT = Path(__file__).parents[3]
PRETEND = "tests.hub.jobs.pretend_training"
MODULES = (PRETEND,)
ENDED = (JobState.done, JobState.stopped, JobState.failed)
PATIENCE = 120.0  # seconds, on a busy machine


def wait_for(true: Callable[[], bool], what: str) -> None:
    """Wait until something is true. Raises AssertionError when it takes too long."""
    end = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < end, f"{what} did not come about"
        time.sleep(0.02)


def ended(jobs: Jobs, job: str) -> JobView:
    """The view of a job, once it has ended."""
    wait_for(lambda: jobs.watch(job).state in ENDED, "the end of the job")
    return jobs.watch(job)


def at_step(jobs: Jobs, job: str, step: int) -> JobView:
    """The view of a running job, once it is so far."""
    wait_for(lambda: jobs.watch(job).step >= step, f"step {step}")
    return jobs.watch(job)


def change(jobs: Jobs, job: str, **new: object) -> None:
    """Change a job's record, as one does who holds the lock."""
    with jobs.changing():
        jobs.write(job, jobs.record(job).model_copy(update=new))


def steps_taken(folder: Path) -> int:
    """The steps that a pretended training took in all its lives."""
    return int(json.loads((folder / "resume.json").read_text())["steps"])


@contextmanager
def running(jobs: Jobs, on_done: OnDone | None = None) -> Iterator[JobRunner]:
    """Run the jobs meanwhile."""
    runner = JobRunner(jobs, on_done)
    runner.open()
    try:
        yield runner
    finally:
        runner.close()


@contextmanager
def server(data: Path) -> Iterator["subprocess.Popen[str]"]:
    """Run the jobs in a process of its own; it is killed at the end of the block."""
    command = [sys.executable, "-m", "tests.hub.jobs.server", str(data)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout and process.stdout.readline() == "open\n"
            yield process
        finally:
            process.kill()
