"""Krippendorff's alpha of answers to the same battles, with an interval by bootstrap over battles.

alpha = 1 - observed / expected disagreement (Krippendorff, Content Analysis, 4th edition, chapter 12). 1: all agree;
0: as often as by chance; below 0: less often.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

import krippendorff
import numpy as np
from numpy.typing import NDArray

from eval.rounding import round_off
from hub.errors import DataError
from hub.language.sentence import Sentence

LEVEL: Literal["nominal"] = "nominal"
FEWEST = 10  # battles; with fewer an interval means little
DRAWS, SEED = 1000, 0
Table = NDArray[np.int64]


class Answer(StrEnum):
    """What alpha tells apart; ``one`` is the generator that stood on the left when the battle was first answered."""

    one = "one"
    other = "other"
    tie = "tie"
    both_bad = "both_bad"


@dataclass(frozen=True)
class Agreement:
    """Alpha with its 95 % interval, the agreement expected by chance, and the battles and answers it rests on."""

    value: float
    low: float
    high: float
    chance: float
    units: int
    answers: int


def expected_agreement(answers: Table) -> float:
    """Return the chance that two of the pooled answers, drawn without putting back, are the same.

    ``answers``: (4,).
    """
    n = answers.sum()
    return float((answers * (answers - 1)).sum() / (n * (n - 1)))


def _alphas(patterns: Table, times: Table) -> NDArray[np.float64]:
    """Return alpha, (draws,), of battles of which each pattern of answers, (P, 4), occurs ``times``, (draws, P).

    NaN where all answers are the same. The sums over battles are linear in how often a pattern occurs, which saves
    making the resampled battles.
    """
    size = patterns.sum(axis=1)
    agreeing = times @ ((patterns * (patterns - 1)).sum(axis=1) / (size - 1))
    totals = times @ patterns
    n = totals.sum(axis=1)
    expected = n * n - (totals * totals).sum(axis=1)
    with np.errstate(invalid="ignore"):
        return np.asarray(1 - (n - 1) * (n - agreeing) / expected)


def measure_alpha(units: Table) -> Agreement:
    """Measure alpha of battles answered twice or more.

    ``units``: how often each answer was given, (battles, 4).

    The interval holds the middle 95 % of bootstrap samples of the battles; samples without an alpha count as below and
    above all others.

    Raises: DataError, with the reason, when alpha or its interval can't be had.
    """
    if len(units) < FEWEST:
        raise DataError(Sentence("Not enough battles were answered twice or more: {battles}, and {fewest} are needed.",
                                 battles=len(units), fewest=FEWEST))  # fmt: skip
    if (units.sum(axis=0) > 0).sum() < 2:
        raise DataError(Sentence("All answers are the same, which leaves no chance to agree or to differ."))
    patterns, times = np.unique(units, axis=0, return_counts=True)
    draws = np.random.default_rng(SEED).multinomial(len(units), times / len(units), size=DRAWS)
    alphas = _alphas(patterns, draws)
    low = float(np.quantile(np.nan_to_num(alphas, nan=-np.inf), 0.025, method="lower"))
    high = float(np.quantile(np.nan_to_num(alphas, nan=np.inf), 0.975, method="higher"))
    if not (np.isfinite(low) and np.isfinite(high)):
        raise DataError(Sentence("Answers differ in too few battles for an interval."))
    value = float(krippendorff.alpha(value_counts=units, level_of_measurement=LEVEL))
    answers = units.sum(axis=0)
    return Agreement(
        round_off(value), round_off(low), round_off(high), expected_agreement(answers), len(units), int(answers.sum())
    )
