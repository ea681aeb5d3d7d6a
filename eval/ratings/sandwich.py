"""Sandwich covariances and interval widths where votes come in groups: by rater, by prompt, or both at once."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial

import numpy as np

from eval.arrays import one_thread
from eval.ratings.bradley_terry import Fit
from eval.ratings.clusters import ClusterScores, clustered_meat, prior_meat, score_votes
from eval.ratings.counts import Matrix, Votes
from eval.ratings.newton import Vector
from eval.rounding import is_above
from eval.statistics import Z95, t95
from eval.votes.codes import Codes

FEW = 4.0  # degrees of freedom, below which groups alike by chance are no evidence that groups are alike


def half_widths(plain: Vector, parts: Sequence[tuple[Vector, float]]) -> Vector:
    """Return half the widths of 95 % intervals, (q,), from variances by no grouping and by each with its degrees.

    The widest of that by no grouping, by each alone, and by all at once: a variance that is the one by none and what
    each grouping has above it, by Student's t of Satterthwaite's degrees of freedom of those that have (Biometrics
    Bulletin 2, 1946). A grouping whose variance is not above that by none shows nothing but the votes' own chance, and
    counts for nothing; but not one of few groups, which may differ much and look alike, and widens intervals always.
    One grouping of G groups of equal shares holds the truth in 94.6 % at least, however much groups differ; where they
    do not, in 96.1 % (G = 30), 96.7 (10), 97.0 (6 and 5), 98.7 (3) and 99.3 (2). None that is never narrower than by
    the votes alone and holds 95 % however groups differ can hold less there than 95.6, 96.1, 96.6 and 96.8, 97.6 and
    98.6 % (``python -m tests.benchmarks.coverage_bound``).
    """
    each = np.array([part for part, _ in parts]).reshape(len(parts), len(plain))
    freedom = np.array([degrees for _, degrees in parts]).reshape(-1, 1)
    wider = is_above(each, plain)  # not by rounding, which would count degrees of freedom
    variance = plain + np.where(wider, each - plain, 0).sum(axis=0)
    spread = np.where(wider, each**2 / freedom, 0).sum(axis=0)
    both = [t95(v * v / s) * v**0.5 if s else 0.0 for v, s in zip(variance, spread, strict=True)]
    points = np.array([t95(degrees) for _, degrees in parts]).reshape(-1, 1)
    alone = np.where(wider | (freedom < FEW), points * np.sqrt(np.maximum(each, 0)), 0)
    return np.asarray(np.max(np.stack((Z95 * np.sqrt(plain), np.array(both), *alone)), axis=0))


@dataclass(frozen=True)
class Sandwich:
    """The covariance of q parameters by no grouping, and by each that there is with its degrees of freedom."""

    plain: Matrix  # (q, q)
    by: tuple[tuple[Matrix, float], ...]

    @property
    def whole(self) -> Matrix:
        """Covariance by all groupings at once, (q, q): by none, and what each adds to it in any direction.

        So it is never below that by none, which the usual sum for two groupings, one plus the other less their
        intersection (Cameron, Gelbach and Miller, JBES 29, 2011), may be.
        """
        return self.plain + sum((_drop_negative(part - self.plain) for part, _ in self.by), np.zeros_like(self.plain))

    @property
    def half_widths(self) -> Vector:
        """Half the widths of the 95 % intervals, (q,); see :func:`half_widths`."""
        return half_widths(np.diag(self.plain), [(np.diag(part), freedom) for part, freedom in self.by])

    @property
    def drawn_from(self) -> Matrix:
        """``whole`` stretched along each parameter, so that normal draws of it are as wide as ``half_widths``."""
        whole = self.whole
        times = self.half_widths / Z95 / np.sqrt(np.diag(whole))
        return np.asarray(whole * times[:, None] * times[None, :])


def _drop_negative(matrix: Matrix) -> Matrix:
    """Return the symmetric matrix with its negative eigenvalues set to 0."""
    values, vectors = np.linalg.eigh(matrix)
    return np.asarray((vectors * np.maximum(values, 0)) @ vectors.T)


def sum_sandwich(
    inverse: Matrix, plain: Matrix, scored: ClusterScores, added: Matrix, keys: Sequence[Codes]
) -> Sandwich:
    """Return the sandwich by each grouping of the votes, (votes,) each, as :func:`clustered_meat` takes them.

    ``inverse``: how scores move the parameters, (q, size); ``plain``: their covariance by no grouping, (q, q);
    ``added``: what a prior adds to the meat (:func:`prior_meat`), (size, size).

    Raises: DataError for a single group.
    """
    with one_thread(), ThreadPoolExecutor(max(1, len(keys))) as pool:  # numpy holds no lock of Python's as it counts
        meats = list(pool.map(partial(clustered_meat, scored), keys))
    return Sandwich(plain, tuple((inverse @ (meat + added) @ inverse.T, freedom) for meat, freedom in meats))


def cluster_sandwich(fitted: Fit, votes: Votes, keys: Sequence[Codes]) -> Sandwich:
    """Return the cluster-robust sandwich of the fit's parameters by groupings of its votes.

    A prior adds its votes to both matrices (:func:`prior_meat`).

    Raises: DataError for a grouping with a single group.
    """
    inverse = fitted.form.inverse(fitted.information)
    return sum_sandwich(inverse, fitted.covariance, score_votes(fitted, votes), prior_meat(fitted), keys)
