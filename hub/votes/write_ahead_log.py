"""The write-ahead log: an entry is on disk before its append returns.

Appends of many threads share one write and one fsync (group commit): a thread that finds no batch waiting opens one and
leads it; one that comes while the leader waits for the disk adds a line and waits for the leader. So there is never
more than one batch being written and one waiting.
"""

import errno
import os
import threading
import time
import weakref
from collections.abc import Callable
from pathlib import Path

from hub.language.sentence import Sentence
from hub.log_entries import Drawing, LogEntry, Reasons, Withdrawal, battle_of
from hub.schema import Vote
from hub.votes.compaction import Compactor
from hub.votes.disk import make_storage_error, remove_stale_parts
from hub.votes.open_battles import OpenBattles
from hub.votes.segment import Segment, make_line
from hub.votes.told_votes import ToldVotes

WRITTEN = {Drawing: Sentence("The picture"), Reasons: Sentence("What you say why")}


class _Batch:
    """Lines that go to disk together; failed until it is known that they are there."""

    def __init__(self) -> None:
        self.lines: list[bytes] = []
        self.error: OSError | None = OSError(errno.EINTR, "the write was interrupted")
        self._word = threading.Lock()
        self._word.acquire()

    def wait(self) -> None:
        """Wait until the leader has written the batch; raise its error if it could not."""
        with self._word:
            pass

    def tell(self) -> None:
        """Wake the threads that wait for the batch."""
        self._word.release()


class VoteLog:
    """Appends votes and drawings to a segment of this process and seals segments into shards.

    Safe to call from several threads; a forked child gets a segment of its own. ``recovered`` says, a sentence each,
    what dead processes had left behind. ``written`` is called after each write to disk, fsync and all, with its
    seconds.

    Shards are published, so nothing of an open battle gets into one: a drawing waits in its segment until its battle is
    voted on or ``battle_seconds`` old, and a vote whose names are withheld until they are told, or as long.
    """

    _waiting: _Batch | None
    _segment: Segment | None
    _compactor: Compactor
    told: ToldVotes

    def __init__(
        self,
        data: Path,
        *,
        seal_rows: int = 5000,
        seal_seconds: float = 600,
        battle_seconds: float = 0,
        written: Callable[[float], None] = lambda seconds: None,
    ) -> None:
        self.data = data
        self._written = written
        self.seal_rows = seal_rows
        self.seal_seconds = seal_seconds
        self.battle_seconds = battle_seconds
        remove_stale_parts(data)
        self._reset()
        self.recovered = self._compactor.recover()
        _logs.add(self)

    def append(self, entry: LogEntry, *, names_withheld: bool = False) -> None:
        """Append one entry; when this returns, it is on disk.

        ``names_withheld``: the rater does not learn from this vote who is who, so that its battle stays open until
        ``tell`` is called for it.

        Raises: StorageError, and then nothing of it counts.
        """
        line = make_line(entry.model_dump_json().encode())
        if names_withheld or isinstance(entry, Drawing):
            self._open.hold(battle_of(entry))
        if isinstance(entry, Vote):
            self.told.expect(entry.id)
        with self._adding:
            batch = self._waiting or _Batch()
            leads = batch is not self._waiting
            self._waiting = batch
            batch.lines.append(line)
        if leads:
            self._lead(batch)
        else:
            batch.wait()
        if batch.error:
            raise make_storage_error(WRITTEN.get(type(entry), Sentence("Your vote")), batch.error) from batch.error
        if isinstance(entry, Vote):
            if not names_withheld:
                self._open.release(entry.id)
            self.told.add(entry)

    def withdraw(self, withdrawal: Withdrawal) -> None:
        """Append that a vote was taken back; no leaderboard counts it from now on.

        Raises: StorageError, and then the vote stays.
        """
        self.append(withdrawal)
        self.told.withdraw(withdrawal.vote)
        self._open.release(withdrawal.vote)

    def tell(self, battle: str) -> None:
        """Close a battle whose names a vote withheld, because they are told now: its entries may be published."""
        self._open.release(battle)
        self.told.tell(battle)

    def withhold(self, battle: str) -> None:
        """Keep a battle open for the time of another battle, as when it is shown again."""
        self._open.hold(battle)

    @property
    def segments(self) -> tuple[str, ...]:
        """Names of the segments that this process holds."""
        with self._writing:
            return tuple(one.path.name for one in (*self._compactor.sealed, self._segment) if one)

    def end_battles(self) -> None:
        """Close all battles, as nobody can vote any more."""
        self._open.end()

    def seal(self) -> None:
        """Turn all appended entries into shards, but those of open battles, while appends go on.

        Raises: StorageError, and loses nothing.
        """
        with self._writing:
            self._rotate()
        self._compactor.finish()

    def close(self) -> None:
        """Turn all appended entries into shards; those that can't be made now are made when the log is opened again."""
        self.end_battles()
        with self._writing:
            self._rotate()
        self._compactor.stop()

    def _reset(self) -> None:
        self._adding = threading.Lock()  # held to add to the batch that waits
        self._writing = threading.Lock()  # held to use the segment
        self._waiting = None
        self._segment = None
        self._open = OpenBattles(self.battle_seconds)
        self.told = ToldVotes(self._open)
        self._compactor = Compactor(self.data, self._rotate_aged, self._open)

    def _lead(self, batch: _Batch) -> None:
        """Write a batch as soon as the one before is written, and wake the threads that wait for it."""
        try:
            with self._writing:
                self._shut(batch)
                self._write(batch)
        finally:
            self._shut(batch)
            batch.tell()

    def _shut(self, batch: _Batch) -> None:
        """Close a batch to further lines."""
        with self._adding:
            if self._waiting is batch:
                self._waiting = None

    def _write(self, batch: _Batch) -> None:
        try:
            if self._segment is None:
                self._segment = Segment.create(self.data)
                self._compactor.start()
            start = time.perf_counter()
            self._segment.append(b"".join(batch.lines), len(batch.lines))
            batch.error = None
            self._written(time.perf_counter() - start)
        except OSError as error:
            batch.error = error
        if self._segment and (self._segment.spoilt or self._segment.entries >= self.seal_rows):
            self._rotate()

    def _rotate(self) -> None:
        """Seal the live segment; the next entry starts another."""
        if self._segment:
            self._compactor.add(self._segment)
            self._segment = None

    def _rotate_aged(self) -> float:
        with self._writing:
            left = self.seal_seconds
            if self._segment:
                left += self._segment.born - time.monotonic()
                if left <= 0:
                    self._rotate()
                    left = self.seal_seconds
        return left

    def forked(self) -> None:
        """Leave the parent's segments to the parent, in a forked child."""
        if self._segment:
            self._segment.close()
        self._compactor.forget()
        self._reset()


_logs: weakref.WeakSet[VoteLog] = weakref.WeakSet()


def _reset_forked() -> None:
    for log in _logs:
        log.forked()


os.register_at_fork(after_in_child=_reset_forked)
