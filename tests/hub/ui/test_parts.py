"""The page's parts by themselves: who a request is from, the cookie, how far a battle is, its pace, the wall."""

import asyncio
import random
import time
from concurrent.futures import Future
from types import SimpleNamespace
from typing import Any

import gradio as gr  # noqa: TID251
import pytest
from starlette.requests import Request

from hub import schema
from hub.battle import Slot, SlotDrawing
from hub.errors import GenerationError
from hub.raters import make_cookie
from hub.schema import Side
from hub.ui.battle.pace import Beat, Pace, Whole
from hub.ui.battle.wall import TOLD, Trouble, Wall
from hub.ui.cookies import NAME, RaterCookie, make_cookie_header, read_cookie_values
from hub.ui.drawing import LOADING, Done, Failed, Progress, Waiting, draw_each
from hub.ui.markup import render_waiting
from hub.ui.visitors import Visitors
from tests.asking import asking

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
    cookie = f"{NAME}={make_cookie(SECRET)}"
    assert rater(True, "ada", cookie=cookie).id == rater(True, "ada").id
    assert rater(True, "ada").id != rater(True, "bob").id
    assert rater(False, "ada", cookie=cookie).id == rater(False, cookie=cookie).id != rater(True, "ada").id


def test_a_forged_cookie_is_no_rater() -> None:
    cookie = make_cookie(SECRET)
    assert rater(False, cookie=f"{NAME}={cookie[:-1]}").id == rater(False).id
    assert rater(False, cookie=f"{NAME}={cookie}").id != rater(False).id


ODD = ['prefs={"a": "b"}', "valueless", "=", "a=b=c", 'x="', "bad name=1", "é=1", f"{NAME}=tossed", f'{NAME}="', NAME]


@pytest.mark.parametrize("odd", ODD)
@pytest.mark.parametrize("order", ["{odd}; {own}", "{own};{odd}", "{odd};; {own}; {odd}"])
def test_other_cookies_of_the_host_lose_nobodys_identity(odd: str, order: str) -> None:
    cookie = make_cookie(SECRET)
    header = order.format(odd=odd, own=f"{NAME}={cookie}").encode().decode("latin-1")
    assert rater(False, cookie=header).id == rater(False, cookie=f"{NAME}={cookie}").id != rater(False).id
    assert cookie in read_cookie_values(request(cookie=header).headers, NAME)
    assert rater(False, cookie=odd.encode().decode("latin-1")).id == rater(False).id


def test_a_drawing_that_joins_and_the_event_that_it_becomes_are_one_raters() -> None:
    visitors, cookie = Visitors(SECRET, True), f"{NAME}={make_cookie(SECRET)}"
    assert visitors.joining(request(cookie=cookie), "page").id == rater(True, cookie=cookie).id
    assert visitors.joining(request(), "page").id == rater(True).id
    known = request(cookie=cookie)
    for expires, login in ((time.time() + 60, "ada"), (None, "ada"), (time.time() - 60, "")):
        known.scope["session"] = {"oauth_info": {"expires_at": expires, "userinfo": {"preferred_username": "ada"}}}
        assert visitors.joining(known, "page").id == rater(True, login, cookie=cookie).id


def test_a_spaces_cookie_is_sent_from_inside_another_site() -> None:
    assert make_cookie_header("v", space=True).endswith("; HttpOnly; SameSite=None; Secure; Partitioned")
    assert make_cookie_header("v", space=False).endswith("; HttpOnly; SameSite=Lax")


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


A, B = Slot(Side.a, 0), Slot(Side.b, 0)


def test_a_battle_shown_again_keeps_the_pace_of_one_that_was_drawn() -> None:
    pace = Pace(random.Random(1))
    assert list(pace.replay(2)) == []  # nothing was drawn yet
    beats = [Beat(0.1, 1, 0.0), Beat(0.2, 0, 0.5)]
    pace.note(2, beats)
    start = time.monotonic()
    assert list(pace.replay(2)) == beats
    assert time.monotonic() - start >= 0.2
    assert list(pace.replay(8)) == []  # sets have a pace of their own


@pytest.mark.parametrize("mirror", [False, True])
def test_what_is_told_of_a_battle_is_the_same_whichever_side_it_comes_from(mirror: bool) -> None:
    """A diffusion model tells of its steps and comes last; a GAN only comes."""
    slow, fast = (B, A) if mirror else (A, B)
    whole, said = Whole((A, B)), []
    events: list[Any] = [Waiting(slow, 2), Done(fast, None), Failed(fast, GenerationError("no"))]  # type: ignore[arg-type]
    for event in [*events, *(Progress(slow, step / 10) for step in range(11)), Done(slow, None)]:  # type: ignore[arg-type]
        whole.note(event)
        said.append((whole.beat.place, whole.beat.share))
    shares = [0.5, *(0.5 + step / 20 for step in range(11)), 1.0]
    assert said == [(2, 0.0), (2, 0.5), *((0 if number else 2, pytest.approx(x)) for number, x in enumerate(shares))]


def test_the_share_that_is_told_has_few_steps() -> None:
    whole, said = Whole((A, B)), set()
    for number in range(1001):
        whole.note(Progress(A, number / 1000))
        said.add(whole.beat.share)
    assert said == {step / 20 for step in range(11)}


def test_a_wall_hangs_both_sides_at_once() -> None:
    slots = [Slot(side, number) for side in Side for number in range(4)]
    wall = Wall("token", [schema.Request(prompt="a <b>", seed=1)], 4)
    wall.progress(0, 0.95)
    assert wall.value["a"] == wall.value["b"] == ['<div class="vs-frame"></div>'] * 4
    wall.hang({slot: f"picture/{slot.side}{slot.number}" for slot in slots})
    assert "a &lt;b&gt;" in wall.value["a"][3]
    assert 'src="picture/b2"' in wall.value["b"][2]


def test_a_wall_says_how_its_prompt_was_read_from_the_beginning_and_alike_for_both_sides() -> None:
    wall = Wall("token", [schema.Request(prompt="赤いりんごと<b>と静物", seed=1, read_as="red apple and <b>")])
    said = '<p class="vs-reading">read as: red apple and &lt;b&gt;; not read: 静物</p>'
    assert wall.value["reading"] == said
    wall.progress(0, 0.5)
    wall.hang({Slot(side, 0): "picture/x" for side in Side})
    assert wall.value["reading"] == said
    assert Wall("token", [schema.Request(prompt="a cat", seed=1)]).value["reading"] == ""


@pytest.mark.parametrize(("trouble", "again"), [(Trouble.undrawn, True), (Trouble.held, False)])
def test_a_wall_never_says_which_side_failed(trouble: Trouble, again: bool) -> None:
    wall = Wall("token", [schema.Request(prompt="a cat", seed=1)])
    wall.fail(trouble)
    assert wall.value["a"] == wall.value["b"]
    assert TOLD[trouble] in wall.value["status"]
    assert ('data-event="retry"' in wall.value["foot"]) is again


def test_who_waits_for_a_model_is_told_so() -> None:
    loading, drawn = [True], [Future[Any]() for _ in range(2)]
    inside: Any = SimpleNamespace(
        ask=lambda *_: SimpleNamespace(result=drawn.pop(), cancel=lambda: None),
        loading=lambda party: loading[0],
        place=lambda party: 0,
    )
    left = list(drawn)
    events = draw_each(
        inside, {A: SlotDrawing("mock", asking("a cat", 0)), B: SlotDrawing("galip", asking("a cat", 0))}, "rater"
    )
    assert sorted(event.place for event in next(events) if isinstance(event, Waiting)) == [LOADING, LOADING]
    for one in left:
        one.set_result(None)
    assert [type(event) for news in events for event in news] == [Done, Done]
    for place, said in ((LOADING, "loading the models"), (0, "queued"), (3, "queued, place 3")):
        assert f">{said}</span>" in render_waiting("Both pictures", place)
