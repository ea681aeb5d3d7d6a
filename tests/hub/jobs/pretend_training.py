"""``python -m tests.hub.jobs.pretend_training``: a training that learns nothing, step by step, and can break down."""

import errno
import json
import os
import resource
import signal
import time
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from hub.command import make_command
from hub.errors import DataError
from hub.training_frame import TrainingFrame


class Breakdown(StrEnum):
    """How it breaks down."""

    none = "none"
    error = "error"  # one of the hub's
    exception = "exception"
    exit = "exit"
    killed = "killed"
    full = "full"  # the disk
    limit = "limit"  # of a file's size, which is a full disk to the writer
    deaf = "deaf"  # it never looks whether it is to stop


class State:
    """Its state: how many steps it has taken, in all its lives."""

    def __init__(self, path: Path) -> None:
        self.path, self.steps = path, 0

    def load(self) -> tuple[int, float]:
        """Read it."""
        if self.path.exists():
            told = json.loads(self.path.read_text())
            self.steps = told["steps"]
            return told["step"], told["seconds"]
        return 0, 0.0

    def save(self, step: int, seconds: float) -> None:
        """Keep it."""
        beside = self.path.with_suffix(".part")
        beside.write_text(json.dumps({"step": step, "seconds": seconds, "steps": self.steps}))
        beside.replace(self.path)


def break_down(how: Breakdown, out: Path) -> None:
    """Break down."""
    if how is Breakdown.error:
        raise DataError("The pretended data can't be used: give others.")
    if how is Breakdown.exception:
        raise ValueError("a pretended mistake")
    if how is Breakdown.exit:
        os._exit(7)
    if how is Breakdown.killed:
        os.kill(os.getpid(), signal.SIGKILL)
    if how is Breakdown.full:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(out / "resume.json"))
    if how is Breakdown.limit:
        resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))
        (out / "model.txt").write_bytes(bytes(8192))
    while how is Breakdown.deaf:
        time.sleep(0.05)


def main(
    out: Annotated[Path, typer.Option(help="Folder to write to.")],
    run: Annotated[Path | None, typer.Argument(help="The run that it looks at.")] = None,
    pictures: Annotated[Path | None, typer.Option(help="Pictures that it looks at.")] = None,
    steps: Annotated[int, typer.Option(help="How many steps it takes.")] = 10,
    seconds: Annotated[float, typer.Option(help="Seconds of a step.")] = 0.0,
    every: Annotated[int, typer.Option(help="Steps between rows.")] = 2,
    at: Annotated[int, typer.Option(help="The step in which it breaks down.")] = 0,
    how: Annotated[Breakdown, typer.Option(help="How it breaks down.")] = Breakdown.none,
    once: Annotated[Path | None, typer.Option(help="Break down only while this file is there.")] = None,
) -> None:
    """Pretend to train; run again with the same --out to go on after a stop."""
    state = State(out / "resume.json")
    if pictures or run:
        seen = sorted(path.name for path in pictures.iterdir()) if pictures else []
        (out / "seen.json").write_text(json.dumps({"run": run and run.name, "pictures": seen}))
    with TrainingFrame(out, "Pretending", steps, state, every=every) as frame:
        for n in frame:
            time.sleep(seconds)
            state.steps += 1
            if n + 1 == at and (once is None or once.exists()):
                break_down(how, out)
            if frame.due():
                frame.row(step=n + 1, loss=1 / (n + 1))
                frame.show("grid.png", lambda path: path.write_bytes(b"a picture"))
                (out / "model.txt").write_text(str(n + 1))
                frame.keep()


if __name__ == "__main__":
    make_command(main, "python -m tests.hub.jobs.pretend_training --out runs/nothing")()
