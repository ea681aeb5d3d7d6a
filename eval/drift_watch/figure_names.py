"""The names of a drift watch's figures, of the sets of pictures that they are of, and of who drew those."""

from dataclasses import dataclass

from eval.metrics import Measured

UNRELATED, CLASS, SUBJECT = "unrelated", "class", "subject"
BEFORE, AFTER, FLOOR, PICTURES = "before", "after", "floor", "pictures"
KID, PAIRED, TEXT, TEXT_CHANGE = "KID", "paired distance", "image-text score", "change of image-text score"
SIMILARITY, NEAREST, NEARER = "reference similarity", "nearest-reference distance", "nearer than any two"


@dataclass(frozen=True)
class DriftFigure:
    """A figure of one set of pictures: ``role`` says whose they are, ``before``, ``after`` or another."""

    pictures: str
    role: str
    measured: Measured
