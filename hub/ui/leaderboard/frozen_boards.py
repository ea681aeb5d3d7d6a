"""Frozen leaderboards: a file each in the data folder, named by its content, so that a link always shows the same."""

import gzip
import hashlib
import re
import threading
import time
from functools import lru_cache
from pathlib import Path

from eval.leaderboard.standings import Standings, read_standings
from hub.errors import DataError, MissingFile
from hub.files import write_whole
from hub.language.sentence import Sentence

FOLDER, SUFFIX = "boards", ".json.gz"  # below the data folder
NAME = re.compile(r"[0-9a-f]{32}")
APART = 60.0  # seconds between two that are kept, so that nobody fills the disk
LOADED = 8
UNKNOWN = Sentence("No report was frozen here under this address: look at the leaderboard of now.")
CHANGED = Sentence("The report of this address is not what was frozen: its file was changed.")


class FrozenBoards:
    """The frozen leaderboards of a data folder, by name. Safe to use from several threads."""

    def __init__(self, data: Path) -> None:
        self._folder, self._lock = data / FOLDER, threading.Lock()
        self._last, self._until = "", 0.0
        self.read = lru_cache(LOADED)(self._read)

    def freeze(self, standings: Standings) -> str:
        """Return the name of a leaderboard that is kept now, or was within the last minute.

        Raises: StorageError.
        """
        with self._lock:
            if time.monotonic() < self._until:
                return self._last
            text = standings.to_text().encode()
            name = _name(text)
            path = self._folder / f"{name}{SUFFIX}"
            if not path.exists():
                write_whole(path, gzip.compress(text, mtime=0))
            self._last, self._until = name, time.monotonic() + APART
            return name

    def _read(self, name: str) -> Standings:
        """Return the leaderboard of a name.

        Raises: MissingFile where there is none, DataError where its file was changed.
        """
        path = self._folder / f"{name}{SUFFIX}"
        if not NAME.fullmatch(name) or not path.is_file():
            raise MissingFile(UNKNOWN)
        try:
            text = gzip.decompress(path.read_bytes())
        except (OSError, EOFError, ValueError) as error:
            raise DataError(CHANGED) from error
        if _name(text) != name:
            raise DataError(CHANGED)
        return read_standings(text.decode())


def _name(text: bytes) -> str:
    return hashlib.sha256(text).hexdigest()[:32]
