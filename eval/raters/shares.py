"""Shares of votes with intervals that allow for one rater's votes being alike."""

from dataclasses import dataclass

import numpy as np

from eval.rounding import round_off
from eval.statistics import wilson
from eval.votes.codes import Codes, Mask


@dataclass(frozen=True)
class Share:
    """A share with its 95 % interval, and the votes and raters it rests on."""

    value: float
    low: float
    high: float
    n: int
    raters: int


def design_effect(hits: Mask, rater: Codes) -> float:
    """Return how many times the share's variance is what it were if votes were independent, at least 1.

    The variance is the one between clusters, R / (R - 1) sum over raters of (sum of y - p)^2 / n^2 (Kish, Survey
    Sampling, chapter 5); one rater alone does not tell it.
    """
    share, sums = float(hits.mean()), np.bincount(rater)
    raters = int((sums > 0).sum())
    if raters < 2 or share in {0.0, 1.0}:
        return 1.0
    residual = np.bincount(rater, weights=hits - share)
    between = raters / (raters - 1) * float((residual**2).sum()) / len(hits) ** 2
    return max(1.0, between / (share * (1 - share) / (len(hits) - 1)))


def measure_share(hits: Mask, rater: Codes) -> Share | None:
    """Return the share of hits among votes, (n,), with Wilson's interval at the effective number; None of none."""
    if not len(hits):
        return None
    value = float(hits.mean())
    low, high = wilson(value, len(hits) / design_effect(hits, rater))
    return Share(value, round_off(low), round_off(high), len(hits), int((np.bincount(rater) > 0).sum()))
