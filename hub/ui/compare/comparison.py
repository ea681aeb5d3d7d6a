"""The drawings of one comparison: steps and pictures into its grid, scores and files once they are there.

Beside what is drawn hang the visitor's own pictures, which are there already.
"""

from collections.abc import Iterator
from concurrent.futures import Future
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from eval.metrics import Array
from eval.metrics.entries.consistency import consistencies
from eval.picture_scores import PictureScorer
from hub.battle import SlotDrawing
from hub.engine import DrawnSample
from hub.japanese.read_requests import english_of, reading_of
from hub.language.catalogue import Language
from hub.raters import Rater
from hub.ui.compare.comparison_grid import ComparisonGrid
from hub.ui.compare.comparison_request import ComparisonRequest
from hub.ui.compare.own_rows import OwnCell
from hub.ui.markup import tell_reading
from hub.ui.parts import DrawingParts
from hub.ui.picture_wall import PictureWall

WALL, OWN_WALL = "compare", "compare-own"  # whose pictures these are
LARGE = 256  # pixels a side, about those of a cell


@dataclass
class Comparison:
    """The drawings of one comparison on one page; ``drawn`` are those that are done, by the number of their cell."""

    parts: DrawingParts
    asked: ComparisonRequest
    page: str
    language: Language
    drawn: dict[int, DrawnSample] = field(default_factory=dict)

    @cached_property
    def sheet(self) -> ComparisonGrid:
        """The grid that the page shows."""
        said = self.language
        sides = [
            (row.prompt, tell_reading(reading_of(row), said), self._tell_row(at))
            for at, row in enumerate(self.asked.rows)
        ]
        titles = [*(one.title for one in self.asked.generators), *(one.title for one in self.asked.own)]
        return ComparisonGrid(titles, sides, said, turned=self.asked.worded, own=len(self.asked.own))

    @cached_property
    def wall(self) -> PictureWall:
        """Where the pictures hang."""
        return PictureWall(self.parts, WALL, self.page, self.language)

    def hang_file(self, content: bytes) -> str:
        """Return the address of a file of the grid: with the visitor's own pictures in it, it goes when they do."""
        wall = OWN_WALL if self.asked.own_cells else WALL
        return PictureWall(self.parts, wall, self.page, self.language).hang(content)

    @property
    def complete(self) -> bool:
        """Whether every picture is there."""
        return len(self.drawn) == len(self.asked.rows) * len(self.asked.generators)

    def follow(self, rater: Rater, stop: "Future[None]") -> Iterator[None]:
        """Hang what is there, draw, and write into the grid what comes; yields after each change."""
        width = self.asked.width
        self.parts.addresses.clear(self.page, WALL)
        self._hang_own()
        yield
        jobs = {
            row * width + column: SlotDrawing(generator.name, request)
            for row, request in enumerate(self.asked.rows)
            for column, generator in enumerate(self.asked.generators)
        }
        if jobs:
            yield from self.wall.follow(jobs, rater, self.sheet, self._hang, stop)
        if stop.done():
            self.parts.addresses.clear(self.page, OWN_WALL)

    @property
    def pictures(self) -> dict[int, bytes]:
        """The PNGs that are there, by the number of their cell."""
        drawn = {number: one.png for number, one in self.drawn.items()}
        return drawn | {number: one.picture.png for number, one in self.asked.own_cells.items()}

    def score(self, scorer: PictureScorer) -> None:
        """Write scores into the cells, and their means below the headings."""
        pictures, width = self.pictures, self.asked.width
        numbers = sorted(pictures)
        if not numbers:
            return
        rows = self.asked.rows
        found = scorer([pictures[one] for one in numbers], [english_of(rows[one // width]) for one in numbers])
        for number, fit in zip(numbers, found.fit, strict=True):
            if fit is not None:
                self.sheet.score(number, fit)
        for column in range(width):
            places = [at for at, number in enumerate(numbers) if number % width == column]
            these = [numbers[at] for at in places]
            self.sheet.head(column, self._sum_up(these, [found.fit[at] for at in places]))
            if self.asked.worded:
                self._compare_wordings(column, these, found.images[places])

    def _sum_up(self, numbers: list[int], fits: list[float | None]) -> list[str]:
        """Return a column's mean seconds, where it was drawn, and mean fit."""
        if len(numbers) < 2:  # the cell says it already
            return []
        seconds = [self.drawn[number].sample.seconds for number in numbers if number in self.drawn]
        lines = [self.language.gettext("mean {seconds:.2f} s", seconds=float(np.mean(seconds)))] if seconds else []
        known = [fit for fit in fits if fit is not None]
        return lines + ([self.language.gettext("mean fit {fit:.2f}", fit=float(np.mean(known)))] if known else [])

    def _compare_wordings(self, column: int, numbers: list[int], images: Array) -> None:
        """Show how alike a column's pictures of the wordings are, by the same seed; some of one's own have none."""
        places = [at for at, number in enumerate(numbers) if self._has_seed(number)]
        seeds = np.array([self.asked.rows[numbers[at] // self.asked.width].seed for at in places])
        if len(np.unique(seeds)) < len(seeds):  # two wordings of one seed are there
            alike = float(consistencies(images[places], np.zeros(len(seeds), int), seeds)[0])
            self.sheet.head(column, [self.language.gettext("alike over wordings {alike:.2f}", alike=alike)])

    def _has_seed(self, number: int) -> bool:
        """Return whether the picture of a cell was drawn with its row's seed."""
        own = self.asked.own_cells.get(number)
        return own is None or own.number is None

    def _tell_row(self, row: int) -> str:
        """Return a row's seed, or, where nothing in it has one, which picture of its prompt it is."""
        width, first = self.asked.width, len(self.asked.generators)
        cells = [self.asked.own_cells.get(row * width + column) for column in range(first, width)]
        number = next((cell.number for cell in cells if cell and cell.number), None)
        if first or number is None or any(cell and cell.number is None for cell in cells):
            seed = self.asked.rows[row].seed
            return self.language.ngettext("seed {seeds}", "seeds {seeds}", 1, seeds=str(seed))
        return self.language.gettext("picture {number}", number=number)

    def _tell_own(self, cell: OwnCell) -> str:
        """Return which picture stands in a cell: by its seed, or by its place among those of its prompt."""
        if cell.number is None:
            seed = str(cell.picture.seed)
            return self.language.ngettext("seed {seeds}", "seeds {seeds}", 1, seeds=seed)
        said = self.language.gettext("picture {number}", number=cell.number)
        seed = self.language.gettext("seed not known")
        if cell.picture.seed is not None:
            seed = self.language.ngettext("seed {seeds}", "seeds {seeds}", 1, seeds=str(cell.picture.seed))
        return f"{said}, {seed}"

    def _hang_own(self) -> None:
        """Hang the visitor's own pictures, and say of the cells without one that there is none."""
        self.parts.addresses.clear(self.page, OWN_WALL)
        wall, width = PictureWall(self.parts, OWN_WALL, self.page, self.language), self.asked.width
        for row in range(len(self.asked.rows)):
            for column in range(len(self.asked.generators), width):
                number = row * width + column
                if cell := self.asked.own_cells.get(number):
                    png = cell.picture.png
                    self.sheet.show_own(number, wall.hang(png), self._tell_own(cell), _is_large(png))
                else:
                    self.sheet.lack(number, self.language.gettext("no picture"))

    def _hang(self, number: int, drawn: DrawnSample) -> None:
        self.drawn[number] = drawn
        self.sheet.hang(number, self.wall.hang(drawn.png), drawn.sample.seconds, _is_large(drawn.png))


def _is_large(png: bytes) -> bool:
    """Return whether a picture has more pixels than its cell, so that it is made smaller where it is shown."""
    return max(int.from_bytes(png[16:20]), int.from_bytes(png[20:24])) > LARGE  # width and height in its head
