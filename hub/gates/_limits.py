"""How much one rater, and one network address, may do in a time."""

import logging
import math
import threading
import time

from limits import RateLimitItem, RateLimitItemPerHour, RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

from hub.errors import BattleError
from hub.raters import Rater

log = logging.getLogger(__name__)
TIDY = 1000  # keys that nothing counts any more are dropped after so many calls


class Outages:
    """Says once that something fails, with its traceback, and once that it works again. Safe to use from threads."""

    def __init__(self) -> None:
        self._out: set[str] = set()
        self._lock = threading.Lock()

    def fails(self, what: str) -> None:
        """Call it while the exception is handled."""
        with self._lock:
            known = what in self._out
            self._out.add(what)
        if not known:
            log.exception("%s fails: votes are let in, marked as unchecked, until it works again.", what)

    def works(self, what: str) -> None:
        """Nothing is said unless it failed before."""
        if what in self._out:
            with self._lock:
                self._out.discard(what)
            log.warning("%s works again.", what)


class Limits:
    """Moving windows in memory: battles a minute and votes an hour, each of a rater and of an address.

    Safe to call from several threads.
    """

    def __init__(self, battles_per_minute: int, votes_per_hour: int, address_factor: int) -> None:
        self.storage = MemoryStorage()
        self._limiter = MovingWindowRateLimiter(self.storage)
        self._battles = _pair(RateLimitItemPerMinute, battles_per_minute, address_factor, "battles")
        self._votes = _pair(RateLimitItemPerHour, votes_per_hour, address_factor, "votes")
        self._outages = Outages()
        self._calls = 0
        self._lock = threading.Lock()

    def battle(self, rater: Rater) -> bool:
        """Count one battle; False where that could not be checked. Raises BattleError for one too many."""
        return self._count(self._battles, rater, "drawn", "battle", "a minute")

    def vote(self, rater: Rater) -> bool:
        """Count one vote; False where that could not be checked. Raises BattleError for one too many."""
        return self._count(self._votes, rater, "given", "vote", "an hour")

    def _count(self, items: tuple[RateLimitItem, RateLimitItem], rater: Rater, done: str, what: str, span: str) -> bool:
        own, shared = items
        asked = [(own, rater.id, "You have")] + ([(shared, rater.network, "Your network has")] if rater.network else [])
        with self._lock:
            try:
                self._tidy()
                full = next((one for one in asked if not self._limiter.test(one[0], one[1])), None)
                if full is None:
                    for item, key, _ in asked:
                        self._limiter.hit(item, key)
                wait = self._limiter.get_window_stats(full[0], full[1]).reset_time - time.time() if full else 0.0
            except Exception:  # our failure must never cost a rater's vote
                self._outages.fails("The rate limit")
                return False
        self._outages.works("The rate limit")
        if full is not None:
            many = _counted(full[0].amount, what)
            raise BattleError(f"{full[2]} {done} {many} within {span}, which is the most: {_again(wait)}.", "limit")
        return True

    def _tidy(self) -> None:
        """The storage forgets what is over but keeps an empty list for each key; drop those."""
        self._calls += 1
        if self._calls % TIDY == 0:
            for key in [key for key, events in list(self.storage.events.items()) if not events]:
                self.storage.clear(key)


def _pair(kind: type[RateLimitItem], amount: int, factor: int, what: str) -> tuple[RateLimitItem, RateLimitItem]:
    return kind(amount, namespace=f"{what}-rater"), kind(amount * factor, namespace=f"{what}-address")


def _again(seconds: float) -> str:
    whole = max(1, math.ceil(seconds))
    if whole > 90:
        return f"try again in {math.ceil(whole / 60)} minutes"
    return f"try again in {_counted(whole, 'second')}"


def _counted(count: int, what: str) -> str:
    return f"{count:,} {what}{'' if count == 1 else 's'}"
