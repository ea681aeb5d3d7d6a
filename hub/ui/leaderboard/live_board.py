"""The leaderboard of now: asked for, it follows the votes that are told, and its last standings are there meanwhile."""

import logging
import threading
import time
from collections.abc import Callable
from pathlib import Path
from queue import SimpleQueue
from typing import Any

from eval.leaderboard.standings import Standings, read_standings
from hub.errors import DataError
from hub.generators.contract import GENERATORS
from hub.generators.former import find_titles
from hub.schema import Vote
from hub.ui.leaderboard.counting_process import CountingProcess
from hub.votes import VoteLog
from hub.votes.told_votes import drain

log = logging.getLogger(__name__)
LOOK = 10.0  # seconds between looks for shards that others made
IDLE = 600.0  # seconds without anybody who looks, after which nothing is counted
AGAIN = 30.0  # seconds until a process that ended by itself is begun again
REST = 1.0  # seconds that the process rests between two countings at most, and else half as long as one took


class LiveBoard:
    """The standings of a data folder's told votes, counted by one process at a time, while somebody looks.

    ``number`` tells how many standings there were, ``newer`` how many votes were told since the last ones began.
    """

    def __init__(self, data: Path, votes: VoteLog) -> None:
        self._data, self._votes = data, votes
        self._told: SimpleQueue[Vote] = SimpleQueue()
        self._lock, self._wake, self._closed = threading.Lock(), threading.Event(), threading.Event()
        self._thread: threading.Thread | None = None
        self._process: CountingProcess | None = None
        self._watchers: list[Callable[[], None]] = []
        self._asked, self._failed = 0.0, -AGAIN
        self.standings: Standings | None = None
        self.number, self.newer, self.trouble = 0, 0, False
        votes.told.follow(self._take)

    def watch(self, changed: Callable[[], None]) -> None:
        """Call ``changed`` from now on whenever a vote was told, or standings came."""
        self._watchers.append(changed)

    @property
    def mark(self) -> str:
        """What changes whenever anything of the board does."""
        return f"{self.number}.{self.newer}.{self.trouble:d}"

    @property
    def process_id(self) -> int:
        """The id of the process that counts, 0 where none does."""
        process = self._process
        return process.id if process else 0

    def ask(self) -> None:
        """Say that somebody looks: votes are counted for some time from now on."""
        with self._lock:
            self._asked = time.monotonic()
            waits = self._closed.is_set() or time.monotonic() < self._failed + AGAIN
            if self._thread is None and not waits:
                self._thread = threading.Thread(target=self._run, name="leaderboard", daemon=True)
                self._thread.start()

    def close(self) -> None:
        """End the counting, and let go whoever waits for a change."""
        self._closed.set()
        self._wake.set()
        with self._lock:
            thread = self._thread
        if process := self._process:
            process.stop()
        if thread:
            thread.join()
        self._tell()

    def _tell(self) -> None:
        for changed in self._watchers:
            changed()

    def _take(self, vote: Vote) -> None:
        """Keep a vote that was told for the process; while there is none, it is read from its file later."""
        with self._lock:
            if self._thread is None:
                return
            self._told.put(vote)
            self.newer += 1
        self._wake.set()
        self._tell()

    def _run(self) -> None:
        told = self._votes.told
        facts = {
            "segments": lambda: self._votes.segments,
            "untold": lambda: told.untold,
            "withdrawn": lambda: told.withdrawn,
            "titles": lambda: find_titles().items(),
            "licences": lambda: [(one.name, one.licence) for one in GENERATORS],
        }
        try:
            with CountingProcess(self._data, facts) as self._process:
                while not self._closed.is_set() and self._count(self._process):
                    pass
        except EOFError:
            if not self._closed.is_set():
                log.warning("The process that counts the leaderboard's votes ended by itself; it is begun again later.")
                self._failed, self.trouble = time.monotonic(), True
        finally:
            with self._lock:
                self._thread = self._process = None
                self._told, self.newer = SimpleQueue(), 0
            self._tell()

    def _count(self, process: CountingProcess) -> bool:
        """Count what was told, wait for more, and return whether anybody still looks."""
        self._wake.clear()
        votes, start = drain(self._told), time.monotonic()
        self._accept(process.ask(votes), len(votes))
        self._closed.wait(min(REST, (time.monotonic() - start) / 2))
        self._wake.wait(LOOK)
        self._votes.told.look()
        return not self._closed.is_set() and time.monotonic() < self._asked + IDLE

    def _accept(self, answer: dict[str, Any], votes: int) -> None:
        """Take in what the process answered to so many votes."""
        try:
            if "standings" in answer:
                self.standings = read_standings(answer["standings"])
                self.number += 1
            self.trouble = "trouble" in answer
        except DataError as error:
            answer, self.trouble = {"trouble": str(error)}, True
        if self.trouble:
            log.warning("The leaderboard can't be counted: %s", answer["trouble"])
        with self._lock:
            self.newer -= votes
        self._tell()
