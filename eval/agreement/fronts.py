"""Cost, quality and variety of the generators together: which of them no other one beats."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import combinations

import numpy as np

from eval.agreement import better_direction, draw_metric, find_beaten, find_pareto
from eval.measure import REAL, Table
from eval.metrics import Array, FigureName, Measured
from eval.rounding import number_levels, round_off
from eval.votes.codes import Mask

COSTS, QUALITY, VARIETY = ("computing seconds an image", "seconds an image"), ("KID", "FD"), "PPD"
SUBSETS = tuple(those for size in (3, 2) for those in combinations(range(3), size))


class Aspect(StrEnum):
    """What the generators are compared by."""

    cost = "cost"
    quality = "quality"
    variety = "variety"


ASPECTS = tuple(Aspect)


@dataclass(frozen=True)
class Point:
    """A generator's figures: cost, quality and variety.

    ``unbeaten``: sets of figures on which no other generator beats it, all three first. ``beaten_by``: those that beat
    it on all three. ``chance``: share of draws from the figures' intervals in which none does.
    """

    generator: str
    figures: tuple[Measured, Measured, Measured]
    unbeaten: tuple[tuple[Aspect, ...], ...]
    beaten_by: tuple[str, ...]
    chance: float

    @property
    def on_front(self) -> bool:
        """Whether no other generator beats this one on all three figures."""
        return ASPECTS in self.unbeaten


@dataclass(frozen=True)
class Front:
    """The generators compared in one space by cost, quality and variety.

    ``metrics``: names of the three figures; ``left_out`` lack one, with its name. ``level``: generators whose costs
    can't be told apart, and count as equal, each with each other one of its group.

    ``level``: generators whose costs can't be told apart, and count as equal, each with each other one of its group.
    """

    metrics: tuple[FigureName, FigureName, FigureName]
    points: tuple[Point, ...]  # cheapest first
    left_out: tuple[tuple[str, FigureName], ...]
    level: tuple[tuple[str, ...], ...] = ()

    @property
    def space(self) -> str:
        """The space that quality and variety are measured in."""
        return self.metrics[1].space


def find_fronts(table: Table) -> tuple[Front, ...]:
    """Return a front for each space that has a figure of quality and one of variety.

    Quality is KID, or FD where there is no KID.

    Cost is the seconds of computing, or of the clock where not every generator's computing is known.
    """
    figures = {(row.measured.name, row.generator): row.measured for row in table.rows if row.generator != REAL}
    metrics = {metric for metric, _ in figures}
    spaces = sorted({name.space for name in metrics if name.metric == VARIETY})
    priced = {kind: {name for metric, name in figures if metric.metric == kind} for kind in COSTS}
    cost = next((kind for kind in COSTS if priced[kind] and priced[kind] >= priced[COSTS[-1]]), None)
    fronts = []
    for space in spaces:
        quality = next((name for kind in QUALITY if (name := FigureName(kind, space)) in metrics), None)
        if quality and cost:
            fronts.append(_make_front((FigureName(cost), quality, FigureName(VARIETY, space)), figures, table.level))
    return tuple(fronts)


def _make_front(
    metrics: tuple[FigureName, FigureName, FigureName],
    figures: dict[tuple[FigureName, str], Measured],
    level: Collection[frozenset[str]],
) -> Front:
    """Return the front of the generators that have all three figures."""
    generators = sorted({generator for metric, generator in figures if metric in metrics})
    lacking = [(name, next((m for m in metrics if (m, name) not in figures), None)) for name in generators]
    whole = [name for name, metric in lacking if metric is None]
    rows = [tuple(figures[metric, name] for metric in metrics) for name in whole]
    ways = [better_direction(name.metric) for name in metrics]
    points = _make_points(whole, rows, ways, _mark_level(whole, level)) if rows else []
    costs = number_levels([point.figures[0].value for point in points])
    points = [points[i] for i in sorted(range(len(points)), key=lambda i: (costs[i], points[i].generator))]
    return Front(
        metrics, tuple(points), tuple((name, metric) for name, metric in lacking if metric), group_level(whole, level)
    )


def group_level(names: Sequence[str], level: Collection[frozenset[str]]) -> tuple[tuple[str, ...], ...]:
    """Return the largest groups of names that are level two by two.

    They are built name after name, so that a larger one may be missed.
    """
    found: list[tuple[str, ...]] = []
    for first in names:
        group: tuple[str, ...] = (first,)
        for other in names:
            if all(frozenset((other, one)) in level for one in group):
                group = (*group, other)
        ordered = tuple(sorted(group))
        if len(group) > 1 and not any(set(ordered) <= set(one) for one in found):
            found.append(ordered)
    return tuple(found)


def _mark_level(names: Sequence[str], level: Collection[frozenset[str]]) -> Mask:
    """Return which figures of two generators count as equal, (n, n, 3): only costs that can't be told apart."""
    cost = [[frozenset((one, other)) in level for other in names] for one in names]
    return np.stack([np.array(cost, bool), *2 * [np.zeros((len(names), len(names)), bool)]], axis=-1)


def _make_points(
    names: Sequence[str], rows: Sequence[tuple[Measured, ...]], ways: Sequence[str], level: Mask
) -> list[Point]:
    """Return the generators as points of a front, in the order of ``names``."""
    value, low, high = (
        np.array([[getattr(one, end) for one in row] for row in rows]) for end in ("value", "low", "high")
    )
    on = {those: find_pareto(value[:, those], [ways[k] for k in those], level[..., those]) for those in SUBSETS}
    over = find_beaten(value, ways, level)
    chances = find_pareto(_draw_figures(value, low, high), ways, level).mean(0)
    return [
        Point(
            name,
            (row[0], row[1], row[2]),
            tuple(tuple(ASPECTS[k] for k in those) for those in SUBSETS if on[those][i]),
            tuple(other for j, other in enumerate(names) if over[i, j]),
            round_off(chances[i]),
        )
        for i, (name, row) in enumerate(zip(names, rows, strict=True))
    ]


def _draw_figures(value: Array, low: Array, high: Array) -> Array:
    """Draw n generators' three figures, (DRAWS, n, 3), from their intervals."""
    drawn = [draw_metric(value[:, k], low[:, k], high[:, k], 1 + k) for k in range(value.shape[1])]
    return np.stack(drawn, axis=-1)
