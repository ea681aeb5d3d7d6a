"""Sums over the matrix of a kernel between two sets of images, visited in blocks: memory does not grow with it.

A kernel is a function of rows (n, D) and (m, D) that returns (n, m).
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from eval.metrics import Array, Ints
from eval.metrics.compared_sets import NONE, PromptImages

BLOCK = 1024  # rows and columns of a block: 8 MiB
KernelFunction = Callable[[Array, Array], Array]


@dataclass(frozen=True)
class Sums:
    """Sums over the matrix of two sides' mean kernels by prompt; of one side without its diagonal, ``own``."""

    rows: Array  # (G,)
    columns: Array  # (H,)
    squares: float
    own: float = 0.0


def cubic_block(x: Array, y: Array) -> Array:
    """Return (x . y / D + 1)^3 of rows (n, D) and (m, D): (n, m)."""
    k = x @ y.T
    k *= 1 / x.shape[1]
    k += 1
    cubed = k * k
    cubed *= k
    return cubed


def slice_prompts(side: PromptImages) -> list[slice]:
    """Return the places of the prompts in blocks of about ``BLOCK`` images."""
    n = len(side.prompts)
    step = max(1, BLOCK * n // len(side.images))
    return [slice(start, min(start + step, n)) for start in range(0, n, step)]


def _parts(side: PromptImages, prompts: slice) -> Iterator[tuple[Array, Ints, slice]]:
    """Yield the images of a block of prompts, at most ``BLOCK`` at once, with each prompt's first row there."""
    ends = np.append(side.starts, len(side.images))
    for start in range(ends[prompts.start], ends[prompts.stop], BLOCK):
        rows = slice(start, min(start + BLOCK, ends[prompts.stop]))
        places = side.groups[rows] - prompts.start
        yield side.images[rows], np.flatnonzero(np.diff(places, prepend=-1)), slice(places[0], places[-1] + 1)


def mean_block(x: PromptImages, i: slice, y: PromptImages, j: slice, kernel: KernelFunction) -> Array:
    """Return the mean kernel of each prompt of a block of one side with each of a block of the other: (n, m)."""
    if not (x.several or y.several):
        return kernel(x.images[i], y.images[j])
    sizes = x.sizes[i, None] * y.sizes[j]
    sums = np.zeros(sizes.shape)
    for a, firsts, rows in _parts(x, i):
        for b, seconds, columns in _parts(y, j):
            k = np.add.reduceat(kernel(a, b), seconds, axis=1)
            sums[rows, columns] += np.add.reduceat(k, firsts, axis=0)
    return np.asarray(sums / sizes)


def across_sums(
    x: PromptImages, y: PromptImages, kernel: KernelFunction, common: tuple[Ints, Ints] = (NONE, NONE)
) -> Sums:
    """Return the sums of the matrix of two sides of G and H prompts.

    At the places of ``common`` prompts on each side the mean of the others in that row or column stands for their own.
    """
    n, m = len(x.prompts), len(y.prompts)
    rows, columns, squares = np.zeros(n), np.zeros(m), 0.0
    for i in slice_prompts(x):
        for j in slice_prompts(y):
            k = mean_block(x, i, y, j, kernel)
            own, other = common[0] - i.start, common[1] - j.start
            here = (own >= 0) & (own < k.shape[0]) & (other >= 0) & (other < k.shape[1])
            k[own[here], other[here]] = 0
            rows[i] += k.sum(1)
            columns[j] += k.sum(0)
            squares += float(np.vdot(k, k))
    if len(common[0]):
        rows[common[0]] *= m / (m - 1)
        columns[common[1]] *= n / (n - 1)
        squares *= n * m / (n * m - len(common[0]))
    return Sums(rows, columns, squares)


def within_sums(x: PromptImages, kernel: KernelFunction) -> Sums:
    """Return the sums of the matrix of one side of G prompts without its diagonal; every block is visited once."""
    blocks = slice_prompts(x)
    rows, squares, own = np.zeros(len(x.prompts)), 0.0, 0.0
    for place, i in enumerate(blocks):
        for j in blocks[place:]:
            k = mean_block(x, i, x, j, kernel)
            if i == j:
                own += float(k.trace())
                np.fill_diagonal(k, 0)
            else:
                rows[j] += k.sum(0)
            rows[i] += k.sum(1)
            squares += float(np.vdot(k, k)) * (1 if i == j else 2)
    return Sums(rows, rows, squares, own)
