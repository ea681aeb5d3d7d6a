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


def _error(xx: Sums, xy: Sums, yy: Sums) -> float:
    """Standard error of the distance of two sets, from the first two terms of its Hoeffding decomposition (Serfling,
    Approximation Theorems of Mathematical Statistics, section 5.2.1).

    Row means over finite rows vary by chance too: of their variance twice the second term is that, and is taken off.
    """
    n, m = len(xy.rows), len(xy.columns)
    first = 2 * (xx.rows / (n - 1) - xy.rows / m)
    second = 2 * (yy.rows / (m - 1) - xy.columns / n)
    linear = first.var(ddof=1) / n + second.var(ddof=1) / m
    rest = 2 * _remainder(xx, n, n, True) / (n * (n - 1)) + 2 * _remainder(yy, m, m, True) / (m * (m - 1))
    rest += 4 * _remainder(xy, n, m, False) / (n * m)
    return math.sqrt(max(linear - rest, rest))


def _paired_error(h: Sums) -> float:
    """Standard error of a U-statistic from the matrix h_ij, i != j, of its symmetric kernel on n samples.

    var U = 4 (n - 2) / (n (n - 1)) z1 + 2 / (n (n - 1)) z2, z1 = var E[h(1, 2) | 1], z2 = var h (Serfling, section
    5.2.1, lemma A). E h(1,2) h(1,3), E h^2 and (E h)^2 are averages over distinct indices, which leaves each of the two
    unbiased, as in Sutherland et al., arXiv 1611.04488, appendix A; a negative estimate is taken as 0. At least 4 rows.
    """
    n, total, rows = len(h.rows), float(h.rows.sum()), float((h.rows**2).sum())
    pairs = n * (n - 1)
    chained, square = (rows - h.squares) / (pairs * (n - 2)), h.squares / pairs
    mean = (total**2 - 4 * rows + 2 * h.squares) / (pairs * (n - 2) * (n - 3))
    return math.sqrt((4 * (n - 2) * max(chained - mean, 0.0) + 2 * max(square - mean, 0.0)) / pairs)


def paired_distance(x: Array, y: Array, matched: bool = True) -> KernelDistance:
    """The distance of two sets (N, D) whose rows i belong to one prompt, prompts being what varies.

    The U-statistic of the pairs has the kernel h_ij = k(x_i, x_j) + k(y_i, y_j) - k(x_i, y_j) - k(x_j, y_i) (Gretton et
    al., JMLR 13, 2012, lemma 6), and is unbiased: without ``matched`` it is the value. It leaves out k(x_i, y_i), which
    any KID has, and so has the value with ``matched``. Where the two sides of a prompt are alike that biases the value
    downward, by 2 / N times their excess over k(x_i, y_j). Its error is the root of the statistic's variance and the
    bias squared, so that intervals hold the true distance (``python -m tests.benchmarks.coverage``). Raises DataError
    with fewer than four rows, NaN, or unequal dimensions.
    """
    x, y = checked_pair(x, y, least=4)
    n = len(x)
    rows, squares, across, same = np.zeros(n), 0.0, 0.0, 0.0
    for i in range(0, n, BLOCK):
        for j in range(i, n, BLOCK):
            a, b = slice(i, i + BLOCK), slice(j, j + BLOCK)
            cross = cubic_block(x[a], y[b])
            turned = cross.T if i == j else cubic_block(y[a], x[b])
            h = cubic_block(x[a], x[b]) + cubic_block(y[a], y[b]) - cross - turned
            across += float(cross.sum()) + (0.0 if i == j else float(turned.sum()))
            if i == j:
                same += float(cross.trace())
                np.fill_diagonal(h, 0)
            else:
                rows[b] += h.sum(0)
            rows[a] += h.sum(1)
            squares += float(np.vdot(h, h)) * (1 if i == j else 2)
    pairs = n * (n - 1)
    bias = 2 * (across - same) / pairs - 2 * across / n**2 if matched else 0.0
    error = math.hypot(_paired_error(Sums(rows, rows, squares)), bias)
    return KernelDistance(float(rows.sum()) / pairs + bias, error)


def kernel_distance(generated: Array, reference: Array, together: bool = False) -> KernelDistance:
    """Unbiased squared MMD of features (N, D) and (M, D) over all pairs, with its standard error.

    ``together``: row i of both sides belongs to one prompt, and prompts are what varies. Raises DataError with fewer
    than two rows (four together), NaN, or unequal dimensions.
    """
    if together:
        return paired_distance(generated, reference)
    x, y = checked_pair(generated, reference, least=2)
    xx, xy, yy = within_sums(x), across_sums(x, y), within_sums(y)
    n, m = len(x), len(y)
    value = xx.rows.sum() / (n * (n - 1)) + yy.rows.sum() / (m * (m - 1)) - 2 * xy.rows.sum() / (n * m)
    return KernelDistance(float(value), _error(xx, xy, yy))


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
