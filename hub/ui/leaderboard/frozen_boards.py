"""Frozen leaderboards of the page: a link each that always shows the same, and how it is cited."""

import re
import threading
import time
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path

from eval.leaderboard.standings import Standings, read_standings
from hub.dataset.board_files import read_board, write_board

APART = 60.0  # seconds between two that are kept, so that nobody fills the disk
LOADED = 8
URL = "URL-OF-THE-BOARD"  # in whose place the page, which knows it, puts its address
TEXT = """@misc{{vernissage-{key},
  title = {{Vernissage leaderboard}},
  author = {{{{Vernissage}}}},
  year = {{{year}}},
  note = {{{votes} votes on {entries} text-to-image generators{until}. Frozen report {key}}},
  howpublished = {{\\url{{{url}}}}}
}}"""


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


def make_citation(standings: Standings, name: str) -> str:
    """Return the BibTeX entry of a frozen leaderboard of this name; its year is that of the last vote."""
    key = re.sub(r"[^0-9a-zA-Z]", "", name)[:12]
    last = None if standings.until is None else datetime.fromtimestamp(standings.until, UTC)
    entries = {row.generator for rows in standings.ratings.values() for row in rows}
    return TEXT.format(
        key=key, year=last.year if last else "", votes=f"{standings.used:,}", entries=len(entries), url=URL,
        until=f", given until {last:%Y-%m-%d}" if last else "",
    )  # fmt: skip
