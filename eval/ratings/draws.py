"""Intervals by draws: from the estimate's normal distribution, by bootstrap of votes, and of groups of votes."""

from collections.abc import Iterator

import numpy as np

from eval.ratings.bradley_terry import CENTRE, SCALE, Fit
from eval.ratings.clusters import ClusterScores, number_groups
from eval.ratings.counts import Matrix
from eval.ratings.newton import Vector
from eval.votes.codes import Codes

BATCH = 1 << 21  # counts of a bootstrap held at a time
BLOCK = 1 << 10  # groups whose weights are held at a time
LOW, HIGH = 0.025, 0.975


def draw_normal(fitted: Fit, draws: int, seed: int, covariance: Matrix | None = None) -> Matrix:
    """Return draws of theta from N(estimate, sandwich), (draws, n).

    The covariance is singular, so draws go through its symmetric square root. ``covariance``, (p, p), stands in for the
    fit's.
    """
    n = fitted.form.n
    spread = (fitted.covariance if covariance is None else covariance)[:n, :n]
    values, vectors = np.linalg.eigh(spread)
    root = (vectors * np.sqrt(np.maximum(values, 0))) @ vectors.T  # the symmetric one: it alone is the same everywhere
    root -= root.mean(axis=0)  # a root magnifies rounding
    rng = np.random.default_rng(seed)
    moved = rng.standard_normal((draws, n)) @ root.T
    return np.asarray(fitted.theta + moved)


def _step_from_estimate(fitted: Fit, batches: Iterator[Matrix]) -> Matrix:
    """Return theta, and the position term if there is one, after one step from the estimate for each batch's counts.

    Batches are (draws, cells); the result is (all draws, n) or (all draws, n + 1). One step from a root-n estimate has
    the distribution of the full refit to first order (Bickel, JASA 70, 1975). The information is the estimate's: that
    of a draw is singular where a generator has no votes in it.
    """
    form, n = fitted.form, fitted.form.n
    terms, inverse, found = form.terms(fitted.at), form.inverse(fitted.information), []
    for counts in batches:
        scores = form.score(counts.reshape(-1, n, n, 3) + fitted.added, terms)
        found.append((fitted.at + scores @ inverse)[:, : n + form.position])
    return np.concatenate(found)


def _batch_sizes(draws: int, cells: int) -> Iterator[int]:
    """Yield the numbers of draws that fit into a batch each."""
    size = max(1, BATCH // cells)
    for start in range(0, draws, size):
        yield min(size, draws - start)


def _fold_orders(fitted: Fit) -> Matrix:
    """Return the votes as counts (n, n, 3), both orders of a pair in one cell where the order tells nothing."""
    if fitted.form.position:
        return fitted.judged
    both = fitted.judged + np.swapaxes(fitted.judged, 0, 1)[..., [1, 0, 2]]
    return np.asarray(both * np.triu(np.ones(both.shape[:2]))[..., None])


def bootstrap(fitted: Fit, draws: int, seed: int) -> Matrix:
    """Return theta, and the position term if there is one, of votes drawn with replacement.

    Counts are multinomial, one step each.

    (draws, n) or (draws, n + 1).
    """
    rng, cells = np.random.default_rng(seed), _fold_orders(fitted).ravel()
    seen, whole = np.flatnonzero(cells), float(cells.sum())
    total = round(whole**2 / float(fitted.squares.sum()))  # as many votes of one weight as tell no less
    share = cells[seen] / whole

    def resampled() -> Iterator[Matrix]:
        for size in _batch_sizes(draws, len(cells)):
            counts = np.zeros((size, len(cells)))
            counts[:, seen] = rng.multinomial(total, share, size) * (whole / total)
            yield counts

    return _step_from_estimate(fitted, resampled())


def _draw_poisson(rng: np.random.Generator, draws: int, groups: int) -> Matrix:
    """Return independent Poisson numbers of mean 1, (draws, groups).

    A Poisson number of them is thrown on all places.
    """
    places = draws * groups
    thrown = rng.integers(0, places, int(rng.poisson(places)))
    return np.bincount(thrown, minlength=places).reshape(draws, groups).astype(np.float64)


def bootstrap_groups(at: Vector, inverse: Matrix, scored: ClusterScores, keys: Codes, draws: int, seed: int) -> Matrix:
    """Return parameters of whole groups of votes (as raters) drawn with replacement, (draws, q).

    ``at`` is their estimate, (q,), ``inverse`` their rows of the inverse information, (q, size), and ``keys`` tells
    groups apart, (votes,), negative for votes of no group. The score bootstrap (Hu and Zidek, Biometrika 82, 1995;
    Kline and Santos, Journal of Econometric Methods 1, 2012): the estimate moves by the inverse information, held as it
    is, times the sum of the groups' scores, each as often as its group was drawn. How often is Poisson of mean 1
    (Hanley and MacGibbon, Computer Methods and Programs in Biomedicine 83, 2006): as scores sum to 0 the total drawn
    does not matter. With normal weights instead it is :func:`draw_normal` from the clustered sandwich, at a fraction of
    the time.
    """
    rng, group = np.random.default_rng(seed), number_groups(keys)
    moved = np.zeros((draws, scored.size))
    for sums in scored.blocks(group, int(group.max()) + 1):
        for start in range(0, len(sums), BLOCK):
            these = sums[start : start + BLOCK]
            moved += _draw_poisson(rng, draws, len(these)) @ these
    return np.asarray(at + moved @ inverse.T)


def percentile_intervals(theta: Matrix) -> Matrix:
    """Return 95 % percentile intervals of ratings from draws of theta (draws, n), on the Elo scale; (n, 2)."""
    return np.asarray(SCALE * np.quantile(theta, (LOW, HIGH), axis=0).T + CENTRE)
