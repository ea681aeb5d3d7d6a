"""What can't be loaded is tried again until it is loaded, or the page is closed."""

import threading
from collections.abc import Iterator, Sequence
from types import SimpleNamespace
from typing import Any

import pytest

from hub.ui import serve
from hub.watch import Watch, WatchedEngine


class Slowly:
    """An engine to which one generator comes at the third try; a page is closed after the fourth."""

    here, place, loading, waiting, close, forget = True, None, None, None, None, None

    def __init__(self) -> None:
        self.asked: list[tuple[str, ...]] = []
        self.stopped = threading.Event()

    def prepare(self, names: Sequence[str]) -> Iterator[tuple[str, str]]:
        """See ServingEngine."""
        self.asked.append(tuple(names))
        if len(self.asked) == 4:
            self.stopped.set()
        for name in names:
            yield name, "it is gated" if name == "bad" and len(self.asked) < 3 else ""


def test_what_failed_is_tried_again_and_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(serve, "AGAIN", 0.001)
    inside, watch = Slowly(), Watch()
    engine: Any = WatchedEngine(inside, watch)  # type: ignore[arg-type]
    live = SimpleNamespace(generators=[SimpleNamespace(name=name) for name in ("good", "bad")])
    ahead = SimpleNamespace(run=lambda stopped: None)
    arena: Any = SimpleNamespace(engine=engine, names=("good", "bad"), watch=watch, live=live, ahead=ahead)
    arena._prepare = lambda names: serve.Arena._prepare(arena, names)
    serve.Arena._keep_trying(arena, inside.stopped)
    assert inside.asked == [("good", "bad"), ("bad",), ("bad",), ()]
    assert watch.unloadable() == {}
