"""Events over time: counts by the hour, and samples of what goes up and down."""

import threading
import time
from collections import Counter, deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass

HOUR = 3600
HOURS = 48  # that are kept
EVERY = 10.0  # seconds between two samples
SAMPLES = 720  # two hours


@dataclass(frozen=True)
class Sampled:
    """One sample: when, what waited in all queues, drawings that went on, bytes of this process and of the devices."""

    time: float
    waiting: int
    drawing: int
    resident: int | None
    device: int | None


class Timeline:
    """Counts by the hour and the latest samples. Safe to use from several threads."""

    def __init__(self) -> None:
        self.samples: deque[Sampled] = deque(maxlen=SAMPLES)
        self._hours: dict[int, Counter[str]] = {}
        self._lock = threading.Lock()

    def add(self, what: str, at: float | None = None, count: int = 1) -> None:
        """Count events of a kind at this time (default: now)."""
        hour = int((time.time() if at is None else at) // HOUR)
        with self._lock:
            self._hours.setdefault(hour, Counter())[what] += count
            for old in [one for one in self._hours if one <= max(self._hours) - HOURS]:
                del self._hours[old]

    def hours(self, now: float | None = None) -> list[tuple[float, dict[str, int]]]:
        """Return each hour from the first one kept to this one, empty ones too: its start and its counts."""
        last = int((time.time() if now is None else now) // HOUR)
        with self._lock:
            first = max(min(self._hours, default=last), last - HOURS + 1)
            return [(hour * HOUR, dict(self._hours.get(hour, {}))) for hour in range(first, last + 1)]


class TimelineSampler:
    """Takes a sample every few seconds, in a thread of its own, from ``start`` to ``stop``.

    It also adds what an earlier process left to the timeline.
    """

    def __init__(
        self, timeline: Timeline, look: Callable[[], Sampled], before: Callable[[], Iterable[tuple[float, str]]]
    ) -> None:
        """Sample by ``look``; ``before`` gives time and kind of an earlier process's events."""
        self._timeline, self._look, self._before = timeline, look, before
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="watch", daemon=True)

    def start(self) -> None:
        """Start the thread that samples."""
        self._thread.start()

    def stop(self) -> None:
        """Stop the thread that samples."""
        self._stopping.set()

    def _run(self) -> None:
        for at, what in self._before():
            self._timeline.add(what, at)
        while not self._stopping.is_set():
            self._timeline.samples.append(self._look())
            self._stopping.wait(EVERY)
