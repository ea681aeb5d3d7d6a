"""Figures over seeds, the noise floor, and whether an expected ordering held."""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean, stdev

from eval.metrics import FigureName
from eval.rounding import is_above
from eval.statistics import t95
from eval.study.declaration import Expected, Figures, Groups, Ordering, Study, Sweep, Verdict
from hub.errors import DataError


@dataclass(frozen=True)
class OverSeeds:
    """Mean over seeds with its 95 % interval by Student's t, None with one seed, and the largest gap of two seeds."""

    values: tuple[float, ...]
    mean: float
    half: float | None
    gap: float


def summarise_seeds(values: Sequence[float]) -> OverSeeds:
    """Return the summary of one figure of several seeds.

    Raises: DataError with none.
    """
    if not values:
        raise DataError("A figure needs one seed or more, not 0.")
    n = len(values)
    half = t95(n - 1) * stdev(values) / math.sqrt(n) if n > 1 else None
    return OverSeeds(tuple(values), fmean(values), half, max(values) - min(values))


def judge(claim: str, higher: Sequence[float], lower: Sequence[float], same: Sequence[float] = ()) -> Verdict:
    """Return whether ``higher`` is above ``lower``, seed by seed.

    The floor is the largest gap between two seeds of one side, or of ``same``, one model drawn several times. ``held``:
    in every seed, and by more than the floor on average; ``within noise``: the average difference is no larger than the
    floor; ``failed``: it is larger, the other way; ``mixed``: the rest.

    Raises: DataError where the sides have unequal numbers of seeds, or fewer than two, or than one beside ``same``.
    """
    least = 1 if len(same) > 1 else 2
    if len(higher) != len(lower) or len(higher) < least:
        raise DataError(
            f"An ordering needs the same {'one seed' if least == 1 else 'two seeds'} or more a side, "
            f"not {len(higher)} and {len(lower)}."
        )
    held = int(is_above(higher, lower).sum())
    difference = fmean(higher) - fmean(lower)
    floor = max(summarise_seeds(values).gap for values in (higher, lower, same) if values)
    if not is_above(abs(difference), floor):
        outcome = "within noise"
    elif difference < 0:
        outcome = "failed"
    else:
        outcome = "held" if held == len(higher) else "mixed"
    return Verdict(claim, outcome, held, len(higher), difference, floor)


def list_figures(groups: Groups, metric: str) -> list[FigureName]:
    """Return a metric with each space it was measured in."""
    names = {name for seeds in groups.values() for figures in seeds.values() for name in figures}
    return sorted(name for name in names if name.metric == metric)


def find_sweep(groups: Groups, sweep: Sweep) -> dict[float, dict[int, Figures]]:
    """Return an arm's figures by the number that is varied, those of its own number among them."""
    pattern = re.compile(re.escape(f"{sweep.arm}-{sweep.key}") + r"([\d.]+)")
    found = {float(match[1]): seeds for name, seeds in groups.items() if (match := pattern.fullmatch(name))}
    own = {} if sweep.own is None or sweep.arm not in groups else {sweep.own: groups[sweep.arm]}
    return {**found, **own}


def _judge_pair(
    claim: str,
    name: FigureName,
    higher: dict[int, Figures],
    lower: dict[int, Figures],
    same: dict[int, Figures] | None = None,
) -> list[Verdict]:
    again = [figures[name].value for figures in (same or {}).values() if name in figures]
    seeds = sorted(seed for seed in set(higher) & set(lower) if name in higher[seed] and name in lower[seed])
    if len(seeds) < (1 if len(again) > 1 else 2):
        return []
    return [judge(claim, [higher[s][name].value for s in seeds], [lower[s][name].value for s in seeds], again)]


def _judge_sweep(groups: Groups, sweep: Sweep) -> list[Verdict]:
    by_number = find_sweep(groups, sweep)
    if len(by_number) < 2:
        return []
    least, most = min(by_number), max(by_number)
    said, made = f"{sweep.arm}, {sweep.number} {least:g} to {most:g}", list[Verdict]()
    for figures, way, higher, lower in ((sweep.up, "up", most, least), (sweep.down, "down", least, most)):
        for name in (name for figure in figures for name in list_figures(groups, figure)):
            made += _judge_pair(f"{said}: {name} {way}", name, by_number[higher], by_number[lower])
    return made


def _judge_ordering(groups: Groups, one: Ordering) -> list[Verdict]:
    made = list[Verdict]()
    for name in list_figures(groups, one.figure):
        for arm in one.arms:
            if {arm, one.other} <= set(groups):
                claim = f"{name}: {arm} {one.expected} {one.other}{one.remark}"
                sides = [groups[arm], groups[one.other]]
                higher, lower = sides if one.expected is Expected.above else sides[::-1]
                made += _judge_pair(claim, name, higher, lower, groups.get(one.floor) if one.floor else None)
    return made


def judge_orderings(study: Study, groups: Groups) -> tuple[Verdict, ...]:
    """Return every expected ordering that these runs can speak to, on the seeds that both sides have."""
    made = [verdict for sweep in study.sweeps for verdict in _judge_sweep(groups, sweep)]
    return (*made, *(verdict for one in study.orderings for verdict in _judge_ordering(groups, one)))
