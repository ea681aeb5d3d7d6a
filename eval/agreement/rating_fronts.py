"""Generators compared by what voters think of them and by what they cost: which of them no other one beats."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from eval.agreement import find_pareto
from eval.measure import REAL, Table
from eval.metrics import Measured
from eval.metrics.entries.cost import Seconds
from eval.ratings.bradley_terry import Rating


@dataclass(frozen=True)
class RatedCost:
    """A generator's seconds an image and rating; ``on_front``: none is both quicker, or as quick, and rated higher."""

    generator: str
    seconds: Measured
    rating: Rating
    on_front: bool


def find_rating_front(ratings: Sequence[Rating], table: Table) -> tuple[RatedCost, ...]:
    """Return the generators that have both, the quickest first."""
    seconds = {
        row.generator: row.measured
        for row in table.rows
        if row.measured.metric == Seconds.name and row.generator != REAL and row.measured.value > 0
    }
    rated = sorted(
        (row for row in ratings if row.generator in seconds),
        key=lambda row: (seconds[row.generator].value, row.generator),
    )
    if not rated:
        return ()
    figures = np.array([[seconds[row.generator].value, row.rating] for row in rated])
    on = find_pareto(figures, ("lower", "higher"))
    return tuple(RatedCost(row.generator, seconds[row.generator], row, bool(on[i])) for i, row in enumerate(rated))
