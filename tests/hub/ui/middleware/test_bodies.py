"""Bodies: what is too large or too slow is refused before it is read, by what it says of itself and by what it is."""

import asyncio

import pytest
from starlette.types import Message

from hub.ui.middleware import bodies
from hub.ui.middleware.bodies import MOST, Bodies
from tests.hub.ui.middleware.asked import Inner, asked, scope_of


def test_a_body_that_says_it_is_too_large_is_not_read() -> None:
    inner = Inner()
    for length in (str(MOST + 1), str(10**12), "-1", "nonsense"):
        status, headers, told = asked(Bodies(inner), "POST", body=[], headers={"content-length": length})
        assert (status, headers["connection"]) == (413, "close")
        assert b"16 KB" in told
    assert inner.scopes == []


def test_a_body_that_does_not_say_is_counted_as_it_comes() -> None:
    inner = Inner()
    read = asked(Bodies(inner), "POST", body=[b"x" * MOST, b"x", b"never read"])
    assert (read[0], inner.scopes) == (413, [])
    assert asked(Bodies(inner), "POST", body=[b"a", b"", b"b" * (MOST - 1)])[0] == 200
    assert inner.bodies == [b"a" + b"b" * (MOST - 1)]


def test_a_body_that_does_not_come_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bodies, "SECONDS", 0.01)
    assert asked(Bodies(Inner()), "POST", body=[])[0] == 408


def test_who_leaves_while_sending_asks_for_nothing() -> None:
    inner, sent = Inner(), list[Message]()

    async def receive() -> Message:
        return {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        sent.append(message)

    asyncio.run(Bodies(inner)(scope_of("POST", "/", "::1", {}), receive, send))
    assert inner.scopes == sent == []
