"""Student's t for few groups of votes, or groups of unequal shares: how much they tell of how groups differ.

The model is Bell and McCaffrey's (Survey Methodology 28, 2002): the mean of groups with shares p of the votes, each
group having a deviation of its own, all deviations being as large; as in Imbens and Kolesar (Review of Economics and
Statistics 98, 2016), at its least favourable, where groups differ by far more than chance. They take Student's t at the
degrees of freedom of the estimated variance. But a large group moves the mean and its error together, so that of shares
that halve 95 % of the ratios of the two are within 3.3, not within 5.9: here the point is that of the ratio itself.
"""

import math
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from eval.statistics import T95, Z95, t95
from eval.votes.codes import Codes

BEYOND = 0.05  # chance of a ratio beyond the point
MANY = 50.0  # degrees of the variance, from which on they are near enough
STEPS = np.linspace(-16, 21, 500)  # logarithms of where a characteristic function is integrated
DIGITS = 12  # of a share, to tell alike ones
CLOSE = 1e-11  # of the logarithm of a point


def find_degrees(point: float) -> float:
    """Return the degrees of freedom at which :func:`t95` is ``point``, from 1 to a million."""
    low, high = 0.0, math.log(1e6)
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if t95(math.exp(middle)) > point else (low, middle)
    return math.exp(low)


def _chance_beyond(point: float, times: float, p: NDArray[np.float64], count: NDArray[np.float64]) -> float:
    """Return the chance that a mean of deviations N(0, 1) is beyond so many errors.

    Shares are p, of which there are ``count``.

    That is of a quadratic form above 0, a weighted sum of squares of normals (Imhof, Biometrika 48, 1961). Alike shares
    have one weight for what differs among them, and another one in common.
    """
    scale, total = point**2 * times, float(count @ p**2)
    sides = np.stack((p, p**2)) * np.sqrt(count)
    whole = sides.T @ np.array([[1 - scale * total, scale], [scale, 0.0]]) @ sides - np.diag(scale * p**2)
    weights = np.concatenate((np.linalg.eigvalsh(whole), -scale * p**2))
    counts = np.concatenate((np.ones(len(p)), count - 1))
    at = np.exp(STEPS)[:, None] * (weights / np.abs(weights).max())
    angle, length = np.arctan(at) @ counts / 2, np.log1p(at * at) @ counts / 4
    return float(0.5 + (np.sin(angle) * np.exp(-length)).sum() * (STEPS[1] - STEPS[0]) / np.pi)


@lru_cache(maxsize=256)
def _find_point(times: float, shares: tuple[float, ...], counts: tuple[int, ...]) -> float:
    """Return the 97.5 % point of the ratio, from that of the normal to that of t with 1 degree; by false position."""
    p, count = np.array(shares), np.array(counts, dtype=np.float64)
    ends = np.log((Z95, T95[0]))
    low, high = (math.log(_chance_beyond(math.exp(end), times, p, count) / BEYOND) for end in ends)
    if low <= 0 or high >= 0:
        return Z95 if low <= 0 else T95[0]
    a, b, side = float(ends[0]), float(ends[1]), 0
    while b - a > CLOSE:
        middle = (a * high - b * low) / (high - low)
        found = math.log(_chance_beyond(math.exp(middle), times, p, count) / BEYOND)
        if abs(found) < CLOSE:
            return math.exp(middle)
        if found > 0:
            a, low, high, side = middle, found, high / 2 if side == 1 else high, 1
        else:
            b, high, low, side = middle, found, low / 2 if side == -1 else low, -1
    return math.exp(a)


def group_shape(group: Codes, weight: NDArray[np.float64] | None = None) -> tuple[float, float]:
    """Return the factor that corrects the sum of squares of groups' sums, and its degrees of freedom.

    With shares p the sum's expectation is too small by tr M / sum p^2, M = (I - p 1^T) diag(p)^2 (I - 1 p^T). The
    degrees are those of Student's t that has the ratio's 97.5 % point, at most one less than groups. Of G equal groups:
    G / (G - 1) and G - 1. ``group`` numbers them from 0, (votes,), whose weights may differ.
    """
    sizes = np.bincount(group, weight)
    p = sizes / sizes.sum()
    w, total = p**2, float((p**2).sum())
    sides, middle = np.stack((w, p)), np.array([[0.0, -1.0], [-1.0, total]])
    low_rank = sides @ sides.T @ middle
    trace, most = total + float(np.trace(low_rank)), len(p) - 1.0
    squares = (
        float((w**2).sum()) + 2 * float(np.trace((sides * w) @ sides.T @ middle)) + float(np.trace(low_rank @ low_rank))
    )
    shares, counts = np.unique(p.round(DIGITS), return_counts=True)
    if len(shares) == 1:
        return total / trace, max(1.0, most)
    of_variance = max(1.0, trace**2 / squares)
    if of_variance > MANY:
        return total / trace, min(of_variance, most)
    point = _find_point(total / trace, tuple(shares.tolist()), tuple(counts.tolist()))
    return total / trace, min(find_degrees(point), most)
