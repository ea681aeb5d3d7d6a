"""The votes that the gallery shows, kept in memory from when somebody first looks: told ones, added to as they come."""

import threading
import time
from collections import OrderedDict
from pathlib import Path
from queue import SimpleQueue
from typing import NamedTuple

import numpy as np

from eval.leaderboard.counted_votes import CountedVotes
from hub.errors import MissingFile
from hub.language.sentence import Sentence
from hub.schema import Vote
from hub.ui.gallery.gallery_search import Rows, ShownBattles
from hub.votes import VoteLog, make_table
from hub.votes.told_votes import drain
from hub.votes.vote_finder import VoteFinder

KEPT = 2000  # votes whose pictures and setups are told without reading them again
APART = 2.0  # seconds between two looks for votes that came, at least
IDLE = 600.0  # seconds without anybody who looks, after which no told vote is kept for the next look
REST = 10  # times as long as a look took, so that a gallery of very many votes takes little from those who vote
GONE = Sentence("This battle is not in the gallery: it was taken back, or its names are not told yet.")


class _ReadVote(NamedTuple):
    """A vote, and the battles among which it was when it was asked for last."""

    vote: Vote
    shown: ShownBattles


class GalleryVotes:
    """The told votes of a data folder as the gallery shows them. Safe to use from several threads.

    Nothing is read before somebody looks, and what was told before that comes from the files.
    """

    def __init__(self, data: Path, votes: VoteLog) -> None:
        self._data, self._votes = data, votes
        self._told: SimpleQueue[Vote] = SimpleQueue()
        self._looked, self._missed = -IDLE, threading.Event()
        self._lock, self._cache_lock = threading.Lock(), threading.Lock()
        self._counted: CountedVotes | None = None
        self._finder = VoteFinder(data)
        self._cache: OrderedDict[str, _ReadVote] = OrderedDict()
        self._shown, self._next = ShownBattles.of(make_table([])), 0.0
        votes.told.follow(self._take)

    def _take(self, vote: Vote) -> None:
        """Keep a vote for the next look; where nobody looks any more, all are read anew then."""
        if time.monotonic() < self._looked + IDLE:
            self._told.put(vote)
        else:
            self._missed.set()

    @property
    def battles(self) -> ShownBattles:
        """Return the battles of now; of the last seconds some may be missing.

        Raises: DataError, StorageError for a data folder that can't be read.
        """
        with self._lock:
            begun = time.monotonic()
            if begun >= self._next:
                self._refresh()
                took = time.monotonic() - begun
                self._next = begun + took + max(APART, took * REST)
            return self._shown

    def _refresh(self) -> None:
        """Read what came since the last time."""
        self._looked = time.monotonic()  # from here on votes are told to this
        self._votes.told.look()
        came = drain(self._told)
        if self._missed.is_set():
            self._missed.clear()
            self._counted = None
        if self._counted is None:
            told = self._votes.told
            counted = CountedVotes(
                self._data, lambda: self._votes.segments, lambda: told.untold, lambda: told.withdrawn
            )
            counted.add(came)  # which also takes in what this process's raters took back
            self._counted = counted
        elif not self._counted.add(came):
            return
        self._shown = ShownBattles.of(self._counted.read.table)

    def read(self, shown: ShownBattles, rows: Rows) -> list[Vote]:
        """Return the votes of these rows, in their order; those whose files are gone meanwhile are left out.

        Raises: StorageError, DataError.
        """
        part = shown.table.take(rows).select(["id", "time"]).to_pylist()
        with self._cache_lock:
            have = {one["id"]: self._cache[one["id"]].vote for one in part if one["id"] in self._cache}
        lacking = {one["id"]: one["time"] for one in part if one["id"] not in have}
        have |= self._finder.find(lacking) if lacking else {}
        with self._cache_lock:
            for id, vote in have.items():
                self._cache[id] = _ReadVote(vote, shown)
                self._cache.move_to_end(id)
            while len(self._cache) > KEPT:
                self._cache.popitem(last=False)
        return [have[one["id"]] for one in part if one["id"] in have]

    def find(self, id: str) -> Vote:
        """Return the vote of a battle that is shown.

        Raises: MissingFile for any other, StorageError, DataError.
        """
        shown = self.battles
        with self._cache_lock:
            known = self._cache.get(id)
        if known and known.shown is shown:
            return known.vote
        row = shown.find(id)
        found = [] if row is None else self.read(shown, np.array([row]))
        if not found:
            raise MissingFile(GONE)
        return found[0]
