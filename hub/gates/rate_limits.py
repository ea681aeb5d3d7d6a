"""How much one rater, and one network address, may do in a time."""

import logging
import math
import threading

from hub.errors import BattleError
from hub.moving_window import MovingWindow
from hub.raters import Rater

log = logging.getLogger(__name__)
MINUTE, HOUR = 60.0, 3600.0
Windows = tuple[MovingWindow, MovingWindow]  # of a rater, and of an address


class Outages:
    """Logs once that a part fails, with its traceback, and once that it works again. Safe to use from threads."""

    def __init__(self) -> None:
        self._out: set[str] = set()
        self._lock = threading.Lock()

    def fails(self, what: str) -> None:
        """Log the exception being handled, unless this part failed before."""
        with self._lock:
            known = what in self._out
            self._out.add(what)
        if not known:
            log.exception("%s fails: votes are let in, marked as unchecked, until it works again.", what)

    def works(self, what: str) -> None:
        """Log that this part works again, if it failed before."""
        if what in self._out:
            with self._lock:
                self._out.discard(what)
            log.warning("%s works again.", what)


class Limits:
    """Moving windows in memory: battles a minute and votes an hour, for each rater and each address.

    Safe to call from several threads.
    """

    def __init__(self, battles_per_minute: int, votes_per_hour: int, address_factor: int) -> None:
        self.battles = (
            MovingWindow(battles_per_minute, MINUTE),
            MovingWindow(battles_per_minute * address_factor, MINUTE),
        )
        self.votes = MovingWindow(votes_per_hour, HOUR), MovingWindow(votes_per_hour * address_factor, HOUR)
        self._outages = Outages()
        self._lock = threading.Lock()

    def battle(self, rater: Rater) -> bool:
        """Count one battle of a rater; return False where the limit could not be checked.

        Raises: BattleError for one too many.
        """
        return self._count(self.battles, rater, "drawn", "battle", "a minute")

    def vote(self, rater: Rater) -> bool:
        """Count one vote of a rater; return False where the limit could not be checked.

        Raises: BattleError for one too many.
        """
        return self._count(self.votes, rater, "given", "vote", "an hour")

    def _count(self, windows: Windows, rater: Rater, done: str, what: str, span: str) -> bool:
        own, shared = windows
        asked = [(own, rater.id, "You have")] + ([(shared, rater.network, "Your network has")] if rater.network else [])
        with self._lock:
            try:
                waits = [(window.wait(key), window, whose) for window, key, whose in asked]
                full = next((one for one in waits if one[0] > 0), None)
                if full is None:
                    for window, key, _ in asked:
                        window.count(key)
            except Exception:  # our failure must never cost a rater's vote
                self._outages.fails("The rate limit")
                return False
        self._outages.works("The rate limit")
        if full is not None:
            wait, window, whose = full
            many = _format_count(window.most, what)
            raise BattleError(f"{whose} {done} {many} within {span}, which is the most: {_format_wait(wait)}.", "limit")
        return True


def _format_wait(seconds: float) -> str:
    whole = max(1, math.ceil(seconds))
    if whole > 90:
        return f"try again in {math.ceil(whole / 60)} minutes"
    return f"try again in {_format_count(whole, 'second')}"


def _format_count(count: int, what: str) -> str:
    return f"{count:,} {what}{'' if count == 1 else 's'}"
