"""How often something was done lately, by whom, by a clock that nobody puts back or forward."""

import time
from collections import defaultdict, deque

TIDY = 1000  # keys that nothing counts any more are dropped after so many counts


class MovingWindow:
    """At most ``most`` of each key within ``seconds``. Not safe to use from several threads at once."""

    def __init__(self, most: int, seconds: float) -> None:
        self.most, self.seconds = most, seconds
        self._times: defaultdict[str, deque[float]] = defaultdict(deque)
        self._counts = 0

    def wait(self, key: str) -> float:
        """Seconds until one more of this key fits: 0 where it does now."""
        now = time.monotonic()
        self._forget(key, now)
        if len(self._times.get(key, ())) < self.most:
            return 0.0
        return self._times[key][0] + self.seconds - now

    def count(self, key: str) -> None:
        """One more of this key was done."""
        now = time.monotonic()
        self._times[key].append(now)
        self._counts += 1
        if self._counts % TIDY == 0:
            for one in list(self._times):
                self._forget(one, now)

    def __len__(self) -> int:
        """Keys that are remembered."""
        return len(self._times)

    def _forget(self, key: str, now: float) -> None:
        """Drop what is over of a key, and the key with it where nothing is left."""
        times = self._times.get(key)
        while times and times[0] <= now - self.seconds:
            times.popleft()
        if times is not None and not times:
            del self._times[key]
