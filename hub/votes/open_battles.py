"""Battles that can still be voted on, or whose names are still to be told: nothing of them may be published yet."""

import threading
import time

MARGIN = 60.0  # seconds longer than a battle can be voted on, so that nothing is early


class OpenBattles:
    """Remembers each open battle for ``seconds`` and a margin; none where that is 0. Safe to use from several threads.

    Time is of the monotonic clock. A battle dies with the process that knows it, so that what a dead process left is of
    no open battle.
    """

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds + MARGIN if seconds > 0 else 0.0
        self._until: dict[str, float] = {}  # the first to end first
        self._lock = threading.Lock()

    def hold(self, battle: str) -> None:
        """Keep a battle open from now on, for its whole time."""
        if not self._seconds:
            return
        now = time.monotonic()
        with self._lock:
            self._until.pop(battle, None)
            self._until[battle] = now + self._seconds
            while (first := next(iter(self._until))) and self._until[first] <= now:
                del self._until[first]

    def release(self, battle: str) -> None:
        """Close a battle, as it was voted on or its names were told."""
        with self._lock:
            self._until.pop(battle, None)

    def end(self) -> None:
        """Close all battles."""
        with self._lock:
            self._until.clear()

    def __contains__(self, battle: object) -> bool:
        with self._lock:
            return self._until.get(str(battle), 0.0) > time.monotonic()
