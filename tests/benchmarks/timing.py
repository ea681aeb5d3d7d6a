"""Several ways to do one thing, timed in turns, so that what else the machine does hits all of them alike."""

import contextlib
import io
import statistics
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from eval.memory import read_peak_bytes, reset_peak

OURS = "ours"
MIB = 2**20


@dataclass(frozen=True)
class Spent:
    """Seconds of one run, by the clock and of processors, and the most memory, in MiB, beyond what was held before; of
    a process of its own, all."""

    seconds: float
    processor: float
    mebibytes: float | None = None


Work = Callable[[], Any]  # what it returns is its cost where that is Spent, as of another process


@dataclass(frozen=True)
class Goal:
    """What a median must be: ``text`` says it, ``reached`` takes a way's runs and ours."""

    text: str
    reached: Callable[["Runs", "Runs"], bool]


@dataclass(frozen=True)
class Runs:
    """The runs of one way."""

    spent: tuple[Spent, ...]

    @property
    def seconds(self) -> float:
        """The median."""
        return statistics.median(one.seconds for one in self.spent)

    @property
    def processor(self) -> float:
        """The median of processors' seconds, which other work on the machine changes less."""
        return statistics.median(one.processor for one in self.spent)

    @property
    def mebibytes(self) -> float | None:
        """The most."""
        known = [one.mebibytes for one in self.spent if one.mebibytes is not None]
        return max(known) if known else None


@dataclass(frozen=True)
class Case:
    """One thing to do: the ways by name, ours among them; ``goals`` by name; ``missing`` ways with the reason."""

    title: str
    works: Mapping[str, Work]
    goals: Mapping[str, tuple[Goal, ...]] = field(default_factory=dict)
    missing: Mapping[str, str] = field(default_factory=dict)
    warm: bool = False  # a first round does not count


def slower(times: float) -> Goal:
    """The other way takes at least so many times ours."""
    return Goal(f">= {times:g} x ours", lambda one, ours: one.seconds >= times * ours.seconds)


def within(seconds: float) -> Goal:
    """It takes less than so many seconds."""
    return Goal(f"< {seconds:g} s", lambda one, _: one.seconds < seconds)


def larger(times: float) -> Goal:
    """The other way holds at least so many times our memory."""
    return Goal(f">= {times:g} x our MiB", lambda one, ours: (one.mebibytes or 0) >= times * (ours.mebibytes or 1e-9))


def lighter(mebibytes: float) -> Goal:
    """It holds less than so much memory."""
    return Goal(f"< {mebibytes:g} MiB", lambda one, _: (one.mebibytes or float("inf")) < mebibytes)


def _run(work: Work) -> Spent:
    reset_peak()
    before = read_peak_bytes()
    start, worked = time.perf_counter(), time.process_time()
    with contextlib.redirect_stdout(io.StringIO()):
        told = work()
    seconds, processor = time.perf_counter() - start, time.process_time() - worked
    if isinstance(told, Spent):
        return told
    after = read_peak_bytes()
    return Spent(seconds, processor, (after - before) / MIB if before is not None and after is not None else None)


def timed(case: Case, runs: int, seconds: float) -> dict[str, Runs]:
    """Run all ways in turns, ``runs`` times, and once at least; no round begins after so many seconds."""
    spent: dict[str, list[Spent]] = {name: [] for name in case.works}
    if case.warm:
        for work in case.works.values():
            _run(work)
    start = time.perf_counter()
    for round_ in range(runs):
        if round_ and time.perf_counter() - start > seconds:
            break
        for name, work in case.works.items():
            spent[name].append(_run(work))
    return {name: Runs(tuple(several)) for name, several in spent.items()}
