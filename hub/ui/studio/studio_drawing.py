"""The drawings of one result of the Studio: steps and pictures onto its sheet, and what is told when all are there."""

from collections.abc import Iterator
from concurrent.futures import Future
from dataclasses import dataclass, field
from functools import cached_property

from hub.battle import SlotDrawing
from hub.battle.live_roster import LiveRoster
from hub.engine import DrawnSample
from hub.language.catalogue import Language
from hub.raters import Rater
from hub.schema import Request
from hub.ui import markup
from hub.ui.compare.added_pictures import HeldOwnSets
from hub.ui.parts import DrawingParts
from hub.ui.picture_wall import PictureWall
from hub.ui.studio.held_pictures import HeldPictures
from hub.ui.studio.sheet import Sheet
from hub.votes import ContentStore
from hub.watch import WatchedBattles


@dataclass(frozen=True)
class StudioParts(DrawingParts):
    """The parts of the arena that the Studio and Compare need."""

    store: ContentStore
    held: HeldPictures
    battles: WatchedBattles
    live: LiveRoster
    own: HeldOwnSets


@dataclass(frozen=True)
class StudioTask:
    """One picture of a result: what is asked, its heading, what is said beneath it (or nothing) and in its place."""

    heading: str
    request: Request
    caption: str
    alt: str


@dataclass
class StudioDrawing:
    """The drawings of one result, by one entry, in one tab of one page; ``drawn`` are those that are done."""

    parts: StudioParts
    name: str
    tasks: list[StudioTask]
    tab: str
    page: str
    language: Language
    drawn: dict[int, DrawnSample] = field(default_factory=dict)
    addresses: dict[int, str] = field(default_factory=dict)

    @cached_property
    def sheet(self) -> Sheet:
        """The sheet that the page shows."""
        return Sheet([task.heading for task in self.tasks], self.language)

    @cached_property
    def wall(self) -> PictureWall:
        """Where the pictures hang."""
        return PictureWall(self.parts, self.tab, self.page, self.language)

    @property
    def asked(self) -> object:
        """What was asked of whom."""
        return self.name, self.tasks

    def follow(self, rater: Rater, stop: "Future[None]") -> Iterator[None]:
        """Draw, and write onto the sheet what comes; yields after each change."""
        jobs = {number: SlotDrawing(self.name, task.request) for number, task in enumerate(self.tasks)}
        yield from self.wall.follow(jobs, rater, self.sheet, self._hang, stop)

    @property
    def complete(self) -> bool:
        """Whether every picture is there."""
        return len(self.drawn) == len(self.tasks)

    @property
    def whole(self) -> tuple[DrawnSample, ...]:
        """Every picture in its order; none where one is missing."""
        return tuple(self.drawn[number] for number in range(len(self.tasks))) if self.complete else ()

    def keep(self) -> None:
        """Write the pictures that were given to the content store: their owner has agreed. Raises: StorageError."""
        for sha256 in {sha256 for task in self.tasks for sha256 in task.request.pictures}:
            self.parts.store.write_image(self.parts.held.of(self.page, sha256))

    def _hang(self, number: int, drawn: DrawnSample) -> None:
        task = self.tasks[number]
        self.drawn[number] = drawn
        address = self.addresses[number] = self.wall.hang(drawn.png)
        caption = markup.render_details(drawn.sample, task.caption, self.language) if task.caption else ""
        self.sheet.hang(number, address, task.alt, caption, drawn.sample.seconds)
