"""Bradley-Terry ratings from counts, with a tie rule, a position term on request, and sandwich intervals.

Models and sources: ``eval.ratings.tie_rules``. A vote that calls both bad is a tie unless it was taken out first
(:meth:`Counts.without_both_bad`). Ratings are on the Elo scale, 400/ln 10 theta + 1000, mean 1000.
"""

import math
from dataclasses import dataclass

import numpy as np

from eval.ratings.counts import Counts, Matrix
from eval.ratings.existence import needs_prior
from eval.ratings.graph import find_components, find_reachable
from eval.ratings.newton import Form, Vector, drop_tie_parameter, maximise
from eval.ratings.tie_rules import TieRule, outcome_chances, start_tie
from eval.rounding import is_above, round_off, sort_best_first
from eval.statistics import Z95
from hub.errors import DataError
from hub.language.sentence import Sentence

TIE_RULE = TieRule.half  # the report's
SCALE = 400 / math.log(10)  # Elo points per unit of theta
CENTRE = 1000.0
PRIOR = Sentence("half a win each way added to each compared pair")
PRIOR_WITH_TIES = Sentence("half a win each way and half a tie added to each compared pair")


@dataclass(frozen=True)
class Fit:
    """A fitted model of n generators, p parameters (see ``eval.ratings.newton``).

    The matrices are singular along (1, ..., 1) of theta, whose mean is 0. ``rule`` is what was asked for; ``form``
    what was fitted: votes without ties have no tie parameter to fit.
    """

    names: tuple[str, ...]
    rule: TieRule
    form: Form
    judged: Matrix  # (n, n, 3), the votes it rests on, by their weights
    squares: Matrix  # (n, n, 3), the squares of these
    battles: Vector  # (n,), votes per generator, those that the rule drops too
    added: Matrix  # (n, n, 3), the prior
    at: Vector  # (p,)
    information: Matrix  # (p, p), of all parameters
    covariance: Matrix  # (p, p), sandwich

    @property
    def theta(self) -> Vector:
        """Log strengths, (n,), mean 0."""
        return self.at[: self.form.n]

    @property
    def prior(self) -> str | None:
        """The votes that were added, in words; None where there are none."""
        if not self.added.any():
            return None
        return PRIOR_WITH_TIES if self.added[..., 2].any() else PRIOR

    @property
    def position(self) -> tuple[float, float] | None:
        """What standing on the left adds to theta, and its standard error."""
        n = self.form.n
        return (float(self.at[n]), math.sqrt(self.covariance[n, n])) if self.form.position else None

    @property
    def tie(self) -> float | None:
        """Davidson's nu (0 without ties) or Rao and Kupper's kappa (1 without ties)."""
        if not self.rule.modelled:
            return None
        if self.form.rule.modelled:
            return math.exp(self.at[-1])
        return 0.0 if self.rule is TieRule.davidson else 1.0

    @property
    def predicted(self) -> Matrix:
        """P(i preferred to j), a tie being half of it, where neither side has an advantage; (n, n), diagonal 1/2."""
        tie = float(self.at[-1]) if self.form.rule.modelled else None
        odds = outcome_chances(self.form.rule, self.theta[:, None] - self.theta[None, :], tie)
        return np.asarray(odds[..., 0] + odds[..., 2] / 2)

    @property
    def win_rates(self) -> Vector:
        """Mean of ``predicted`` over each one's opponents; (n,)."""
        return mean_wins(self.predicted)


def mean_wins(predicted: Matrix) -> Vector:
    """Return the mean of predicted win rates (n, n) over each one's opponents, all of the same weight; (n,)."""
    return np.asarray((predicted.sum(axis=1) - 0.5) / max(len(predicted) - 1, 1))


@dataclass(frozen=True)
class Rating:
    """One line of the ratings: Elo points with a 95 % interval, rank by intervals, and votes counted."""

    generator: str
    rating: float
    low: float
    high: float
    rank: int
    battles: int
    win_rate: float  # predicted, against the average opponent


def check_joined(counts: Counts, judged: Matrix, rule: TieRule) -> None:
    """Check that the votes can be rated.

    Raises: DataError without votes, or where the votes that the rule uses are none or join no single group.
    """
    each = (judged[..., :2] if rule is TieRule.dropped else judged).sum(axis=-1)
    if not each.any() and counts.names:
        raise DataError(Sentence("No vote prefers a side, and this rule leaves all others out."))
    if not each.any():
        raise DataError(Sentence("There are no votes yet: vote in the arena, or name other votes with --votes."))
    parts = find_components(each + each.T > 0)
    if len(parts) > 1:
        groups = [Sentence("({generators})", generators=[counts.names[i] for i in part]) for part in parts]
        raise DataError(Sentence("No votes join these groups of generators, so they have no common scale: {groups}. "
                                 "Collect votes between them, or rate each group from a file of its own.",
                                 groups=groups))  # fmt: skip


def _make_prior(judged: Matrix, rule: TieRule) -> Matrix:
    """Return half a win each way, and half a tie where ties are modelled, spread over both orders of each pair."""
    used = judged[..., :2] if rule is TieRule.dropped else judged
    each = used.sum(axis=-1)
    compared = (each + each.T > 0)[..., None]
    return np.asarray(0.25 * compared * np.array([1.0, 1.0, rule.modelled]))


def _is_joined_by_decided(used: Matrix) -> bool:
    """Return whether votes for a side join all generators."""
    preferred = used[..., :2].sum(axis=-1) > 0
    return bool(find_reachable(preferred | preferred.T, 0).all())


def _find_start(form: Form, judged: Matrix) -> Vector:
    """Return the parameters that Newton's method starts from."""
    at = np.zeros(form.size)
    if form.rule.modelled:
        left, right, ties = judged.sum(axis=(0, 1))
        at[-1] = start_tie(form.rule, ties, left + right)
    return at


def fit(counts: Counts, rule: TieRule = TIE_RULE, *, position: bool = False) -> Fit:
    """Fit the model and its sandwich covariance H^-1 M H^-1 (White, Econometrica 50, 1982).

    H sums the votes' curvature by their weights, M their score times score^T by the weights' squares; both come from
    the counts alone. Where, and only where, the votes have no single maximum (:func:`needs_prior`) the stated prior is
    added to H and M alike. Generators that ties alone join have no residual, so that M says nothing of them: the
    covariance is then H^-1, the model's own.

    Raises: DataError without votes, when the votes do not join all generators, and when Newton's method does not
    converge.
    """
    judged = counts.judged
    check_joined(counts, judged, rule)
    added = _make_prior(judged, rule) * needs_prior(judged, rule, position)
    form = Form(len(counts.names), rule, position)
    used = judged + added
    if rule.modelled and not used[..., 2].any():
        form = drop_tie_parameter(form)
    at = maximise(form, used, _find_start(form, used))
    terms = form.terms(at)
    information = form.information(used, terms)
    inverse = form.inverse(information)
    meat = form.meat(counts.squares + added, terms)
    covariance = inverse @ meat @ inverse if _is_joined_by_decided(used) else inverse
    battles = counts.battles.sum(axis=1)
    return Fit(counts.names, rule, form, judged, counts.squares, battles, added, at, information, covariance)


def rank_generators(
    names: tuple[str, ...], rating: Vector, low: Vector, high: Vector, battles: Vector, win_rates: Vector
) -> list[Rating]:
    """Return ratings, best first, level ones by name.

    The rank is 1 + the generators whose lower bound exceeds one's upper bound.

    All but the names are (n,).
    """
    beaten = is_above(low[None, :], high[:, None]).sum(axis=1)
    return [
        Rating(names[i], round_off(rating[i]), round_off(low[i]), round_off(high[i]), 1 + int(beaten[i]),
               int(battles[i]), round_off(win_rates[i]))
        for i in sort_best_first(rating, names)
    ]  # fmt: skip


def rate(fitted: Fit) -> list[Rating]:
    """Return the fit's ratings with ranks."""
    spread = np.diag(fitted.covariance)[: fitted.form.n]
    rating = SCALE * fitted.theta + CENTRE
    half = Z95 * SCALE * np.sqrt(spread)
    return rank_generators(fitted.names, rating, rating - half, rating + half, fitted.battles, fitted.win_rates)
