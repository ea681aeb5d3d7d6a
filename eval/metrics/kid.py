"""Kernel distance: unbiased squared MMD with a cubic kernel (Binkowski et al., arXiv 1801.01401, equation 4).

All pairs count, none is drawn at random; they are visited in blocks, so that memory does not grow with their number.
"""

import math
from dataclasses import dataclass

import numpy as np

from eval.metrics import METRICS, Array, Features, Measured, Takes
from eval.metrics._arrays import checked_pair
from eval.metrics._bootstrap import normal_interval, sides

BLOCK = 1024  # rows and columns of a block: 8 MiB


@dataclass(frozen=True)
class Sums:
    """Of a kernel matrix: the sum of each row and of each column, and of all squares; without the diagonal where both
    sides are one."""

    rows: Array  # (N,)
    columns: Array  # (M,)
    squares: float


def cubic_block(x: Array, y: Array) -> Array:
    """(x . y / D + 1)^3 of rows (n, D) and (m, D): (n, m)."""
    k = x @ y.T
    k *= 1 / x.shape[1]
    k += 1
    cubed = k * k
    cubed *= k
    return cubed


def across_sums(x: Array, y: Array) -> Sums:
    """Sums of the kernel matrix of two sets (N, D) and (M, D)."""
    rows, columns, squares = np.zeros(len(x)), np.zeros(len(y)), 0.0
    for i in range(0, len(x), BLOCK):
        for j in range(0, len(y), BLOCK):
            k = cubic_block(x[i : i + BLOCK], y[j : j + BLOCK])
            rows[i : i + BLOCK] += k.sum(1)
            columns[j : j + BLOCK] += k.sum(0)
            squares += float(np.vdot(k, k))
    return Sums(rows, columns, squares)


def within_sums(x: Array) -> Sums:
    """Sums of the kernel matrix of one set (N, D) without its diagonal; every block is visited once."""
    rows, squares = np.zeros(len(x)), 0.0
    for i in range(0, len(x), BLOCK):
        for j in range(i, len(x), BLOCK):
            k = cubic_block(x[i : i + BLOCK], x[j : j + BLOCK])
            if i == j:
                np.fill_diagonal(k, 0)
            else:
                rows[j : j + BLOCK] += k.sum(0)
            rows[i : i + BLOCK] += k.sum(1)
            squares += float(np.vdot(k, k)) * (1 if i == j else 2)
    return Sums(rows, rows, squares)


@dataclass(frozen=True)
class KernelDistance:
    """Unbiased squared MMD, which may be negative, with its standard error; of (N, D) and (M, D)."""

    value: float
    error: float


def _remainder(sums: Sums, rows: int, columns: int, diagonal: bool) -> float:
    """Variance of a kernel matrix's entries beside what its row and column means explain, at least 0."""
    entries = rows * (columns - diagonal)
    mean = sums.rows.sum() / entries
    left = sums.squares / entries - mean**2
    row_means, column_means = sums.rows / (columns - diagonal), sums.columns / (rows - diagonal)
    return max(0.0, float(left - row_means.var() - column_means.var()))


def _error(xx: Sums, xy: Sums, yy: Sums, together: bool) -> float:
    """Standard error of the distance, from the first two terms of its Hoeffding decomposition (Serfling, Approximation
    Theorems of Mathematical Statistics, section 5.2.1); ``together``: rows of both sides vary as pairs.

    Row means over finite rows vary by chance too: of their variance twice the second term is that, and is taken off.
    """
    n, m = len(xy.rows), len(xy.columns)
    first = 2 * (xx.rows / (n - 1) - xy.rows / m)
    second = 2 * (yy.rows / (m - 1) - xy.columns / n)
    linear = (first + second).var(ddof=1) / n if together else first.var(ddof=1) / n + second.var(ddof=1) / m
    rest = 2 * _remainder(xx, n, n, True) / (n * (n - 1)) + 2 * _remainder(yy, m, m, True) / (m * (m - 1))
    rest += 4 * _remainder(xy, n, m, False) / (n * m)
    return math.sqrt(max(linear - rest, rest))


def kernel_distance(generated: Array, reference: Array, together: bool = False) -> KernelDistance:
    """Unbiased squared MMD of features (N, D) and (M, D) over all pairs, with its standard error.

    ``together``: row i of both sides belongs to one prompt, and prompts are what varies. Raises DataError with fewer
    than two rows, NaN, or unequal dimensions.
    """
    x, y = checked_pair(generated, reference, least=2)
    xx, xy, yy = within_sums(x), across_sums(x, y), within_sums(y)
    n, m = len(x), len(y)
    value = xx.rows.sum() / (n * (n - 1)) + yy.rows.sum() / (m * (m - 1)) - 2 * xy.rows.sum() / (n * m)
    return KernelDistance(float(value), _error(xx, xy, yy, together))


@METRICS.register
class Kernel:
    """Kernel distance of one image a prompt from the reference images."""

    name = "KID"
    takes = Takes.images
    better = "lower"
    of_real = False
    needs = ("reference",)

    def __call__(self, generated: Features, reference: Features) -> Measured:
        """Prompts vary with their generated and their reference images together, or the two sets apart."""
        both = sides(generated, reference)
        made = kernel_distance(both.generated, both.reference, both.together)
        between = normal_interval(made.value, made.error)
        return Measured(self.name, made.value, *between, len(both.generated), generated.encoder)
