"""Generators compared: the difference of each figure on the prompts that all have pictures of, with its interval."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np

from eval.metrics import METRICS, Features, FigureName, Measured, Metric
from eval.metrics.resamples import Resampled, Resamples, paired_interval
from eval.statistics import FEWEST
from hub.errors import DataError
from hub.progress import track_items

MOST_COMPARED = 4  # generators of which a table has every two; of more, each with the first


@dataclass(frozen=True)
class PairedDifference:
    """How much a figure of ``generator`` is above that of ``other`` on the ``n`` prompts of both, paired by prompt.

    ``better`` is the one of both that the metric favours, where the interval holds no 0; else it is empty.
    """

    metric: str
    space: str
    encoder: str
    generator: str
    other: str
    value: float
    low: float
    high: float
    n: int
    better: str = ""

    @property
    def name(self) -> FigureName:
        """Its metric and space together."""
        return FigureName(self.metric, self.space)


@dataclass(frozen=True, eq=False)
class _Resampled:
    """A generator's figure on the common prompts, and how it varies with them."""

    value: float
    encoder: str
    resamples: Resamples


def choose_shown(found: Sequence[PairedDifference]) -> list[PairedDifference]:
    """Return the differences that a table has room for: all between few generators, of many those with the first."""
    names = dict.fromkeys(name for one in found for name in (one.generator, one.other))
    few = len(names) <= MOST_COMPARED
    return [one for one in found if few or one.generator == next(iter(names))]


class PromptDifferences:
    """Takes generators one by one, and subtracts their figures in one space; ``common`` are the prompts of all."""

    def __init__(self, title: str, common: Sequence[int]) -> None:
        self._title, self._common = title, common
        self._found: dict[str, dict[str, _Resampled]] = {}  # by metric and generator

    def add(self, name: str, drawn: Features, real: Features | None, measured: Sequence[Measured]) -> None:
        """Take a generator's features and the figures they gave; a figure that can't be had is none here either."""
        kept = np.isin(drawn.prompts, self._common)
        whole = bool(kept.all())
        shared = drawn if whole else drawn.at(np.flatnonzero(kept))
        beside = real if whole or real is None else replace(real, free=True)
        known = {figure.metric: figure for figure in measured} if whole else {}
        names = {figure.metric for figure in measured} if len(self._common) >= FEWEST else {}
        chosen = [metric for metric in METRICS if metric.name in names and isinstance(metric, Resampled)]
        for metric in track_items(chosen, f"Comparing by {self._title}"):
            assert isinstance(metric, Resampled)
            try:
                figure = known.get(metric.name) or metric(shared, beside or shared)
                found = _Resampled(figure.value, drawn.encoder, metric.resample(shared, beside or shared))
            except DataError:
                continue  # as of prompts with one picture each, of which fewer are left
            self._found.setdefault(metric.name, {})[name] = found

    def subtract(self) -> list[PairedDifference]:
        """Return the difference of every two generators that have a figure on the same prompts."""
        return [
            made
            for metric, those in self._found.items()
            for one, other in combinations(those, 2)
            if (made := self._subtract(METRICS[metric], one, other))
        ]

    def _subtract(self, metric: Metric, one: str, other: str) -> PairedDifference | None:
        first, second = (self._found[metric.name][name] for name in (one, other))
        difference = first.value - second.value
        between = paired_interval(difference, first.resamples, second.resamples)
        if between is None:
            return None  # such as PPD, where they have several pictures of other prompts
        low, high = between
        surely = "" if low <= 0 <= high else one if (low > 0) == (metric.better == "higher") else other
        n = len(first.resamples.prompts)
        return PairedDifference(metric.name, self._title, first.encoder, one, other, difference, low, high, n, surely)
