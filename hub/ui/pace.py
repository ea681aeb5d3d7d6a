"""How long drawings took lately, so that a battle that is shown again comes no faster than one that is drawn.

Without this a hidden repeat would be known by its speed, and a rater could answer it from memory.
"""

import random
import threading
import time
from collections import defaultdict, deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from hub.battle import Slot
from hub.ui.drawing import Event, Failed, Progress, Waiting

KEPT = 64  # battles remembered, of one picture a side and of sets


@dataclass(frozen=True)
class Beat:
    """What was seen of a slot, ``after`` so many seconds: its place in the queue where that is not 0, else a share of
    its drawing, or (None) the picture."""

    after: float
    slot: Slot
    share: float | None
    place: int = 0


def _beat(after: float, event: Event[Slot]) -> Beat:
    share = event.share if isinstance(event, Progress) else None
    return Beat(after, event.key, share, event.place if isinstance(event, Waiting) else 0)


class Pace:
    """Remembers when the pictures of drawn battles came, and plays one of those again. Safe in several threads."""

    def __init__(self, rng: random.Random) -> None:
        self._rng = rng
        self._heard: dict[frozenset[Slot], deque[tuple[tuple[Beat, ...], ...]]] = defaultdict(
            lambda: deque(maxlen=KEPT)
        )
        self._lock = threading.Lock()

    def watch(self, slots: Sequence[Slot], events: Iterator[list[Event[Slot]]]) -> Iterator[list[Event[Slot]]]:
        """Pass on what happens in a battle of these pictures, and remember it if all went well."""
        start, failed = time.monotonic(), False
        beats: list[tuple[Beat, ...]] = []
        for news in events:
            after = time.monotonic() - start
            failed |= any(isinstance(event, Failed) for event in news)
            if news:
                beats.append(tuple(_beat(after, event) for event in news))
            yield news
        if not failed:
            with self._lock:
                self._heard[frozenset(slots)].append(tuple(beats))

    def replay(self, slots: Sequence[Slot]) -> Iterator[list[Beat]]:
        """The beats of a battle of the same slots, when they are due; all at once where none was drawn yet."""
        with self._lock:
            heard = list(self._heard[frozenset(slots)])
        if not heard:
            yield [Beat(0.0, slot, None) for slot in slots]
            return
        start = time.monotonic()
        for beats in self._rng.choice(heard):
            time.sleep(max(0.0, beats[0].after - (time.monotonic() - start)))
            yield list(beats)
