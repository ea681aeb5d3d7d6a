"""How far a battle is, as its page is told: one place and one share for both sides, and how long battles took lately.

Whichever side is late, or tells of its steps, would name its generator: so what happens to single pictures is summed
up here, in steps that are too coarse to tell the two apart. A battle that is shown again is told at the pace of one
that was drawn: else a hidden repeat would be known by its speed, and a rater could answer it from memory.
"""

import math
import random
import threading
import time
from collections import defaultdict, deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from hub.battle import Slot
from hub.ui.drawing import Event, Progress, Waiting

KEPT = 64  # battles remembered, of one picture a side and of sets
STEPS = 20  # of the share that is told


@dataclass(frozen=True)
class Beat:
    """What is told of a battle ``after`` so many seconds: its place in the queue (0: none), and the share done."""

    after: float
    place: int
    share: float


class Whole:
    """Sums up what happens to the pictures of one battle, of whichever side."""

    def __init__(self, slots: Iterable[Slot]) -> None:
        self._shares, self._place, self._start = dict.fromkeys(slots, 0.0), 0, time.monotonic()

    def note(self, event: Event[Slot]) -> None:
        """Something happened to one picture. One that failed is as good as done, until all are."""
        match event:
            case Waiting(place=place):
                self._place = place
            case Progress(key=slot, share=share):
                self._place, self._shares[slot] = 0, min(max(share, 0.0), 1.0)
            case _:
                self._shares[event.key] = 1.0

    @property
    def beat(self) -> Beat:
        """What is told now."""
        share = sum(self._shares.values()) / len(self._shares)
        return Beat(time.monotonic() - self._start, self._place, math.floor(share * STEPS + 1e-9) / STEPS)


class Pace:
    """Remembers what was told of drawn battles, and tells one of those again. Safe in several threads."""

    def __init__(self, rng: random.Random) -> None:
        self._rng = rng
        self._heard: dict[int, deque[tuple[Beat, ...]]] = defaultdict(lambda: deque(maxlen=KEPT))
        self._lock = threading.Lock()

    def note(self, count: int, beats: Sequence[Beat]) -> None:
        """Remember a battle of so many pictures that was drawn whole."""
        with self._lock:
            self._heard[count].append(tuple(beats))

    def replay(self, count: int) -> Iterator[Beat]:
        """The beats of a battle of as many pictures, when they are due; none where none was drawn yet."""
        with self._lock:
            heard = list(self._heard[count])
        start = time.monotonic()
        for beat in self._rng.choice(heard) if heard else ():
            time.sleep(max(0.0, beat.after - (time.monotonic() - start)))
            yield beat
