"""Tie rules of one battle: log-likelihood, scores and curvature by outcome.

With d the left side's advantage (theta of the left less that of the right, plus the position term):

- half: P(left) = 1 / (1 + exp(-d)) (Bradley and Terry, Biometrika 39, 1952); a tie is half a win each way, a
  quasi-likelihood.
- dropped: the same, ties left out.
- davidson: P(left) : P(right) : P(tie) = exp(d/2) : exp(-d/2) : nu (Davidson, JASA 65, 1970); with the position term
  that of Davidson and Beaver, Biometrics 33, 1977. Here nu = exp(tie).
- rao-kupper: P(left) = 1 / (1 + kappa exp(-d)), P(right) = 1 / (1 + kappa exp(d)), the rest a tie (Rao and Kupper,
  JASA 62, 1967), kappa = exp(tie) >= 1.

All are concave in (d, tie) together.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


class TieRule(StrEnum):
    """How votes that prefer neither side enter the ratings."""

    half = "half"
    dropped = "dropped"
    davidson = "davidson"
    rao_kupper = "rao-kupper"

    @property
    def modelled(self) -> bool:
        """Whether the rule has a parameter of its own."""
        return self in {TieRule.davidson, TieRule.rao_kupper}


@dataclass(frozen=True)
class Terms:
    """Log-likelihood and derivatives of each battle (...), by outcome (left, right, tie).

    ``by_d`` and ``by_tie`` are the scores, ``dd``, ``dt`` and ``tt`` the second derivatives with the sign turned.
    """

    loglik: Array  # (..., 3)
    by_d: Array  # (..., 3)
    by_tie: Array  # (..., 3)
    dd: Array  # (..., 3)
    dt: Array  # (..., 3)
    tt: Array  # (..., 3)


def _stack(left: Array, right: Array, tie: Array) -> Array:
    return np.stack(np.broadcast_arrays(left, right, tie), axis=-1)


def _log_sigmoid(x: Array) -> Array:
    return np.asarray(-np.logaddexp(0, -x))


def _half(d: Array, tie: float) -> Terms:
    left, right = _log_sigmoid(d), _log_sigmoid(-d)
    p, q = np.exp(left), np.exp(right)
    none = np.zeros((*d.shape, 3))
    curve = p * q
    return Terms(_stack(left, right, (left + right) / 2), _stack(q, -p, (q - p) / 2), none,
                 _stack(curve, curve, curve), none, none)  # fmt: skip


def _dropped(d: Array, tie: float) -> Terms:
    terms, kept = _half(d, tie), np.array([1.0, 1.0, 0.0])
    return Terms(terms.loglik * kept, terms.by_d * kept, terms.by_tie, terms.dd * kept, terms.dt, terms.tt)


def _davidson(d: Array, tie: float) -> Terms:
    logits = _stack(d / 2, -d / 2, np.full_like(d, tie))
    loglik = logits - np.logaddexp.reduce(logits, axis=-1, keepdims=True)
    left, right, neither = np.moveaxis(np.exp(loglik), -1, 0)
    lead, decided = left - right, left + right
    dd, dt, tt = decided / 4 - lead**2 / 4, -neither * lead / 2, neither * decided
    by_d = _stack(1 - lead, -1 - lead, -lead) / 2
    by_tie = _stack(-neither, -neither, decided)
    return Terms(loglik, by_d, by_tie, *(_stack(x, x, x) for x in (dd, dt, tt)))


def _rao_kupper(d: Array, tie: float) -> Terms:
    left, right = _log_sigmoid(d - tie), _log_sigmoid(-d - tie)
    u, v = np.exp(_log_sigmoid(tie - d)), np.exp(_log_sigmoid(tie + d))
    room = -np.expm1(-2 * tie) if tie > 0 else 0.0  # 1 - kappa^-2
    width = 2 * tie + np.log(room) if tie > 0 else -np.inf  # log(kappa^2 - 1)
    slope = 2 / room if tie > 0 else np.inf
    bend = slope**2 * np.exp(-2 * tie) if tie > 0 else np.inf
    du, dv = u * np.exp(left), v * np.exp(right)
    return Terms(
        loglik=_stack(left, right, left + right + width),
        by_d=_stack(u, -v, u - v),
        by_tie=_stack(-u, -v, slope - u - v),
        dd=_stack(du, dv, du + dv),
        dt=_stack(-du, dv, dv - du),
        tt=_stack(du, dv, du + dv + bend),
    )


TERMS: dict[TieRule, Callable[[Array, float], Terms]] = {
    TieRule.half: _half,
    TieRule.dropped: _dropped,
    TieRule.davidson: _davidson,
    TieRule.rao_kupper: _rao_kupper,
}


def start_tie(rule: TieRule, ties: float, decided: float) -> float:
    """Return a tie parameter that suits generators of equal strength, from which Newton's method starts."""
    if rule is TieRule.davidson:
        return float(np.log(2 * ties / decided))
    share = ties / (ties + decided)
    return float(np.log((1 + share) / (1 - share)))


def outcome_chances(rule: TieRule, d: Array, tie: float | None) -> Array:
    """Return the probabilities of (left, right, tie) by d; (..., 3).

    Ties have none where the rule does not model them.
    """
    if rule.modelled and tie is not None:
        return np.asarray(np.exp(TERMS[rule](d, tie).loglik))
    return np.asarray(np.exp(_half(d, 0.0).loglik) * [1, 1, 0])
