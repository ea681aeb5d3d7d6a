"""A rater's cookie: set with the page, signed, and with nothing in it but chance."""

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from hub.raters import make_cookie, read_cookie

NAME = "vernissage_rater"
YEAR = 365 * 24 * 3600


def read_cookie_values(headers: Headers, name: str) -> list[str]:
    """Return the values of every cookie of this name in a request's headers, in their order.

    Whatever else a header holds does not matter: other apps of the same host set cookies that no grammar allows, and
    another page of the same site may set one of our name.
    """
    pairs = (part.partition("=") for header in headers.getlist("cookie") for part in header.split(";"))
    return [value.strip().strip('"') for key, _, value in pairs if key.strip() == name]


def find_rater_cookie(headers: Headers, secret: str) -> str | None:
    """Return the random value of the first cookie that is signed by this hub; None without one."""
    read = (read_cookie(secret, value) for value in read_cookie_values(headers, NAME))
    return next((value for value in read if value is not None), None)


def make_cookie_header(value: str, space: bool) -> str:
    """Return the ``Set-Cookie`` header of a rater; a Space's page is shown inside another site's."""
    lasting = f"{NAME}={value}; Max-Age={YEAR}; Path=/; HttpOnly"
    return f"{lasting}; SameSite=None; Secure; Partitioned" if space else f"{lasting}; SameSite=Lax"


class RaterCookie:
    """ASGI middleware that gives a page's visitor a cookie, unless they have a valid one.

    Only the page itself sets it: the many files and events that follow carry it already, and where cookies are
    refused a visitor keeps one identity, the page's, instead of a new one with each event.
    """

    def __init__(self, app: ASGIApp, secret: str, space: bool) -> None:
        self.app, self.secret, self.space = app, secret, space

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on."""
        page = scope["type"] == "http" and scope["path"] == "/"
        if not page or find_rater_cookie(Headers(scope=scope), self.secret) is not None:
            await self.app(scope, receive, send)
            return

        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).append(
                    "set-cookie", make_cookie_header(make_cookie(self.secret), self.space)
                )
            await send(message)

        await self.app(scope, receive, sending)
