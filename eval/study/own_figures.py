"""Studies that measure their runs themselves: figures averaged over subjects, and read off curves at an equal level."""

import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from statistics import fmean

import numpy as np

from eval.metrics import FigureName, Measured
from eval.study.declaration import EqualFigure, Figures, Groups, Study, StudyResult, StudyRun
from eval.study.orderings import judge_orderings, list_figures
from hub.errors import DataError
from hub.progress import track_items


def average_figures(found: Sequence[Figures]) -> Figures:
    """Return the mean of each figure over subjects, which are independent: their intervals add up in squares.

    Raises: DataError with no subject, and where one lacks a figure.
    """
    if not found or any(set(one) != set(found[0]) for one in found):
        raise DataError("Every subject of a run needs the same figures, and there must be one: measure them again.")
    return {name: _average([one[name] for one in found]) for name in found[0]}


def _average(found: Sequence[Measured]) -> Measured:
    value, n = fmean(one.value for one in found), len(found)
    below = math.hypot(*(one.value - one.low for one in found)) / n
    above = math.hypot(*(one.high - one.value for one in found)) / n
    return replace(found[0], value=value, low=value - below, high=value + above, n=sum(one.n for one in found))


def check_subjects(runs: Sequence[StudyRun]) -> None:
    """Check that every arm and seed has the same subjects.

    Raises: DataError that names those that lack some.
    """
    by_run: dict[str, set[str]] = defaultdict(set)
    for run in runs:
        by_run[f"{run.arm}-seed{run.seed}"].add(run.subject)
    every = set.union(*by_run.values())
    if behind := [f"{name} ({', '.join(sorted(every - there))})" for name, there in by_run.items() if every - there]:
        raise DataError(f"Runs lack subjects that others have: {'; '.join(behind)}. Go on with their training.")


def read_off(levels: Sequence[float], values: Sequence[float], level: float) -> float | None:
    """Return the value at a level on the line through points, None beyond the last point on either side."""
    order = np.argsort(levels)
    x, y = np.array(levels)[order], np.array(values)[order]
    return float(np.interp(level, x, y)) if x[0] <= level <= x[-1] else None


def read_equal(groups: Groups, asked: EqualFigure) -> Groups:
    """Return groups with the figure of each curve, as an arm of the curve's name, and of the arm that is the level's.

    A curve that does not reach the level has none.
    """
    made: Groups = {arm: {seed: dict(figures) for seed, figures in seeds.items()} for arm, seeds in groups.items()}
    for name in list_figures(groups, asked.figure):
        level = FigureName(asked.level, name.space)
        for seed, at in groups.get(asked.at, {}).items():
            _put(made, asked, asked.at, seed, at[name])
            for curve, arms in asked.curves.items():
                points = [groups[arm][seed] for arm in arms if seed in groups.get(arm, {})]
                if len(points) < 2:
                    continue
                value = read_off([p[level].value for p in points], [p[name].value for p in points], at[level].value)
                if value is not None:
                    _put(made, asked, curve, seed, replace(points[0][name], value=value, low=value, high=value))
    return made


def _put(groups: Groups, asked: EqualFigure, arm: str, seed: int, one: Measured) -> None:
    named = replace(one, metric=asked.name)
    groups.setdefault(arm, {}).setdefault(seed, {})[named.name] = named


def measure_own_study(study: Study, runs: Sequence[StudyRun]) -> StudyResult:
    """Return the figures of every run by the study's own measure, and the orderings' outcome.

    Raises: DataError, MissingFile, StorageError.
    """
    assert study.measure is not None
    check_subjects(runs)
    found: dict[tuple[str, int], list[Figures]] = defaultdict(list)
    for run in track_items(sorted(runs, key=lambda run: (run.arm, run.seed, run.subject)), "Measuring runs"):
        found[run.arm, run.seed].append(study.measure(run))
    groups: Groups = {}
    for (arm, seed), figures in found.items():
        groups.setdefault(arm, {})[seed] = average_figures(figures)
    for asked in study.equal:
        groups = read_equal(groups, asked)
    return StudyResult(runs[0].images, groups, {}, {}, judge_orderings(study, groups))
