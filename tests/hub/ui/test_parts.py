"""The page's parts by themselves: who a request is from, the cookie, the pace of a battle shown again, the wall."""

import asyncio
import random
import time
from typing import Any

import gradio as gr  # noqa: TID251
import pytest
from starlette.requests import Request

from hub.battle import Slot
from hub.raters import new_cookie
from hub.schema import Side
from hub.ui.cookies import NAME, RaterCookie, cookie_values, set_cookie
from hub.ui.drawing import Event, Progress
from hub.ui.pace import Pace
from hub.ui.visitors import Visitors
from hub.ui.wall import HELD, UNDRAWN, Wall

SECRET = "a secret of some length"  # noqa: S105


def request(**headers: str) -> Request:
    """A request from one address, with these headers."""
    raw = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    return Request({"type": "http", "headers": raw, "client": ("203.0.113.7", 4711), "path": "/", "method": "GET"})


def rater(space: bool, login: str = "", **headers: str) -> Any:
    """Who that request is from."""
    profile = (
        gr.OAuthProfile({"preferred_username": login, "name": "", "profile": "", "picture": ""}) if login else None
    )
    return Visitors(SECRET, space).rater(gr.Request(request=request(**headers), session_hash="page"), profile)


def test_a_login_counts_on_a_space_only() -> None:
    cookie = f"{NAME}={new_cookie(SECRET)}"
    assert rater(True, "ada", cookie=cookie).id == rater(True, "ada").id
    assert rater(True, "ada").id != rater(True, "bob").id
    assert rater(False, "ada", cookie=cookie).id == rater(False, cookie=cookie).id != rater(True, "ada").id


def test_a_forged_cookie_is_no_rater() -> None:
    cookie = new_cookie(SECRET)
    assert rater(False, cookie=f"{NAME}={cookie[:-1]}").id == rater(False).id
    assert rater(False, cookie=f"{NAME}={cookie}").id != rater(False).id


ODD = ['prefs={"a": "b"}', "valueless", "=", "a=b=c", 'x="', "bad name=1", "é=1", f"{NAME}=tossed", f'{NAME}="', NAME]


@pytest.mark.parametrize("odd", ODD)
@pytest.mark.parametrize("order", ["{odd}; {own}", "{own};{odd}", "{odd};; {own}; {odd}"])
def test_other_cookies_of_the_host_lose_nobodys_identity(odd: str, order: str) -> None:
    cookie = new_cookie(SECRET)
    header = order.format(odd=odd, own=f"{NAME}={cookie}").encode().decode("latin-1")
    assert rater(False, cookie=header).id == rater(False, cookie=f"{NAME}={cookie}").id != rater(False).id
    assert cookie in cookie_values(request(cookie=header).headers, NAME)
    assert rater(False, cookie=odd.encode().decode("latin-1")).id == rater(False).id


def test_a_drawing_that_joins_and_the_event_that_it_becomes_are_one_raters() -> None:
    visitors, cookie = Visitors(SECRET, True), f"{NAME}={new_cookie(SECRET)}"
    assert visitors.joining(request(cookie=cookie), "page").id == rater(True, cookie=cookie).id
    assert visitors.joining(request(), "page").id == rater(True).id
    known = request(cookie=cookie)
    for expires, login in ((time.time() + 60, "ada"), (None, "ada"), (time.time() - 60, "")):
        known.scope["session"] = {"oauth_info": {"expires_at": expires, "userinfo": {"preferred_username": "ada"}}}
        assert visitors.joining(known, "page").id == rater(True, login, cookie=cookie).id


def test_a_spaces_cookie_is_sent_from_inside_another_site() -> None:
    assert set_cookie("v", space=True).endswith("; HttpOnly; SameSite=None; Secure; Partitioned")
    assert set_cookie("v", space=False).endswith("; HttpOnly; SameSite=Lax")


@pytest.mark.parametrize(("path", "given"), [("/", True), ("/config", False)])
def test_only_the_page_brings_a_cookie(path: str, given: bool) -> None:
    sent: list[Any] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {"type": "http", "path": path, "headers": []}
    asyncio.run(RaterCookie(app, SECRET, space=False)(scope, None, send))  # type: ignore[arg-type]
    assert any(name == b"set-cookie" for name, _ in sent[0]["headers"]) is given


def test_a_battle_shown_again_keeps_the_pace_of_one_that_was_drawn() -> None:
    pace, slots = Pace(random.Random(1)), [Slot(Side.a, 0), Slot(Side.b, 0)]
    assert [beat.slot for beats in pace.replay(slots) for beat in beats] == slots  # nothing was drawn yet

    def drawing() -> Any:
        for share in (0.1, 0.6):
            time.sleep(0.1)
            yield [Progress(slot, share) for slot in slots]

    news: list[list[Event[Slot]]] = list(pace.watch(slots, drawing()))
    start = time.monotonic()
    replayed = list(pace.replay(slots[::-1]))
    assert time.monotonic() - start >= 0.2
    assert [[beat.share for beat in beats] for beats in replayed] == [[0.1, 0.1], [0.6, 0.6]]
    assert len(news) == 2
    assert len(list(pace.replay([Slot(Side.a, 3)]))) == 1  # sets have a pace of their own


def test_a_wall_is_complete_when_every_picture_hangs() -> None:
    slots = [Slot(side, number) for side in Side for number in range(4)]
    wall = Wall("token", "a <b>", 4)
    for slot in slots:
        assert not wall.complete
        wall.progress(slot, 1.0)
        assert not wall.complete or slot == slots[-1]
        wall.show(slot, b"png")
    assert wall.complete
    assert "a &lt;b&gt;" in wall.value["a"]["cells"][3]


def test_what_is_held_back_cannot_be_drawn_again() -> None:
    wall = Wall("token", "a cat", 4)
    wall.fail(Slot(Side.a, 0), UNDRAWN)
    assert 'data-side="a"' in wall.value["a"]["foot"]
    wall.fail(Slot(Side.a, 1), HELD)
    wall.fail(Slot(Side.a, 2), UNDRAWN)
    assert wall.held
    assert wall.value["a"]["foot"] == ""
    assert HELD in wall.value["a"]["status"]
