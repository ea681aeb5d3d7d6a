"""What can't be loaded at the start is tried again, until it is loaded or the page is closed."""

import threading
from collections.abc import Iterator, Sequence
from types import SimpleNamespace
from typing import Any

import pytest

from hub.ui import serve


class Slowly:
    """An engine to which one generator comes at the third try."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, ...]] = []

    def prepare(self, names: Sequence[str]) -> Iterator[tuple[str, str]]:
        """See ServingEngine."""
        self.asked.append(tuple(names))
        for name in names:
            yield name, "it is gated" if name == "bad" and len(self.asked) < 3 else ""


def warmed(monkeypatch: pytest.MonkeyPatch, stopped: threading.Event) -> list[tuple[str, ...]]:
    """What such an engine was asked for."""
    monkeypatch.setattr(serve, "AGAIN", 0.001)
    engine = Slowly()
    arena: Any = SimpleNamespace(engine=engine, names=("good", "bad"))
    arena._prepare = lambda names: serve.Arena._prepare(arena, names)
    serve.Arena._keep_trying(arena, stopped)
    return engine.asked


def test_what_failed_is_tried_again_and_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    assert warmed(monkeypatch, threading.Event()) == [("good", "bad"), ("bad",), ("bad",)]


def test_a_closed_page_tries_nothing_again(monkeypatch: pytest.MonkeyPatch) -> None:
    stopped = threading.Event()
    stopped.set()
    assert warmed(monkeypatch, stopped) == [("good", "bad")]
