"""The frame that every training loop iterates: it resumes, logs rows, shows previews, tells progress, and stops.

The loop stays visible: it takes steps, asks after each whether a row is due, and writes what it is about. All is in the
run's folder, so a run that a shell started and one that a page started are told of and stopped alike.
"""

import csv
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from enum import IntEnum
from pathlib import Path
from typing import Protocol, Self

from hub.errors import Stopped
from hub.progress import make_bar
from hub.training_progress import STOP, ProgressLine, append_line

TELL = 2.0  # seconds between two lines of progress, at least


class ResumePoint(Protocol):
    """Where a run's whole state is kept."""

    def load(self) -> tuple[int, float]:
        """Restore the state; returns the step and the training seconds to go on from."""
        ...

    def save(self, step: int, seconds: float) -> None:
        """Keep the state after so many steps and seconds of training."""
        ...


class Ending(IntEnum):
    """Why a run ends before its last step; of several processes the highest says."""

    none = 0
    time = 1  # its minutes are over: it ends well
    asked = 2  # by the file ``stop``


class ScoreLog:
    """Scores as CSV, one row a call, flushed at once."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self.path, self.start = path, time.monotonic()

    def write(self, **scores: float | None) -> None:
        """Append one row, in which None is an empty cell; the header is written with the first."""
        new = not self.path.exists()
        with self.path.open("a", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, ["seconds", *scores])
            if new:
                writer.writeheader()
            writer.writerow({"seconds": round(time.monotonic() - self.start, 1), **scores})


class TrainingFrame:
    """The steps that are left of a training run, from 0 on: ``with TrainingFrame(...) as frame: for n in frame: ...``.

    After each step the loop calls :meth:`due`, and where a row is due :meth:`row`, :meth:`show` and then :meth:`keep`.
    ``every``: steps between rows; 0: one at the end. ``minutes``: time after which it ends well; 0: none. ``agree``
    gives, in a run of several processes, the highest :class:`Ending` of all; only the one that ``leads`` writes.
    """

    def __init__(
        self,
        folder: Path,
        title: str,
        total: int,
        resume: ResumePoint,
        *,
        log: str = "log.csv",
        every: int = 0,
        minutes: float = 0.0,
        agree: Callable[[Ending], Ending] | None = None,
        leads: bool = True,
    ) -> None:
        self.folder, self.title, self.total, self.every = folder, title, total, every
        self.resume, self.minutes, self.agree, self.leads = resume, minutes, agree, leads
        self.log = ScoreLog(folder / log)
        self.scores: dict[str, float | None] = {}
        self.preview, self._open = "", ExitStack()

    def __enter__(self) -> Self:
        """Restore the run's state; ``done`` steps and ``before`` seconds of training are behind it then."""
        self.done, self.before = self.resume.load()
        self.step, self.start, self._told = self.done, time.monotonic(), time.monotonic()
        self._bar = self._open.enter_context(make_bar())
        self._task = self._bar.add_task(self.title, total=self.total, completed=self.done, note="", visible=self.leads)
        self._tell()
        return self

    def __exit__(self, *error: object) -> None:
        """Take the bar away."""
        self._open.close()

    def __iter__(self) -> Iterator[int]:
        """Yield each step's number. Raises Stopped after the step in which the run was asked to stop."""
        for n in range(self.done, self.total):
            self.step, self.ending = n + 1, Ending.none
            yield n
            self._bar.advance(self._task)
            if self.ending is Ending.asked:
                self._stop()
            if self.ending is Ending.time:
                return
            if time.monotonic() - self._told >= TELL:
                self._tell()

    def due(self) -> bool:
        """Whether a row is due after this step: the last, one of ``every``, or one after which the run ends.

        To be called once a step, in each process. Several processes look for the file where a row is due anyway, lest
        each step waits for the slowest.
        """
        last = self.step == self.total
        row = last or (bool(self.every) and self.step % self.every == 0)
        if self.agree is None:
            self.ending = self._wish()
        elif self.minutes or row:
            self.ending = self.agree(self._wish())
        if last:
            self.ending = Ending.none
        return row or self.ending is not Ending.none

    def row(self, **scores: float | None) -> None:
        """Write a row of scores to the log; None: it has no such score."""
        self.log.write(**scores)
        self.scores = {name: value for name, value in scores.items() if name != "step"}

    def show(self, name: str, draw: Callable[[Path], object]) -> None:
        """Have ``draw`` write a picture, which takes the place of the one of that name when it is whole."""
        beside = self.folder / f".{name}"
        draw(beside)
        beside.replace(self.folder / name)
        self.preview = name

    def keep(self) -> None:
        """Keep the state, from which a stopped run goes on, and tell of it. What belongs to the row is written before.

        So a run that is killed meanwhile writes it again.
        """
        self.resume.save(self.step, self.seconds)
        self._tell()

    def note(self, text: str) -> None:
        """Say something beside the bar."""
        self._bar.update(self._task, note=text)

    @property
    def seconds(self) -> float:
        """Training seconds so far, those before it was stopped included."""
        return self.before + time.monotonic() - self.start

    @property
    def rate(self) -> float:
        """Steps a second since it was started or went on."""
        return (self.step - self.done) / (time.monotonic() - self.start)

    def _wish(self) -> Ending:
        """What this process alone would do."""
        if (self.folder / STOP).exists():
            return Ending.asked
        over = bool(self.minutes) and time.monotonic() - self.start >= 60 * self.minutes
        return Ending.time if over else Ending.none

    def _stop(self) -> None:
        if self.leads:
            self._tell(stopped=True)
            (self.folder / STOP).unlink(missing_ok=True)
        raise Stopped(f"{self.title} was stopped at step {self.step} of {self.total}; run it again to go on.")

    def _tell(self, stopped: bool = False) -> None:
        if not self.leads:
            return
        left = (self.total - self.step) / self.rate if self.step > self.done else None
        line = ProgressLine(
            self.title,
            self.step,
            self.total,
            round(self.seconds, 3),
            None if left is None else round(left, 1),
            self.scores,
            self.preview,
            stopped,
        )
        append_line(self.folder, line)
        self._told = time.monotonic()
