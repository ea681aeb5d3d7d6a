"""The distance of each row to its k-th nearest other row."""

from collections.abc import Callable

import numpy as np

from eval.metrics import Array
from eval.metrics.distances import (
    DOUBLE,
    SINGLE,
    Cloud,
    Flags,
    Floats,
    Indices,
    bound_distances,
    run_on_cores,
    slice_blocks,
)

SPARE = 11  # candidates of each row beyond k; where float32 tells fewer apart, float64 looks at the row again
AGAIN = 128  # such rows at a time: 10 MiB of distances to 10,000 others


def squared_radii(cloud: Cloud, k: int) -> Array:
    """Return the squared distance of each row to its k-th nearest other row, (N,), as float64's sum of (x - y)^2 is."""
    low, at = _find_candidates(cloud, k + SPARE)
    error = cloud.single.error
    high = low + 2 * (error[:, None] + error[at])

    def settled(some: slice) -> Array:
        return _find_kth_least(
            low[some], high[some], k, lambda i, j: cloud.exact(i + some.start, cloud, at[i + some.start, j])
        )

    radii = np.concatenate(list(run_on_cores(settled, cloud.blocks)))
    unsure = np.flatnonzero(low.max(1) < np.partition(high, k - 1, axis=1)[:, k - 1])  # others may be nearer
    repeated = _find_repeated(cloud, unsure, k)
    radii[unsure[repeated]] = 0
    rest = unsure[~repeated]
    if len(rest):
        radii[rest] = _radii_among_all(cloud, rest, k)
    return radii


def _find_candidates(cloud: Cloud, count: int) -> tuple[Floats, Indices]:
    """Return the least lower bounds of each row's distances to others, and of which rows, (N, count) both.

    Every pair of blocks is visited once.
    """

    def row_of_blocks(mine: slice) -> list[tuple[slice, Floats, Indices]]:
        found = []
        for theirs in (block for block in cloud.blocks if block.start >= mine.start):
            d = cloud.single[mine].lower(cloud.single[theirs])
            if theirs == mine:
                np.fill_diagonal(d, np.inf)
            else:
                least, at = select_least(np.ascontiguousarray(d.T), count)
                found.append((theirs, least, at + mine.start))
            least, at = select_least(d, count)
            found.append((mine, least, at + theirs.start))
        return found

    low, near = np.full((len(cloud.rows), count), np.inf, SINGLE), np.zeros((len(cloud.rows), count), np.intp)
    for found in run_on_cores(row_of_blocks, cloud.blocks):
        for rows, least, at in found:
            low[rows], chosen = select_least(np.concatenate([low[rows], least], axis=1), count)
            near[rows] = np.take_along_axis(np.concatenate([near[rows], at], axis=1), chosen, axis=1)
    return low, near


def select_least(d: Floats, count: int) -> tuple[Floats, Indices]:
    """Return the least of each row of (n, m), and their columns: (n, count) both, or (n, m) where there are no more."""
    if d.shape[1] <= count:
        return d, np.broadcast_to(np.arange(d.shape[1]), d.shape)
    chosen = np.argpartition(d, count - 1, axis=1)[:, :count]
    return np.take_along_axis(d, chosen, axis=1), chosen


def _find_kth_least(low: Floats, high: Floats, k: int, exact: Callable[[Indices, Indices], Array]) -> Array:
    """Return the k-th least value of each row, (N,), of values that lie between bounds (N, M).

    ``exact`` takes the places (P,), (P,) of those that matter and returns them.
    """
    low_kth, high_kth = (np.partition(bound, k - 1, axis=1)[:, k - 1 : k] for bound in (low, high))
    below = high < low_kth
    i, j = np.nonzero(~below & (low <= high_kth))
    values = np.full(low.shape, np.inf)
    values[i, j] = exact(i, j)
    values.sort(axis=1)
    return np.asarray(np.take_along_axis(values, k - 1 - below.sum(1)[:, None], axis=1)[:, 0])


def _find_repeated(cloud: Cloud, rows: Indices, k: int) -> Flags:
    """Return which of some rows surely equal k others, which no product could tell: (P,).

    Equal rows have equal lengths.
    """
    found = np.zeros(len(rows), bool)
    _, groups, counts = np.unique(cloud.single.error[rows], return_inverse=True, return_counts=True)
    for group in np.flatnonzero(counts > k):
        members = np.flatnonzero(groups == group)
        first = cloud.rows[rows[members[0]]]
        equal = members[[np.array_equal(cloud.rows[row], first) for row in rows[members]]]
        found[equal] = len(equal) > k
    return found


def _radii_among_all(cloud: Cloud, rows: Indices, k: int) -> Array:
    """Return squared radii of some rows, (P,), by float64's distances to all."""

    def some_rows(some: slice) -> Array:
        mine = rows[some]
        one = cloud.rounded(mine, DOUBLE)
        both = [bound_distances(one, cloud.rounded(block, DOUBLE)) for block in cloud.blocks]
        low, high = (np.concatenate(those, axis=1) for those in zip(*both, strict=True))
        for bound in (low, high):
            bound[np.arange(len(mine)), mine] = np.inf
        return _find_kth_least(low, high, k, lambda i, j: cloud.exact(mine[i], cloud, j))

    return np.concatenate(list(run_on_cores(some_rows, slice_blocks(len(rows), AGAIN))))
