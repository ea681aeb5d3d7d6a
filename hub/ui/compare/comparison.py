"""The drawings of one comparison: steps and pictures into its grid, scores and files once they are there."""

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
from hub.ui.markup import tell_reading
from hub.ui.parts import DrawingParts
from hub.ui.picture_wall import PictureWall

WALL = "compare"  # whose pictures these are


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
            (
                row.prompt,
                tell_reading(reading_of(row), said),
                said.ngettext("seed {seeds}", "seeds {seeds}", 1, seeds=str(row.seed)),
            )
            for row in self.asked.rows
        ]
        return ComparisonGrid([one.title for one in self.asked.generators], sides, said, turned=self.asked.worded)

    @cached_property
    def wall(self) -> PictureWall:
        """Where the pictures hang."""
        return PictureWall(self.parts, WALL, self.page, self.language)

    @property
    def complete(self) -> bool:
        """Whether every picture is there."""
        return len(self.drawn) == len(self.asked.rows) * len(self.asked.generators)

    def follow(self, rater: Rater, stop: "Future[None]") -> Iterator[None]:
        """Draw, and write into the grid what comes; yields after each change."""
        width = len(self.asked.generators)
        jobs = {
            row * width + column: SlotDrawing(generator.name, request)
            for row, request in enumerate(self.asked.rows)
            for column, generator in enumerate(self.asked.generators)
        }
        yield from self.wall.follow(jobs, rater, self.sheet, self._hang, stop)

    def score(self, scorer: PictureScorer) -> None:
        """Write scores into the cells, and their means below the headings."""
        numbers = sorted(self.drawn)
        if not numbers:
            return
        samples = [self.drawn[number] for number in numbers]
        found = scorer([one.png for one in samples], [english_of(one.sample) for one in samples])
        for number, fit in zip(numbers, found.fit, strict=True):
            if fit is not None:
                self.sheet.score(number, fit)
        width = len(self.asked.generators)
        for column in range(width):
            rows = [at for at, number in enumerate(numbers) if number % width == column]
            self.sheet.head(column, self._sum_up([samples[at] for at in rows], [found.fit[at] for at in rows]))
            if self.asked.worded:
                self._compare_wordings(column, [samples[at] for at in rows], found.images[rows])

    def _sum_up(self, samples: list[DrawnSample], fits: list[float | None]) -> list[str]:
        """Return a generator's mean seconds and mean fit."""
        if len(samples) < 2:  # the cell says it already
            return []
        seconds = float(np.mean([one.sample.seconds for one in samples]))
        lines = [self.language.gettext("mean {seconds:.2f} s", seconds=seconds)]
        known = [fit for fit in fits if fit is not None]
        return lines + ([self.language.gettext("mean fit {fit:.2f}", fit=float(np.mean(known)))] if known else [])

    def _compare_wordings(self, column: int, samples: list[DrawnSample], images: Array) -> None:
        """Show how alike a generator's pictures of the wordings are, by the same seed."""
        seeds = np.array([one.sample.seed for one in samples])
        if len(np.unique(seeds)) < len(seeds):  # two wordings of one seed are there
            alike = float(consistencies(images, np.zeros(len(seeds), int), seeds)[0])
            self.sheet.head(column, [self.language.gettext("alike over wordings {alike:.2f}", alike=alike)])

    def _hang(self, number: int, drawn: DrawnSample) -> None:
        self.drawn[number] = drawn
        self.sheet.hang(number, self.wall.hang(drawn.png), drawn.sample.seconds)
