"""How much one rater, and one network address, may do in a time."""

import logging
import math
import threading

from hub.errors import BattleError
from hub.language.sentence import Sentence
from hub.moving_window import MovingWindow
from hub.raters import Rater

log = logging.getLogger(__name__)
MINUTE, HOUR = 60.0, 3600.0
BATTLES = (  # what is said of one too many: to a rater, and to a whole network
    Sentence("You have drawn {many} within a minute, which is the most: {cure}."),
    Sentence("Your network has drawn {many} within a minute, which is the most: {cure}."),
)
VOTES = (
    Sentence("You have given {many} within an hour, which is the most: {cure}."),
    Sentence("Your network has given {many} within an hour, which is the most: {cure}."),
)
BATTLE = Sentence("{n:,} battle"), Sentence("{n:,} battles")
VOTE = Sentence("{n:,} vote"), Sentence("{n:,} votes")
SECOND = Sentence("try again in {n:,} second"), Sentence("try again in {n:,} seconds")
Forms = tuple[Sentence, Sentence]
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
        return self._count(self.battles, rater, BATTLES, BATTLE)

    def vote(self, rater: Rater) -> bool:
        """Count one vote of a rater; return False where the limit could not be checked.

        Raises: BattleError for one too many.
        """
        return self._count(self.votes, rater, VOTES, VOTE)

    def _count(self, windows: Windows, rater: Rater, refusals: Forms, noun: Forms) -> bool:
        own, shared = windows
        to_one, to_all = refusals
        asked = [(own, rater.id, to_one)] + ([(shared, rater.network, to_all)] if rater.network else [])
        with self._lock:
            try:
                waits = [(window.wait(key), window, refusal) for window, key, refusal in asked]
                full = next((one for one in waits if one[0] > 0), None)
                if full is None:
                    for window, key, _ in asked:
                        window.count(key)
            except Exception:  # our failure must never cost a rater's vote
                self._outages.fails("The rate limit")
                return False
        self._outages.works("The rate limit")
        if full is not None:
            wait, window, refusal = full
            many = _count_things(window.most, noun)
            raise BattleError(Sentence(refusal, many=many, cure=_format_wait(wait)), "limit")
        return True


def _format_wait(seconds: float) -> Sentence:
    whole = max(1, math.ceil(seconds))
    if whole > 90:
        return Sentence("try again in {n} minutes", n=math.ceil(whole / 60))
    return _count_things(whole, SECOND)


def _count_things(count: int, forms: Forms) -> Sentence:
    return Sentence(forms[count != 1], n=count)
