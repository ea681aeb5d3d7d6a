"""Figures over seeds, the noise floor, and whether an expected ordering held."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean, stdev

from eval.rounding import is_above
from hub.errors import DataError

T975 = (12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262)  # Student's t by degrees of freedom, from 1


@dataclass(frozen=True)
class OverSeeds:
    """Mean over seeds with its 95 % interval by Student's t, None with one seed, and the largest gap of two seeds."""

    values: tuple[float, ...]
    mean: float
    half: float | None
    gap: float


def over_seeds(values: Sequence[float]) -> OverSeeds:
    """Summary of one figure of several seeds. Raises DataError with none, or more than ten."""
    if not 1 <= len(values) <= len(T975) + 1:
        raise DataError(f"A figure needs 1 to {len(T975) + 1} seeds, not {len(values)}.")
    n = len(values)
    half = T975[n - 2] * stdev(values) / math.sqrt(n) if n > 1 else None
    return OverSeeds(tuple(values), fmean(values), half, max(values) - min(values))


@dataclass(frozen=True)
class Verdict:
    """An expected ordering, and what became of it: ``held``, ``within noise``, ``mixed`` or ``failed``."""

    claim: str
    outcome: str
    held: int
    seeds: int
    difference: float
    floor: float


def verdict(claim: str, higher: Sequence[float], lower: Sequence[float]) -> Verdict:
    """Whether ``higher`` is above ``lower``, seed by seed.

    The floor is the larger gap between two seeds of one side. ``held``: in every seed, and by more than the floor on
    average; ``within noise``: the average difference is no larger than the floor; ``failed``: it is larger, the other
    way; ``mixed``: the rest. Raises DataError where the sides have unequal numbers of seeds, or fewer than two.
    """
    if len(higher) != len(lower) or len(higher) < 2:
        raise DataError(f"An ordering needs the same two seeds or more a side, not {len(higher)} and {len(lower)}.")
    held = int(is_above(higher, lower).sum())
    difference = fmean(higher) - fmean(lower)
    floor = max(over_seeds(higher).gap, over_seeds(lower).gap)
    if not is_above(abs(difference), floor):
        outcome = "within noise"
    elif difference < 0:
        outcome = "failed"
    else:
        outcome = "held" if held == len(higher) else "mixed"
    return Verdict(claim, outcome, held, len(higher), difference, floor)
