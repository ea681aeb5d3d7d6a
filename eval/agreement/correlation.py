"""A metric against the votes generator by generator: how alike the two order them."""

import math
from dataclasses import dataclass
from itertools import permutations

import numpy as np

from eval.arrays import slice_batches
from eval.metrics import Array
from eval.ratings.draws import HIGH, LOW
from eval.rounding import CLOSE, number_levels
from eval.statistics import DRAWS, SEED, Z95
from hub.errors import DataError
from hub.language.sentence import Sentence

FEWEST_GENERATORS = 4
EXACT, SHUFFLES = 8, 1999  # up to so many generators every permutation is gone through, else so many random ones


@dataclass(frozen=True)
class ModelAgreement:
    """How alike a metric and the votes order the generators: tau-b and rho, 95 % intervals, one-sided p-values.

    ``exact``: every permutation was gone through for the p-values.
    """

    generators: int
    tau: float
    tau_low: float
    tau_high: float
    tau_p: float
    rho: float
    rho_low: float
    rho_high: float
    rho_p: float
    exact: bool


def draw_metric(value: Array, low: Array, high: Array, stream: int = 1) -> Array:
    """Draw a metric's figures, (DRAWS, n), from the normal distributions of their 95 % intervals, (n,) each.

    An interval cut at what the figure can be at most still has one whole side: the longer one tells the spread. Draws
    of several metrics take several ``stream``s, from 1 up, and none is that of :func:`eval.ratings.draws.draw_normal`:
    so no two move together.
    """
    spread = np.maximum(high - value, value - low) / Z95
    return np.asarray(value + np.random.default_rng((SEED, stream)).standard_normal((DRAWS, len(value))) * spread)


def _order_signs(x: Array, scale: float | None = None) -> Array:
    """Return the signs of the differences of figures (..., n), 0 of level ones; (..., n, n)."""
    placed = number_levels(x, scale)
    return np.asarray(np.sign(placed[..., :, None] - placed[..., None, :]), dtype=np.float64)


def _coefficients(x: Array, y: Array) -> Array:
    """Return Kendall's tau-b and Spearman's rho of two orders (..., n, n), (..., 2).

    Both are the correlation of a general coefficient (Kendall, Rank Correlation Methods, chapter 2): of the signs of
    differences, and of their sums, which are twice the mid-ranks about their mean.
    """
    found = []
    for u, v in ((x.reshape(*x.shape[:-2], -1), y.reshape(*y.shape[:-2], -1)), (x.sum(-1), y.sum(-1))):
        size = (u * u).sum(-1) * (v * v).sum(-1)
        if not size.all():
            raise DataError(Sentence("All generators have one and the same figure: there is no order to compare."))
        found.append((u * v).sum(-1) / np.sqrt(size))
    return np.stack(np.broadcast_arrays(*found), axis=-1)


def _p_values(x: Array, y: Array, observed: Array) -> Array:
    """Return the share of permutations that agree at least as well, for tau and rho, (2,).

    Of random ones the one observed counts as one more (Phipson and Smyth, SAGMB 9, 2010).
    """
    n, exact = len(x), len(x) <= EXACT
    orders = np.array(list(permutations(range(n)))) if exact else np.tile(np.arange(n), (SHUFFLES, 1))
    if not exact:
        orders = np.random.default_rng(SEED).permuted(orders, axis=1)
    passed = np.zeros(2)
    for batch in slice_batches(len(orders), n * n):
        these = orders[batch]
        passed += (_coefficients(x[these[:, :, None], these[:, None, :]], y) >= observed - CLOSE).sum(0)
    return passed / len(orders) if exact else (passed + 1) / (len(orders) + 1)


def measure_agreement(scores: Array, ratings: Array, rating_draws: Array, score_draws: Array) -> ModelAgreement:
    """Measure how a metric's figures, higher being better, agree with ratings of the same generators, both (n,).

    Figures that are level (:mod:`eval.rounding`) are ties, ratings (log strengths) by the scale 1. ``rating_draws``
    (:func:`eval.ratings.draws.draw_normal`) and ``score_draws`` (:func:`draw_metric`), (draws, n): what both may be,
    given their errors. The intervals are the draws' percentiles, stretched to the figure where it lies outside; they
    are about these generators, not about others. P-values: how often an order by chance agrees as well.

    Raises: DataError for fewer than four generators, figures that are not finite, or a single figure for all.
    """
    n = len(scores)
    if n < FEWEST_GENERATORS:
        raise DataError(
            Sentence(
                "Too few generators, {n}: even a perfect order of fewer than {fewest} comes by chance once in {times}, "
                "so none can be told from chance. Rate and measure more.",
                n=n, fewest=FEWEST_GENERATORS, times=math.factorial(n),
            )
        )  # fmt: skip
    draws = len(rating_draws)
    if not draws or {scores.shape, ratings.shape} != {(n,)} or {rating_draws.shape, score_draws.shape} != {(draws, n)}:
        raise DataError("A metric's figures and the ratings, and their draws, must be of the same generators.")
    if not all(np.isfinite(item).all() for item in (scores, ratings, rating_draws, score_draws)):
        raise DataError(Sentence("A figure of the metric or a rating is not finite: measure or rate again."))
    x, y = _order_signs(scores), _order_signs(ratings, 1.0)
    value = _coefficients(x, y)
    drawn = [
        _coefficients(_order_signs(score_draws[rows]), _order_signs(rating_draws[rows], 1.0))
        for rows in slice_batches(draws, n * n)
    ]
    low, high = np.quantile(np.concatenate(drawn), (LOW, HIGH), axis=0)
    low, high, p = np.minimum(low, value), np.maximum(high, value), _p_values(x, y, value)
    (tau, tau_low, tau_high, tau_p), (rho, rho_low, rho_high, rho_p) = np.column_stack((value, low, high, p)).tolist()
    return ModelAgreement(n, tau, tau_low, tau_high, tau_p, rho, rho_low, rho_high, rho_p, n <= EXACT)
