"""Comparisons of figures that take figures which differ only by rounding for equal.

Two figures that are equal in exact arithmetic differ in the last bit from one processor to the next. So figures within
1e-9 of each other, by the larger of the two or by a scale that is given, are level, and stand in the order of names.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

CLOSE = 1e-9
DIGITS = 10  # significant ones that a figure keeps: fewer than rounding leaves right, more than any page shows
NOUGHT = 1e-12  # figures closer to 0 are 0
NOISE = 1e-4  # of a set's largest figure: below it, what counts as close no longer shrinks with the figures

Levels = NDArray[np.int64]
Marks = NDArray[np.bool_]


def number_levels(figures: ArrayLike, scale: float | None = None, axis: int = -1) -> Levels:
    """Return whole numbers in the order of the figures along an axis, the same for level figures; 0 is the lowest.

    ``scale`` is the least that figures are taken to be when closeness is judged (1 for log strengths); without it, 1e-4
    of the largest. NaN has no place here.
    """
    x = np.moveaxis(np.asarray(figures, dtype=np.float64), axis, -1)
    if not x.size:
        return np.zeros(np.shape(figures), dtype=np.int64)
    least = NOISE * np.abs(x).max(axis=-1, keepdims=True) if scale is None else scale
    order = np.argsort(x, axis=-1, kind="stable")
    placed = np.take_along_axis(x, order, axis=-1)
    with np.errstate(invalid="ignore"):  # of two infinities, which are level
        step = np.diff(placed, axis=-1) > CLOSE * np.maximum(np.abs(placed), least)[..., 1:]
    found = np.zeros(x.shape, dtype=np.int64)
    np.put_along_axis(found, order[..., 1:], np.cumsum(step, axis=-1), axis=-1)
    return np.moveaxis(found, -1, axis)


def is_above(one: ArrayLike, other: ArrayLike, scale: float = 0.0) -> Marks:
    """Return where one figure is above another, and not merely by rounding; arrays are broadcast."""
    a, b = np.asarray(one, dtype=np.float64), np.asarray(other, dtype=np.float64)
    return np.asarray(a - b > CLOSE * np.maximum(np.maximum(np.abs(a), np.abs(b)), scale))


def sort_best_first(figures: ArrayLike, names: Sequence[Any], scale: float | None = None) -> list[int]:
    """Return the places of the figures, (n,), highest first, those that are level by name."""
    placed = number_levels(figures, scale)
    return sorted(range(len(names)), key=lambda i: (-placed[i], names[i]))


def find_first_highest(figures: ArrayLike) -> Levels:
    """Return the first place along the last axis whose figure is level with the highest; (...,)."""
    x = np.asarray(figures, dtype=np.float64)
    highest = x.max(axis=-1, keepdims=True)
    return np.asarray((x >= highest - CLOSE * np.maximum(np.abs(highest), 1.0)).argmax(axis=-1))


def rounded(figure: float) -> float:
    """Return six significant digits of a figure: what a file keeps of it."""
    return float(f"{round_off(figure):.6g}")


def round_off(figure: float) -> float:
    """Return the figure without the digits that rounding makes: ten significant ones, 0 if it is next to nothing."""
    return float(f"{figure:.{DIGITS}g}") if abs(figure) >= NOUGHT else 0.0
