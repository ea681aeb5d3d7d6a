"""No other site's page asks here: it can't vote as its visitor, read an answer, or show ours in a frame."""

import ipaddress
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from hub.language.sentence import Sentence
from hub.ui.middleware import make_refusal

READING = {"GET", "HEAD", "OPTIONS"}  # methods that change nothing
PORTS = {"http": 80, "https": 443}
SITE = "https://huggingface.co"  # shows a Space's page inside its own
FOREIGN = Sentence(
    "This was asked by a page of another site: open the arena itself. Behind a proxy of your own, set "
    "HUB_TRUSTED_PROXIES to its address, and let it pass the Host on."
)
RENAMED = Sentence(
    "This arena listens to this machine alone, and not under that name: open http://127.0.0.1, or set "
    "HUB_TRUSTED_PROXIES to the address of the proxy before it."
)


class Origins:
    """ASGI middleware that refuses requests of other sites' pages, and tells browsers to keep this page from them.

    ``host``: the Space's, empty elsewhere. ``local``: only this machine asks, and by its own names; another name that
    leads here is a site's that would read what the machine's owner sees.
    """

    def __init__(self, app: ASGIApp, host: str, local: bool, space: bool) -> None:
        self.app, self.host, self.local = app, host.lower(), local
        self.frames = f"frame-ancestors 'self'{f' {SITE}' if space else ''}"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or refuse it."""
        if scope["type"] not in {"http", "websocket"}:
            await self.app(scope, receive, send)
            return

        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                self._mark(MutableHeaders(scope=message))
            await send(message)

        headers = Headers(scope=scope)
        if self.local and not is_this_machine(headers.get("host", "")):
            await make_refusal(421, RENAMED, scope)(scope, receive, sending)
        elif scope.get("method", "POST") not in READING and not self._is_ours(headers):
            await make_refusal(403, FOREIGN, scope)(scope, receive, sending)
        else:
            await self.app(scope, receive, sending)

    def _is_ours(self, headers: Headers) -> bool:
        site = headers.get("sec-fetch-site")  # browsers say it over HTTPS, and to this machine; no page can forge it
        if site is not None:
            return site in {"same-origin", "none"}
        said = headers.get("origin") or headers.get("referer")
        return said is None or self._is_own(said, headers)  # what sends neither is no browser's page

    def _is_own(self, origin: str, headers: Headers) -> bool:
        try:
            url = urlsplit(origin)
            asked = (url.hostname, url.port or PORTS.get(url.scheme))
        except ValueError:
            return False
        hosts = (headers.get("host"), headers.get("x-forwarded-host", "").rpartition(",")[2].strip(), self.host)
        return url.scheme in PORTS and any(asked == _split_host(host, PORTS[url.scheme]) for host in hosts if host)

    def _mark(self, headers: MutableHeaders) -> None:
        for name in [name for name in headers if name.startswith("access-control-")]:
            del headers[name]
        headers.setdefault("content-security-policy", self.frames)
        headers.setdefault("referrer-policy", "same-origin")
        headers["x-content-type-options"] = "nosniff"


def _split_host(host: str, port: int) -> tuple[str | None, int | None]:
    """Return the name and the port of a ``Host`` header; (None, None) for one that makes no sense."""
    try:
        url = urlsplit(f"//{host}")
        return url.hostname, url.port or port
    except ValueError:
        return None, None


def is_this_machine(host: str) -> bool:
    """Return whether a name, with a port or without, is one of this machine's own that no other one can bear."""
    name = _split_host(host, 0)[0] or ""
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return name == "localhost" or name.endswith(".localhost")
