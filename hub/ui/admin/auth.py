"""Who may see the admin page: whoever knows HUB_ADMIN_TOKEN, as a bearer or through a cookie got for it.

The token is never in an address, a cookie or a line of the log. What is compared are digests, in constant time.
"""

import hashlib
import hmac
import logging
import secrets
import threading
import time
from http.cookies import SimpleCookie

from itsdangerous import BadData, URLSafeTimedSerializer
from starlette.requests import Request

from hub.moving_window import MovingWindow
from hub.raters import SIGNING, identify
from hub.ui.cookies import read_cookie_values
from hub.ui.visitors import get_address

log = logging.getLogger(__name__)
COOKIE = "vernissage_admin"
LASTS = 8 * 3600  # seconds that a login is good for
WRONG = 5  # wrong tokens a minute from one network; a wrong one more is told to come back later


class TooMany(Exception):
    """Too many wrong tokens came from a network; it may ask again in a minute."""


class Keeper:
    """Checks the admin token and gives out login cookies. Safe to use from several threads."""

    def __init__(self, token: str, secret: str, path: str = "/admin") -> None:
        """Bind logins to the token and the hub's ``secret``: a change of either ends all of them.

        Browsers send the cookie below ``path`` alone: below the admin's pages, unless the arena's own page asks for it.
        """
        self._token, self._secret, self._path = _hash_text(token), secret, path
        key = hmac.new(secret.encode(), b"admin" + self._token, hashlib.sha256).hexdigest()
        self._cookies = URLSafeTimedSerializer(key, salt="vernissage.admin", signer_kwargs=SIGNING)
        self._wrong = MovingWindow(WRONG, 60)
        self._ended: set[str] = set()  # logins that were logged out of
        self._lock = threading.Lock()

    def knows(self, given: str, request: Request) -> bool:
        """Return whether ``given`` is the token.

        The right one always passes, so that nobody's wrong ones shut others out: what keeps it from being guessed is
        its length.

        Raises: TooMany after too many wrong ones of this network.
        """
        if hmac.compare_digest(_hash_text(given), self._token):
            return True
        network = identify(self._secret, cookie=None, page="admin", login=None, address=get_address(request)).network
        with self._lock:
            often = self._wrong.wait(network) > 0
            if not often:
                self._wrong.count(network)
        if often:
            log.warning("too many wrong admin tokens", extra={"event": "admin.limited"})
            raise TooMany
        log.warning("a wrong admin token", extra={"event": "admin.refused"})
        return False

    def bearer(self, request: Request) -> bool:
        """Return whether a request has the token in its ``Authorization``.

        Raises: TooMany.
        """
        kind, _, given = request.headers.get("authorization", "").partition(" ")
        return kind.lower() == "bearer" and self.knows(given.strip(), request)

    def bake(self, secure: bool) -> str:
        """Return the ``Set-Cookie`` header of a new login; ``secure`` means that the page is served over HTTPS."""
        log.info("an admin logged in", extra={"event": "admin.login"})
        return _make_header(str(self._cookies.dumps(secrets.token_urlsafe(16))), LASTS, secure, self._path)

    def inside(self, request: Request) -> bool:
        """Return whether a request has the cookie of a valid login."""
        return self._login(request) is not None

    def end(self, request: Request, secure: bool) -> str:
        """End the login of a request, and return the ``Set-Cookie`` header that removes its cookie."""
        if login := self._login(request):
            with self._lock:
                self._ended.add(login)
        return _make_header("", 0, secure, self._path)

    def _login(self, request: Request) -> str | None:
        """Return the valid login of a request's cookie, None without one.

        A login of later than now, as the clock was put back, is none the less one that was given out here.
        """
        for value in read_cookie_values(request.headers, COOKIE):
            try:
                login, begun = self._cookies.loads(value, return_timestamp=True)
            except (BadData, UnicodeError):
                continue
            over = time.time() - begun.timestamp() > LASTS
            if isinstance(login, str) and not over and login not in self._ended:
                return login
        return None


def _hash_text(text: str) -> bytes:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()


def _make_header(value: str, lasts: int, secure: bool, path: str) -> str:
    cookie: SimpleCookie = SimpleCookie()
    cookie[COOKIE] = value
    parts = {"max-age": str(lasts), "path": path, "httponly": "yes", "samesite": "Strict"}
    cookie[COOKIE].update(parts | ({"secure": "yes"} if secure else {}))
    return cookie[COOKIE].OutputString()
