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
    """The progress of a battle ``after`` so many seconds: its place in the queue (0: none), and the share done."""

    after: float
    place: int
    share: float


class Whole:
    """Sums up the progress of a battle's pictures, whichever side they are on."""

    def __init__(self, slots: Iterable[Slot]) -> None:
        self._shares, self._place, self._start = dict.fromkeys(slots, 0.0), 0, time.monotonic()

    def note(self, event: Event[Slot]) -> None:
        """Take in one event of a picture; a failed one counts as done until all are."""
        match event:
            case Waiting(place=place):
                self._place = place
            case Progress(key=slot, share=share):
                self._place, self._shares[slot] = 0, min(max(share, 0.0), 1.0)
            case _:
                self._shares[event.key] = 1.0

    @property
    def beat(self) -> Beat:
        """Return the progress of the battle now."""
        share = sum(self._shares.values()) / len(self._shares)
        return Beat(time.monotonic() - self._start, self._place, math.floor(share * STEPS + 1e-9) / STEPS)


class Pace:
    """Records the progress of drawn battles, to replay it for a battle shown again. Safe to use from threads."""

    def __init__(self, rng: random.Random) -> None:
        self._rng = rng
        self._heard: dict[int, deque[tuple[Beat, ...]]] = defaultdict(lambda: deque(maxlen=KEPT))
        self._lock = threading.Lock()

    def note(self, count: int, beats: Sequence[Beat]) -> None:
        """Record the progress of a battle of so many pictures that was drawn whole."""
        with self._lock:
            self._heard[count].append(tuple(beats))

    def replay(self, count: int) -> Iterator[Beat]:
        """Yield the progress of a recorded battle of as many pictures, each beat when due; none without a record."""
        with self._lock:
            heard = list(self._heard[count])
        start = time.monotonic()
        for beat in self._rng.choice(heard) if heard else ():
            time.sleep(max(0.0, beat.after - (time.monotonic() - start)))
            yield beat
