"""The latest seconds of each generator, for quantiles that are exact where a histogram's are not."""

import math
import threading
from collections import defaultdict, deque

LATEST = 1000  # values that are kept of each name


class Window:
    """The latest values by name. Safe to use from several threads."""

    def __init__(self, latest: int = LATEST) -> None:
        self._values: defaultdict[str, deque[float]] = defaultdict(lambda: deque(maxlen=latest))
        self._lock = threading.Lock()

    def add(self, name: str, value: float) -> None:
        """Keep a value, in place of the oldest where there are too many."""
        with self._lock:
            self._values[name].append(value)

    def count(self, name: str) -> int:
        """How many values of this name are kept."""
        with self._lock:
            return len(self._values[name])

    def quantile(self, name: str, share: float) -> float | None:
        """The least of the kept values that is not below this share of them (nearest rank); None without any.

        ``share``: above 0, at most 1. Raises ValueError for another.
        """
        if not 0 < share <= 1:
            raise ValueError(f"a quantile's share is above 0 and at most 1, not {share}")
        with self._lock:
            ordered = sorted(self._values[name])
        return ordered[math.ceil(share * len(ordered)) - 1] if ordered else None
