"""The events of Draw and Cancel on a tab whose generators are named, and how its sheet follows a drawing.

Each drawing has a name of its own, which its sheet carries. Cancel ends the one whose sheet the page showed when it was
pressed, however late that is heard: never the next one. Gradio's own cancelling ends whatever the event draws by then.
"""

import secrets
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Protocol

import gradio as gr

from hub.language.catalogue import Language
from hub.raters import Rater
from hub.ui.parts import DRAWINGS, Updates
from hub.ui.picture_wall import PictureSheet

SHOWN = "(sheet) => [sheet?.drawing ?? '']"  # of the sheet's value the page sends the drawing's name alone
AT_ONCE = 1.0  # seconds after a drawing within which the same again is a press that came while it was drawn


class TabDrawing(Protocol):
    """The drawings of one result of a tab, and the sheet that they are shown on."""

    @property
    def page(self) -> str:
        """The page that shows it."""
        ...

    @property
    def language(self) -> Language:
        """The language of whoever asked."""
        ...

    @property
    def sheet(self) -> PictureSheet:
        """What the page shows."""
        ...

    @property
    def asked(self) -> object:
        """What was asked: equal for what would be drawn the same."""
        ...

    @property
    def complete(self) -> bool:
        """Whether every picture is there."""
        ...

    def follow(self, rater: Rater, stop: "Future[None]") -> Iterator[None]:
        """Draw; yields after each change of the sheet, and ends early once ``stop`` is done."""
        ...


@dataclass
class DrawingsUnderway:
    """The drawings that go on, each by its page and its name, and those that just ended; for one tab of all pages."""

    clock: Callable[[], float] = time.monotonic
    _stops: dict[tuple[str, str], "Future[None]"] = field(default_factory=dict)
    _ended: dict[str, tuple[object, float]] = field(default_factory=dict)  # by page: what was asked, and when it ended

    @contextmanager
    def begin(self, page: str) -> Iterator[tuple[str, "Future[None]"]]:
        """Give a drawing of a page its name, and what is done once somebody stops it."""
        name, stop = secrets.token_hex(8), Future[None]()
        self._stops[page, name] = stop
        try:
            yield name, stop
        finally:
            del self._stops[page, name]

    def stop(self, page: str, name: object) -> None:
        """Stop the drawing of that name on that page, if it goes on."""
        if isinstance(name, str) and (stop := self._stops.get((page, name))):
            stop.cancel()

    def end(self, page: str, asked: object) -> None:
        """Note that what a page asked for is there, whole."""
        now = self.clock()
        self._ended = {one: ended for one, ended in [*self._ended.items()] if now - ended[1] < AT_ONCE}
        self._ended[page] = asked, now

    def repeats(self, page: str, asked: object) -> bool:
        """Return whether just this was drawn a moment ago, as by a double click."""
        before, ended = self._ended.get(page, (None, 0.0))
        return before == asked and self.clock() - ended < AT_ONCE


class DrawingEvents:
    """What a tab's buttons do to its sheet; ``blank`` makes a sheet of no pictures, in a language."""

    def __init__(self, sheet: gr.HTML, cancel: gr.Button, blank: Callable[[Language], PictureSheet]) -> None:
        self._sheet, self._cancel, self._blank = sheet, cancel, blank
        self._underway = DrawingsUnderway()

    def wire(self, triggers: list[Any], draw: Callable[..., Iterator[Updates]], inputs: list[Any], name: str) -> None:
        """Let these triggers draw, by an event of this name, and the other button cancel.

        A trigger while something is drawn asks for what comes after it.
        """
        gr.on(
            triggers,
            draw,
            inputs,
            [self._sheet, self._cancel],
            api_name=name,
            api_visibility="undocumented",
            show_progress="hidden",
            trigger_mode="always_last",
            concurrency_limit=DRAWINGS,
            concurrency_id="draw",
        )
        quiet: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private", "queue": False}
        self._cancel.click(self._stop, self._sheet, None, js=SHOWN, trigger_mode="multiple", **quiet)

    def follow(self, drawing: TabDrawing, rater: Rater, finish: Callable[[], None]) -> Iterator[Updates]:
        """Draw, showing what comes as it comes; then do what is to be done with the pictures, and show that."""
        nothing: Updates = {self._sheet: gr.skip(), self._cancel: gr.skip()}
        if self._underway.repeats(drawing.page, drawing.asked):
            yield nothing
            return
        with self._underway.begin(drawing.page) as (name, stop):
            sent = drawing.sheet.value | {"drawing": name}
            yield {self._sheet: sent, self._cancel: gr.update(interactive=True)}
            for _ in drawing.follow(rater, stop):
                before, sent = sent, drawing.sheet.value | {"drawing": name}
                # a closed page is noticed when it is sent something
                yield {self._sheet: sent} if sent != before else gr.skip()
            if not stop.done():
                finish()
            if stop.done():
                sheet = self._blank(drawing.language)
                sheet.say(drawing.language.gettext("The drawing was cancelled."))
            else:
                sheet = drawing.sheet
                if drawing.complete:
                    self._underway.end(drawing.page, drawing.asked)
        yield {self._sheet: sheet.value, self._cancel: gr.update(interactive=False)}
        yield nothing  # the last message repeats the one before: make it short

    def _stop(self, name: Any, request: gr.Request) -> None:
        self._underway.stop(request.session_hash or "", name)
