"""The line before Gradio's queue: whose drawing joins it, and when.

A drawing is counted against its rater's limit when it joins. One rater has one drawing in the queue at a time, and one
network no more than half of those that are drawn at once; what else they ask for waits here, so that it delays nobody
else. A drawing whose events nobody comes to hear is cancelled.
"""

import asyncio
import json
import logging
import time
from collections import Counter, defaultdict, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import parse_qs

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from hub.errors import BattleError
from hub.language.sentence import Sentence
from hub.raters import Rater
from hub.ui.middleware import make_refusal
from hub.ui.middleware.bodies import replay_body
from hub.ui.middleware.gradio_queue import Queue

log = logging.getLogger(__name__)
JOIN, LISTEN = "/gradio_api/queue/join", "/gradio_api/queue/data"
MOMENT = 0.02  # seconds between two looks at who is done
HOLD = 45.0  # seconds that somebody waits here; proxies give up after a minute
LISTENING = 10.0  # seconds until somebody must have come to hear of a drawing that joined
OLDEST = 1800.0  # seconds after which nothing counts as going on, whatever the queue says
CROWD = 1000  # that wait here, of everybody
UNKNOWN = (
    'data: {"msg":"unexpected_error","message":"","session_not_found":true,"success":false}\n\n'  # as Gradio has it
)
FULL = Sentence("Very many people are here just now: try again in a minute.")
OTHER_PAGE = Sentence("This is not what this arena's page asks for: reload the page.")
LEFT = Sentence("Whoever asked for this drawing has left.")
WAITING = Sentence("Your last drawings are not done yet: wait for them, then ask for more.")


@dataclass(frozen=True)
class RaterShare:
    """How much of the queue one rater and one network may have at a time, and how much may wait for that."""

    rater: int
    network: int
    waiting: int
    crowd: int


DRAWINGS = RaterShare(rater=1, network=16, waiting=3, crowd=300)
OTHERS = RaterShare(rater=4, network=64, waiting=8, crowd=300)


@dataclass(eq=False)
class WaitingDraw:
    """A drawing that a rater asked for, in the line or in the queue; ``event`` is its number in the queue."""

    share: RaterShare
    rater: Rater
    event: str = ""
    since: float = field(default_factory=time.monotonic)
    turn: asyncio.Event = field(default_factory=asyncio.Event)


class WaitingLine:
    """ASGI middleware that lets drawings wait before Gradio's queue.

    ``rater`` tells who asks; ``admit`` counts a drawing, or raises BattleError; ``refused`` hears of what was refused.
    """

    def __init__(
        self,
        app: ASGIApp,
        queue: Queue,
        rater: Callable[[Request, str], Rater],
        admit: Callable[[Rater], None],
        refused: Callable[[str, BattleError], None],
    ) -> None:
        self.app, self._queue, self._rater, self._admit, self._refused = app, queue, rater, admit, refused
        self._waiting: deque[WaitingDraw] = deque()
        self._inside: set[WaitingDraw] = set()
        self._listening: Counter[str] = Counter()  # streams that are open, by page
        self._unheard: defaultdict[str, set[str]] = defaultdict(set)  # events that joined while none was, by page
        self._moving: asyncio.Task[None] | None = None  # looks for those whose turn it is, while anybody waits
        self._tasks: set[asyncio.Task[None]] = set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, at once or when its turn comes."""
        if scope["type"] == "http" and scope["path"] == JOIN:
            await self._join(scope, receive, send)
        elif scope["type"] == "http" and scope["path"] == LISTEN:
            await self._listen(scope, receive, send)
        else:
            await self.app(scope, receive, send)

    async def _listen(self, scope: Scope, receive: Receive, send: Send) -> None:
        session = parse_qs(scope["query_string"].decode("latin-1")).get("session_hash", [""])[0]
        self._unheard.pop(session, None)
        if not self._queue.knows(session):
            await Response(UNKNOWN, media_type="text/event-stream")(scope, receive, send)
            return
        self._listening[session] += 1
        try:
            await self.app(scope, receive, send)
        finally:
            self._listening[session] -= 1
            if not self._listening[session]:
                del self._listening[session]

    async def _join(self, scope: Scope, receive: Receive, send: Send) -> None:
        body = (await receive()).get("body", b"")
        function, session = _parse_body(body)
        draws = self._queue.draws(function)
        try:
            if draws is None:
                raise BattleError(OTHER_PAGE)
            rater = self._rater(Request(scope), session)
        except BattleError as error:
            await make_refusal(400, error.sentence, scope)(scope, receive, send)
            return
        place = WaitingDraw(DRAWINGS if draws else OTHERS, rater)
        try:
            self._enter(place)
            await self._turn(place, receive)
            place.event = await self._passed(scope, replay_body(body, receive), send)
        except BattleError as error:
            self._refused("battle", error)
            facts = {"event": "battle.refused", "rater": rater.id, "kind": error.kind}
            log.warning("a battle of rater %s was refused: %s", rater.id, error, extra=facts)
            await make_refusal(429, error.sentence, scope)(scope, receive, send)
        finally:
            self._leave(place)
        if place.event and place.share is DRAWINGS and not self._listening[session]:
            self._unheard[session].add(place.event)
            asyncio.get_running_loop().call_later(LISTENING, self._check, session, place.event)

    def _enter(self, place: WaitingDraw) -> None:
        """Add a drawing to the line.

        Raises: BattleError where too much waits, or where the rater drew too much.
        """
        same = [one for one in self._waiting if one.share is place.share]
        if sum(one.rater.id == place.rater.id for one in same) >= place.share.waiting:
            raise BattleError(WAITING, "limit")
        network = sum(one.rater.network == place.rater.network for one in same) >= place.share.crowd
        if network or len(self._waiting) >= CROWD or self._queue.full():
            raise BattleError(FULL, "limit")
        if place.share is DRAWINGS:
            self._admit(place.rater)
        self._waiting.append(place)
        self._call()
        if self._waiting and (self._moving is None or self._moving.done()):
            self._moving = asyncio.create_task(self._move())

    async def _turn(self, place: WaitingDraw, receive: Receive) -> None:
        """Wait until a drawing may join the queue.

        Raises: BattleError where that takes too long, or whoever asked has left.
        """
        if place.turn.is_set():
            return
        waits = [asyncio.ensure_future(place.turn.wait()), asyncio.ensure_future(receive())]
        try:
            await asyncio.wait(waits, timeout=HOLD, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for one in waits:
                one.cancel()
        if waits[1].done():
            raise BattleError(LEFT, "cancelled")
        if not place.turn.is_set():
            raise BattleError(FULL, "limit")

    async def _move(self) -> None:
        while self._waiting:
            await asyncio.sleep(MOMENT)
            self._call()

    def _call(self) -> None:
        """Let the drawings join whose turn it is: longest waiting first, but for raters who have a share."""
        now = time.monotonic()
        self._inside = {
            one for one in self._inside if now - one.since < OLDEST and (not one.event or self._queue.holds(one.event))
        }
        raters = Counter((one.share, one.rater.id) for one in self._inside)
        networks = Counter((one.share, one.rater.network) for one in self._inside if one.rater.network)
        left: deque[WaitingDraw] = deque()
        for place in self._waiting:
            share, rater = place.share, place.rater
            if raters[share, rater.id] < share.rater and networks[share, rater.network] < share.network:
                raters[share, rater.id] += 1
                networks[share, rater.network] += bool(rater.network)
                self._inside.add(place)
                place.since = now
                place.turn.set()
            else:
                left.append(place)
        self._waiting = left

    def _leave(self, place: WaitingDraw) -> None:
        """Give the share of a drawing back once it has no event in the queue."""
        if place in self._waiting:
            self._waiting.remove(place)
        if not place.event:
            self._inside.discard(place)

    async def _passed(self, scope: Scope, receive: Receive, send: Send) -> str:
        """Pass the request on, and return the number of the event that it became; empty where it became none."""
        answer = b""

        async def hearing(message: Message) -> None:
            nonlocal answer
            answer += message.get("body", b"")
            await send(message)

        await self.app(scope, receive, hearing)
        try:
            event = json.loads(answer)["event_id"]
        except (ValueError, TypeError, KeyError):
            return ""
        return event if isinstance(event, str) else ""

    def _check(self, session: str, event: str) -> None:
        if event in self._unheard.get(session, ()):
            del self._unheard[session]
            if self._queue.holds(event):
                log.info("a drawing is cancelled: nobody came to hear of it", extra={"event": "drawing.unheard"})
                task = asyncio.create_task(self._queue.cancel(session))
                self._tasks.add(task)
                task.add_done_callback(self._tasks.discard)


def _parse_body(body: bytes) -> tuple[int, str]:
    """Return the function that a body asks for, and the page's number; -1 and "" where it names none."""
    try:
        asked = json.loads(body)
        function, session = asked["fn_index"], asked["session_hash"]
    except (ValueError, TypeError, KeyError, RecursionError):
        return -1, ""
    return (function, session) if type(function) is int and isinstance(session, str) else (-1, "")
