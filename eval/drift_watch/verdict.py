"""What a drift watch says in words: whether the subject was learnt, and whether the rest drifted."""

from collections.abc import Sequence
from dataclasses import dataclass

from eval.drift_watch.drift_figures import (
    AFTER,
    BEFORE,
    CLASS,
    FLOOR,
    KID,
    NEARER,
    SIMILARITY,
    SUBJECT,
    UNRELATED,
    DriftFigure,
)
from eval.metrics import Measured
from eval.render import begun, figure

WHOLE, SOME, NONE = "in every encoder", "in some encoders", "in no encoder"


@dataclass(frozen=True)
class DriftVerdict:
    """In how many encoders the subject was learnt, and others and the class drifted; in words, and the figures.

    Learnt: the subject is drawn nearer to its pictures than its class was before, intervals apart. Drifted: the
    interval of KID lies above that of the floor.
    """

    learnt: str
    unrelated: str
    of_class: str
    sentence: str
    evidence: str


def find(figures: Sequence[DriftFigure], pictures: str, name: str, role: str) -> dict[str, Measured]:
    """Return a figure of some pictures by space."""
    return {
        one.measured.space: one.measured
        for one in figures
        if (one.pictures, one.measured.metric, one.role) == (pictures, name, role)
    }


def _is_above(figures: Sequence[DriftFigure], pictures: str, name: str, than: str) -> str:
    high, low = find(figures, pictures, name, AFTER), find(figures, pictures, name, than)
    held = [one.low > low[space].high for space, one in high.items()]
    return WHOLE if all(held) else SOME if any(held) else NONE


def judge_watch(figures: Sequence[DriftFigure]) -> DriftVerdict:
    """Return the verdict of all figures."""
    learnt = _is_above(figures, SUBJECT, SIMILARITY, BEFORE)
    unrelated, of_class = (_is_above(figures, name, KID, FLOOR) for name in (UNRELATED, CLASS))
    learnt_said = {
        WHOLE: "The subject was learnt",
        SOME: "The subject was learnt by some encoders alone",
        NONE: "The subject was not learnt",
    }[learnt]
    said, told = [learnt_said], [_say(figures, SUBJECT, SIMILARITY, BEFORE, "from {other} to {value}")]
    for name, found, which in ((UNRELATED, unrelated, "unrelated prompts"), (CLASS, of_class, "prompts of its class")):
        drifted = {WHOLE: "drifted", SOME: "drifted by some encoders alone", NONE: "are not beyond the floor"}[found]
        said.append(f"{which} {drifted}")
        told.append(f"{which}: {_say(figures, name, KID, FLOOR, '{value}, floor {other}')}")
    near = find(figures, SUBJECT, NEARER, AFTER)
    copies = ", ".join(f"{one.value:.0%} by {space}" for space, one in near.items())
    told.append(f"nearer to one of the pictures than any two of them are to each other: {copies} of what was drawn")
    return DriftVerdict(learnt, unrelated, of_class, f"{'; '.join(said)}.", f"{begun('; '.join(told))}.")


def _say(figures: Sequence[DriftFigure], pictures: str, name: str, role: str, words: str) -> str:
    after, others = find(figures, pictures, name, AFTER), find(figures, pictures, name, role)
    told = [
        f"{words.format(value=figure(one.value), other=figure(others[space].value))} by {space}"
        for space, one in after.items()
    ]
    return f"{name} {', '.join(told)}"
