"""Drawings that go on, by name: what a stop ends, and which press is none."""

import threading
from concurrent.futures import Future
from types import SimpleNamespace
from typing import Any

import pytest

from hub.battle import SlotDrawing
from hub.ui import drawing
from hub.ui.drawing_events import AT_ONCE, DrawingsUnderway
from tests.asking import asking


def test_a_stop_ends_the_drawing_of_that_name_on_that_page_and_no_other() -> None:
    underway = DrawingsUnderway()
    with underway.begin("page") as (first, stopped):
        underway.stop("another page", first)
        underway.stop("page", ["no name"])
        assert not stopped.done()
        underway.stop("page", first)
        underway.stop("page", first)  # pressed twice
        assert stopped.done()
    with underway.begin("page") as (second, stopped):
        underway.stop("page", first)
        assert second != first
        assert not stopped.done()
    underway.stop("page", second)


def test_the_same_again_is_a_press_that_came_meanwhile_for_a_moment_only() -> None:
    now = 100.0
    underway = DrawingsUnderway(clock=lambda: now)
    assert not underway.repeats("page", "a boat")
    underway.end("page", "a boat")
    assert underway.repeats("page", "a boat")
    assert not underway.repeats("page", "a ship")
    assert not underway.repeats("another page", "a boat")
    now += AT_ONCE
    assert not underway.repeats("page", "a boat")


def test_who_waits_for_drawings_hears_at_once_that_they_are_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drawing, "FIRST", 3600.0)
    left: list[int] = []
    pending = SimpleNamespace(result=Future(), cancel=lambda: left.append(1))
    engine: Any = SimpleNamespace(ask=lambda *_: pending)
    stop: Future[None] = Future()
    jobs = {0: SlotDrawing("mock", asking("a boat", 0))}
    told: list[Any] = []
    reader = threading.Thread(target=lambda: told.extend(drawing.draw_each(engine, jobs, "rater", stop=stop)))
    reader.start()
    stop.cancel()
    reader.join(60)
    assert not reader.is_alive()
    assert (told, left) == ([], [1])
