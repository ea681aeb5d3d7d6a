"""What a drift watch finds: whether the subject was learnt, and whether the rest drifted."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from eval.drift_watch.figure_names import (
    AFTER,
    BEFORE,
    CLASS,
    FLOOR,
    KID,
    SIMILARITY,
    SUBJECT,
    UNRELATED,
    DriftFigure,
)
from eval.metrics import Measured


class EncoderShare(StrEnum):
    """In how many encoders something was found."""

    every = "every"
    some = "some"
    none = "none"


@dataclass(frozen=True)
class DriftVerdict:
    """In how many encoders the subject was learnt, and unrelated prompts and the class drifted.

    Learnt: the subject is drawn nearer to its pictures than its class was before, intervals apart. Drifted: the
    interval of KID lies above that of the floor.
    """

    learnt: EncoderShare
    unrelated: EncoderShare
    of_class: EncoderShare


def find(figures: Sequence[DriftFigure], pictures: str, name: str, role: str) -> dict[str, Measured]:
    """Return a figure of some pictures by space."""
    return {
        one.measured.space: one.measured
        for one in figures
        if (one.pictures, one.measured.metric, one.role) == (pictures, name, role)
    }


def _is_above(figures: Sequence[DriftFigure], pictures: str, name: str, than: str) -> EncoderShare:
    high, low = find(figures, pictures, name, AFTER), find(figures, pictures, name, than)
    held = [one.low > low[space].high for space, one in high.items()]
    return EncoderShare.every if all(held) else EncoderShare.some if any(held) else EncoderShare.none


def judge_watch(figures: Sequence[DriftFigure]) -> DriftVerdict:
    """Return the verdict of all figures."""
    learnt = _is_above(figures, SUBJECT, SIMILARITY, BEFORE)
    return DriftVerdict(learnt, *(_is_above(figures, name, KID, FLOOR) for name in (UNRELATED, CLASS)))
