"""The nearest training image of each image, and whether it is nearer than another training image is to that one."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from eval.arrays import check_pair
from eval.metrics import Array, Features, Ints
from eval.metrics.distances import SINGLE, Cloud, Floats, Indices, common_scale, run_on_cores
from eval.metrics.nearest import select_least, squared_radii

CANDIDATES = 8  # by float32's lower bounds; where the least distance may lie beyond them, all are looked at


@dataclass(frozen=True, eq=False)
class NearestTraining:
    """The nearest training image of each of N images, and two distances in the space of an encoder."""

    rows: Ints  # (N,), of the training images; the first of those that are equally near
    distances: Array  # (N,), of each image from it
    own: Array  # (N,), of it from its nearest other training image

    @property
    def ratios(self) -> Array:
        """Return the first distance by the second, (N,): below 1 nearer than any other training image is.

        0 for a copy, also of a training image that is there twice; infinite beside such a one.
        """
        found = np.full(len(self.rows), np.inf)
        np.divide(self.distances, self.own, out=found, where=self.own > 0)
        found[self.distances == 0] = 0
        return found


def find_nearest_rows(x: Cloud, y: Cloud) -> tuple[Ints, Array]:
    """Return the nearest row of one cloud for each row of another, (N,), and its squared distance as float64 sums it.

    Of rows that are equally near it is the first.
    """

    def some_rows(mine: slice) -> tuple[Indices, Array]:
        low, at = np.empty((len(x.rows[mine]), 0), SINGLE), np.empty((len(x.rows[mine]), 0), np.intp)
        for theirs in y.blocks:
            bounds = x.single[mine].lower(y.single[theirs])
            columns = np.broadcast_to(np.arange(theirs.start, theirs.start + bounds.shape[1]), bounds.shape)
            low, chosen = select_least(np.concatenate([low, bounds], axis=1), CANDIDATES)
            at = np.take_along_axis(np.concatenate([at, columns], axis=1), chosen, axis=1)
        return _decide(x, mine, y, low, at)

    parts = list(run_on_cores(some_rows, x.blocks))
    return np.concatenate([part[0] for part in parts]), np.concatenate([part[1] for part in parts])


def _decide(x: Cloud, mine: slice, y: Cloud, low: Floats, at: Indices) -> tuple[Indices, Array]:
    """Return the nearest of some candidates, (n, c), by float64; of all rows where these may not hold it."""
    order = np.argsort(at, axis=1)
    at = np.take_along_axis(at, order, axis=1)
    rows = np.repeat(np.arange(len(at)) + mine.start, at.shape[1])
    exact = x.exact(rows, y, at.ravel()).reshape(at.shape)
    place = exact.argmin(axis=1)
    nearest: Indices = np.take_along_axis(at, place[:, None], axis=1)[:, 0]
    least: Array = np.take_along_axis(exact, place[:, None], axis=1)[:, 0]
    if at.shape[1] < len(y.rows):
        for row in np.flatnonzero(least >= low.max(axis=1)):
            whole = x.exact(np.full(len(y.rows), row + mine.start), y, np.arange(len(y.rows)))
            nearest[row], least[row] = whole.argmin(), whole.min()
    return nearest, least


def nearest_training(images: Array, training: Array) -> NearestTraining:
    """Return the nearest of M training images, (M, D), of each image, (N, D).

    Raises: DataError with fewer than two training images, NaN, or unequal dimensions.
    """
    x, y = check_pair(images, training)
    check_pair(y, y, least=2)
    scale = common_scale(x, y)
    known = Cloud(y, y.mean(0), scale)
    rows, squares = find_nearest_rows(Cloud(x, known.centre, scale), known)
    own = squared_radii(known, 1)[rows]
    return NearestTraining(rows, np.sqrt(squares) / scale, np.sqrt(own) / scale)


@lru_cache(maxsize=2)
def find_training(features: Features, training: Features) -> NearestTraining:
    """Return what :func:`nearest_training` finds of two sides, kept for the other figures of the same images."""
    return nearest_training(features.images, training.images)
