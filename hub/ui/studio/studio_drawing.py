"""The drawings of one result of the Studio: steps and pictures onto its sheet, and what is told when all are there."""

from collections.abc import Iterator
from contextlib import closing, suppress
from dataclasses import dataclass, field

from hub.battle import SlotDrawing
from hub.battle.live_roster import LiveRoster
from hub.engine import DrawnSample
from hub.errors import ModerationError
from hub.language.catalogue import Language
from hub.raters import Rater
from hub.schema import Request
from hub.ui import markup
from hub.ui.drawing import Done, Event, Failed, Progress, Waiting, draw_each
from hub.ui.parts import DrawingParts
from hub.ui.studio.held_pictures import HeldPictures
from hub.ui.studio.sheet import Sheet
from hub.votes import ContentStore
from hub.watch import WatchedBattles


@dataclass(frozen=True)
class StudioParts(DrawingParts):
    """The parts of the arena that the Studio needs."""

    store: ContentStore
    held: HeldPictures
    battles: WatchedBattles
    live: LiveRoster


@dataclass(frozen=True)
class StudioTask:
    """One picture of a result: what is asked, its heading, what is said beneath it (or nothing) and in its place."""

    heading: str
    request: Request
    caption: str
    alt: str


@dataclass
class StudioDrawing:
    """The drawings of one result, by one entry, on one wall of one page; ``drawn`` are those that are done.

    Pictures of steps are looked at by the filters as results are: nothing is shown that nobody checked.
    """

    parts: StudioParts
    name: str
    tasks: list[StudioTask]
    wall: str
    page: str
    language: Language
    drawn: dict[int, DrawnSample] = field(default_factory=dict)
    addresses: dict[int, str] = field(default_factory=dict)

    def follow(self, rater: Rater, sheet: Sheet) -> Iterator[None]:
        """Draw, and write onto the sheet what comes; yields after each change. A reader that stops cancels the rest."""
        jobs = {number: SlotDrawing(self.name, task.request) for number, task in enumerate(self.tasks)}
        self.parts.addresses.clear(self.page, self.wall)
        self.parts.addresses.clear(self.page, self._steps)
        with closing(draw_each(self.parts.engine, jobs, rater.id, previews=True)) as drawings:
            for news in drawings:
                for event in news:
                    self._note(event, sheet)
                yield
        self.parts.addresses.clear(self.page, self._steps)

    def hang(self, content: bytes) -> str:
        """Return the address of something made of the pictures."""
        return self.parts.addresses.hang(self.wall, self.page, content)

    @property
    def whole(self) -> tuple[DrawnSample, ...]:
        """Every picture in its order; none where one is missing."""
        there = len(self.drawn) == len(self.tasks)
        return tuple(self.drawn[number] for number in range(len(self.tasks))) if there else ()

    def keep(self) -> None:
        """Write the pictures that were given to the content store: their owner has agreed. Raises: StorageError."""
        for sha256 in {sha256 for task in self.tasks for sha256 in task.request.pictures}:
            self.parts.store.write_image(self.parts.held.of(self.page, sha256))

    @property
    def _steps(self) -> str:
        return f"{self.wall}-steps"

    def _note(self, event: Event[int], sheet: Sheet) -> None:
        match event:
            case Waiting(key=number, place=place):
                sheet.wait(number, place)
            case Progress(key=number, share=share, preview=preview):
                sheet.progress(number, share, self._hang_step(preview))
            case Done(key=number, drawn=drawn):
                self._hang(number, drawn, sheet)
            case Failed(key=number, error=error):
                sheet.fail(number, self.language.tell(error.sentence))

    def _hang_step(self, preview: bytes) -> str:
        """Return the address of a picture of a step; empty where there is none, or a filter holds it back."""
        if preview:
            with suppress(ModerationError):
                self.parts.moderation.check_image(preview)
                return self.parts.addresses.hang(self._steps, self.page, preview)
        return ""

    def _hang(self, number: int, drawn: DrawnSample, sheet: Sheet) -> None:
        task = self.tasks[number]
        try:
            self.parts.moderation.check_image(drawn.png)
        except ModerationError as error:
            sheet.fail(number, self.language.tell(error.sentence))
            return
        self.drawn[number] = drawn
        address = self.addresses[number] = self.hang(drawn.png)
        caption = markup.render_details(drawn.sample, task.caption, self.language) if task.caption else ""
        sheet.hang(number, address, task.alt, caption, drawn.sample.seconds)
