"""The line: one drawing of a rater at a time, nobody before their turn, and nothing drawn that nobody waits for."""

import asyncio
import json
import time
from collections.abc import Callable, Coroutine, Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.requests import Request
from starlette.types import Message, Receive, Scope, Send

from hub.errors import BattleError
from hub.raters import Rater
from hub.ui.middleware import waiting_line
from hub.ui.middleware.waiting_line import DRAWINGS, JOIN, LISTEN, OTHERS, WaitingLine
from tests.hub.ui import fakes
from tests.hub.ui.middleware.asked import answer
from tests.hub.ui.served import FAKES, TIMEOUT, Arena, Page, served

DRAW, OTHER = 1, 2
Answer = tuple[int, dict[str, str], bytes]


class Hall:
    """A line before a queue of which the test says what is done. A page's number is its rater and its network."""

    def __init__(self) -> None:
        self.held: list[str] = []
        self.joined: list[str] = []
        self.cancelled: list[str] = []
        self.admitted: list[str] = []
        self.limit = 1000
        self.packed = False
        self.refused: list[str] = []
        self.line = WaitingLine(
            self.gradio, self, self.rater, self.admit, lambda _, error: self.refused.append(error.kind)
        )

    async def gradio(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Take an event, or stream to a page until the test is over."""
        if scope["path"] == LISTEN:
            await asyncio.Event().wait()
        body = (await receive())["body"]
        event = f"event {len(self.joined)}"
        self.joined.append(json.loads(body)["session_hash"])
        self.held.append(event)
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": json.dumps({"event_id": event}).encode()})

    def rater(self, request: Request, page: str) -> Rater:
        """Ada's second page is hers too."""
        who, _, network = page.partition("@")
        return Rater(who, page, network)

    def admit(self, rater: Rater) -> None:
        """Count."""
        self.admitted.append(rater.id)
        if len(self.admitted) > self.limit:
            raise BattleError("You have drawn enough.", "limit")

    def draws(self, function: int) -> bool | None:
        """See the protocol."""
        return {DRAW: True, OTHER: False}.get(function)

    def holds(self, event: str) -> bool:
        """See the protocol."""
        return event in self.held

    def knows(self, session: str) -> bool:
        """See the protocol."""
        return session != "a stranger"

    def full(self) -> bool:
        """See the protocol."""
        return self.packed

    async def cancel(self, session: str) -> None:
        """See the protocol."""
        self.cancelled.append(session)

    async def ask(self, page: str, function: int = DRAW) -> Answer:
        """Ask for something, and return the answer."""
        body = json.dumps({"fn_index": function, "session_hash": page}).encode()
        return await answer(self.line, "POST", JOIN, body=[body])

    def later(self, page: str, function: int = DRAW) -> "asyncio.Task[Answer]":
        """Ask, and wait for no answer."""
        return asyncio.create_task(self.ask(page, function))


async def until(true: Callable[[], Any]) -> None:
    """Wait for something."""
    end = time.monotonic() + TIMEOUT
    while not true():
        assert time.monotonic() < end
        await asyncio.sleep(0.005)


def run(story: Callable[[Hall], Coroutine[Any, Any, None]]) -> None:
    """Play a story in a fresh hall."""
    asyncio.run(story(Hall()))


def test_a_raters_second_drawing_waits_for_the_first_and_for_nobody_elses() -> None:
    async def story(hall: Hall) -> None:
        assert (await hall.ask("ada@home"))[0] == 200
        second, third = hall.later("ada@home"), hall.later("ada@cafe")
        await until(lambda: len(hall.admitted) == 3)
        assert (await hall.ask("ben@home"))[0] == 200
        assert hall.joined == ["ada@home", "ben@home"]
        hall.held.remove("event 0")
        assert (await second)[0] == 200
        assert not third.done()
        hall.held.clear()
        assert (await third)[0] == 200
        assert hall.joined[2:] == ["ada@home", "ada@cafe"]

    run(story)


def test_a_drawing_is_counted_when_it_joins_and_refused_then() -> None:
    async def story(hall: Hall) -> None:
        hall.limit = 2
        await hall.ask("ada@home")
        second = hall.later("ada@home")
        await until(lambda: len(hall.admitted) == 2)
        status, _, told = await hall.ask("ada@home")
        assert (status, json.loads(told)["detail"]) == (429, "You have drawn enough.")
        assert hall.refused == ["limit"]
        assert hall.joined == ["ada@home"]  # the second one was counted, too, before its turn
        assert (await hall.ask("ben@cafe", OTHER))[0] == 200  # what draws nothing is not counted
        second.cancel()

    run(story)


def test_who_asks_for_many_drawings_delays_nobody_else() -> None:
    async def story(hall: Hall) -> None:
        flood = [hall.later(f"bot {number % 5}@lab") for number in range(150)]
        await until(lambda: sum(one.done() for one in flood) == 150 - 5 * DRAWINGS.waiting)
        told = [one.result()[0] for one in flood if one.done()]
        assert (told.count(200), told.count(429)) == (5, 150 - 5 - 5 * DRAWINGS.waiting)
        assert (await hall.ask("ada@home"))[0] == 200
        for one in flood:
            one.cancel()

    run(story)


def test_one_network_has_a_share_of_the_queue_however_many_raters_it_is() -> None:
    async def story(hall: Hall) -> None:
        flood = [hall.later(f"bot {number}@lab") for number in range(50)]
        await until(lambda: len(hall.joined) == DRAWINGS.network)
        assert (await hall.ask("ada@home"))[0] == 200
        hall.held.pop()
        for _ in range(50 - DRAWINGS.network):
            hall.held.pop(0)
            count = len(hall.joined)
            await until(lambda count=count: len(hall.joined) > count)  # type: ignore[misc]
        assert [(await one)[0] for one in flood] == [200] * 50
        assert hall.joined == [f"bot {n}@lab" for n in range(16)] + ["ada@home"] + [
            f"bot {n}@lab" for n in range(16, 50)
        ]

    run(story)


def test_who_leaves_while_waiting_asks_for_nothing() -> None:
    async def story(hall: Hall) -> None:
        await hall.ask("ada@home")
        body = [{"type": "http.request", "body": json.dumps({"fn_index": DRAW, "session_hash": "ada@home"}).encode()}]

        async def receive() -> Message:
            return body.pop() if body else {"type": "http.disconnect"}

        async def send(message: Message) -> None:
            pass

        await hall.line({"type": "http", "path": JOIN, "headers": [], "method": "POST"}, receive, send)
        hall.held.clear()
        assert (await hall.ask("ada@home"))[0] == 200
        assert hall.joined == ["ada@home", "ada@home"]

    run(story)


def test_nobody_waits_without_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(waiting_line, "HOLD", 0.05)

    async def story(hall: Hall) -> None:
        await hall.ask("ada@home")
        status, _, told = await hall.ask("ada@home")
        assert (status, json.loads(told)["detail"]) == (429, waiting_line.FULL)
        assert hall.joined == ["ada@home"]

    run(story)


def test_a_full_queue_is_told_in_a_sentence() -> None:
    async def story(hall: Hall) -> None:
        hall.packed = True
        for function in (DRAW, OTHER):
            status, _, told = await hall.ask("ada@home", function)
            assert (status, json.loads(told)["detail"]) == (429, waiting_line.FULL)
        assert hall.joined == hall.admitted == []

    run(story)


def test_what_draws_nothing_has_a_share_of_its_own() -> None:
    async def story(hall: Hall) -> None:
        for _ in range(OTHERS.rater):
            assert (await hall.ask("ada@home", OTHER))[0] == 200
        assert (await hall.ask("ada@home"))[0] == 200
        more = hall.later("ada@home", OTHER)
        await until(lambda: hall.line._waiting)
        assert (await hall.ask("ben@home", OTHER))[0] == 200
        more.cancel()

    run(story)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"nonsense",
        b"[1]",
        b'"a"',
        b"[" * 9999,
        b'{"fn_index": 1}',
        b'{"fn_index": "1", "session_hash": "a"}',
        b'{"fn_index": 7, "session_hash": "a"}',
        b'{"fn_index": true, "session_hash": "a"}',
    ],
)
def test_what_makes_no_sense_gets_no_further(body: bytes) -> None:
    async def story(hall: Hall) -> None:
        status, _, told = await answer(hall.line, "POST", JOIN, body=[body])
        assert (status, json.loads(told)["detail"]) == (400, waiting_line.OTHER_PAGE)
        assert hall.joined == []

    run(story)


def test_a_drawing_that_nobody_comes_to_hear_of_is_cancelled(monkeypatch: pytest.MonkeyPatch) -> None:
    async def story(hall: Hall) -> None:
        async def listen(page: str) -> None:
            await answer(hall.line, "GET", f"{LISTEN}?session_hash={page}")

        checks: list[Callable[[], Any]] = []  # what is to come when the time of listening is over
        loop = asyncio.get_running_loop()
        later = loop.call_later

        def due(delay: float, check: Callable[..., Any], *of: Any, **more: Any) -> asyncio.TimerHandle | None:
            if delay != waiting_line.LISTENING:
                return later(delay, check, *of, **more)
            checks.append(lambda: check(*of))
            return None

        monkeypatch.setattr(loop, "call_later", due)
        early = asyncio.create_task(listen("early"))
        await until(lambda: hall.line._listening)
        for page in ("deaf", "early", "late"):
            await hall.ask(page)
        await hall.ask("no drawing", OTHER)
        late = asyncio.create_task(listen("late"))
        await until(lambda: len(hall.line._listening) == 2)
        for check in checks:
            check()
        await until(lambda: not hall.line._tasks)
        assert hall.cancelled == ["deaf"]
        assert not hall.line._unheard
        for one in (early, late):
            one.cancel()

    run(story)


def test_a_page_that_the_queue_does_not_know_is_told_so() -> None:
    async def story(hall: Hall) -> None:
        status, _, told = await answer(hall.line, "GET", f"{LISTEN}?session_hash=a%20stranger")
        assert (status, json.loads(told.removeprefix(b"data: "))["session_not_found"]) == (200, True)

    run(story)


@pytest.fixture(scope="module")
def arena(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Arena]:
    """An arena of the two fakes, which are warm."""
    with served(tmp_path_factory.mktemp("line"), FAKES, fakes.NAMES) as arena:
        with Page(arena.url) as page:
            for _ in range(2):
                page.draw("a boat, when all are warm")
        yield arena


def test_in_a_real_arena_a_drawing_that_nobody_hears_of_stops_and_the_next_is_drawn(
    arena: Arena, tmp_path: Path
) -> None:
    arena.gate.touch()  # no drawing ends by itself
    try:
        with Page(arena.url) as page:
            body = page.body("draw", ["a boat", "quality"], {})
            assert page.http.post(JOIN, json=body).status_code == 200
            with Page(arena.url) as other:
                other.http.cookies = page.http.cookies
                second = other.send("draw", "a boat that waits", "quality")
                assert next(message for message in second if "drawing " in message)
                assert "nobody came to hear of it" in arena.said
                arena.gate.unlink()
                assert '"success":true' in list(second)[-1]
    finally:
        arena.gate.unlink(missing_ok=True)


def test_every_event_that_draws_waits_in_the_line(tmp_path: Path) -> None:
    with served(tmp_path, FAKES, fakes.NAMES, HUB_BATTLES_PER_MINUTE="1") as arena:
        for name, data in (
            ("draw", ["a", "quality"]),
            ("next_battle", ["a", "quality"]),
            ("compare", [[*fakes.NAMES], "a", "7", False]),
        ):
            with Page(arena.url) as page:
                codes = [page.http.post(JOIN, json=page.body(name, data, {})).status_code for _ in range(2)]
                assert codes == [200, 429], name
        with Page(arena.url) as page:
            page.draw(f"{fakes.FAILS_ONCE}, in a line")
            answer = page.http.post(JOIN, json=page.body("retry", [], {"side": "a"}))
            assert answer.status_code == 429
            assert "You have drawn 1 battle within a minute" in answer.json()["detail"]
        assert arena.said.count("event=battle.refused") == 4
