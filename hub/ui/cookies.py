"""A rater's cookie: set with the page, signed, and with nothing in it but chance."""

from http.cookies import CookieError, SimpleCookie
from typing import Any

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from hub.raters import new_cookie, read_cookie

NAME = "vernissage_rater"
YEAR = 365 * 24 * 3600


def told(header: str, name: str = NAME) -> str | None:
    """The value of the cookie of this name, a rater's if none is given, in a ``Cookie`` header, whoever wrote it."""
    try:
        morsel = SimpleCookie(header).get(name)
    except CookieError:
        return None
    return morsel.value if morsel else None


def baked(value: str, space: bool) -> str:
    """The ``Set-Cookie`` header; a Space's page is shown inside another site's."""
    lasting = f"{NAME}={value}; Max-Age={YEAR}; Path=/; HttpOnly"
    return f"{lasting}; SameSite=None; Secure; Partitioned" if space else f"{lasting}; SameSite=Lax"


class RaterCookie:
    """ASGI middleware that gives a page's visitor a cookie, unless he has a valid one.

    Only the page itself sets it: the many files and events that follow carry it already, and where cookies are
    refused a visitor keeps one identity, the page's, instead of a new one with each event.
    """

    def __init__(self, app: ASGIApp, secret: str, space: bool) -> None:
        self.app, self.secret, self.space = app, secret, space

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on."""
        if scope["type"] != "http" or scope["path"] != "/" or self._known(scope):
            await self.app(scope, receive, send)
            return

        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).append("set-cookie", baked(new_cookie(self.secret), self.space))
            await send(message)

        await self.app(scope, receive, sending)

    def _known(self, scope: dict[str, Any] | Scope) -> bool:
        value = told(Headers(scope=scope).get("cookie", ""))
        return value is not None and read_cookie(self.secret, value) is not None
