"""Do metrics say what votes say? Which metrics claim to, and which generators no other one beats."""

from collections.abc import Sequence

import numpy as np

from eval.agreement.accuracy import VoteAccuracy, vote_accuracy
from eval.agreement.correlation import ModelAgreement, metric_draws, model_agreement
from eval.agreement.mmd import witness
from eval.metrics import METRICS, Array
from eval.rounding import levels
from eval.votes.codes import Mask
from hub.errors import DataError
from hub.schema import Criterion

__all__ = [
    "KIN",
    "PAIRS",
    "ModelAgreement",
    "VoteAccuracy",
    "beaten",
    "better",
    "metric_draws",
    "model_agreement",
    "pareto",
    "sign",
    "vote_accuracy",
    "witness",
]

PAIRS: dict[Criterion, tuple[str, ...]] = {  # question -> the metrics that claim to answer it, in any space
    Criterion.quality: ("FD", "KID"),
    Criterion.alignment: ("image-text score",),
    Criterion.variety: ("PPD",),
}
KIN: dict[Criterion, tuple[str, ...]] = {  # others of their kind, which do not say that they answer it
    Criterion.quality: ("FD-infinity", "precision", "density"),
    Criterion.alignment: ("R@1", "CLIP-I"),
    Criterion.variety: ("Vendi", "recall", "coverage"),
}
DIRECTIONS = {"higher": 1.0, "lower": -1.0}


def better(metric: str) -> str:
    """Whether ``higher`` or ``lower`` figures of a metric are better, in any space. Raises UnknownName."""
    return METRICS[metric].better


def sign(metric: str) -> float:
    """What a metric's figures are multiplied by so that higher is better: 1 or -1. Raises UnknownName."""
    return DIRECTIONS[better(metric)]


def beaten(points: Array, better: Sequence[str], level: Mask | None = None) -> Mask:
    """Whether point j beats point i, (..., n, n), of points with k figures, (..., n, k).

    j beats i where it is better in one figure and worse in none, level figures (:mod:`eval.rounding`) being equal.
    ``better``: ``higher`` or ``lower``, (k,). ``level``: which figures of two points are equal whatever they are,
    (n, n, k). Raises DataError for NaN, infinity, or a direction that is neither.
    """
    x = np.asarray(points, dtype=np.float64)
    if x.ndim < 2 or x.shape[-1] != len(better) or not np.isfinite(x).all() or not set(better) <= set(DIRECTIONS):
        raise DataError("Points must be finite figures, each column with 'higher' or 'lower'.")
    x = levels(x, axis=-2) * np.array([DIRECTIONS[way] for way in better])
    one, other = x[..., :, None, :], x[..., None, :, :]
    apart = True if level is None else ~level
    return np.asarray(~((other < one) & apart).any(-1) & ((other > one) & apart).any(-1))


def pareto(points: Array, better: Sequence[str], level: Mask | None = None) -> Mask:
    """Which of n points with k figures, (..., n, k), no other one beats, (..., n). Of equal points all stay or none.

    ``level`` as in :func:`beaten`, which raises DataError.
    """
    return np.asarray(~beaten(points, better, level).any(-1))
