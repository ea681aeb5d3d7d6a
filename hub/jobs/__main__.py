"""``python -m hub.jobs list|show|stop|resume|remove``: the trainings of a data folder."""

import os
import time
from contextlib import closing
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from hub.command import PART, make_commands
from hub.errors import DataError, HubError
from hub.jobs import JobRunner, Jobs, JobState, JobView
from hub.jobs.finished_models import RegisterModel
from hub.progress import console, format_duration, make_bar
from hub.settings import Settings

WIDE = 200  # characters a line where nobody looks, so that nothing is cut
LOOK = 0.2  # seconds between two looks at a job that is waited for
ENDED = (JobState.done, JobState.stopped, JobState.failed)
Data = Annotated[Path | None, typer.Option(help="The arena's data folder (default: HUB_DATA, else data).")]
Id = Annotated[str, typer.Argument(metavar="ID", help="The job, as the list names it.")]


def open_jobs(data: Path | None) -> Jobs:
    """Return the jobs of a data folder.

    Raises: DataError where there is no such folder.
    """
    folder = data or Settings.from_env(os.environ).data
    if not folder.is_dir():
        raise DataError(f"There is no data folder at {folder}: give another with --data, or set HUB_DATA.")
    return Jobs(folder)


def format_state(view: JobView) -> str:
    """Return a job's state, with its place in the queue: ``queued (place 2)``."""
    return f"{view.state} (place {view.place})" if view.place else str(view.state)


def list_jobs(data: Data = None) -> None:
    """List the jobs: state, step, time left, and why one stopped or failed."""
    shown = Table()
    for column in ("ID", "State", "Step", "Left"):
        shown.add_column(column, no_wrap=True)
    for column in ("Command", "Note"):
        shown.add_column(column, overflow="fold")
    for view in open_jobs(data).views():
        left = "" if view.seconds_left is None else format_duration(view.seconds_left)
        step = f"{view.step:,} of {view.of:,}" if view.of else ""
        shown.add_row(*map(Text, (view.id, format_state(view), step, left, view.command, view.sentence)))
    Console(width=None if Console().is_terminal else WIDE).print(shown)


def show_job(job: Id, data: Data = None) -> None:
    """Show all that is known of a job."""
    view = open_jobs(data).watch(job)
    for name, value in asdict(view).items():
        if value not in (None, "", 0, {}):
            print(f"{name}: {format_state(view) if name == 'state' else value}")


def stop_job(job: Id, data: Data = None) -> None:
    """Ask a job to stop after the step it is in; asked again, its process ends at once."""
    jobs = open_jobs(data)
    jobs.stop(job)
    console.print(f"{job} is {format_state(jobs.watch(job))}.", markup=False, highlight=False)


def resume_job(job: Id, data: Data = None) -> None:
    """Resume a job that stopped or failed: in the arena that is served, else here until it ends."""
    jobs = open_jobs(data)
    jobs.resume(job)
    runner = JobRunner(jobs, RegisterModel(jobs), only=job)
    try:
        runner.open()
    except HubError:
        console.print(f"{job} is {format_state(jobs.watch(job))}.", markup=False, highlight=False)
        return
    with closing(runner):
        view = wait_for_job(jobs, job)
    console.print(f"{job} is {view.state}. {view.sentence}", markup=False, highlight=False, soft_wrap=True)
    if view.state is not JobState.done:
        raise typer.Exit(PART)


def wait_for_job(jobs: Jobs, job: str) -> JobView:
    """Show a job's progress until it ends, and return its last state."""
    with make_bar() as progress:
        task = progress.add_task(job, total=None, note="")
        while (view := jobs.watch(job)).state not in ENDED:
            progress.update(task, total=view.of or None, completed=view.step, note=format_state(view))
            time.sleep(LOOK)
    return view


def remove_job(job: Id, data: Data = None) -> None:
    """Remove a job that does not run, with all that it wrote."""
    open_jobs(data).remove(job)


if __name__ == "__main__":
    make_commands(
        "Trainings that a page started: each is a folder below jobs in the data folder.",
        {
            "list": (list_jobs, "python -m hub.jobs list"),
            "show": (show_job, "python -m hub.jobs show scad-1f2e3d4c"),
            "stop": (stop_job, "python -m hub.jobs stop scad-1f2e3d4c"),
            "resume": (resume_job, "python -m hub.jobs resume scad-1f2e3d4c --data votes-of-may"),
            "remove": (remove_job, "python -m hub.jobs remove scad-1f2e3d4c"),
        },
    )()
