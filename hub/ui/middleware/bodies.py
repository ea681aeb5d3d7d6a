"""Nothing large is read: all that a page sends is a prompt, a token and a few words."""

import asyncio

from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from hub.language.sentence import Sentence
from hub.ui.middleware import make_refusal

MOST = 16 * 1024  # bytes of a body
SECONDS = 20.0  # that it may take to come
LARGE = Sentence("What was sent is larger than {most} KB, which is the most: shorten the prompt.", most=MOST // 1024)
SLOW = Sentence("What was sent did not come whole in time: try again.")


class Bodies:
    """ASGI middleware that passes a request on once its whole body is read, and refuses too large or slow ones."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or refuse it."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        length = Headers(scope=scope).get("content-length", "0")
        if not length.isdecimal() or int(length) > MOST:
            await _make_refusal(413, LARGE, scope)(scope, receive, send)
            return
        try:
            async with asyncio.timeout(SECONDS):
                body = await _read_body(receive)
        except TimeoutError:
            await _make_refusal(408, SLOW, scope)(scope, receive, send)
            return
        if body is None:
            return  # whoever sent it is gone
        if len(body) > MOST:
            await _make_refusal(413, LARGE, scope)(scope, receive, send)
        else:
            await self.app(scope, replay_body(body, receive), send)


def _make_refusal(status: int, sentence: str, scope: Scope) -> Response:
    """Return an answer after which the connection is closed, so that the rest of the body is not taken in."""
    answer = make_refusal(status, sentence, scope)
    answer.headers["connection"] = "close"
    return answer


async def _read_body(receive: Receive) -> bytes | None:
    """Return a body, or as much of it as shows that it is too large; None where its sender left."""
    body = b""
    while len(body) <= MOST:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        body += message.get("body", b"")
        if not message.get("more_body", False):
            break
    return body


def replay_body(body: bytes, receive: Receive) -> Receive:
    """Return a ``receive`` that gives a body already read as one message, and then what still comes."""
    messages: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def replay() -> Message:
        return messages.pop() if messages else await receive()

    return replay
