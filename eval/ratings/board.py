"""Ratings of one question's votes by any rule, with intervals of either kind, and what is the same for both sides of a
vote held fixed.

What differs between votes but not between the sides of one (the question, the prompt's length, the seconds to decide)
cancels in a vote's odds. So it is controlled for by rating its kinds apart, each generator having a strength of its own
in each (Dittrich, Hatzinger and Katzenbeisser, JRSS C 47, 1998), and taking the mean of these strengths by the kinds'
shares of the votes that the rule keeps: the ratings as if each generator had been judged on the same mix.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

import numpy as np

from eval.ratings.bradley_terry import CENTRE, SCALE, TIE_RULE, Fit, Rating, fit, mean_wins, ranked
from eval.ratings.clusters import ClusterScores, diagonal, number, of_prior, scores, stacked
from eval.ratings.counts import BOTH_BAD, TIE, Counts, Matrix, Votes
from eval.ratings.draws import bootstrap, grouped_bootstrap, intervals
from eval.ratings.freedom import shape_of
from eval.ratings.newton import Vector
from eval.ratings.sandwich import Sandwich, sandwich
from eval.ratings.tie_rules import TieRule
from eval.rounding import steady
from eval.statistics import Z95
from eval.votes.codes import Codes, Mask
from hub.errors import DataError

DRAWS, SEED = 1000, 0


class BothBad(StrEnum):
    """What a vote that calls both bad is."""

    tie = "tie"
    dropped = "dropped"


class Intervals(StrEnum):
    """How intervals are made."""

    sandwich = "sandwich"
    bootstrap = "bootstrap"


@dataclass(frozen=True)
class Rule:
    """How votes become ratings."""

    ties: TieRule = TIE_RULE
    both_bad: BothBad = BothBad.tie
    position: bool = False
    intervals: Intervals = Intervals.sandwich


@dataclass(frozen=True)
class VoteKind:
    """One kind of votes, its share of those kept, its fit's tie parameter and prior; the one there is has no name."""

    name: str
    votes: int
    share: float
    tie: float | None
    prior: str | None


@dataclass(frozen=True)
class Board:
    """Ratings, best first; predicted win rates, ties being half; Elo points of the left side, with an interval."""

    ratings: tuple[Rating, ...]
    counts: Counts
    predicted: Matrix  # (n, n)
    position: tuple[float, float, float] | None
    kinds: tuple[VoteKind, ...]


def _fitted(name: str, votes: Votes, rule: Rule) -> Fit:
    try:
        return fit(votes.counts, rule.ties, position=rule.position)
    except DataError as error:
        raise DataError(f"Votes of the kind {name!r} can't be rated: {error}" if name else str(error)) from error


@dataclass(frozen=True)
class _Estimate:
    """The mean of the kinds' fits: theta and the position term, (q,), and what their intervals rest on."""

    fits: Sequence[Fit]
    votes: Sequence[Votes]
    shares: Sequence[float]
    keys: Sequence[Codes]  # by vote, kind after kind
    q: int

    def mean(self, parts: Sequence[Matrix]) -> Matrix:
        """The mean of something of each kind, by their shares."""
        return np.asarray(sum(share * part for share, part in zip(self.shares, parts, strict=True)))

    @property
    def at(self) -> Vector:
        """The estimate, (q,)."""
        return self.mean([one.at[: self.q] for one in self.fits])

    @property
    def inverse(self) -> Matrix:
        """How the scores of all kinds move the estimate, (q, size)."""
        parts = [share * one.form.inverse(one.information)[: self.q]
                 for share, one in zip(self.shares, self.fits, strict=True)]  # fmt: skip
        return np.concatenate(parts, axis=1)

    @property
    def scored(self) -> ClusterScores:
        """All votes' scores, kind after kind."""
        return stacked([scores(one, votes) for one, votes in zip(self.fits, self.votes, strict=True)])

    @property
    def sandwich(self) -> Sandwich:
        """The covariance, (q, q), by no grouping and by each."""
        own = (share**2 * one.covariance[: self.q, : self.q] for share, one in zip(self.shares, self.fits, strict=True))
        plain = np.asarray(sum(own))
        if not self.keys:
            return Sandwich(plain, ())
        return sandwich(self.inverse, plain, self.scored, diagonal([of_prior(one) for one in self.fits]), self.keys)

    def drawn(self) -> Matrix:
        """Bootstrap draws of the estimate, (DRAWS, q); of whole groups where there are any.

        Those of groups are stretched to the width of sandwich intervals by them, which know of few groups and of
        groups of unequal sizes.
        """
        if not self.keys:
            return self.mean([bootstrap(one, DRAWS, SEED + i) for i, one in enumerate(self.fits)])
        drawn = grouped_bootstrap(self.at, self.inverse, self.scored, self.keys[0], DRAWS, SEED)
        found, times = self.sandwich, shape_of(number(self.keys[0]), self.scored.weight)[0]
        error = np.sqrt(np.diag(found.by[0][0]) / times)  # of the draws
        stretch = np.divide(found.half_widths / Z95, error, out=np.ones_like(error), where=error > 0)
        return np.asarray(self.at + (drawn - self.at) * stretch)

    @property
    def ends(self) -> tuple[Vector, Vector]:
        """Ends of sandwich intervals, (q,) each, in Elo points from 1000 on."""
        half, points = SCALE * self.sandwich.half_widths, SCALE * self.at + CENTRE
        return points - half, points + half

    @property
    def drawn_ends(self) -> tuple[Vector, Vector]:
        """The same of a bootstrap; of groups never within the interval by votes alone."""
        low, high = intervals(self.drawn()).T
        if not self.keys:
            return low, high
        own = replace(self, keys=()).ends
        return np.minimum(low, own[0]), np.maximum(high, own[1])


def _dropped(outcome: Codes, rule: Rule) -> Mask:
    """Which votes the rule leaves out, (votes,); those that call both bad are ties unless they are dropped apart."""
    ties = rule.ties is TieRule.dropped
    bad = ties or rule.both_bad is BothBad.dropped
    return np.asarray(((outcome == TIE) & ties) | ((outcome == BOTH_BAD) & bad))


def _kinds(votes: Votes, kind: Codes, names: Sequence[str]) -> list[tuple[str, Codes]]:
    """The names of the kinds that there are, with the places of their votes."""
    return [(name, rows) for i, name in enumerate(names) if len(rows := np.flatnonzero(kind == i))]


def make_board(
    votes: Votes, rule: Rule, keys: Sequence[Codes] = (), kind: Codes | None = None, names: Sequence[str] = ("",)
) -> Board:
    """Rate the votes. Their groups for intervals are none, or one or two as :func:`eval.ratings.clusters.meat_of`
    takes them.

    ``kind`` is each vote's place in ``names``, the kinds to be held fixed; -1 leaves a vote out. Raises DataError where
    the votes, or those of one kind, can't be rated, and for a bootstrap by two groupings, or of ratings with a prior.
    """
    kind = np.zeros(len(votes.left), dtype=np.int64) if kind is None else kind
    kind = np.where(_dropped(votes.outcome, rule), -1, kind)
    if rule.intervals is Intervals.bootstrap and len(keys) > 1:
        raise DataError("No bootstrap draws raters and prompts at once: take sandwich intervals, or one of the two.")
    parts = _kinds(votes, kind, names)
    if not parts:
        raise DataError(
            "No vote is left to rate: each is a tie or both bad, which this rule drops, or of no known kind. "
            "Take another rule, or hold less fixed."
        )
    apart = [votes.where(rows) for _, rows in parts]
    fits = [_fitted(name, one, rule) for (name, _), one in zip(parts, apart, strict=True)]
    if rule.intervals is Intervals.bootstrap and any(one.prior for one in fits):
        raise DataError("Too few votes for a bootstrap, as no draw varies the prior in use: take sandwich intervals.")
    shares = [len(rows) / max(1, sum(len(rows) for _, rows in parts)) for _, rows in parts]
    grouped = [np.concatenate([np.asarray(key)[rows] for _, rows in parts]) for key in keys]
    estimate = _Estimate(fits, apart, shares, grouped, len(votes.names) + rule.position)
    kinds = [VoteKind(name, len(rows), share, one.tie, one.prior)
             for (name, rows), share, one in zip(parts, shares, fits, strict=True)]  # fmt: skip
    return _board(estimate, rule, tuple(kinds))


def _board(estimate: _Estimate, rule: Rule, kinds: tuple[VoteKind, ...]) -> Board:
    names, points = estimate.fits[0].names, SCALE * estimate.at + CENTRE
    n = len(names)
    low, high = estimate.drawn_ends if rule.intervals is Intervals.bootstrap else estimate.ends
    counts = Counts(names, np.asarray(sum(one.counts.cells for one in estimate.votes)))
    predicted = estimate.mean([one.predicted for one in estimate.fits])
    rows = ranked(names, points[:n], low[:n], high[:n], counts.battles.sum(axis=1), mean_wins(predicted))
    position = None
    if rule.position:
        position = steady(points[n] - CENTRE), steady(low[n] - CENTRE), steady(high[n] - CENTRE)
    return Board(tuple(rows), counts, predicted, position, kinds)
