"""Where a page shows the drawings of a tab whose generators are named: pictures as they come, and steps before."""

from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future
from contextlib import closing, suppress
from dataclasses import dataclass
from typing import Any, Protocol

from hub.battle import SlotDrawing
from hub.engine import DrawnSample
from hub.errors import ModerationError
from hub.language.catalogue import Language
from hub.raters import Rater
from hub.ui.drawing import Done, Event, Failed, Progress, Waiting, draw_each
from hub.ui.parts import DrawingParts


class PictureSheet(Protocol):
    """What a tab shows of its drawings, which are told apart by their numbers."""

    def wait(self, number: int, place: int) -> None:
        """Show that a picture waits for its turn."""
        ...

    def progress(self, number: int, share: float, address: str = "") -> None:
        """Show how far a picture is; ``address`` is that of a picture of its step."""
        ...

    def fail(self, number: int, why: str) -> None:
        """Say why a picture is not there."""
        ...

    def say(self, said: str) -> None:
        """Say something of the whole result."""
        ...

    @property
    def value(self) -> dict[str, Any]:
        """What the page gets: a new object each time."""
        ...


@dataclass(frozen=True)
class PictureWall:
    """One tab's pictures on one page: what they are hung as, and the sheet that follows their drawing.

    Pictures of steps are looked at by the filters as results are: nothing is shown that nobody checked.
    """

    parts: DrawingParts
    name: str
    page: str
    language: Language

    def hang(self, content: bytes) -> str:
        """Return the address of a picture, or of something made of the pictures."""
        return self.parts.addresses.hang(self.name, self.page, content)

    def follow(
        self,
        jobs: Mapping[int, SlotDrawing],
        rater: Rater,
        sheet: PictureSheet,
        show: Callable[[int, DrawnSample], None],
        stop: "Future[None]",
    ) -> Iterator[None]:
        """Draw, and write onto the sheet what comes; yields after each change.

        ``show`` gets what the filters let through. A reader that stops cancels the rest; so does ``stop`` once it is
        done, and then nothing is left on the wall.
        """
        self._clear(self.name, self._steps)
        with closing(draw_each(self.parts.engine, jobs, rater.id, previews=True, stop=stop)) as drawings:
            for news in drawings:
                for event in news:
                    self._note(event, sheet, show)
                yield
        self._clear(self._steps, *[self.name] * stop.done())

    def _clear(self, *names: str) -> None:
        for name in names:
            self.parts.addresses.clear(self.page, name)

    @property
    def _steps(self) -> str:
        return f"{self.name}-steps"

    def _note(self, event: Event[int], sheet: PictureSheet, show: Callable[[int, DrawnSample], None]) -> None:
        match event:
            case Waiting(key=number, place=place):
                sheet.wait(number, place)
            case Progress(key=number, share=share, preview=preview):
                sheet.progress(number, share, self._hang_step(preview))
            case Failed(key=number, error=error):
                sheet.fail(number, self.language.tell(error.sentence))
            case Done(key=number, drawn=drawn):
                try:
                    self.parts.moderation.check_image(drawn.png)
                except ModerationError as error:
                    sheet.fail(number, self.language.tell(error.sentence))
                else:
                    show(number, drawn)

    def _hang_step(self, preview: bytes) -> str:
        """Return the address of a picture of a step; empty where there is none, or a filter holds it back."""
        if preview:
            with suppress(ModerationError):
                self.parts.moderation.check_image(preview)
                return self.parts.addresses.hang(self._steps, self.page, preview)
        return ""
