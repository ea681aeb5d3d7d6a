"""Votes that may be told of: those of this process, each as soon as nothing of its battle is secret any more.

What is shown of all votes together while battles are open, as a leaderboard, is one vote's secret too: whoever looks
before and after it sees who won. So a vote is handed on when the names of its battle are told, or its time is over.
"""

import threading
from collections.abc import Callable
from contextlib import suppress
from queue import Empty, SimpleQueue

from hub.schema import Vote
from hub.votes.open_battles import OpenBattles

Follower = Callable[[Vote], None]


def drain(told: SimpleQueue[Vote]) -> list[Vote]:
    """Return all votes that a follower put into a queue, and empty it."""
    votes = []
    with suppress(Empty):
        while True:
            votes.append(told.get_nowait())
    return votes


class ToldVotes:
    """Hands votes on to whoever follows them; until then only their ids are told. Safe to use from several threads."""

    def __init__(self, open_battles: OpenBattles) -> None:
        self._open = open_battles
        self._untold: dict[str, Vote] = {}
        self._expected: set[str] = set()
        self._withdrawn: set[str] = set()
        self._followers: tuple[Follower, ...] = ()
        self._lock = threading.Lock()

    def follow(self, follower: Follower) -> None:
        """Hand every vote that is told from now on to ``follower``, which must be quick and raise nothing."""
        with self._lock:
            self._followers = (*self._followers, follower)

    def expect(self, id: str) -> None:
        """Say that the vote of this id is about to be written; of one that could not be, nothing is told."""
        with self._lock:
            self._expected.add(id)

    def add(self, vote: Vote) -> None:
        """Take a vote that is on disk."""
        with self._lock:
            self._expected.discard(vote.id)
            self._untold[vote.id] = vote
        self.tell(vote.id)

    def withdraw(self, id: str) -> None:
        """Take a vote as withdrawn: it is not handed on any more."""
        with self._lock:
            self._untold.pop(id, None)
            self._withdrawn.add(id)

    def tell(self, *battles: str) -> None:
        """Hand on the votes of these battles whose names are told."""
        with self._lock:
            told = [self._untold.pop(id) for id in battles if id in self._untold and id not in self._open]
            followers = self._followers
        for vote in told:
            for follower in followers:
                follower(vote)

    def look(self) -> None:
        """Hand on all votes whose battles are over, as by time."""
        with self._lock:
            waiting = tuple(self._untold)
        self.tell(*waiting)

    @property
    def withdrawn(self) -> tuple[str, ...]:
        """Ids of the votes that were withdrawn in this process."""
        with self._lock:
            return tuple(self._withdrawn)

    @property
    def untold(self) -> tuple[str, ...]:
        """Ids of the votes in this process's files that may not be told of yet, also of those on their way there."""
        self.look()
        with self._lock:
            return (*self._untold, *self._expected)
