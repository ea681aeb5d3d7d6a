"""Nothing large is read: a page sends a prompt, a token and a few words, and pictures to addresses of their own."""

import asyncio
from collections import Counter
from dataclasses import dataclass

from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from hub.language.sentence import Sentence
from hub.ui.middleware import make_refusal
from hub.uploads import MOST_BYTES, TOO_MANY_BYTES

MOST = 16 * 1024  # bytes of a body
SECONDS = 20.0  # that it may take to come
PICTURES = "/picture"  # where a page posts a picture
PICTURE_SECONDS = 120.0
AT_ONCE, EACH = 8, 2  # pictures that are being sent, of everybody and from one address
SETS = "/pictures"  # where it posts several, in one ZIP
MOST_OF_SET = 64 << 20
LARGE = Sentence("What was sent is larger than {most} KB, which is the most: shorten the prompt.", most=MOST // 1024)
BUSY = Sentence("Several pictures are being sent just now: try again in some seconds.")
TOO_LARGE_SET = Sentence(
    "The files are larger than {most} MB together, which is the most: give fewer pictures.", most=MOST_OF_SET >> 20
)
SLOW = Sentence("What was sent did not come whole in time: try again.")


@dataclass(frozen=True)
class PictureLimits:
    """Of what is posted as pictures: bytes, seconds, what a larger one is told, and how many are sent at once."""

    most: int
    seconds: float
    large: Sentence
    at_once: int
    each: int


ONE = PictureLimits(MOST_BYTES, PICTURE_SECONDS, TOO_MANY_BYTES, AT_ONCE, EACH)
SEVERAL = PictureLimits(MOST_OF_SET, 600.0, TOO_LARGE_SET, 2, 1)


class Bodies:
    """ASGI middleware that passes a request on once its whole body is read, and refuses too large or slow ones."""

    def __init__(self, app: ASGIApp) -> None:
        self.app, self._sending = app, Counter[str]()  # pictures on their way, by address
        self._sets = Counter[str]()  # and ZIPs of several

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or refuse it."""
        path = scope.get("path", "").removeprefix(scope.get("root_path", ""))
        if scope["type"] != "http":
            await self.app(scope, receive, send)
        elif path == PICTURES:
            await self._pass_pictures(scope, receive, send, self._sending, ONE)
        elif path == SETS:
            await self._pass_pictures(scope, receive, send, self._sets, SEVERAL)
        else:
            await self._pass(scope, receive, send, MOST, SECONDS, LARGE)

    async def _pass_pictures(
        self, scope: Scope, receive: Receive, send: Send, sending: Counter[str], limits: PictureLimits
    ) -> None:
        address = (scope.get("client") or ("",))[0]
        if sending.total() >= limits.at_once or sending[address] >= limits.each:
            await _make_refusal(503, BUSY, scope)(scope, receive, send)
            return
        sending[address] += 1
        try:
            await self._pass(scope, receive, send, limits.most, limits.seconds, limits.large)
        finally:
            sending[address] -= 1
            sending += Counter()  # which drops those at 0

    async def _pass(
        self, scope: Scope, receive: Receive, send: Send, most: int, seconds: float, large: Sentence
    ) -> None:
        length = Headers(scope=scope).get("content-length", "0")
        if not length.isdecimal() or int(length) > most:
            await _make_refusal(413, large, scope)(scope, receive, send)
            return
        try:
            async with asyncio.timeout(seconds):
                body = await _read_body(receive, most)
        except TimeoutError:
            await _make_refusal(408, SLOW, scope)(scope, receive, send)
            return
        if body is None:
            return  # whoever sent it is gone
        if len(body) > most:
            await _make_refusal(413, large, scope)(scope, receive, send)
        else:
            await self.app(scope, replay_body(body, receive), send)


def _make_refusal(status: int, sentence: str, scope: Scope) -> Response:
    """Return an answer after which the connection is closed, so that the rest of the body is not taken in."""
    answer = make_refusal(status, sentence, scope)
    answer.headers["connection"] = "close"
    return answer


async def _read_body(receive: Receive, most: int) -> bytes | None:
    """Return a body, or as much of it as shows that it is too large; None where its sender left."""
    body = bytearray()
    while len(body) <= most:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        body += message.get("body", b"")
        if not message.get("more_body", False):
            break
    return bytes(body)


def replay_body(body: bytes, receive: Receive) -> Receive:
    """Return a ``receive`` that gives a body already read as one message, and then what still comes."""
    messages: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def replay() -> Message:
        return messages.pop() if messages else await receive()

    return replay
