"""What drawing costs each generator on this machine: measured apart from all other work, in turns, and cached.

In each round every generator draws one caption with a few seeds, one picture after the other and nothing beside them; a
slow one with fewer seeds, as its times are the steadier. On a CPU the seconds of computing are those of all threads of
this process; a GPU is held by the one that draws: there they are its wall clock. What came of other work, as the
drawing of many pictures at once, is never taken for cost.
"""

import json
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from pathlib import Path

import numpy as np

from eval.memory import measure_own_bytes
from eval.metrics import Cost, Features, Ints, Measured, Takes, Unmeasured, figures
from eval.metrics.entries.cost import geometric_mean, round_medians
from eval.sample import keep_sample, mend_manifest
from hub.engine import Engine
from hub.files import write_whole
from hub.generators import GENERATORS, ignore_progress
from hub.generators.facts import facts
from hub.progress import track_items
from hub.schema import Request

LEVEL = 0.05  # a difference of cost so small is none
WARM_UP = Request(prompt="a red apple", seed=0)
ENOUGH = 0.25  # seconds that a generator draws in a round
TICK = 0.00005  # seconds; half of what a sample's are rounded to
Pair = frozenset[str]
Timing = tuple[float, float | None]  # seconds by the clock, and of computing


@dataclass(frozen=True)
class Timed:
    """Seconds of one generator's pictures, by the clock and of computing.

    ``rounds`` numbers the round of each. ``own_bytes``: memory it takes itself, where that was measured with it.

    ``own_bytes``: memory it takes itself, where that was measured with it.
    """

    rounds: list[int]
    seconds: list[float]
    computing: list[float] | None
    own_bytes: int | None = None


@dataclass(frozen=True)
class Costs:
    """Every figure of cost; ``level``: pairs of generators whose costs can't be told apart."""

    figures: tuple[tuple[str, Measured | Unmeasured], ...]
    level: frozenset[Pair]


def _time_picture(engine: Engine, name: str, request: Request, samples: Path) -> Timing:
    """Draw and keep one picture; return its seconds by the clock, and of computing where they are known."""
    before = time.process_time()
    drawn = engine.draw(name, request, ignore_progress)
    computing = time.process_time() - before
    keep_sample(drawn, samples)
    seconds = max(drawn.sample.seconds, TICK)
    if not engine.here or GENERATORS[name].remote:
        return seconds, None
    return seconds, max(computing, TICK) if drawn.setup.device.startswith(("CPU", "any")) else seconds


def _time_turn(engine: Engine, name: str, requests: Sequence[Request], samples: Path) -> Iterator[Timing]:
    """Yield the seconds of one generator's pictures of a round: of one at least, of more while they are quick."""
    spent = 0.0
    for request in requests:
        if spent < ENOUGH:
            yield (found := _time_picture(engine, name, request, samples))
            spent += found[0]


def time_in_turns(
    engine: Engine, names: Sequence[str], turns: Sequence[Sequence[Request]], samples: Path
) -> dict[str, Timed]:
    """Draw the jobs of every round with each generator in turn, and return the times by generator.

    Raises: what drawing raises.
    """
    mend_manifest(samples)
    for name in names:
        engine.draw(name, WARM_UP, ignore_progress)
    found: dict[str, list[tuple[int, float, float | None]]] = {name: [] for name in names}
    for number, requests in track_items(list(enumerate(turns if names else ())), "Timing the generators in turns"):
        start = number % len(names)  # so that none always follows the same one
        for name in (*names[start:], *names[:start]):
            found[name] += [(number, *one) for one in _time_turn(engine, name, requests, samples)]
    timed = {}
    for name, rows in found.items():
        computing = [one for _, _, one in rows if one is not None]
        whole = computing if len(computing) == len(rows) else None
        timed[name] = Timed([row[0] for row in rows], [row[1] for row in rows], whole)
    return timed


def cost_the_same(one: Timed, other: Timed) -> bool:
    """Return whether two generators cost the same as far as can be told.

    They do where the interval of their ratio, round by round, holds 1, or the ratio is within 5 %. Computing is
    compared where it is known of both, else the clock.
    """
    clock = one.computing is None or other.computing is None
    logs = [
        np.log(round_medians(np.array(timed.rounds), np.array(timed.seconds if clock else timed.computing)))
        for timed in (one, other)
    ]
    value, low, high = geometric_mean(logs[0] - logs[1])
    return low <= 1 <= high or abs(np.log(value)) <= np.log1p(LEVEL)


def _read_cache(path: Path, key: str) -> dict[str, Timed] | None:
    """Return the cached times if they are of this very measurement, else None."""
    try:
        found = json.loads(path.read_text(encoding="utf-8")).get(key)
        return {name: Timed(**timed) for name, timed in found.items()} if found else None
    except (OSError, ValueError, TypeError, AttributeError):  # none yet, or a damaged one: measured anew
        return None


def _make_cost(name: str, timed: Timed, where: str, own_bytes: int | None) -> tuple[Ints, Cost]:
    """Return a generator's times as what metrics of cost take, with the round of each."""
    known = facts(GENERATORS[name])
    computing = None if timed.computing is None else np.array(timed.computing)
    sizes = (known.parameters, known.device_hours, known.device)
    return np.array(timed.rounds), Cost(np.array(timed.seconds), computing, where, *sizes, own_bytes)


def measure_costs(
    engine: Engine,
    names: Sequence[str],
    turns: Sequence[Sequence[Request]],
    cache: Path,
    where: str,
    own: Mapping[str, int | None],
) -> Costs:
    """Return every figure of cost of the generators, timed unless the cache has them of this machine, ``where``.

    ``own``: bytes of memory that generators take, where that is known already.

    Raises: what drawing raises, and StorageError.
    """
    path = cache / "costs.json"
    key = json.dumps([where, sorted((name, facts(GENERATORS[name]).revision) for name in names)])
    timed = _read_cache(path, key)
    if timed is None:
        timed = time_in_turns(engine, list(names), turns, cache / "samples")
        alone = {name: measure_own_bytes(name) for name in names if engine.here and name not in own}
        timed = {name: replace(one, own_bytes=alone.get(name)) for name, one in timed.items()}
        write_whole(path, json.dumps({key: {name: vars(one) for name, one in timed.items()}}).encode())
    found: list[tuple[str, Measured | Unmeasured]] = []
    for name in names:
        prompts, cost = _make_cost(name, timed[name], where, own.get(name, timed[name].own_bytes))
        counted = Features(prompts, np.empty((len(prompts), 0)), name, cost=cost)
        found += [(name, one) for one in figures(counted, None, name, (Takes.cost,))]
    pairs = (Pair(pair) for pair in combinations(names, 2) if cost_the_same(*(timed[name] for name in pair)))
    return Costs(tuple(found), frozenset(pairs))
