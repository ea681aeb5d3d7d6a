"""A rater's own votes: how many there are, what they say together, and taking all of them back."""

import itertools
import threading
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from eval.ratings.board import Rule
from eval.ratings.by_question import Cluster, Wanted, rate_questions
from eval.summary import Question
from hub.errors import BattleError
from hub.language.sentence import Sentence
from hub.log_entries import Withdrawal
from hub.raters import KnownBy, Rater
from hub.schema import WITHDRAWN
from hub.ui.battle.verdict_counts import VerdictCounts
from hub.votes import TABLE, VoteLog, read_votes
from hub.votes.rows import OWN
from hub.votes.withdrawn import mark_withdrawn

DAY = 24 * 3600.0
LEAST = 30  # votes on a question from which a rater sees ratings by their own
BUSY = Sentence("Somebody else's votes are being read just now: try again in a moment.")
NO_COOKIE = Sentence("This browser keeps no cookie, by which its votes would be known: allow cookies and reload.")


def count_raters(table: pa.Table) -> Counter[str]:
    """Return how many votes each rater gave, without those that were taken back."""
    if not table.num_rows:
        return Counter()
    kept = pc.invert(pc.match_substring(pc.fill_null(table["excluded"].cast(pa.string()), ""), WITHDRAWN))
    found = pc.value_counts(table.filter(pc.and_(kept, pc.equal(table["source"], OWN)))["rater"])
    return Counter({one["values"]: one["counts"] for one in found.to_pylist() if one["values"]})


def count_days_in_row(times: Iterable[float], now: float, west: int = 0) -> int:
    """Return on how many days in a row there was a vote, of which the last is today or yesterday.

    ``times`` and ``now`` are UTC in seconds since 1970, ``west`` the minutes by which a rater's clock is behind UTC.
    """
    days = {(time - 60 * west) // DAY for time in times}
    today = (now - 60 * west) // DAY
    last = today if today in days else today - 1
    return next(count for count in itertools.count() if last - count not in days)


class OwnVotes:
    """The votes of each rater, beginning with those of before, of whom ``count`` has the numbers.

    Those that are taken back leave the ``verdicts``.

    Safe to use from threads. Votes are read from the files one rater at a time: who looks must not hold up who votes.
    """

    def __init__(self, data: Path, log: VoteLog, count: Counter[str], verdicts: VerdictCounts) -> None:
        self._data, self._log, self._count, self._verdicts = data, log, count, verdicts
        self._lock, self._reading, self._withdrawing = threading.Lock(), threading.Lock(), threading.Lock()

    def count(self, rater: Rater) -> int:
        """Return how many votes this rater gave and did not take back; 0 for one of those without a cookie."""
        with self._lock:
            return 0 if rater.known_by is KnownBy.page else self._count[rater.id]

    def add(self, rater: Rater, votes: int) -> None:
        """Count more votes of a rater, or fewer."""
        with self._lock:
            self._count[rater.id] = max(0, self._count[rater.id] + votes)

    def read(self, rater: Rater) -> pa.Table:
        """Return this rater's votes whose names they may know, without those taken back, ordered by time.

        Raises: BattleError while others are read, and for who is known by no cookie: all such raters of a network are
        one.
        """
        if rater.known_by is KnownBy.page:
            raise BattleError(NO_COOKIE, "cookies")
        if not self._reading.acquire(blocking=False):
            raise BattleError(BUSY, "limit")
        try:
            table = read_votes(self._data).table if self._data.exists() else None
        finally:
            self._reading.release()
        if table is None:
            return TABLE.empty_table()
        table = mark_withdrawn(table, self._log.told.withdrawn)
        secret = pa.array(list(self._log.told.untold), pa.string())
        gone = pc.match_substring(pc.fill_null(table["excluded"].cast(pa.string()), ""), WITHDRAWN)
        own = pc.and_(pc.equal(table["rater"], rater.id), pc.equal(table["source"], OWN))
        return table.filter(pc.and_(own, pc.invert(pc.or_(gone, pc.is_in(table["id"], secret)))))

    def rate(self, rater: Rater) -> Sequence[Question]:
        """Return the ratings by this rater's votes alone, of each question that has at least ``LEAST`` of them.

        Votes on one prompt may resemble one another, and the intervals know of that.
        """
        rated = rate_questions(self.read(rater), Wanted(Rule(), Cluster.prompt, (), None))
        return [one.question for one in rated if one.question.counts.used >= LEAST]

    def withdraw(self, rater: Rater) -> int:
        """Take all votes back whose names this rater may know; return how many. Raises StorageError."""
        with self._withdrawing:  # else two withdrawals at once would take the same votes back
            votes = self.read(rater)
            for number, id in enumerate(votes["id"].to_pylist()):
                self._log.withdraw(Withdrawal(vote=id, time=time.time(), rater=rater.id))
                self.add(rater, -1)
                self._verdicts.withdraw(votes.slice(number, 1))
        return int(votes.num_rows)
