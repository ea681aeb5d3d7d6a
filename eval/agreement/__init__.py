"""Do metrics say what votes say? Which metrics claim to, and which generators no other one beats."""

from collections.abc import Sequence

import numpy as np

from eval.agreement.models import ModelAgreement, metric_draws, model_agreement
from eval.agreement.votes import VoteAccuracy, vote_accuracy
from eval.columns import Mask
from eval.metrics import Array, metric_of
from hub.errors import DataError
from hub.schema import Criterion

__all__ = [
    "PAIRS",
    "ModelAgreement",
    "VoteAccuracy",
    "metric_draws",
    "model_agreement",
    "pareto",
    "sign",
    "vote_accuracy",
]

PAIRS: dict[Criterion, tuple[str, ...]] = {  # question -> the metrics that claim to answer it
    Criterion.quality: ("FD (EfficientNet-Lite2)", "KID (EfficientNet-Lite2)"),
    Criterion.alignment: ("image-text score (embedded judge)",),
    Criterion.variety: ("PPD (EfficientNet-Lite2)",),
}
DIRECTIONS = {"higher": 1.0, "lower": -1.0}


def sign(metric: str) -> float:
    """What the figures of this full name are multiplied by so that higher is better: 1 or -1. Raises UnknownName."""
    return DIRECTIONS[metric_of(metric).better]


def pareto(points: Array, better: Sequence[str]) -> Mask:
    """Which of n points with k figures, (n, k), no other one beats, (n,): better in one figure, worse in none.

    ``better``: ``higher`` or ``lower``, (k,). Of equal points all stay or none. Raises DataError for NaN, infinity,
    or a direction that is neither.
    """
    x = np.asarray(points, dtype=np.float64)
    if x.ndim != 2 or x.shape[1] != len(better) or not np.isfinite(x).all() or not set(better) <= set(DIRECTIONS):
        raise DataError("Points must be finite figures, each column with 'higher' or 'lower'.")
    x = x * np.array([DIRECTIONS[way] for way in better])
    return np.array([not ((x >= row).all(1) & (x > row).any(1)).any() for row in x], dtype=bool)
