"""An open battle of a generator that tells of its steps against a quick one: nothing on the page names their sides.

The page's clock is counted, not waited for, so that every event and its time is the same on every machine.
"""

import json
import os
import queue
import random
from collections.abc import Callable
from concurrent.futures import Future
from heapq import heappop, heappush
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from hub.battle import SlotDrawing
from hub.battle.ahead import BattlesAhead
from hub.engine import DrawnSample
from hub.prompt_sets.open_sets import open_sets
from hub.schema import Outcome, Request, Side
from hub.ui import drawing
from hub.ui.battle import battle_tab, pace
from hub.ui.battle.battle_tab import BattleTab
from hub.ui.battle.beginning import Beginning
from hub.ui.battle.pace import Pace
from hub.ui.battle.showing import Hall
from hub.ui.picture_addresses import PictureAddresses
from tests.attacks.sides import most_by_chance, named
from tests.hub.battle import fakes
from tests.hub.battle.fakes import ADA
from tests.hub.ui.served import PICTURE

STEPS, QUICK = "steps", "quick"
BATTLES, EVENTS = 200, 16
Told = Callable[[Any], object]


class Clock:
    """Seconds that pass when somebody waits, and what is due at which of them."""

    def __init__(self) -> None:
        self.now, self._due, self._count = 0.0, [], 0  # type: float, list[tuple[float, int, Callable[[], object]]], int

    def monotonic(self) -> float:
        """The seconds that passed."""
        return self.now

    def at(self, seconds: float, act: Callable[[], object]) -> None:
        """Do this then."""
        self._count += 1
        heappush(self._due, (seconds, self._count, act))

    def step(self, end: float) -> None:
        """Pass on to what is due next, and do it; or to the end, where that comes first."""
        if not self._due or self._due[0][0] > end:
            self.now = end
            return
        self.now, _, act = heappop(self._due)
        act()


class Mail:
    """A queue whose reader makes the time pass."""

    def __init__(self, clock: Clock) -> None:
        self.clock, self.items = clock, []  # type: Clock, list[Any]

    def put(self, item: Any) -> None:
        """Add one."""
        self.items.append(item)

    def empty(self) -> bool:
        """Whether none is there."""
        return not self.items

    def get(self, timeout: float) -> Any:
        """The first one. Raises queue.Empty where none comes in time."""
        end = self.clock.now + timeout
        while not self.items:
            if self.clock.now >= end:
                raise queue.Empty
            self.clock.step(end)
        return self.items.pop(0)


class Devices:
    """An engine of so many devices: the one generator draws in steps and is slow, the other at once."""

    def __init__(self, clock: Clock, count: int) -> None:
        self.clock, self.free, self.rng = clock, [0.0] * count, random.Random(1)

    def ask(self, name: str, request: Request, on_progress: Told, owner: str, party: str) -> Any:
        """Draw when a device is free."""
        future: Future[DrawnSample] = Future()
        device = self.free.index(min(self.free))
        at = max(self.free[device], self.clock.now)
        for share in [step / 25 for step in range(25)] if name == STEPS else ():
            self.clock.at(at, lambda share=share: on_progress(share))  # type: ignore[misc]
            at += self.rng.uniform(0.02, 0.06)
        at += self.rng.uniform(0.02, 0.05)
        self.clock.at(at, lambda: future.set_result(fakes.drawn(SlotDrawing(name, request))))
        self.free[device] = at
        return SimpleNamespace(result=future, cancel=lambda: None)

    def place(self, party: str) -> int:
        """Nobody else is there."""
        return 0

    def loading(self, party: str) -> bool:
        """Both are loaded."""
        return False


def opened(data: Path, engine: Any) -> BattleTab:
    """The tab of an arena of the two: what it does, without its components on a page."""
    arena, tab = fakes.Hall(data, (STEPS, QUICK)), BattleTab.__new__(BattleTab)
    battles, visitors = cast(Any, arena.battles), cast(Any, SimpleNamespace(rater=lambda *_: ADA))
    rng = random.Random(0)
    prompts = open_sets(["captions"], rng)
    ahead = BattlesAhead(arena.battles, engine, cast(Any, None), rng, prompts, 0)
    beginning = Beginning(battles, ahead, prompts, lambda rater: None)
    addresses, votes = PictureAddresses(arena.store, 60), cast(Any, None)
    tab.hall = Hall(battles, engine, arena.store, addresses, visitors, rng, prompts, beginning, votes, votes, "")
    tab.battles, tab.pace = battles, Pace(rng)
    tab.wall, tab.desk = cast(Any, "wall"), cast(Any, "desk")
    return tab


def watched(tab: BattleTab, clock: Clock) -> tuple[list[list[float]], list[bool]]:
    """What a page heard of each battle, as numbers, and whether the slow generator stood left."""
    rows, lefts, page = [], [], cast(Any, SimpleNamespace(session_hash="page", request=None))
    for number in range(BATTLES):
        start, heard, token = clock.now, [], ""
        for update in tab.draw(f"cat {number % 8}", "quality", page, None):
            wall = update[tab.wall]
            token = wall.get("token", token)
            by_side = [len(PICTURE.sub("", "".join(wall.get(side, "")))) for side in Side]
            length = len(PICTURE.sub("", json.dumps([wall, update[tab.desk]])).replace(token, ""))
            heard.append([clock.now - start, length, *by_side, by_side[0] - by_side[1]])
        lefts.append(tab.battles.vote(token, ADA, Outcome.tie).a[0].generator == STEPS)
        padded = [*heard, *[[0.0] * len(heard[0])] * EVENTS][:EVENTS]
        rows.append([float(len(heard)), *heard[-1], *(value for event in padded for value in event)])
    return rows, lefts


@pytest.mark.parametrize("devices", [1, 2])
def test_no_event_of_an_open_battle_and_no_time_of_one_names_a_side(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, devices: int
) -> None:
    clock = Clock()
    for module in (drawing, pace, battle_tab):
        monkeypatch.setattr(module, "time", clock)
    monkeypatch.setattr(os, "fsync", lambda file: None)
    monkeypatch.setattr(drawing, "queue", SimpleNamespace(SimpleQueue=lambda: Mail(clock), Empty=queue.Empty))
    rows, lefts = watched(opened(tmp_path, Devices(clock, devices)), clock)
    assert 60 < sum(lefts) < 140
    assert max(events for events, *_ in rows) > 8  # the steps of the slow one are told
    assert named(rows, lefts) <= most_by_chance(BATTLES)
