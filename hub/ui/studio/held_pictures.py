"""Pictures that pages gave, in memory while their page is open: none is written to a disk unless its owner agrees."""

import hashlib
import secrets
import threading
import time
from collections import OrderedDict

from hub.errors import MissingFile, PictureError
from hub.language.sentence import Sentence

MOST = 128 << 20  # bytes of all pictures; the oldest are gone first
UNCLAIMED = 120.0  # seconds until a page must have claimed what was sent
OFFERED = "offered "  # begins the owner of what no page has claimed; no page is called so
GONE = Sentence("The picture is no longer here: give it again.")


class HeldPictures:
    """PNGs by page and SHA-256, each for ``seconds`` at most. Safe to call from several threads.

    A page reads its own only. The engine reads by SHA-256, which no page can name that does not have the picture.
    """

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._held: OrderedDict[tuple[str, str], tuple[bytes, float]] = OrderedDict()  # oldest first, with their end
        self._lock = threading.Lock()

    def offer(self, png: bytes) -> str:
        """Hold a picture that no page has claimed yet, and return the name to claim it by, which can't be guessed."""
        name = secrets.token_urlsafe(24)
        self._add(f"{OFFERED}{name}", png, UNCLAIMED)
        return name

    def claim(self, page: str, name: str) -> str:
        """Make a picture that was offered a page's own, and return its SHA-256.

        Raises: PictureError for a name that stands for none, or none any more.
        """
        with self._lock:
            key = next((key for key in self._held if key[0] == f"{OFFERED}{name}"), None)
            png, until = self._held.pop(key) if key else (b"", 0.0)
        if until <= time.monotonic():
            raise PictureError(GONE)
        return self.hold(page, png)

    def hold(self, page: str, png: bytes) -> str:
        """Hold a picture for a page, and return its SHA-256."""
        return self._add(page, png, self._seconds)

    def of(self, page: str, sha256: str) -> bytes:
        """Return a page's own picture. Raises: PictureError where it has none of this SHA-256."""
        with self._lock:
            png, until = self._held.get((page, sha256), (b"", 0.0))
        if until <= time.monotonic():
            raise PictureError(GONE)
        return png

    def read(self, sha256: str) -> bytes:
        """Return the picture of this SHA-256, whoever's it is: for the engine. Raises: MissingFile."""
        with self._lock:
            found = next((png for (_, digest), (png, _) in self._held.items() if digest == sha256), None)
        if found is None:
            raise MissingFile(GONE)
        return found

    def clear(self, page: str) -> None:
        """Forget what a page gave."""
        with self._lock:
            for key in [key for key in self._held if key[0] == page]:
                del self._held[key]

    def __len__(self) -> int:
        """Return how many pictures are held."""
        return len(self._held)

    def _add(self, owner: str, png: bytes, seconds: float) -> str:
        sha256, now = hashlib.sha256(png).hexdigest(), time.monotonic()
        with self._lock:
            self._held.pop((owner, sha256), None)
            self._held[owner, sha256] = png, now + seconds
            for key in [key for key, (_, until) in self._held.items() if until <= now]:
                del self._held[key]
            left = sum(len(png) for png, _ in self._held.values())
            while left > MOST:
                left -= len(self._held.popitem(last=False)[1][0])
        return sha256
