"""Pictures by address: a page is told where a picture is, and its browser fetches it.

So no event, and nothing that is kept for a page, holds a picture's bytes. An address is a random number: it tells
nothing, can't be guessed, and is gone when the page shows something else, is closed, or has been open too long.
"""

import secrets
import threading
import time
from collections import OrderedDict
from dataclasses import dataclass

from anyio.to_thread import run_sync
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from hub.errors import MissingFile
from hub.votes import ContentStore

PREFIX = "picture/"  # relative to the page, which may be served below another path
HELD = 256 << 20  # bytes of pictures that are in no file, of all pages; the oldest are gone first
HEADERS = {"cache-control": "private, no-store", "x-content-type-options": "nosniff"}
FORMS = {b"GIF8": "image/gif", b"PK": "application/zip"}  # by how a file begins; all others are PNGs
GONE = "This picture is gone."


@dataclass(frozen=True)
class _Hung:
    """A picture on a page's wall: its bytes, or its SHA-256 in the store."""

    wall: str
    page: str
    picture: bytes | str
    until: float  # of the monotonic clock

    @property
    def held(self) -> int:
        """The bytes of it in memory."""
        return len(self.picture) if isinstance(self.picture, bytes) else 0


class PictureAddresses:
    """The addresses of the pictures that pages show, each valid for ``seconds`` at most.

    Safe to call from several threads.
    """

    def __init__(self, store: ContentStore, seconds: float) -> None:
        self._store, self._seconds = store, seconds
        self._hung: OrderedDict[str, _Hung] = OrderedDict()  # by name, oldest first
        self._held = 0
        self._lock = threading.Lock()

    def hang(self, wall: str, page: str, picture: bytes | str) -> str:
        """Return a new address of a picture on a page's wall; ``picture`` is its bytes, or its SHA-256 in the store."""
        name, now = secrets.token_urlsafe(24), time.monotonic()
        hung = _Hung(wall, page, picture, now + self._seconds)
        with self._lock:
            self._hung[name] = hung
            self._held += hung.held
            while next(iter(self._hung.values())).until <= now:
                self._drop(next(iter(self._hung)))
            for oldest in [key for key, one in self._hung.items() if one.held] if self._held > HELD else []:
                if self._held > HELD:
                    self._drop(oldest)
        return f"{PREFIX}{name}"

    def clear(self, page: str, wall: str | None = None) -> None:
        """Forget the pictures of a page's wall; without a wall, those of the whole page."""
        with self._lock:
            gone = [key for key, one in self._hung.items() if one.page == page and wall in {None, one.wall}]
            for name in gone:
                self._drop(name)

    def read(self, address: str) -> bytes | None:
        """Return the picture at an address, None where there is none, or none any more."""
        with self._lock:
            hung = self._hung.get(address.removeprefix(PREFIX))
        if hung is None or hung.until <= time.monotonic():
            return None
        if isinstance(hung.picture, bytes):
            return hung.picture
        try:
            return self._store.read_image(hung.picture)
        except MissingFile:  # it has been taken away meanwhile
            return None

    def __len__(self) -> int:
        """Return how many addresses are kept, which includes some that just ended."""
        with self._lock:
            return len(self._hung)

    def _drop(self, name: str) -> None:
        self._held -= self._hung.pop(name).held


class PictureDoor:
    """ASGI middleware that answers for pictures' addresses, for all pictures alike but for their bytes."""

    def __init__(self, app: ASGIApp, addresses: PictureAddresses) -> None:
        self.app, self.addresses = app, addresses

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer for a picture; pass other requests on."""
        path = scope.get("path", "").removeprefix(scope.get("root_path", "")).lstrip("/")
        if scope["type"] != "http" or not path.startswith(PREFIX):
            await self.app(scope, receive, send)
            return
        png = await run_sync(self.addresses.read, path) if scope["method"] in {"GET", "HEAD"} else None
        if png is None:
            await Response(GONE, 404, HEADERS, "text/plain")(scope, receive, send)
        else:
            form = next((form for start, form in FORMS.items() if png.startswith(start)), "image/png")
            await Response(png, 200, HEADERS, form)(scope, receive, send)
