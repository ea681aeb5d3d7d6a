"""Ratings of one question's votes by any rule, with intervals of either kind, and kinds of votes held fixed.

What differs between votes but not between the sides of one (the question, the prompt's length, the seconds to decide)
cancels in a vote's odds. So it is controlled for by rating its kinds apart, each generator having a strength of its own
in each (Dittrich, Hatzinger and Katzenbeisser, JRSS C 47, 1998), and taking the mean of these strengths by the kinds'
shares of the votes that the rule keeps: the ratings as if each generator had been judged on the same mix.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

import numpy as np

from eval.ratings.bradley_terry import CENTRE, SCALE, TIE_RULE, Fit, Rating, fit, mean_wins, rank_generators
from eval.ratings.clusters import ClusterScores, block_diagonal, number_groups, prior_meat, score_votes, stack_scores
from eval.ratings.counts import BOTH_BAD, TIE, Counts, Matrix, Votes
from eval.ratings.draws import bootstrap, bootstrap_groups, percentile_intervals
from eval.ratings.freedom import group_shape
from eval.ratings.newton import Vector
from eval.ratings.sandwich import Sandwich, sum_sandwich
from eval.ratings.tie_rules import TieRule
from eval.rounding import round_off
from eval.statistics import Z95
from eval.votes.codes import Codes, Mask
from hub.errors import DataError

DRAWS, SEED = 1000, 0


class BothBad(StrEnum):
    """How a vote that calls both bad is counted."""

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
    """A kind of votes, its share of those kept, its fit's tie parameter and prior; a single kind has no name."""

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


def _fit_kind(name: str, votes: Votes, rule: Rule) -> Fit:
    """Fit the votes of one kind."""
    try:
        return fit(votes.counts, rule.ties, position=rule.position)
    except DataError as error:
        raise DataError(f"Votes of the kind {name!r} can't be rated: {error}" if name else str(error)) from error


@dataclass(frozen=True)
class _BoardEstimate:
    """The mean of the kinds' fits: theta and the position term, (q,), and what their intervals rest on."""

    fits: Sequence[Fit]
    votes: Sequence[Votes]
    shares: Sequence[float]
    keys: Sequence[Codes]  # by vote, kind after kind
    q: int

    def mean(self, parts: Sequence[Matrix]) -> Matrix:
        """Return the mean of something of each kind, by their shares."""
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
        return stack_scores([score_votes(one, votes) for one, votes in zip(self.fits, self.votes, strict=True)])

    @property
    def sandwich(self) -> Sandwich:
        """The covariance, (q, q), by no grouping and by each."""
        own = (share**2 * one.covariance[: self.q, : self.q] for share, one in zip(self.shares, self.fits, strict=True))
        plain = np.asarray(sum(own))
        if not self.keys:
            return Sandwich(plain, ())
        return sum_sandwich(
            self.inverse, plain, self.scored, block_diagonal([prior_meat(one) for one in self.fits]), self.keys
        )

    def drawn(self) -> Matrix:
        """Return bootstrap draws of the estimate, (DRAWS, q); of whole groups where there are any.

        Those of groups are stretched to the width of sandwich intervals by them, which know of few groups and of groups
        of unequal sizes.
        """
        if not self.keys:
            return self.mean([bootstrap(one, DRAWS, SEED + i) for i, one in enumerate(self.fits)])
        drawn = bootstrap_groups(self.at, self.inverse, self.scored, self.keys[0], DRAWS, SEED)
        found, times = self.sandwich, group_shape(number_groups(self.keys[0]), self.scored.weight)[0]
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
        """Ends of bootstrap intervals, (q,) each; of groups never within the interval by votes alone."""
        low, high = percentile_intervals(self.drawn()).T
        if not self.keys:
            return low, high
        own = replace(self, keys=()).ends
        return np.minimum(low, own[0]), np.maximum(high, own[1])


def find_dropped(outcome: Codes, rule: Rule) -> Mask:
    """Return which votes the rule leaves out, (votes,).

    Those that call both bad are ties unless they are dropped apart.
    """
    ties = rule.ties is TieRule.dropped
    bad = ties or rule.both_bad is BothBad.dropped
    return np.asarray(((outcome == TIE) & ties) | ((outcome == BOTH_BAD) & bad))


def _split_by_kind(votes: Votes, kind: Codes, names: Sequence[str]) -> list[tuple[str, Codes]]:
    """Return the names of the kinds that there are, with the places of their votes."""
    return [(name, rows) for i, name in enumerate(names) if len(rows := np.flatnonzero(kind == i))]


def make_board(
    votes: Votes, rule: Rule, keys: Sequence[Codes] = (), kind: Codes | None = None, names: Sequence[str] = ("",)
) -> Board:
    """Rate the votes by a rule.

    ``keys`` are the groupings for intervals: none, or one or two as :func:`eval.ratings.clusters.clustered_meat` takes
    them. ``kind`` is each vote's place in ``names``, the kinds to be held fixed; -1 leaves a vote out.

    Raises: DataError where the votes, or those of one kind, can't be rated, and for a bootstrap by two groupings, or of
    ratings with a prior.
    """
    kind = np.zeros(len(votes.left), dtype=np.int64) if kind is None else kind
    kind = np.where(find_dropped(votes.outcome, rule), -1, kind)
    if rule.intervals is Intervals.bootstrap and len(keys) > 1:
        raise DataError("No bootstrap draws raters and prompts at once: take sandwich intervals, or one of the two.")
    parts = _split_by_kind(votes, kind, names)
    if not parts:
        raise DataError(
            "No vote is left to rate: each is a tie or both bad, which this rule drops, or of no known kind. "
            "Take another rule, or hold less fixed."
        )
    apart = [votes.where(rows) for _, rows in parts]
    fits = [_fit_kind(name, one, rule) for (name, _), one in zip(parts, apart, strict=True)]
    if rule.intervals is Intervals.bootstrap and any(one.prior for one in fits):
        raise DataError("Too few votes for a bootstrap, as no draw varies the prior in use: take sandwich intervals.")
    shares = [len(rows) / max(1, sum(len(rows) for _, rows in parts)) for _, rows in parts]
    grouped = [np.concatenate([np.asarray(key)[rows] for _, rows in parts]) for key in keys]
    estimate = _BoardEstimate(fits, apart, shares, grouped, len(votes.names) + rule.position)
    kinds = [VoteKind(name, len(rows), share, one.tie, one.prior)
             for (name, rows), share, one in zip(parts, shares, fits, strict=True)]  # fmt: skip
    return _make_from_estimate(estimate, rule, tuple(kinds))


def _make_from_estimate(estimate: _BoardEstimate, rule: Rule, kinds: tuple[VoteKind, ...]) -> Board:
    """Return the board of an estimate."""
    names, points = estimate.fits[0].names, SCALE * estimate.at + CENTRE
    n = len(names)
    low, high = estimate.drawn_ends if rule.intervals is Intervals.bootstrap else estimate.ends
    counts = Counts(names, np.asarray(sum(one.counts.cells for one in estimate.votes)))
    predicted = estimate.mean([one.predicted for one in estimate.fits])
    rows = rank_generators(names, points[:n], low[:n], high[:n], counts.battles.sum(axis=1), mean_wins(predicted))
    position = None
    if rule.position:
        position = round_off(points[n] - CENTRE), round_off(low[n] - CENTRE), round_off(high[n] - CENTRE)
    return Board(tuple(rows), counts, predicted, position, kinds)
