"""Precision, recall (Kynkaanniemi et al., arXiv 1904.06991), density and coverage (Naeem et al., arXiv 2002.09797).

A set's manifold is the union of the balls about its images that reach to the k-th nearest other image of that set.
Distances are visited in blocks: memory grows with the number of images, not with its square.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from eval.metrics import IMAGES, METRICS, Array, Features, Measured
from eval.metrics._arrays import checked_pair
from eval.metrics._bootstrap import mean_interval, sides
from eval.metrics.recall import wilson
from hub.errors import DataError

BLOCK = 1024  # rows and columns of a block: 8 MiB
K = 5
NOTE = f"k = {K}; the interval holds the manifolds fixed"


@dataclass(frozen=True)
class Manifolds:
    """What each image says of the four figures, whose means they are."""

    precise: Array  # (N,), 1 where a generated image lies in the reference's manifold
    dense: Array  # (N,), reference balls that a generated image lies in, by k
    recalled: Array  # (M,), 1 where a reference image lies in the generated manifold
    covered: Array  # (M,), 1 where a reference image's ball holds a generated image


def _squared(x: Array, y: Array, x_lengths: Array, y_lengths: Array) -> Array:
    """Squared distances of rows (n, D) and (m, D), given their squared lengths: (n, m)."""
    d = x @ y.T
    d *= -2
    d += x_lengths[:, None]
    d += y_lengths
    return d


def _nearest(known: Array, d: Array, k: int) -> Array:
    """The k least of each row of ``known`` (n, k) and ``d`` (n, m)."""
    few = np.partition(d, k - 1, axis=1)[:, :k] if d.shape[1] > k else d
    return np.partition(np.concatenate([known, few], axis=1), k - 1, axis=1)[:, :k]


def radii(x: Array, k: int) -> Array:
    """Squared distance of each row of (N, D) to its k-th nearest other row, (N,); every block is visited once."""
    lengths = (x**2).sum(1)
    nearest = np.full((len(x), k), np.inf)
    for i in range(0, len(x), BLOCK):
        rows = slice(i, i + BLOCK)
        for j in range(i, len(x), BLOCK):
            columns = slice(j, j + BLOCK)
            d = _squared(x[rows], x[columns], lengths[rows], lengths[columns])
            if i == j:
                np.fill_diagonal(d, np.inf)
            else:
                nearest[columns] = _nearest(nearest[columns], np.ascontiguousarray(d.T), k)
            nearest[rows] = _nearest(nearest[rows], d, k)
    return np.asarray(nearest.max(1).clip(min=0))


def manifolds(generated: Array, reference: Array, k: int = K) -> Manifolds:
    """What each row of (N, D) and (M, D) says of precision, density, recall and coverage.

    Raises DataError with k rows or fewer on a side, NaN, or unequal dimensions.
    """
    x, y = checked_pair(generated, reference, least=2)
    if min(len(x), len(y)) <= k:
        raise DataError(f"Precision and recall with k = {k} need more than {k} images on each side: draw more.")
    centre = y.mean(0)  # distances do not change, their rounding shrinks
    x, y = x - centre, y - centre
    x_radii, y_radii, x_lengths, y_lengths = radii(x, k), radii(y, k), (x**2).sum(1), (y**2).sum(1)
    balls, recalled, covered = np.zeros(len(x)), np.zeros(len(y), bool), np.zeros(len(y), bool)
    for i in range(0, len(y), BLOCK):
        rows = slice(i, i + BLOCK)
        for j in range(0, len(x), BLOCK):
            columns = slice(j, j + BLOCK)
            d = _squared(y[rows], x[columns], y_lengths[rows], x_lengths[columns])
            inside = d < y_radii[rows, None]
            balls[columns] += inside.sum(0)
            covered[rows] |= inside.any(1)
            recalled[rows] |= (d < x_radii[columns]).any(1)
    return Manifolds((balls > 0).astype(np.float64), balls / k, recalled.astype(np.float64), covered.astype(np.float64))


@lru_cache(maxsize=1)
def _manifolds(generated: Features, reference: Features) -> Manifolds:
    """The manifolds of one image a prompt and the reference images, computed once for the four figures."""
    both = sides(generated, reference)
    return manifolds(both.generated, both.reference)


def _share(values: Array) -> tuple[float, float, float]:
    """A share with Wilson's interval; a bootstrap of a share of 0 or 1 has no width."""
    share = float(values.mean())
    return share, *wilson(share, len(values))


def _count(values: Array) -> tuple[float, float, float]:
    """A mean number of balls with its bootstrap interval."""
    return mean_interval(values, 0, np.inf)


class _Figure:
    better = "higher"
    of_real = False
    needs = ("reference",)
    name: str
    of: Callable[[Manifolds], tuple[float, float, float]]

    def __call__(self, generated: Features, reference: Features) -> Measured:
        """Of one image a prompt and the reference images."""
        made = _manifolds(generated, reference)
        return Measured(self.name, *type(self).of(made), len(made.precise), generated.image_encoder, NOTE)


@METRICS.register
class Precision(_Figure):
    """The share of generated images in the reference's manifold: how many look real."""

    name = f"precision ({IMAGES})"
    of = staticmethod(lambda made: _share(made.precise))


@METRICS.register
class ManifoldRecall(_Figure):
    """The share of reference images in the generated manifold: how much of what is real can be drawn."""

    name = f"recall ({IMAGES})"
    of = staticmethod(lambda made: _share(made.recalled))


@METRICS.register
class Density(_Figure):
    """The mean number of reference balls about a generated image, by k; above 1 where images crowd together."""

    name = f"density ({IMAGES})"
    of = staticmethod(lambda made: _count(made.dense))


@METRICS.register
class Coverage(_Figure):
    """The share of reference images that have a generated one in their ball."""

    name = f"coverage ({IMAGES})"
    of = staticmethod(lambda made: _share(made.covered))
