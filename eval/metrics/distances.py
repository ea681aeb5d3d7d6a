"""Squared distances of many rows at float32's speed, decided as float64 would decide.

A product in float32 takes half the time of one in float64. It gives each distance two bounds; what they leave open is
summed from the rows in float64, pair by pair, or by a product in float64 first where that is much.
"""

import hashlib
import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np

from eval.arrays import one_thread
from eval.metrics import Array

T = TypeVar("T")
Floats = np.ndarray[Any, np.dtype[np.floating[Any]]]  # float32 or float64
Indices = np.ndarray[Any, np.dtype[np.intp]]
Flags = np.ndarray[Any, np.dtype[np.bool_]]
BLOCK = 512  # rows and columns of a block: 1 MiB in float32
MANY = 1024  # pairs, above which it is looked for those that are the same
PAIRS = 128  # pairs of rows whose distances are summed at a time: 4 MiB of 2,048 dimensions
OPEN = 1 / 64  # of a block; above it a float64 product is cheaper than pair by pair
SINGLE, DOUBLE = np.dtype(np.float32), np.dtype(np.float64)


def rounding_bound(dimensions: int, dtype: np.dtype[Any]) -> float:
    """Return how far a product's squared distance is from float64's sum of (x - y)^2 at most, by |x|^2 + |y|^2.

    With unit roundoffs u of ``dtype`` and v of float64: D u for the product, summed in any order (Higham, Accuracy and
    Stability of Numerical Algorithms, 3.1; Jeannerod and Rump, 2013), 8 u for rounding the rows, 10 u for adding the
    lengths and the bounds, D v for the lengths and (2 D + 4) v for the sum itself.
    """
    u, v = (float(np.finfo(t).eps) / 2 for t in (dtype, DOUBLE))
    share = dimensions * (u + 4 * v) + 24 * u
    return share * (1 + 2 * share)


@dataclass(frozen=True)
class Rounded:
    """Rows in one precision, centred and scaled."""

    rows: Floats  # (N, D)
    low: Floats  # (N,), squared lengths less the error
    error: Array  # (N,), each row's part of the error of its distances

    def __getitem__(self, some: slice) -> "Rounded":
        """Return some of the rows."""
        return Rounded(self.rows[some], self.low[some], self.error[some])

    def lower(self, other: "Rounded") -> Floats:
        """Return bounds from below of the squared distances (N, M).

        The upper ones lie twice both rows' errors above.
        """
        d: Floats = self.rows @ other.rows.T
        d *= -2
        d += self.low[:, None]
        d += other.low
        return d


class Cloud:
    """Rows (N, D) about a centre, which changes no distance but keeps errors small where it is near them.

    Clouds whose distances are sought have one centre and one scale, see :func:`common_scale`; squared distances are
    scaled too.
    """

    def __init__(self, rows: Array, centre: Array, scale: float) -> None:
        self.rows, self.centre, self.scale = rows, centre, scale
        parts = list(run_on_cores(lambda block: self.rounded(block, SINGLE), self.blocks))
        joined = (np.concatenate([getattr(part, name) for part in parts]) for name in ("rows", "low", "error"))
        self.single = Rounded(*joined)  # all rows in float32
        self._firsts: Indices | None = None  # found where it is needed

    @property
    def blocks(self) -> list[slice]:
        """Return slices of ``BLOCK`` rows."""
        return slice_blocks(len(self.rows), BLOCK)

    @property
    def firsts(self) -> Indices:
        """The first row that each row equals, to the last bit; (N,)."""
        if self._firsts is None:
            found: dict[bytes, int] = {}
            digests = (hashlib.sha256(row.tobytes()).digest() for row in self.rows)
            self._firsts = np.array([found.setdefault(digest, place) for place, digest in enumerate(digests)])
        return self._firsts

    def rounded(self, some: slice | Indices, dtype: np.dtype[Any]) -> Rounded:
        """Return some of the rows in a precision."""
        wide = self.rows[some] - self.centre
        wide *= self.scale
        rows = wide.astype(dtype, copy=False)
        wide[...] = rows
        squares = np.einsum("ij,ij->i", wide, wide)
        size = wide.shape[1]
        error = rounding_bound(size, dtype) * squares + 32 * size * float(
            np.finfo(dtype).tiny
        )  # the latter for underflow
        return Rounded(rows, (squares - error).astype(dtype), error)

    def exact(self, mine: Indices, other: "Cloud", theirs: Indices) -> Array:
        """Return squared distances of pairs of rows, (P,), each the sum of (x - y)^2 in float64.

        Equal rows give 0, and equal pairs, either way round, equal sums. Pairs of the same rows are summed once where
        there are many.
        """
        if len(mine) > MANY:
            pairs, inverse = np.unique(np.stack([self.firsts[mine], other.firsts[theirs]]), axis=1, return_inverse=True)
            if pairs.shape[1] < len(mine):
                return self.exact(pairs[0], other, pairs[1])[inverse]
        sums = np.empty(len(mine))
        for some in slice_blocks(len(mine), PAIRS):
            gap = self.rows[mine[some]]
            gap -= other.rows[theirs[some]]
            gap *= self.scale
            np.einsum("ij,ij->i", gap, gap, out=sums[some])
        return sums


class Block:
    """Distances of a block of one cloud's rows to a block of another's.

    Python 3.11's ``cached_property`` has one lock for all instances, under which the cores would take turns.
    """

    def __init__(self, one: Cloud, mine: slice, other: Cloud, theirs: slice) -> None:
        self.one, self.mine, self.other, self.theirs = one, mine, other, theirs
        self._single = bound_distances(one.single[mine], other.single[theirs])
        self._double: tuple[Floats, Floats] | None = None  # made where it is needed

    def _narrow(self) -> tuple[Floats, Floats]:
        if self._double is None:
            self._double = bound_distances(self.one.rounded(self.mine, DOUBLE), self.other.rounded(self.theirs, DOUBLE))
        return self._double

    def within(self, radii: Array) -> Flags:
        """Return which squared distances are squared radii (n, 1) or (m,) at most: (n, m)."""
        inside, open_ = compare_bounds(self._single, radii)
        if len(open_) > OPEN * inside.size:
            inside, open_ = compare_bounds(self._narrow(), radii)
        if len(open_):
            i, j = np.divmod(open_, inside.shape[1])
            d = self.one.exact(i + self.mine.start, self.other, j + self.theirs.start)
            inside[i, j] = d <= np.broadcast_to(radii, inside.shape)[i, j]
        return inside


def common_scale(x: Array, y: Array) -> float:
    """Return the power of two that brings two sets into [-1, 1]: squares neither overflow nor vanish."""
    most = max(float(extreme) for f in (x, y) for extreme in (f.max(), -f.min()))
    return float(np.ldexp(1.0, min(-int(np.frexp(most)[1]), 1023)))


def slice_blocks(rows: int, size: int) -> list[slice]:
    """Return slices of so many rows; the last may end beyond them."""
    return [slice(i, i + size) for i in range(0, rows, size)]


def run_on_cores(work: Callable[[slice], T], parts: list[slice]) -> Iterator[T]:
    """Run work on each part, one at a time on every core."""
    with one_thread(), ThreadPoolExecutor(os.cpu_count()) as pool:
        yield from pool.map(work, parts)


def bound_distances(one: Rounded, other: Rounded) -> tuple[Floats, Floats]:
    """Return bounds from below and from above of squared distances, (N, M) both."""
    low = one.lower(other)
    high = low + (2 * one.error).astype(low.dtype)[:, None]
    high += (2 * other.error).astype(low.dtype)
    return low, high


def compare_bounds(bounds: tuple[Floats, Floats], radii: Array) -> tuple[Flags, Indices]:
    """Return which values may be the radii at most, and the flat places of those that may also be above them."""
    low, high = bounds
    near = np.asarray(radii, low.dtype)
    inside = low < np.nextafter(near, np.inf, dtype=low.dtype)
    return inside, np.flatnonzero(inside & (high >= np.nextafter(near, -np.inf, dtype=low.dtype)))
