"""Shares of votes, and their differences, with intervals that hold where the votes of one rater are alike.

A share has Wilson's interval at the number of votes that would tell as much were they independent, which allows for
Student's t of few raters (Korn and Graubard, Survey Methodology 24, 1998; Dean and Pagano, Journal of Survey Statistics
and Methodology 3, 2015). A difference is put together from the intervals of its two shares, which the same raters'
votes make move together (Newcombe, Statistics in Medicine 17, 1998; Zou and Donner, ibid. 27, 2008).
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from eval.ratings.counts import Matrix
from eval.ratings.freedom import group_shape
from eval.rounding import round_off
from eval.statistics import FEWEST, Z95, t95, wilson

LEAST_RATERS = 5  # with fewer, nothing is said of others
Limits = tuple[float, float]


@dataclass(frozen=True)
class ClusteredShare:
    """How many of n votes by so many raters it is, with the 95 % interval of the share; None where they are too few."""

    count: int
    n: int
    raters: int
    low: float | None
    high: float | None

    @property
    def value(self) -> float:
        """The share."""
        return round_off(self.count / self.n)


@dataclass(frozen=True)
class ShareDifference:
    """One share less another, with the 95 % interval; None where the votes or raters of either are too few."""

    value: float
    low: float | None
    high: float | None


@dataclass(frozen=True)
class RaterShape:
    """What the raters' numbers of votes, (raters,), alone tell of an interval.

    ``times`` corrects for their number and sizes, ``freedom`` are degrees (:func:`eval.ratings.freedom.group_shape`);
    ``size`` is the number of votes of the rater of a vote, at the mean.
    """

    n: int
    raters: int
    size: float
    times: float
    freedom: float

    @property
    def enough(self) -> bool:
        """Whether there are votes and raters enough for an interval."""
        return self.n >= FEWEST and self.raters >= LEAST_RATERS


def shape_raters(votes: Matrix) -> RaterShape:
    """Return the shape of raters with so many votes each, (raters,); some may have none."""
    there = votes[votes > 0]
    n, raters = int(there.sum()), len(there)
    size = float((there**2).sum()) / max(n, 1)
    times, freedom = group_shape(np.arange(raters), there) if n >= FEWEST and raters >= LEAST_RATERS else (1.0, 1.0)
    return RaterShape(n, raters, size, times, freedom)


@dataclass(frozen=True)
class RaterCounts:
    """Votes of each rater, and how many of them are hits, (raters,) each."""

    hits: Matrix
    votes: Matrix
    shape: RaterShape

    @cached_property
    def share(self) -> float:
        """The share of hits."""
        return float(self.hits.sum()) / self.shape.n

    @cached_property
    def moves(self) -> Matrix:
        """How much each rater moves the share, (raters,), summing to 0."""
        return np.asarray((self.hits - self.share * self.votes) / self.shape.n)

    @cached_property
    def widening(self) -> float:
        """How many times the share's variance is that of independent votes; 1 for a share of 0 or 1."""
        share = self.share
        if share in {0.0, 1.0}:
            return 1.0
        alone = share * (1 - share) / (self.shape.n - 1)
        return self.shape.times * float((self.moves**2).sum()) / alone


def measure_likeness(of: RaterCounts) -> float:
    """Return the correlation of votes of one rater, 0 to 1; 1 where nothing tells it."""
    if not of.shape.enough or of.share in {0.0, 1.0} or of.shape.size <= 1:
        return 1.0
    return float(np.clip((of.widening - 1) / (of.shape.size - 1), 0, 1))


def _find_limits(of: RaterCounts, likeness: float) -> Limits:
    """Return Wilson's limits at the effective number of votes.

    Votes of one rater are as alike as these show, and at least as ``likeness`` says, which is of more votes.
    """
    widening = max(1.0, of.widening, 1 + (of.shape.size - 1) * likeness)
    return wilson(of.share, of.shape.n / widening * (Z95 / t95(of.shape.freedom)) ** 2)


def measure_clustered_share(of: RaterCounts, likeness: float) -> ClusteredShare | None:
    """Return the share of hits with its interval, None of no votes; ``likeness``: :func:`measure_likeness`, of more."""
    if not of.shape.n:
        return None
    low, high = map(round_off, _find_limits(of, likeness)) if of.shape.enough else (None, None)
    return ClusteredShare(int(of.hits.sum()), of.shape.n, of.shape.raters, low, high)


def measure_difference(one: RaterCounts, other: RaterCounts, likeness: float) -> ShareDifference | None:
    """Return one share less the other, of the same raters in the same order, with its interval; None of no votes.

    It is never narrower than of independent votes, though one rater's votes may cancel out.
    """
    if not (one.shape.n and other.shape.n):
        return None
    value = one.share - other.share
    if not (one.shape.enough and other.shape.enough):
        return ShareDifference(round_off(value), None, None)
    mine, theirs = one.moves, other.moves
    spread = float(((mine**2).sum() * (theirs**2).sum()) ** 0.5)
    together = float((mine * theirs).sum()) / spread if spread else 0.0
    shares = one.share, other.share
    below, above = _find_reach(shares, (_find_limits(one, likeness), _find_limits(other, likeness)), together)
    alone = wilson(one.share, one.shape.n), wilson(other.share, other.shape.n)
    least_below, least_above = _find_reach(shares, alone, 0.0)
    low, high = max(-1.0, value - max(below, least_below)), min(1.0, value + max(above, least_above))
    return ShareDifference(round_off(value), round_off(low), round_off(high))


def _find_reach(shares: tuple[float, float], limits: tuple[Limits, Limits], together: float) -> Limits:
    """Return how far the interval of the first share less the second reaches below and above it.

    ``together``: the correlation of the two.
    """
    (low, high), (least, most) = limits
    below, above, under, over = shares[0] - low, high - shares[0], shares[1] - least, most - shares[1]
    return (
        max(0.0, below**2 - 2 * together * below * over + over**2) ** 0.5,
        max(0.0, above**2 - 2 * together * above * under + under**2) ** 0.5,
    )
