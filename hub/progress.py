"""Progress of long work on standard error: a bar on a terminal; elsewhere a line after two seconds, then one in ten.

So nothing looks hung, neither on a terminal nor in a file or a CI log; and what is read by programs stays on standard
output.
"""

import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Protocol, TypeVar

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    Task,
    TaskID,
    TaskProgressColumn,
    TextColumn,
    TimeRemainingColumn,
)

T = TypeVar("T")
START = 2.0  # seconds of work before the first line: what is done sooner says nothing
EVERY = 10.0  # seconds between two lines of a process, at least
LOOK = 0.5  # seconds between two looks at whether a line is due
console = Console(stderr=True)


class Track(Protocol):
    """Wraps a sequence and shows progress through it."""

    def __call__(self, items: Sequence[T], description: str) -> Iterable[T]: ...


class LineTiming:
    """The tasks under way in this process, innermost last, and when the next progress line is due."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.open: list[Progress] = []
        self.next: float | None = None

    def due(self, asks: Progress) -> bool:
        """Return whether the innermost task should print a line now; the next one is then due later."""
        with self.lock:
            now = time.monotonic()
            if self.next is None:
                self.next = now + START
            if self.open[-1:] != [asks] or now < self.next:
                return False
            self.next = now + EVERY
            return True


pace = LineTiming()


def format_duration(seconds: float) -> str:
    """Return seconds in words: ``40 s``, ``12 min``, ``5 h 7 min``."""
    if seconds < 100:
        return f"{seconds:.0f} s"
    hours, minutes = divmod(round(seconds / 60), 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min"


def format_line(task: Task) -> str:
    """Return the progress line of a task: done, of how many, and the time left where it can be told."""
    if task.total is None and not task.completed:
        done = f"{format_duration(task.elapsed or 0)} so far"
    else:
        done = f"{task.completed:,.0f}" + ("" if task.total is None else f" of {task.total:,.0f}")
    left = task.time_remaining
    parts = [done, f"{format_duration(left)} left" if left else "", task.fields["note"]]
    return f"{task.description}: {', '.join(filter(None, parts))}"


class ProgressLines(Progress):
    """Shows progress as printed lines, from a thread, so that a step which takes minutes is shown, too."""

    def __init__(self) -> None:
        super().__init__(console=console, disable=True)
        self._over = threading.Event()
        self._teller = threading.Thread(target=self._watch, name="progress", daemon=True)

    def start(self) -> None:
        """Start the thread that prints."""
        pace.open.append(self)
        self._teller.start()

    def stop(self) -> None:
        """Stop the thread that prints."""
        self._over.set()
        self._teller.join()
        pace.open.remove(self)

    def add_task(self, description: str, *given: Any, **fields: Any) -> TaskID:
        """Add a task, and print its line where one is due."""
        task = super().add_task(description, *given, **fields)
        self._tell()
        return task

    def _watch(self) -> None:
        while not self._over.wait(LOOK):
            self._tell()

    def _tell(self) -> None:
        tasks = [task for task in self.tasks if task.visible and not task.finished]
        if tasks and pace.due(self):
            for task in tasks:
                console.print(format_line(task), markup=False, highlight=False, soft_wrap=True)


def make_bar() -> Progress:
    """Return a display of progress with count, share and time left, for tasks with a ``note``.

    On a terminal it is a bar, and log lines stay above it; elsewhere it is :class:`ProgressLines`.
    """
    if not console.is_terminal:
        return ProgressLines()
    return Progress(
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        MofNCompleteColumn(),
        TaskProgressColumn(),
        TimeRemainingColumn(),
        TextColumn("{task.fields[note]}", markup=False),
        console=console,
    )


def track_items(items: Sequence[T], description: str) -> Iterable[T]:
    """Yield the items under a progress bar."""
    with make_bar() as progress:
        task = progress.add_task(description, total=len(items), note="")
        for item in items:
            yield item
            progress.advance(task)


@contextmanager
def show_waiting(description: str) -> Iterator[None]:
    """Show that work of unknown length is under way, such as the loading of a model."""
    with make_bar() as progress:
        progress.add_task(description, total=None, note="")
        yield
