"""Naming the sides of a battle by what its page is sent: features of every event and its time, and a classifier."""

import re
import statistics
from collections.abc import Sequence

import numpy as np
from sklearn.ensemble import RandomForestClassifier
from sklearn.model_selection import StratifiedKFold, cross_val_predict

FOLDS, EVENTS = 5, 12
PATHS = re.compile(r'"(a|b)",|side-(a|b)-|vote-(a|b)')  # what of the page's value an event changed, by side
CHANCE = 3.29  # standard deviations of a fair coin that are passed once in 2,000

Heard = Sequence[tuple[float, str]]  # seconds since the battle was asked for, and a raw message


def features(heard: Heard, fetched: Sequence[tuple[float, str]]) -> list[float]:
    """Numbers of one battle: times and lengths of its messages, what differs by side, and how pictures were answered.

    ``fetched``: seconds that each picture's address took, A's first, and its headers but the length.
    """
    first: dict[str, float] = {}
    counts = {"a": 0, "b": 0}
    for seconds, message in heard:
        for groups in PATHS.findall(message):
            side = next(filter(None, groups))
            first.setdefault(side, seconds)
            counts[side] += 1
    times = [seconds for seconds, _ in heard]
    lengths = [float(len(message)) for _, message in heard]
    padded = [(values + [0.0] * EVENTS)[:EVENTS] for values in (times, list(np.diff(times, prepend=0.0)), lengths)]
    by_side = [first.get("a", 0.0) - first.get("b", 0.0), float(counts["a"] - counts["b"])]
    answers = [seconds for seconds, _ in fetched] + [float(len(headers)) for _, headers in fetched]
    pictures = (answers + [0.0] * 4)[:4]
    ends = [float(len(heard)), times[-1], statistics.fmean(lengths)]
    return [*by_side, pictures[0] - pictures[1], *pictures, *ends, *padded[0], *padded[1], *padded[2]]


def named(rows: Sequence[Sequence[float]], left: Sequence[bool]) -> int:
    """How many battles a forest names that was fitted to the others; ``left``: what is to be known stood left."""
    folds = StratifiedKFold(FOLDS, shuffle=True, random_state=0)
    forest = RandomForestClassifier(300, random_state=0, n_jobs=1)
    found = cross_val_predict(forest, np.array(rows), np.array(left), cv=folds)
    return int((found == np.array(left)).sum())


def most_by_chance(battles: int) -> int:
    """The most that a fair coin names of so many battles, but for one time in 2,000 (normal approximation)."""
    return int(battles / 2 + CHANCE * (battles / 4) ** 0.5)
