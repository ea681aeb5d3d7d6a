"""Battles: which two generators meet, on which side, and the one vote each battle takes.

The server keeps who is who; a page holds the battle's token only, and learns the names from the vote's record.
"""

import itertools
import random
import secrets
import threading
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from hub.engine import Drawn
from hub.errors import BattleError
from hub.prompts import checked
from hub.schema import Outcome, Vote
from hub.votes import ImageStore, VoteLog


class Side(StrEnum):
    """A is the left picture, B the right one."""

    a = "a"
    b = "b"


class State(StrEnum):
    """How far one side is."""

    pending = "pending"
    done = "done"
    failed = "failed"


@dataclass(frozen=True)
class Job:
    """What one side asks of the engine; it names the generator, so it never reaches a page."""

    name: str
    prompt: str
    seed: int


@dataclass
class _Corner:
    job: Job
    state: State = State.pending
    drawn: Drawn | None = None


@dataclass
class _Battle:
    corners: dict[Side, _Corner]
    voted: bool = False
    lock: threading.Lock = field(default_factory=threading.Lock)


class Battles:
    """Every battle that can still be voted on, in memory; the oldest are forgotten beyond ``limit``.

    Pairs that met least often come first, sides are tossed for each battle. Safe to call from several threads. Every
    method that takes a token raises BattleError for one that is unknown or forgotten.
    """

    def __init__(
        self, names: Sequence[str], log: VoteLog, images: ImageStore, rng: random.Random, limit: int = 10_000
    ) -> None:
        names = sorted(set(names))
        if len(names) < 2:
            there = f"there is only {names[0]!r}" if names else "there is none"
            raise BattleError(f"A battle needs two generators, but {there}: name at least two in HUB_GENERATORS.")
        self._log, self._images, self._rng, self._limit = log, images, rng, limit
        self._met = Counter(dict.fromkeys(itertools.combinations(names, 2), 0))
        self._battles: dict[str, _Battle] = {}
        self._lock = threading.Lock()

    def start(self, prompt: str, seed: int) -> str:
        """Begin a battle and return its token. Raises PromptError for a prompt that can't be drawn."""
        prompt = checked(prompt)
        token = secrets.token_urlsafe(16)
        with self._lock:
            fewest = min(self._met.values())
            pair = self._rng.choice([pair for pair, count in self._met.items() if count == fewest])
            self._met[pair] += 1
            names = self._rng.sample(pair, 2)
            corners = {side: _Corner(Job(name, prompt, seed)) for side, name in zip(Side, names, strict=True)}
            self._battles[token] = _Battle(corners)
            while len(self._battles) > self._limit:
                del self._battles[next(iter(self._battles))]
        return token

    def jobs(self, token: str) -> dict[Side, Job]:
        """What to draw for the sides that are still pending."""
        battle = self._get(token)
        with battle.lock:
            return {side: corner.job for side, corner in battle.corners.items() if corner.state is State.pending}

    def record(self, token: str, side: Side, drawn: Drawn) -> None:
        """Keep a side's image. Raises BattleError unless the side waits for exactly this one."""
        battle, sample = self._get(token), drawn.sample
        with battle.lock:
            corner = battle.corners[side]
            if corner.state is not State.pending or corner.job != Job(sample.generator, sample.prompt, sample.seed):
                raise BattleError(f"Side {side.upper()} of this battle does not wait for this picture.")
            corner.state, corner.drawn = State.done, drawn

    def fail(self, token: str, side: Side) -> None:
        """Note that a pending side could not be drawn."""
        self._turn(token, side, State.pending, State.failed)

    def redraw(self, token: str, side: Side) -> Job:
        """Make a failed side pending again: the same generator, prompt and seed."""
        return self._turn(token, side, State.failed, State.pending)

    def ready(self, token: str) -> bool:
        """Whether a vote would be taken now."""
        battle = self._get(token)
        with battle.lock:
            return not battle.voted and all(corner.state is State.done for corner in battle.corners.values())

    def vote(self, token: str, outcome: Outcome) -> Vote:
        """Write the battle's one vote and return it: who is who is told only when the vote is on disk.

        Raises BattleError for a battle that was voted on or has a side without an image, and StorageError when the
        disk refuses; after that the battle can still be voted on.
        """
        battle = self._get(token)
        with battle.lock:
            if battle.voted:
                raise BattleError("This battle has its vote already: draw the next one.")
            a, b = (self._finished(side, battle.corners[side]) for side in Side)
            for drawn in (a, b):
                self._images.write(drawn.png)
            vote = Vote(id=token, time=time.time(), outcome=outcome, a=a.sample, b=b.sample)
            self._log.append(vote)
            battle.voted = True
            for corner in battle.corners.values():
                corner.drawn = None  # the image is on disk
            return vote

    def _get(self, token: str) -> _Battle:
        with self._lock:
            if token not in self._battles:
                raise BattleError("This battle is unknown or too old: draw a new one.")
            return self._battles[token]

    def _turn(self, token: str, side: Side, before: State, after: State) -> Job:
        battle = self._get(token)
        with battle.lock:
            corner = battle.corners[side]
            if corner.state is not before:
                raise BattleError(f"Side {side.upper()} of this battle is {corner.state}, not {before}.")
            corner.state = after
            return corner.job

    @staticmethod
    def _finished(side: Side, corner: _Corner) -> Drawn:
        if corner.state is State.failed:
            raise BattleError(f"Side {side.upper()} could not be drawn: try that side again, then vote.")
        if corner.drawn is None:
            raise BattleError(f"Side {side.upper()} is still being drawn: vote when both pictures are there.")
        return corner.drawn
