"""Frozen leaderboards of the page: a link each that always shows the same."""

import threading
import time
from functools import lru_cache
from pathlib import Path

from eval.leaderboard.standings import Standings, read_standings
from hub.dataset.board_files import read_board, write_board

APART = 60.0  # seconds between two that are kept, so that nobody fills the disk
LOADED = 8


class FrozenBoards:
    """The frozen leaderboards of a data folder, by name. Safe to use from several threads."""

    def __init__(self, data: Path, secret: str) -> None:
        self._data, self._secret, self._lock = data, secret, threading.Lock()
        self._last, self._until = "", 0.0
        self.read = lru_cache(LOADED)(self._read)

    def freeze(self, standings: Standings) -> str:
        """Return the name of a leaderboard that is kept now, or was within the last minute.

        Raises: StorageError.
        """
        with self._lock:
            if time.monotonic() < self._until:
                return self._last
            self._last = write_board(self._data, standings.to_text().encode(), self._secret)
            self._until = time.monotonic() + APART
            return self._last

    def _read(self, name: str) -> Standings:
        return read_standings(read_board(self._data, name, self._secret).decode())
