"""Cost, quality and variety of the generators together: which of them no other one beats."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from eval.agreement import beaten, better, metric_draws, pareto
from eval.level import levels, steady
from eval.measure import REAL, Table
from eval.metrics import Array, Measured, plain, space
from hub.sentences import Sentence

COST, QUALITY, VARIETY = "seconds an image", ("KID", "FD"), "PPD"
WORDS = (Sentence("cost"), Sentence("quality"), Sentence("variety"))
SUBSETS = tuple(those for size in (3, 2) for those in combinations(range(3), size))


@dataclass(frozen=True)
class Point:
    """A generator's figures: cost, quality and variety.

    ``unbeaten``: sets of figures on which no other generator beats it, all three first. ``beaten_by``: those that beat
    it on all three. ``chance``: share of draws from the figures' intervals in which none does.
    """

    generator: str
    figures: tuple[Measured, Measured, Measured]
    unbeaten: tuple[tuple[str, ...], ...]
    beaten_by: tuple[str, ...]
    chance: float

    @property
    def on_front(self) -> bool:
        """Whether no other generator beats it on all three figures."""
        return WORDS in self.unbeaten


@dataclass(frozen=True)
class Front:
    """The generators in one space. ``metrics``: names of the three figures; ``left_out`` lack one, with its name."""

    metrics: tuple[str, str, str]
    points: tuple[Point, ...]  # cheapest first
    left_out: tuple[tuple[str, str], ...]

    @property
    def space(self) -> str:
        """The space that quality and variety are measured in."""
        return space(self.metrics[1])


def find_fronts(table: Table) -> tuple[Front, ...]:
    """A front for each space that has a figure of quality and one of variety: KID, or FD where there is no KID."""
    figures = {(row.measured.metric, row.generator): row.measured for row in table.rows if row.generator != REAL}
    metrics = {metric for metric, _ in figures}
    spaces = sorted({space(metric) for metric in metrics if plain(metric) == VARIETY})
    fronts = []
    for one in spaces:
        quality = next((name for kind in QUALITY if (name := f"{kind} ({one})") in metrics), None)
        if quality and COST in metrics:
            fronts.append(_front((COST, quality, f"{VARIETY} ({one})"), figures))
    return tuple(fronts)


def _front(metrics: tuple[str, str, str], figures: dict[tuple[str, str], Measured]) -> Front:
    generators = sorted({generator for metric, generator in figures if metric in metrics})
    lacking = [(name, next((m for m in metrics if (m, name) not in figures), None)) for name in generators]
    whole = [name for name, metric in lacking if metric is None]
    rows = [tuple(figures[metric, name] for metric in metrics) for name in whole]
    ways = [better(metric) for metric in metrics]
    points = _points(whole, rows, ways) if rows else []
    costs = levels([point.figures[0].value for point in points])
    points = [points[i] for i in sorted(range(len(points)), key=lambda i: (costs[i], points[i].generator))]
    return Front(metrics, tuple(points), tuple((name, metric) for name, metric in lacking if metric))


def _points(names: Sequence[str], rows: Sequence[tuple[Measured, ...]], ways: Sequence[str]) -> list[Point]:
    value, low, high = (
        np.array([[getattr(one, end) for one in row] for row in rows]) for end in ("value", "low", "high")
    )
    on = {those: pareto(value[:, those], [ways[k] for k in those]) for those in SUBSETS}
    over = beaten(value, ways)
    chances = pareto(_draws(value, low, high), ways).mean(0)
    return [
        Point(
            name,
            (row[0], row[1], row[2]),
            tuple(tuple(WORDS[k] for k in those) for those in SUBSETS if on[those][i]),
            tuple(other for j, other in enumerate(names) if over[i, j]),
            steady(chances[i]),
        )
        for i, (name, row) in enumerate(zip(names, rows, strict=True))
    ]


def _draws(value: Array, low: Array, high: Array) -> Array:
    """Draws of n generators' three figures, (DRAWS, n, 3)."""
    drawn = [metric_draws(value[:, k], low[:, k], high[:, k], 1 + k) for k in range(value.shape[1])]
    return np.stack(drawn, axis=-1)
