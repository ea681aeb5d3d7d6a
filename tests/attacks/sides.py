"""Naming the sides of a battle by what its page is sent: features of every event and its time, and a classifier."""

import re
import statistics
from collections.abc import Sequence

import numpy as np
from sklearn.ensemble import RandomForestClassifier
from sklearn.model_selection import StratifiedKFold, cross_val_predict

FOLDS, EVENTS = 5, 16
PATHS = re.compile(r'"(a|b)",|side-(a|b)-|vote-(a|b)')  # what of the page's value an event changed, by side
CHANCE = 3.29  # standard deviations of a fair coin that are passed once in 2,000

Heard = Sequence[tuple[float, str]]  # seconds since the battle was asked for, and a raw message


def features(heard: Heard, fetched: Sequence[tuple[float, str]]) -> list[float]:
    """Numbers of one battle: times and lengths of its messages, what changed by side, and how pictures were answered.

    ``fetched``: seconds that each picture's address took, A's first, and its headers but the length.
    """
    changed = [[side for groups in PATHS.findall(message) for side in groups if side] for _, message in heard]
    leaning = [float(sides.count("a") - sides.count("b")) for sides in changed]
    times = [seconds for seconds, _ in heard]
    when = {side: [time for time, sides in zip(times, changed, strict=True) if side in sides] or [0.0] for side in "ab"}
    by_side = [when["a"][0] - when["b"][0], when["a"][-1] - when["b"][-1], float(len(when["a"]) - len(when["b"]))]
    lengths = [float(len(message)) for _, message in heard]
    listed = (times, list(np.diff(times, prepend=0.0)), lengths, leaning)
    padded = [value for values in listed for value in (values + [0.0] * EVENTS)[:EVENTS]]
    answers = [seconds for seconds, _ in fetched] + [float(len(headers)) for _, headers in fetched]
    pictures = (answers + [0.0] * 4)[:4]
    ends = [float(len(heard)), times[-1], statistics.fmean(lengths)]
    return [*by_side, sum(leaning), pictures[0] - pictures[1], *pictures, *ends, *padded]


def named(rows: Sequence[Sequence[float]], left: Sequence[bool]) -> int:
    """How many battles a forest names that was fitted to the others; ``left``: what is to be known stood left."""
    folds = StratifiedKFold(FOLDS, shuffle=True, random_state=0)
    forest = RandomForestClassifier(300, random_state=0, n_jobs=1)
    found = cross_val_predict(forest, np.array(rows), np.array(left), cv=folds)
    return int((found == np.array(left)).sum())


def most_by_chance(battles: int) -> int:
    """The most that a fair coin names of so many battles, but for one time in 2,000 (normal approximation)."""
    return int(battles / 2 + CHANCE * (battles / 4) ** 0.5)
