"""Whose address a request comes from: what a proxy tells is believed where that proxy is one of ours."""

import ipaddress
from collections.abc import Sequence

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from hub.settings import Network

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
TOLD = (b"forwarded", b"x-forwarded-", b"x-real-ip")  # what begins so is a proxy's to say
FOR = b"x-forwarded-for"


class Proxies:
    """ASGI middleware that puts the visitor's address into the request, and removes what no trusted proxy has said.

    The address is the rightmost one that no trusted proxy has: whatever stands left of it, anyone can have written.
    """

    def __init__(self, app: ASGIApp, trusted: Sequence[Network]) -> None:
        self.app, self.trusted = app, tuple(trusted)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on."""
        await self.app(self._seen(scope) if scope["type"] in {"http", "websocket"} else scope, receive, send)

    def _seen(self, scope: Scope) -> Scope:
        peer = parse_address(scope["client"][0]) if scope.get("client") else None
        if peer is None or not self._trusts(peer):
            return {**scope, "headers": [pair for pair in scope["headers"] if not pair[0].startswith(TOLD)]}
        headers = Headers(scope=scope)
        hops = ",".join(headers.getlist(FOR.decode())).split(",")
        seen = {**scope, "headers": [pair for pair in scope["headers"] if pair[0] != FOR]}
        seen["client"] = (str(self._visitor(peer, hops)), 0)
        scheme = headers.get("x-forwarded-proto", "").rpartition(",")[2].strip()
        return seen | ({"scheme": scheme} if scheme in {"http", "https"} else {})

    def _visitor(self, peer: Address, hops: Sequence[str]) -> Address:
        for hop in reversed(hops):
            address = parse_address(hop.strip())
            if address is None:  # nobody can say who was before
                break
            peer = address
            if not self._trusts(address):
                break
        return peer

    def _trusts(self, address: Address) -> bool:
        return any(address in network for network in self.trusted)


def parse_address(text: str) -> Address | None:
    """Return the address in ``1.2.3.4``, ``1.2.3.4:80``, ``::1`` or ``[::1]:80``; None where there is none."""
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address
