"""Do metrics say what votes say? Which metrics claim to, and which generators no other one beats."""

from collections.abc import Sequence

import numpy as np

from eval.agreement.accuracy import VoteAccuracy, vote_accuracy
from eval.agreement.correlation import ModelAgreement, draw_metric, measure_agreement
from eval.agreement.mmd import witness_function
from eval.metrics import METRICS, Array
from eval.rounding import number_levels
from eval.votes.codes import Mask
from hub.errors import DataError
from hub.schema import Criterion

__all__ = [
    "KIN",
    "PAIRS",
    "ModelAgreement",
    "VoteAccuracy",
    "better_direction",
    "direction_sign",
    "draw_metric",
    "find_beaten",
    "find_pareto",
    "measure_agreement",
    "vote_accuracy",
    "witness_function",
]

PAIRS: dict[Criterion, tuple[str, ...]] = {  # question -> the metrics that claim to answer it, in any space
    Criterion.quality: ("FD", "KID"),
    Criterion.alignment: ("image-text score",),
    Criterion.variety: ("PPD",),
}
KIN: dict[Criterion, tuple[str, ...]] = {  # others of their kind, which do not say that they answer it
    Criterion.quality: ("FD-infinity", "CMMD", "precision", "density"),
    Criterion.alignment: (
        "preference score",
        "R@1",
        "CLIP-I",
        "count accuracy",
        "colour accuracy",
        "position accuracy",
        "two things apart",
    ),
    Criterion.variety: ("Vendi", "recall", "coverage"),
}
DIRECTIONS = {"higher": 1.0, "lower": -1.0}


def better_direction(metric: str) -> str:
    """Return ``higher`` or ``lower``: which figures of a metric are better, in any space.

    Raises: UnknownName.
    """
    return METRICS[metric].better


def direction_sign(metric: str) -> float:
    """Return 1 or -1, by which a metric's figures are multiplied so that higher is better.

    Raises: UnknownName.
    """
    return DIRECTIONS[better_direction(metric)]


def find_beaten(points: Array, better: Sequence[str], level: Mask | None = None) -> Mask:
    """Return whether point j beats point i, (..., n, n), of points with k figures, (..., n, k).

    j beats i where it is better in one figure and worse in none, level figures (:mod:`eval.rounding`) being equal.
    ``better``: ``higher`` or ``lower``, (k,). ``level``: which figures of two points are equal whatever they are, (n,
    n, k).

    Raises: DataError for NaN, infinity, or a direction that is neither.
    """
    x = np.asarray(points, dtype=np.float64)
    if x.ndim < 2 or x.shape[-1] != len(better) or not np.isfinite(x).all() or not set(better) <= set(DIRECTIONS):
        raise DataError("Points must be finite figures, each column with 'higher' or 'lower'.")
    x = number_levels(x, axis=-2) * np.array([DIRECTIONS[way] for way in better])
    one, other = x[..., :, None, :], x[..., None, :, :]
    apart = True if level is None else ~level
    return np.asarray(~((other < one) & apart).any(-1) & ((other > one) & apart).any(-1))


def find_pareto(points: Array, better: Sequence[str], level: Mask | None = None) -> Mask:
    """Return which of n points with k figures, (..., n, k), no other one beats, (..., n).

    ``level`` as in :func:`find_beaten`, which raises DataError.
    """
    return np.asarray(~find_beaten(points, better, level).any(-1))
