"""Waiting: one place for both sides, and a closed page that stops its drawing."""

import re
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image

from hub.battle import SlotDrawing
from hub.engine.local_engine import LocalEngine
from hub.errors import GenerationError
from hub.generators import NamedPictures, OnProgress
from hub.generators.entries import mock
from hub.schema import Request
from hub.ui.drawing import Done, Failed, Progress, Waiting, draw_each
from hub.votes import read_votes
from tests.asking import asking
from tests.hub.ui import fakes
from tests.hub.ui.served import FAKES, TIMEOUT, Arena, Page, served


@pytest.fixture(scope="module")
def arena(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Arena]:
    """An arena of the two fakes, served."""
    with served(tmp_path_factory.mktemp("queue"), FAKES, fakes.NAMES) as arena:
        with Page(arena.url) as page:
            for _ in range(2):  # the second one waits for all that warms up
                page.draw("a boat, when all are warm")
        yield arena


def first_with(messages: Iterator[str], text: str) -> str:
    """The first message with this text."""
    return next(message for message in messages if text in message)


class Heard:
    """The messages of a page's drawing as they come, kept by a thread of its own, to the last one."""

    def __init__(self, messages: Iterator[str]) -> None:
        self.messages: list[str] = []
        self._thread = threading.Thread(target=lambda: self.messages.extend(messages), daemon=True)
        self._thread.start()

    @property
    def place(self) -> str:
        """The place in the queue that was told last; empty before that."""
        told: list[str] = re.findall(r"queued, place (\d)", " ".join(self.messages))
        return told[-1] if told else ""

    def all(self) -> list[str]:
        """Every message, the last one among them."""
        self._thread.join(120)
        return self.messages


def test_who_waits_sees_one_place_for_both_sides(arena: Arena) -> None:
    arena.gate.touch()
    pages = [Page(arena.url) for _ in range(3)]
    try:
        first = pages[0].send("draw", "boat 0", "quality")
        first_with(first, "drawing ")
        waiting = [Heard(page.send("draw", f"boat {n}", "quality")) for n, page in enumerate(pages[1:], 1)]
        # who comes later may go first with its first drawing, so that the other's place changes at its next pulse
        end = time.monotonic() + TIMEOUT
        while sorted(page.place for page in waiting) != ["1", "2"] and time.monotonic() < end:
            time.sleep(0.05)
        assert sorted(page.place for page in waiting) == ["1", "2"]
        told = " ".join(message for page in waiting for message in page.messages)
        assert not [secret for secret in fakes.SECRETS if secret in told]
        arena.gate.unlink()
        for page, messages in zip(pages, [list(first), *(heard.all() for heard in waiting)], strict=True):
            assert '"success":true' in messages[-1]
            assert "your vote is saved" in page.vote("tie")
    finally:
        arena.gate.unlink(missing_ok=True)
        for page in pages:
            page.http.close()


def test_a_closed_page_stops_its_drawing_and_can_not_be_voted(arena: Arena) -> None:
    arena.gate.touch()
    before = arena.said.count("cancelled")
    try:
        with Page(arena.url) as page:
            first_with(page.send("draw", "a boat that nobody waits for", "quality"), "drawing ")
        end = time.monotonic() + TIMEOUT
        while arena.said.count("cancelled") == before and time.monotonic() < end:
            time.sleep(0.05)
        assert arena.said.count("cancelled") == before + 1  # though the gate is closed still
        with Page(arena.url) as other:
            arena.gate.unlink()
            assert '"success":true' in other.draw("another boat")
            assert "your vote is saved" in other.vote("a")
            other.token = page.token
            assert "your vote is saved" not in other.vote("a")
    finally:
        arena.gate.unlink(missing_ok=True)
    assert "a boat that nobody waits for" not in read_votes(arena.data).table["prompt"].to_pylist()
    assert "Traceback" not in arena.said


def test_no_line_of_the_log_has_a_prompt_that_an_error_quotes(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def refuse(request: Request, pictures: NamedPictures, on_progress: object) -> None:
        raise GenerationError(f"The model elsewhere does not like {request.prompt!r}.")

    monkeypatch.setattr(mock, "draw", refuse)
    jobs = {0: SlotDrawing("mock", asking("a secret boat", 0)), 1: SlotDrawing("mock", asking("船", 0, read_as="ship"))}
    events = [event for news in draw_each(LocalEngine(), jobs, "one") for event in news]
    assert all(isinstance(event, Failed) for event in events[-2:])
    assert "a secret boat" in "".join(str(event.error) for event in events[-2:] if isinstance(event, Failed))
    assert caplog.text.count("mock could not draw: The model elsewhere does not like '(the prompt)'.") == 2


@pytest.mark.parametrize("looks", [False, True])
def test_pictures_of_the_steps_are_made_where_somebody_looks_and_nowhere_else(
    monkeypatch: pytest.MonkeyPatch, looks: bool
) -> None:
    made: list[int] = []

    def make() -> Image.Image:
        made.append(1)
        return Image.new("RGB", (8, 8), "blue")

    def step(request: Request, pictures: NamedPictures, on_progress: OnProgress) -> Image.Image:
        for number in range(4):
            on_progress(number / 4, make)
            time.sleep(0.06)
        return Image.new("RGB", (8, 8))

    monkeypatch.setattr(mock, "draw", step)
    told = draw_each(LocalEngine(), {0: SlotDrawing("mock", asking("a boat", 0))}, "one", previews=looks)
    previews = [event.preview for news in told for event in news if isinstance(event, Progress)]
    assert bool(made) is any(previews) is looks
    assert len(made) < 4  # not of every one of such quick steps


def test_a_set_of_one_rater_does_not_block_another(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    drawn: list[str] = []
    draw = mock.draw

    def noted(request: Request, pictures: NamedPictures, on_progress: OnProgress) -> Image.Image:
        drawn.append(request.prompt)
        return draw(request, pictures, on_progress)

    gate = tmp_path / "gate"
    gate.touch()
    monkeypatch.setattr(fakes, "GATE", gate)
    monkeypatch.setattr(mock, "draw", noted)
    engine = LocalEngine()
    jobs = {number: SlotDrawing("fresco-fake", asking("a set", number)) for number in range(6)}
    many = draw_each(engine, jobs, "one")
    next(many)
    other = draw_each(engine, {0: SlotDrawing("fresco-fake", asking("a boat", 0))}, "two")
    next(other)
    gate.unlink()  # the set's first is drawn, and both have asked for all of theirs
    assert isinstance([event for news in other for event in news][-1], Done)
    left = [event for news in many for event in news if not isinstance(event, Waiting)]
    assert not [event for event in left if isinstance(event, Failed)]
    assert drawn == ["fresco a set", "fresco a boat"] + ["fresco a set"] * 5
