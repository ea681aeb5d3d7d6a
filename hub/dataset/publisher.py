"""Publishing while the hub runs, in a thread of its own: votes go on whatever the Hub does."""

import logging
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from hub.dataset.board_files import list_boards
from hub.dataset.card import write_card
from hub.dataset.pull import Pulled, pull_shards
from hub.dataset.push import push_shards
from hub.dataset.repository import NoDataSet
from hub.dataset.shard_names import list_local_shards
from hub.errors import HubError, StorageError
from hub.huggingface.retry import Patience
from hub.language.sentence import Sentence
from hub.settings import Settings
from hub.votes import VoteLog
from hub.votes.shard_damage import find_damage

logger = logging.getLogger(__name__)
FIRST_PULL = 60.0  # seconds that the start of the hub waits for it
LAST_PUSH = 60.0  # seconds that the end of the hub waits for it


@dataclass(frozen=True)
class Published:
    """The state of publishing: ``waiting`` are sealed shards that are not in the data set, None while that is unknown.

    ``success`` is the time of the last round in which nothing failed, ``error`` the sentence about the latest failure
    since, or else about a damaged shard, and ``failures`` counts them all. ``damaged`` are shards here that are not
    what was written: they are left out everywhere, and fetched again where the data set has them.
    """

    success: float | None
    failures: int
    error: str
    waiting: tuple[Path, ...] | None
    damaged: tuple[Path, ...] = ()


class Publisher:
    """Seals the log and pushes its shards every ``publish_minutes``, at the start, and once more at the end.

    With no data set named it only seals and keeps the card, so that the folder can be loaded. What could not be
    published stays here, is logged in one sentence, and is tried again the next time.
    """

    def __init__(self, settings: Settings, log: VoteLog, patience: Patience | None = None) -> None:
        self.settings = settings
        self.log = log
        self._patience = replace(patience or Patience(), stopping=threading.Event())
        self._fetched = threading.Event()  # or given up for now
        self._complete = not settings.dataset  # all that was published before is here
        self._published: frozenset[str] | None = None
        self._success: float | None = None
        self._failures, self._error = 0, ""
        self._damaged: dict[Path, Sentence] = {}
        self._thread = threading.Thread(target=self._run, name="publisher", daemon=True)

    def start(self, seconds: float = FIRST_PULL) -> None:
        """Fetch the published shards, for this many seconds at most, then publish in the background."""
        self._thread.start()
        if not self._fetched.wait(seconds):
            logger.warning("What was published before is not all here yet; it is being fetched.")

    def stop(self, seconds: float = LAST_PUSH) -> None:
        """Publish what is left, in this many seconds at most; then the thread ends with the process."""
        self._patience.stopping.set()
        self._thread.join(seconds)
        if self._thread.is_alive():
            logger.warning("The last votes are not published yet; they are safe here, the next start publishes them.")

    @property
    def state(self) -> Published:
        """The present state of publishing, by the names of the shards; with no data set named, nothing ever waits."""
        damaged = self._damaged
        error = self._error or next(iter(damaged.values()), "")
        return Published(self._success, self._failures, error, self._waiting(), tuple(damaged))

    def _waiting(self) -> tuple[Path, ...] | None:
        if not self.settings.dataset:
            return ()
        done = self._published
        try:
            shards = list_local_shards(self.settings.data)
        except StorageError:  # the round that meets it tells of it
            return None
        return None if done is None else tuple(path for name, path in shards.items() if name not in done)

    def _run(self) -> None:
        while True:
            last, before = self._patience.stopping.is_set(), self._failures
            for step in (self._fetch, self._inspect, self.log.seal, self._publish):
                self._guarded(step)
                self._fetched.set()
            if self._failures == before:
                self._success, self._error = time.time(), ""
            if last:
                return
            self._patience.stopping.wait(self.settings.publish_minutes * 60)

    def _guarded(self, step: Callable[[], None]) -> None:
        try:
            step()
        except HubError as error:
            self._failures, self._error = self._failures + 1, str(error)
            logger.error("%s", error)
        except Exception as error:
            self._failures, self._error = self._failures + 1, f"a fault of the hub: {type(error).__name__}"
            logger.exception("Publishing failed by a fault of the hub; it is tried again.")

    def _fetch(self) -> None:
        if self._complete or self._patience.stopping.is_set():
            return
        try:
            pulled = pull_shards(self.settings.data, self.settings, patience=self._patience)
        except NoDataSet:
            pulled = Pulled((), ())  # the first push makes it
        self._complete = True
        self._tell("Fetched", pulled.files, pulled.problems)

    def _inspect(self) -> None:
        """Find damaged shards, log each once, and fetch again those that the data set has."""
        found = self._find_damaged()
        new = found.keys() - self._damaged.keys()
        self._damaged = found
        for path in new:
            logger.error("%s", found[path])
        if new and self.settings.dataset and not self._patience.stopping.is_set():
            pulled = pull_shards(self.settings.data, self.settings, patience=self._patience)
            self._damaged = self._find_damaged()
            self._tell("Fetched again", pulled.files, pulled.problems)

    def _find_damaged(self) -> dict[Path, Sentence]:
        paths = list_local_shards(self.settings.data).values()
        return {path: problem for path in paths if (problem := find_damage(path))}

    def _publish(self) -> None:
        data = self.settings.data
        files = frozenset({**list_local_shards(data), **list_boards(data, self.settings)})
        if not self.settings.dataset:
            write_card(data, self.settings)
        elif files != self._published:
            pushed = push_shards(data, self.settings, patience=self._patience)
            self._published = files
            self._tell("Published", pushed.files, pushed.problems)

    def _tell(self, what: str, files: Sequence[str], problems: Sequence[str]) -> None:
        for problem in problems:
            logger.error("%s", problem)
        logger.info("%s: %d files of %s.", what, len(files), self.settings.dataset)
