"""The addresses of runs' pictures on pages: a page that looks again gets the address that it has."""

import threading
from collections import OrderedDict
from contextlib import suppress
from pathlib import Path

from hub.ui.picture_addresses import PictureAddresses

MOST = 8192  # addresses that are remembered


class PreviewAddresses:
    """Hangs files of runs onto pages. Safe to call from several threads."""

    def __init__(self, addresses: PictureAddresses, wall: str) -> None:
        self._addresses, self._wall = addresses, wall
        self._known: OrderedDict[tuple[str, Path, int], str] = OrderedDict()
        self._lock = threading.Lock()

    def hang(self, page: str, path: Path) -> str:
        """Return the address of a picture for a page; empty where the file is gone."""
        with suppress(OSError):
            key = (page, path, path.stat().st_mtime_ns)
            with self._lock:
                known = self._known.get(key, "")
                if known and self._addresses.read(known) is not None:
                    return known
                self._known[key] = self._addresses.hang(self._wall, page, path.read_bytes())
                while len(self._known) > MOST:
                    self._known.popitem(last=False)
                return self._known[key]
        return ""
