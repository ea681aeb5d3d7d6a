"""Requests to an ASGI app without a server, and an app that notes what comes through to it."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

PEER = "203.0.113.7"


class Inner:
    """An app that answers everything, and remembers what it was asked; ``headers`` are those of its answers."""

    def __init__(self, headers: Mapping[str, str] | None = None) -> None:
        self.scopes: list[Scope] = []
        self.bodies: list[bytes] = []
        self.headers = [(name.lower().encode(), value.encode()) for name, value in (headers or {}).items()]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer."""
        self.scopes.append(scope)
        self.bodies.append((await receive())["body"])
        await send({"type": "http.response.start", "status": 200, "headers": list(self.headers)})
        await send({"type": "http.response.body", "body": b"in"})


def scope_of(method: str, path: str, peer: str, headers: Mapping[str, str]) -> Scope:
    """The scope of a request, as a server gives it."""
    pairs = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()]
    path, _, query = path.partition("?")
    asked = {"type": "http", "method": method, "path": path, "query_string": query.encode(), "headers": pairs}
    return {**asked, "client": (peer, 4711), "server": ("127.0.0.1", 80), "scheme": "http"}


async def answer(
    app: ASGIApp,
    method: str = "GET",
    path: str = "/",
    *,
    peer: str = PEER,
    body: Sequence[bytes] = (b"",),
    headers: Mapping[str, str] | None = None,
) -> tuple[int, dict[str, str], bytes]:
    """Status, headers and body of the answer to one request, whose sender then stays until it is answered."""
    parts, sent = [*body], list[Message]()

    async def receive() -> Message:
        if not parts:
            await asyncio.Event().wait()
        return {"type": "http.request", "body": parts.pop(0), "more_body": bool(parts)}

    async def send(message: Message) -> None:
        sent.append(message)

    await app(scope_of(method, path, peer, headers or {}), receive, send)
    told = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
    return sent[0]["status"], told, b"".join(message.get("body", b"") for message in sent)


def asked(app: ASGIApp, *arguments: Any, **more: Any) -> tuple[int, dict[str, str], bytes]:
    """See :func:`answer`, in a loop of its own."""
    return asyncio.run(answer(app, *arguments, **more))
