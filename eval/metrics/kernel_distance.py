"""Unbiased squared maximum mean discrepancy of two sets of images by any kernel, with its error and interval.

All pairs count, none is drawn at random; they are visited in blocks, so that memory does not grow with their number.
A distribution of images is: a prompt, then an image of it. What is unbiased for its distance is an average over pairs
of independent draws. Two images of one prompt are no such pair: they are more alike, and counting them would raise the
distance, of two sets that are equal too, by their share of the pairs times their excess. So they are left out, as KID
leaves out an image and itself; the mean kernel of two prompts then stands where that of two images stood, every prompt
counts alike, and the errors are those of prompts. Of one image a prompt it is KID to the last digit.
"""

import math
from dataclasses import dataclass
from functools import reduce

import numpy as np

from eval.arrays import check_pair
from eval.metrics import Array, Features, Measured
from eval.metrics.compared_sets import ComparedSets, PromptImages
from eval.metrics.kernel_interval import Spread, describe_coverage
from eval.metrics.kernel_sums import (
    KernelFunction,
    Sums,
    across_sums,
    cubic_block,
    mean_block,
    slice_prompts,
    within_sums,
)
from eval.metrics.resamples import Resamples, draw_common
from hub.language.sentence import Sentence


@dataclass(frozen=True)
class KernelDistance:
    """Unbiased squared MMD, which may be negative, with its standard error and 95 % interval."""

    value: float
    error: float
    low: float
    high: float


def _remainder(sums: Sums, rows: int, columns: int, diagonal: bool) -> float:
    """Return the variance of a kernel matrix's entries beside what its row and column means explain, at least 0."""
    entries = rows * (columns - diagonal)
    mean = sums.rows.sum() / entries
    left = sums.squares / entries - mean**2
    row_means, column_means = sums.rows / (columns - diagonal), sums.columns / (rows - diagonal)
    return max(0.0, float(left - row_means.var() - column_means.var()))


def _spread(xx: Sums, xy: Sums, yy: Sums) -> Spread:
    """Return the variance of two sets' distance, by the first two terms of its Hoeffding decomposition.

    Serfling, Approximation Theorems, 5.2.1. Row means vary by chance too: of their variance twice the second term is
    that.
    """
    n, m = len(xy.rows), len(xy.columns)
    first = 2 * (xx.rows / (n - 1) - xy.rows / m)
    second = 2 * (yy.rows / (m - 1) - xy.columns / n)
    linear = first.var(ddof=1) / n + second.var(ddof=1) / m
    rest = 2 * _remainder(xx, n, n, True) / (n * (n - 1)) + 2 * _remainder(yy, m, m, True) / (m * (m - 1))
    rest += 4 * _remainder(xy, n, m, False) / (n * m)
    own = (xx.own - xx.rows.sum() / (n - 1)) / n**2 + (yy.own - yy.rows.sum() / (m - 1)) / m**2
    return Spread(float(linear), rest, float(own))


def _paired_error(h: Sums) -> float:
    """Return the standard error of a U-statistic from the matrix h_ij, i != j, of its symmetric kernel on n samples.

    var U = 4 (n - 2) / (n (n - 1)) z1 + 2 / (n (n - 1)) z2, z1 = var E[h(1, 2) | 1], z2 = var h (Serfling, section
    5.2.1, lemma A). E h(1,2) h(1,3), E h^2 and (E h)^2 are averages over distinct indices, which leaves each of the two
    unbiased, as in Sutherland et al., arXiv 1611.04488, appendix A; a negative estimate is taken as 0. At least 4 rows.
    """
    n, total, rows = len(h.rows), float(h.rows.sum()), float((h.rows**2).sum())
    pairs = n * (n - 1)
    chained, square = (rows - h.squares) / (pairs * (n - 2)), h.squares / pairs
    mean = (total**2 - 4 * rows + 2 * h.squares) / (pairs * (n - 2) * (n - 3))
    return math.sqrt((4 * (n - 2) * max(chained - mean, 0.0) + 2 * max(square - mean, 0.0)) / pairs)


def _paired(x: PromptImages, y: PromptImages, kernel: KernelFunction, matched: bool) -> KernelDistance:
    """Return the distance of two sides of the same prompts, see :func:`paired_distance`."""
    n, blocks = len(x.prompts), slice_prompts(x)
    rows, squares, across, same, own = np.zeros(n), 0.0, 0.0, 0.0, 0.0
    for place, i in enumerate(blocks):
        for j in blocks[place:]:
            cross = mean_block(x, i, y, j, kernel)
            turned = cross.T if i == j else mean_block(y, i, x, j, kernel)
            h = mean_block(x, i, x, j, kernel) + mean_block(y, i, y, j, kernel) - cross - turned
            across += float(cross.sum()) + (0.0 if i == j else float(turned.sum()))
            if i == j:
                same, own = same + float(cross.trace()), own + float(h.trace())
                np.fill_diagonal(h, 0)
            else:
                rows[j] += h.sum(0)
            rows[i] += h.sum(1)
            squares += float(np.vdot(h, h)) * (1 if i == j else 2)
    pairs = n * (n - 1)
    bias = 2 * (across - same) / pairs - 2 * across / n**2 if matched else 0.0
    sums, value = Sums(rows, rows, squares, own), float(rows.sum()) / pairs
    linear, rest = float((2 * rows / (n - 1)).var(ddof=1)) / n, 2 * _remainder(sums, n, n, True) / pairs
    low, high = Spread(linear, rest, (own / n - value) / n).interval(value, n)
    error = math.hypot(_paired_error(sums), bias)
    return KernelDistance(value + bias, error, min(low, value + bias), max(high, value + bias))


def paired_distance(x: Array, y: Array, matched: bool = True) -> KernelDistance:
    """Return the cubic kernel's distance of two sets (N, D) whose rows i are of one prompt; prompts are what varies.

    The U-statistic of the pairs has the kernel h_ij = k(x_i, x_j) + k(y_i, y_j) - k(x_i, y_j) - k(x_j, y_i) (Gretton et
    al., JMLR 13, 2012, lemma 6), and is unbiased: without ``matched`` it is the value. It leaves out k(x_i, y_i), which
    any KID has, and so has the value with ``matched``. Where the two sides of a prompt are alike that biases the value
    downward, by 2 / N times their excess over k(x_i, y_j). Its error is the root of the statistic's variance and the
    bias squared; the interval is that of the statistic, and reaches to the value where that is outside.
    Raises: DataError with fewer than four rows, NaN, or unequal dimensions.
    """
    x, y = check_pair(x, y, least=4)
    return _paired(PromptImages.of(x), PromptImages.of(y), cubic_block, matched)


def sides_distance(both: ComparedSets, kernel: KernelFunction = cubic_block) -> KernelDistance:
    """Return the unbiased squared MMD of two sides over all pairs of different prompts, with its standard error.

    Of sides of the same prompts, one image each, also of each prompt with itself, as any KID has it.
    """
    x, y = both.generated, both.reference
    if both.together:
        return _paired(x, y, kernel, matched=not both.several)
    xx, xy, yy = within_sums(x, kernel), across_sums(x, y, kernel, both.common), within_sums(y, kernel)
    n, m = len(x.prompts), len(y.prompts)
    value = float(xx.rows.sum() / (n * (n - 1)) + yy.rows.sum() / (m * (m - 1)) - 2 * xy.rows.sum() / (n * m))
    spread = _spread(xx, xy, yy)
    error = math.sqrt(max(spread.linear - spread.rest, spread.rest))
    return KernelDistance(value, error, *spread.interval(value, min(n, m)))


def kernel_distance(generated: Array, reference: Array, together: bool = False) -> KernelDistance:
    """Return the cubic kernel's distance of features (N, D) and (M, D), one image a prompt, with its standard error.

    ``together``: row i of both sides belongs to one prompt, and prompts are what varies.
    Raises: DataError with fewer than two rows (four together), NaN, or unequal dimensions.
    """
    x, y = check_pair(generated, reference, least=4 if together else 2)
    return sides_distance(ComparedSets(PromptImages.of(x), PromptImages.of(y), together))


def measure_distance(name: str, both: ComparedSets, kernel: KernelFunction, generated: Features) -> Measured:
    """Return the distance of two sides as a figure of this name.

    Prompts vary with their generated and reference images together, or both apart.
    """
    made, n, images = sides_distance(both, kernel), len(both.generated.prompts), len(both.generated.images)
    counted = Sentence("{images} images of {n} prompts, which count alike; two of one prompt are not compared",
                       images=images, n=n)  # fmt: skip
    told = describe_coverage(min(n, len(both.reference.prompts)), both.together, made.low)
    told = [counted, *told] if both.generated.several else told
    note = reduce(lambda one, more: Sentence("{note}; {more}", note=one, more=more), told) if told else None
    return Measured(name, made.value, made.low, made.high, n, generated.encoder, note)


def resample_sides(both: ComparedSets, kernel: KernelFunction) -> Resamples:
    """Return what the common samples of prompts add to the distance of two sides, to the first order.

    What pairs of prompts add to its variance is apart.
    """
    x, y = both.generated, both.reference
    n, m = len(x.prompts), len(y.prompts)
    xx, yy = within_sums(x, kernel), within_sums(y, kernel)
    xy = across_sums(x, y, kernel, (np.arange(n), np.arange(n)) if both.together else both.common)
    first = 2 * (xx.rows / (n - 1) - xy.rows / m)
    second = 2 * (yy.rows / (m - 1) - xy.columns / n)
    added = draw_common(n) @ (first - first.mean()) + draw_common(m, not both.together) @ (second - second.mean())
    return Resamples(added, both.generated.prompts, apart=_spread(xx, xy, yy).rest)
