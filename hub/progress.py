"""Progress bars for long work, on standard error; silent where that is no terminal."""

from collections.abc import Iterable, Sequence
from typing import Protocol, TypeVar

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TaskProgressColumn,
    TextColumn,
    TimeRemainingColumn,
)

T = TypeVar("T")
console = Console(stderr=True)


class Track(Protocol):
    """Wraps a sequence and reports how far it is."""

    def __call__(self, items: Sequence[T], description: str) -> Iterable[T]: ...


def bar() -> Progress:
    """A progress bar with count, share and time left; log lines printed meanwhile stay above it."""
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TaskProgressColumn(),
        TimeRemainingColumn(),
        TextColumn("{task.fields[note]}"),
        console=console,
        disable=not console.is_terminal,
    )


def track(items: Sequence[T], description: str) -> Iterable[T]:
    """Yield the items under a progress bar."""
    with bar() as progress:
        task = progress.add_task(description, total=len(items), note="")
        for item in items:
            yield item
            progress.advance(task)
