"""What a study declares: runs (arms and seeds), figures, sweeps of one number, expected orderings, and plots.

Runs of an arm are told apart by their seed. An arm may be any model, the same one drawn again included: then the gap
between its runs is what two drawings of one model differ by.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Protocol

import plotly.graph_objects as go

from eval.metrics import METRICS, Features, FigureName, Measured, Takes
from hub.errors import DataError
from hub.generators import Draw, Placement, Sampling

Figures = dict[FigureName, Measured]
Groups = dict[str, dict[int, Figures]]  # arm -> seed -> figures


class Drawer(Protocol):
    """The part of a generator that a study needs; every entry of the arena has it."""

    @property
    def name(self) -> str:
        """What it is called."""
        ...

    @property
    def weights(self) -> tuple[Path, ...]:
        """Its checkpoints."""
        ...

    @property
    def sampling(self) -> Sampling:
        """How it draws; a sweep over guidance differs in this alone."""
        ...

    def load(self, place: Placement) -> Draw:
        """Bring the model to its place."""
        ...


@dataclass(frozen=True)
class StudyRun:
    """One run of an arm, and the generator that draws it; its figures are kept in ``folder``.

    ``images``: how many it has seen in training, None where that says nothing. ``first_seed`` is added to each
    picture's seed, so that the same model may be drawn again. Of a study that measures its runs itself an arm and seed
    may have runs of several subjects, over which its figures are averaged.
    """

    arm: str
    seed: int
    folder: Path
    generator: Drawer
    images: int | None = None
    first_seed: int = 0
    subject: str = ""


@dataclass(frozen=True)
class StudyFigure:
    """A figure of this study alone, measured by every encoder of a kind; ``better`` is ``lower`` or ``higher``.

    ``measure`` takes the features of a run's pictures, with their seeds, and the run. It raises DataError where the
    figure can't be had. It is None where the study measures its runs itself.
    """

    name: str
    better: str
    measure: Callable[[Features, StudyRun], Measured] | None = None
    takes: Takes = Takes.images


class Expected(StrEnum):
    """The side on which an arm is expected."""

    above = "above"
    below = "below"


@dataclass(frozen=True)
class Ordering:
    """Each of these arms is expected on one side of ``other`` by a figure, in every encoder that measures it.

    ``floor`` names an arm that is one model drawn several times, whose gap is a noise floor beside the gap of seeds;
    then one seed a side is enough. ``remark`` ends the claim.
    """

    figure: str
    arms: tuple[str, ...]
    expected: Expected
    other: str
    remark: str = ""
    floor: str | None = None


@dataclass(frozen=True)
class Sweep:
    """An arm with one number varied: its runs are arms named ``ARM-KEYVALUE``, such as ``galip-clip16``.

    ``own`` is the number of the plain arm, None where that is no part of the sweep. From the least number to the most
    figures of ``up`` are expected to rise and those of ``down`` to fall.
    """

    arm: str
    number: str
    key: str
    own: float | None = None
    up: tuple[str, ...] = ()
    down: tuple[str, ...] = ()


@dataclass(frozen=True)
class EqualFigure:
    """A figure named ``name``: ``figure`` of each curve where its ``level`` is that of the arm ``at``, seed by seed.

    A curve is a name and the arms that are its points; what is between two points is read off the line through them.
    """

    name: str
    figure: str
    level: str
    at: str
    curves: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True)
class Verdict:
    """An expected ordering, and what became of it: ``held``, ``within noise``, ``mixed`` or ``failed``."""

    claim: str
    outcome: str
    held: int
    seeds: int
    difference: float
    floor: float


@dataclass(frozen=True)
class StudyResult:
    """All figures, and what became of the orderings. ``budget``: images that every run has seen, if that is known."""

    budget: int | None
    groups: Groups
    real: Figures
    halves: Figures
    verdicts: tuple[Verdict, ...]


@dataclass(frozen=True)
class StudyPlot:
    """A section of plots: ``draw`` gives them by what each shows, ``said`` is its words for those who can't see one."""

    key: str
    title: str
    said: str
    draw: Callable[[StudyResult], Mapping[str, go.Figure]]


@dataclass(frozen=True)
class Study:
    """A whole study. ``shown`` are the figures without which it is not whole, in the order of the tables.

    ``find_runs`` reads them from a folder and may raise DataError; ``training`` is the command that makes them. One
    caption of every second concept is drawn with ``extra_seeds`` more seeds; where ``worded``, the reference's
    paraphrases are drawn too, for consistency. With ``measure`` the study draws and measures a run itself, in place of
    the report's metrics on the test captions.
    """

    title: str
    training: str
    find_runs: Callable[[Path], list[StudyRun]]
    shown: tuple[str, ...]
    figures: tuple[StudyFigure, ...] = ()
    sweeps: tuple[Sweep, ...] = ()
    orderings: tuple[Ordering, ...] = ()
    plots: tuple[StudyPlot, ...] = ()
    notes: tuple[str, ...] = ()
    extra_seeds: int = 3
    measure: Callable[[StudyRun], Figures] | None = None
    equal: tuple[EqualFigure, ...] = ()
    worded: bool = False

    def own_figure(self, metric: str) -> StudyFigure | None:
        """Return the figure of this study alone that has this name, None where the report measures it."""
        return next((one for one in self.figures if one.name == metric), None)

    def better(self, metric: str) -> str:
        """Return ``lower`` or ``higher`` for a figure. Raises UnknownName."""
        own = self.own_figure(metric)
        return own.better if own else METRICS[metric].better

    def runs(self, folder: Path) -> list[StudyRun]:
        """Return the runs in a folder.

        Raises: DataError where there is none, or where one has another budget: it is not whole, or of another study.
        """
        found = self.find_runs(folder)
        if not found:
            raise DataError(f"{folder} holds no runs: train them first, {self.training} --help.")
        budgets = {f"{run.arm}-seed{run.seed}": run.images for run in found if run.images is not None}
        most = max(budgets.values(), default=0)
        if behind := [name for name, seen in budgets.items() if seen != most]:
            raise DataError(f"Not all runs have seen {most:,} images: {', '.join(behind)}. Go on with their training.")
        return found
