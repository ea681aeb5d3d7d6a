"""Sandwich covariances and interval widths where votes come in groups: by rater, by prompt, or both at once."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial

import numpy as np

from eval.columns import Codes
from eval.level import above
from eval.metrics._threads import one_thread
from eval.ratings.battles import Matrix, Votes
from eval.ratings.bradley_terry import Z95, Fit
from eval.ratings.clusters import Scores, meat_of, number, of_prior, scores, shape_of
from eval.ratings.newton import Vector

T95 = (12.706205, 4.302653, 3.182446, 2.776445, 2.570582, 2.446912, 2.364624, 2.306004)  # of 1 to 8 degrees


def t95(freedom: float) -> float:
    """97.5 % point of Student's t, to 0.3 % at whole degrees of freedom, of which fractions count.

    Up to 8 from a table, between whole degrees to 3 % by its logarithm; from there on by Abramowitz and Stegun 26.7.5.
    """
    if freedom <= len(T95):
        at = 1 / np.arange(len(T95), 0, -1)
        return float(np.exp(np.interp(1 / freedom, at, np.log(T95[::-1]))))
    return Z95 + (Z95**3 + Z95) / (4 * freedom) + (5 * Z95**5 + 16 * Z95**3 + 3 * Z95) / (96 * freedom**2)


@dataclass(frozen=True)
class Sandwich:
    """The covariance of q parameters by no grouping, and by each that there is with its degrees of freedom."""

    plain: Matrix  # (q, q)
    by: tuple[tuple[Matrix, float], ...]

    @property
    def whole(self) -> Matrix:
        """By all groupings at once, (q, q): that by none, and what each grouping adds to it in any direction.

        So it is never below that by none, which the usual sum for two groupings, one plus the other less their
        intersection (Cameron, Gelbach and Miller, JBES 29, 2011), may be.
        """
        return self.plain + sum((_positive(part - self.plain) for part, _ in self.by), np.zeros_like(self.plain))

    @property
    def half_widths(self) -> Vector:
        """Of the 95 % intervals, (q,): the widest of those by no grouping, by each alone, and by all at once.

        By all at once a variance is that by none and what each grouping adds to it, by Student's t of Satterthwaite's
        degrees of freedom of those that add (Biometrics Bulletin 2, 1946). Few groups that do not differ say nothing
        of a spread, so that no interval is narrower than by the votes alone.
        """
        plain = np.diag(self.plain)
        each = np.array([np.diag(part) for part, _ in self.by]).reshape(len(self.by), len(plain))
        freedom = np.array([degrees for _, degrees in self.by])
        added = np.where(above(each, plain), each - plain, 0)  # not by rounding, which would count degrees of freedom
        variance = plain + added.sum(axis=0)
        spread = np.where(added > 0, each**2 / freedom[:, None], 0).sum(axis=0)
        both = [t95(v * v / s) * v**0.5 if s else 0.0 for v, s in zip(variance, spread, strict=True)]
        alone = [t95(degrees) * np.sqrt(np.maximum(np.diag(part), 0)) for part, degrees in self.by]
        return np.asarray(np.max(np.stack((Z95 * np.sqrt(plain), np.array(both), *alone)), axis=0))

    @property
    def drawn_from(self) -> Matrix:
        """``whole`` stretched along each parameter, so that normal draws of it are as wide as ``half_widths``."""
        whole = self.whole
        times = self.half_widths / Z95 / np.sqrt(np.diag(whole))
        return np.asarray(whole * times[:, None] * times[None, :])


def _positive(matrix: Matrix) -> Matrix:
    """The symmetric matrix with its negative eigenvalues set to 0."""
    values, vectors = np.linalg.eigh(matrix)
    return np.asarray((vectors * np.maximum(values, 0)) @ vectors.T)


def sandwich(inverse: Matrix, plain: Matrix, scored: Scores, added: Matrix, keys: Sequence[Codes]) -> Sandwich:
    """The sandwich by each grouping of the votes, (votes,) each, as :func:`meat_of` takes them.

    ``inverse``: how scores move the parameters, (q, size); ``plain``: their covariance by no grouping, (q, q);
    ``added``: what a prior adds to the meat (:func:`of_prior`), (size, size). Raises DataError for a single group.
    """
    with one_thread(), ThreadPoolExecutor(max(1, len(keys))) as pool:  # numpy holds no lock of Python's as it counts
        meats = list(pool.map(partial(meat_of, scored), keys))
    found = [inverse @ (meat + added) @ inverse.T for meat in meats]
    return Sandwich(
        plain, tuple((part, shape_of(number(key), scored.weight)[1]) for part, key in zip(found, keys, strict=True))
    )


def clustered(fitted: Fit, votes: Votes, keys: Sequence[Codes]) -> Sandwich:
    """Cluster-robust sandwich of the fit's parameters by groupings of its votes (:func:`sandwich`).

    A prior adds its votes to both matrices (:func:`of_prior`). Raises DataError for a grouping with a single group.
    """
    inverse = fitted.form.inverse(fitted.information)
    return sandwich(inverse, fitted.covariance, scores(fitted, votes), of_prior(fitted), keys)
