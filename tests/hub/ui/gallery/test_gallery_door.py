"""The paths of the gallery: lists, battles, pictures and receipts, of told votes alone."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from hub.language.catalogue import ENGLISH, language
from hub.log_entries import Withdrawal
from hub.receipt import read_receipt
from hub.schema import Criterion, Outcome
from hub.ui.gallery import gallery_votes
from hub.ui.gallery.gallery_door import PAGE, GalleryDoor
from hub.ui.gallery.gallery_view import render_battle
from hub.ui.gallery.gallery_votes import GalleryVotes
from hub.votes import ContentStore, VoteLog
from tests.hub.battle.fakes import ADA, Hall
from tests.hub.ui.middleware.asked import Inner, asked
from tests.hub.votes.made import PNG, sample, setup, vote
from tests.hub.votes.test_read import sealed

NASTY = "<img src=x onerror=alert(1)>"


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every look is a new one."""
    monkeypatch.setattr(gallery_votes, "APART", 0.0)
    monkeypatch.setattr(gallery_votes, "REST", 0)


@pytest.fixture
def log(tmp_path: Path) -> Iterator[VoteLog]:
    sealed(tmp_path, *(vote(f"v{n:02}", time=float(n), prompt=f"a cat {n}") for n in range(30)))
    log = VoteLog(tmp_path)
    yield log
    log.close()


@pytest.fixture
def door(tmp_path: Path, log: VoteLog) -> GalleryDoor:
    return GalleryDoor(Inner(), GalleryVotes(tmp_path, log), ContentStore(tmp_path))


def told(door: GalleryDoor, path: str, **more: Any) -> Any:
    """The JSON of an answer."""
    return json.loads(asked(door, "GET", f"/gallery/{path}", **more)[2])


def ids(html: str) -> list[str]:
    """The battles of a list, in their order."""
    return [part.partition('"')[0] for part in html.split('data-battle="')[1:]]


def test_other_paths_are_passed_on(door: GalleryDoor) -> None:
    assert asked(door, "GET", "/")[2] == asked(door, "GET", "/gallery")[2] == b"in"


def test_a_list_is_whole_page_by_page_though_votes_come_meanwhile(door: GalleryDoor, log: VoteLog) -> None:
    first = told(door, "list")
    assert first["said"] == "30 battles, newest first"
    assert len(ids(first["html"])) == PAGE
    log.append(vote("new", time=99.0))
    second = told(door, f"list?after={first['more']}")
    assert ids(first["html"]) + ids(second["html"]) == [f"v{n:02}" for n in reversed(range(30))]
    assert second["more"] == ""
    assert ids(told(door, "list")["html"])[0] == "new"


def test_a_list_is_said_in_the_language_of_the_page_and_knows_its_generators(door: GalleryDoor) -> None:
    answer = told(door, "list?prompt=cat+7", headers={"accept-language": "ja"})
    assert answer["said"] == "30件中1件（新しい順）"
    assert answer["entries"] == [["left", "left"], ["right", "right"]]
    assert told(door, "list?prompt=dog")["said"] == "No battle is like that; there are 30 in all."


def test_what_is_not_there_is_said(door: GalleryDoor) -> None:
    for path, status in {
        "list?question=taste": 400,
        "list?entry=nobody": 400,
        "battle/nowhere": 404,
        "receipt/nowhere": 404,
        "picture/nowhere/a/0": 404,
        "picture/v01/a/1": 404,
        "picture/v01/c/0": 404,
        "picture/v01/a/x": 404,
    }.items():
        assert asked(door, "GET", f"/gallery/{path}")[0] == status, path


def test_a_battle_its_pictures_and_its_receipt(door: GalleryDoor, log: VoteLog) -> None:
    status, headers, body = asked(door, "GET", "/gallery/picture/v03/b/0")
    assert (status, headers["content-type"], body) == (200, "image/png", PNG)
    html = asked(door, "GET", "/gallery/battle/v03")[2].decode()
    assert html.count("<img") == 2
    assert "left won against right" in html
    assert "tab=compare&amp;prompt=a+cat+3&amp;seed=0-3&amp;entries=left%2Cright" in html
    found = read_receipt(asked(door, "GET", "/gallery/receipt/v03")[2].decode())
    assert found.labels == ("A", "B")
    log.append(vote("set", time=50.0, criterion=Criterion.variety, outcome=Outcome.tie, excluded=("speed",)))
    html = asked(door, "GET", "/gallery/battle/set")[2].decode()
    assert html.count("<img") == 8
    assert "No rating counts this vote: the gate speed." in html


def test_no_text_of_a_users_is_markup(door: GalleryDoor, log: VoteLog) -> None:
    log.append(vote("nasty", time=60.0, prompt=NASTY, left="<b>", right='"x'))
    for html in (told(door, "list")["html"], asked(door, "GET", "/gallery/battle/nasty")[2].decode()):
        assert NASTY not in html
        assert "<b>" not in html
        assert "&lt;img src=x" in html


def test_a_picture_that_is_gone_is_said_and_its_battle_is_shown(door: GalleryDoor, tmp_path: Path) -> None:
    ContentStore(tmp_path).image(sample().sha256).unlink()
    assert asked(door, "GET", "/gallery/picture/v03/a/0")[0] == 404
    assert asked(door, "GET", "/gallery/battle/v03")[0] == 200


def test_a_vote_that_is_taken_back_leaves(door: GalleryDoor, log: VoteLog) -> None:
    log.append(vote("mine", time=70.0))
    assert ids(told(door, "list")["html"])[0] == "mine"
    log.withdraw(Withdrawal(vote="mine", time=71.0, rater="rater"))
    assert "mine" not in ids(told(door, "list")["html"])
    assert asked(door, "GET", "/gallery/battle/mine")[0] == 404
    assert asked(door, "GET", "/gallery/picture/mine/a/0")[0] == 404


def test_votes_that_came_while_nobody_looked_are_there_at_the_next_look(
    door: GalleryDoor, log: VoteLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert len(ids(told(door, "list")["html"])) == PAGE
    monkeypatch.setattr(gallery_votes, "IDLE", -1.0)  # nobody has looked for long
    for number in range(3):
        log.append(vote(f"late-{number}", time=80.0 + number))
    assert door._votes._told.empty()  # none is held for a look that may never come
    assert ids(told(door, "list")["html"])[:3] == ["late-2", "late-1", "late-0"]


def test_a_battle_is_in_no_list_before_its_names_are_told(tmp_path: Path) -> None:
    hall = Hall(tmp_path, repeats=0.5, open_seconds=3600)
    hall.store.write_setup(setup())
    door = GalleryDoor(Inner(), GalleryVotes(hall.data, hall.log), hall.store)
    kept_back = 0
    tokens: dict[str, str] = {}
    for number in range(40):
        token = hall.start(again=number % 5 > 0, prompt=f"a cat {number // 10}")
        hall.draw(token)
        cast = hall.battles.vote(token, ADA, tuple(Outcome)[number % 4])
        tokens[cast.id] = token
        names_told = {one.id for token in tokens.values() for one in hall.battles.told(token, ADA)}
        fresh = GalleryDoor(Inner(), GalleryVotes(hall.data, hall.log), hall.store)  # looked at just now
        for one in (door, fresh):
            assert asked(one, "GET", f"/gallery/battle/{cast.id}")[0] == (
                200 if cast.id in names_told and not cast.repeat_of else 404
            )
            assert set(ids(told(one, "list")["html"])) <= names_told
        kept_back += cast.id not in names_told
    assert kept_back > 5


def test_a_battle_says_how_its_japanese_prompt_was_read_and_is_drawn_on_other_seeds() -> None:
    a, b = (sample(name, prompt="猫と静物", read_as="cat") for name in ("left", "right"))
    shown = render_battle(vote("v", a=(a,), b=(b,)), language("ja"))
    assert "「cat」と読みました、読み取れなかった部分：静物" in shown
    for read in (shown, render_battle(vote("v"), ENGLISH)):
        assert "?tab=compare&amp;prompt=" in read
    assert "vs-reading" not in read
