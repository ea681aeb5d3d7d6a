"""The drawings of one comparison: steps and pictures into its grid, scores and files once they are there."""

from collections.abc import Iterator
from contextlib import closing, suppress
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from eval.metrics import Array
from eval.metrics.entries.consistency import consistencies
from eval.picture_scores import PictureScorer
from hub.battle import SlotDrawing
from hub.engine import DrawnSample
from hub.errors import HubError, ModerationError
from hub.language.catalogue import Language
from hub.raters import Rater
from hub.ui.compare.comparison_grid import ComparisonGrid
from hub.ui.compare.comparison_request import ComparisonRequest
from hub.ui.drawing import Done, Event, Failed, Progress, Waiting, draw_each
from hub.ui.parts import DrawingParts

WALL, STEPS = "compare", "compare-steps"  # whose pictures these are


@dataclass
class Comparison:
    """The drawings of one comparison on one page; ``drawn`` are those that are done, by the number of their cell.

    Pictures of steps are looked at by the filters as results are: nothing is shown that nobody checked.
    """

    parts: DrawingParts
    asked: ComparisonRequest
    page: str
    language: Language
    drawn: dict[int, DrawnSample] = field(default_factory=dict)

    @cached_property
    def grid(self) -> ComparisonGrid:
        """The grid that the page shows."""
        said = self.language
        sides = [
            (row.prompt, said.ngettext("seed {seeds}", "seeds {seeds}", 1, seeds=str(row.seed)))
            for row in self.asked.rows
        ]
        return ComparisonGrid([one.title for one in self.asked.generators], sides, said, turned=self.asked.worded)

    def follow(self, rater: Rater) -> Iterator[None]:
        """Draw, and write into the grid what comes; yields after each change. A reader that stops cancels the rest."""
        width = len(self.asked.generators)
        jobs = {
            row * width + column: SlotDrawing(generator.name, request)
            for row, request in enumerate(self.asked.rows)
            for column, generator in enumerate(self.asked.generators)
        }
        for wall in (WALL, STEPS):
            self.parts.addresses.clear(self.page, wall)
        with closing(draw_each(self.parts.engine, jobs, rater.id, previews=True)) as drawings:
            for news in drawings:
                for event in news:
                    self._note(event)
                yield
        self.parts.addresses.clear(self.page, STEPS)

    def score(self, scorer: PictureScorer) -> None:
        """Write scores into the cells, and their means below the headings."""
        numbers = sorted(self.drawn)
        if not numbers:
            return
        samples = [self.drawn[number] for number in numbers]
        found = scorer([one.png for one in samples], [one.sample.prompt for one in samples])
        for number, fit in zip(numbers, found.fit, strict=True):
            if fit is not None:
                self.grid.score(number, fit)
        width = len(self.asked.generators)
        for column in range(width):
            rows = [at for at, number in enumerate(numbers) if number % width == column]
            self.grid.head(column, self._sum_up([samples[at] for at in rows], [found.fit[at] for at in rows]))
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
            self.grid.head(column, [self.language.gettext("alike over wordings {alike:.2f}", alike=alike)])

    def hang(self, content: bytes) -> str:
        """Return the address of something made of the pictures."""
        return self.parts.addresses.hang(WALL, self.page, content)

    def _note(self, event: Event[int]) -> None:
        match event:
            case Waiting(key=number, place=place):
                self.grid.wait(number, place)
            case Progress(key=number, share=share, preview=preview):
                self.grid.progress(number, share, self._hang_step(preview))
            case Done(key=number, drawn=drawn):
                self._hang_picture(number, drawn)
            case Failed(key=number, error=error):
                self._fail(number, error)

    def _hang_step(self, preview: bytes) -> str:
        """Return the address of a picture of a step; empty where there is none, or a filter holds it back."""
        if preview:
            with suppress(ModerationError):
                self.parts.moderation.check_image(preview)
                return self.parts.addresses.hang(STEPS, self.page, preview)
        return ""

    def _hang_picture(self, number: int, drawn: DrawnSample) -> None:
        try:
            self.parts.moderation.check_image(drawn.png)
        except ModerationError as error:
            self._fail(number, error)
            return
        self.drawn[number] = drawn
        self.grid.hang(number, self.hang(drawn.png), drawn.sample.seconds)

    def _fail(self, number: int, error: HubError) -> None:
        self.grid.fail(number, self.language.tell(error.sentence))
