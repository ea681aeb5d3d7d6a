"""Votes over HTTP that must not count: forged, expired, foreign, repeated; and what is known of a rater."""

import json
import re
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from http.cookies import SimpleCookie
from pathlib import Path

import httpx
import pytest

from hub.raters import load_secret, read_cookie
from hub.settings import Settings
from hub.ui.cookies import NAME
from tests.hub.ui import fakes
from tests.hub.ui.served import FAKES, PICTURE, Arena, Page, served
from tests.hub.ui.test_page import shown, votes_on

SAVED = "your vote is saved"


@pytest.fixture(scope="module")
def arena(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Arena]:
    """An arena of the two fakes, served, that forgets nothing."""
    with served(tmp_path_factory.mktemp("trust"), FAKES, fakes.NAMES) as arena:
        yield arena


@pytest.fixture
def page(arena: Arena) -> Iterator[Page]:
    """A page that was just opened."""
    with Page(arena.url) as page:
        yield page


def refused(answer: str, why: str) -> None:
    """A vote was refused with a reason that names nobody."""
    assert why in answer
    assert not [secret for secret in fakes.SECRETS if secret in answer]
    assert "Traceback" not in answer


def test_a_forged_token_is_refused_and_logged(page: Page, arena: Arena) -> None:
    page.draw("a forgery")
    token = page.token
    refused(page.vote("a", token=""), "not one that this arena gave out")
    refused(page.vote("a", token=("A" if token[0] != "A" else "B") + token[1:]), "not one that this arena gave out")
    refused(page.vote("a", token=["a", "list"]), "not one that this arena gave out")
    assert votes_on(arena.data, "a forgery") == []
    assert "not one that this arena gave out" in arena.said
    assert SAVED in page.vote("a")


def test_another_sessions_token_is_refused_and_logged(page: Page, arena: Arena) -> None:
    page.draw("a theft")
    with Page(arena.url) as thief:
        refused(thief.vote("a", token=page.token), "another browser session")
    assert votes_on(arena.data, "a theft") == []
    assert "another browser session" in arena.said
    assert SAVED in page.vote("b")


def test_a_used_token_takes_no_other_vote_and_is_logged(page: Page, arena: Arena) -> None:
    page.draw("one vote only")
    assert "You called it a tie. Thank you" in page.vote("tie")
    refused(page.vote("b"), "has its vote already")
    assert "You called it a tie. Thank you" in page.vote("tie")  # as of a page that did not hear the answer
    assert [vote.outcome for vote in votes_on(arena.data, "one vote only")] == ["tie"]
    assert "has its vote already" in arena.said


def test_an_expired_token_is_refused_and_logged(tmp_path: Path) -> None:
    minutes = {"HUB_BATTLE_MINUTES": "0.02"}
    with served(tmp_path, FAKES, fakes.NAMES, **minutes) as arena, Page(arena.url) as page:
        page.draw("too late")
        time.sleep(2.5)  # tokens count whole seconds
        refused(page.vote("a"), "has expired")
        assert "has expired" in arena.said
        assert votes_on(arena.data, "too late") == []


def test_fifty_votes_at_once_are_one(page: Page, arena: Arena) -> None:
    page.draw("a crowd")
    body = page.body("vote", [], {"outcome": "a", "tags": [], "agreed": page.agreed})
    cookies = dict(page.http.cookies)

    def vote(_: int) -> str:
        with httpx.Client(base_url=arena.url, cookies=cookies, timeout=120) as http:
            return http.post("/gradio_api/run/vote", json=body).text

    with ThreadPoolExecutor(50) as pool:
        answers = list(pool.map(vote, range(50)))
    assert sum(SAVED in answer for answer in answers) == 50
    assert len(votes_on(arena.data, "a crowd")) == 1


def test_too_many_votes_are_told_when_to_come_back(tmp_path: Path) -> None:
    hourly = {"HUB_VOTES_PER_HOUR": "2"}
    with served(tmp_path, FAKES, fakes.NAMES, **hourly) as arena, Page(arena.url) as page:
        answers = []
        for number in range(3):
            page.draw(f"a glutton {number}")
            answers.append(page.vote("a"))
        assert [SAVED in answer for answer in answers] == [True, True, False]
        refused(answers[2], "again")


def test_a_page_gets_a_lasting_cookie_once(arena: Arena) -> None:
    first = httpx.get(arena.url)
    cookie = SimpleCookie(first.headers["set-cookie"])[NAME]
    assert cookie["httponly"]
    assert (cookie["samesite"], cookie["max-age"], cookie["path"]) == ("Lax", str(365 * 24 * 3600), "/")
    assert not cookie["secure"]
    secret = load_secret(Settings(data=arena.data))
    assert read_cookie(secret, cookie.value)
    assert "127.0.0.1" not in cookie.value
    assert "set-cookie" not in httpx.get(arena.url, cookies={NAME: cookie.value}).headers
    forged = httpx.get(arena.url, cookies={NAME: cookie.value[:-2]})
    assert SimpleCookie(forged.headers["set-cookie"])[NAME].value != cookie.value
    assert "set-cookie" not in httpx.get(f"{arena.url}/config").headers


def test_a_cookie_is_one_rater_and_no_cookie_is_a_page(page: Page, arena: Arena) -> None:
    for number in range(2):
        page.draw(f"by cookie {number}")
        page.vote("a")
    with Page(arena.url) as bare:
        bare.http.cookies.clear()
        bare.draw("by page")
        assert SAVED in bare.vote("a")
    raters = [votes_on(arena.data, prompt)[0].rater for prompt in ("by cookie 0", "by cookie 1", "by page")]
    assert raters[0] == raters[1] != raters[2]


def test_neither_address_nor_cookie_is_stored_or_logged(page: Page, arena: Arena) -> None:
    page.draw("nobody's address")
    page.vote("a")
    page.vote("a")
    cookie = read_cookie(load_secret(Settings(data=arena.data)), page.http.cookies[NAME])
    assert cookie
    files = [path for path in arena.data.rglob("*") if path.is_file()]
    assert files
    for file in files:
        content = file.read_bytes()
        assert b"127.0.0.1" not in content
        assert cookie.encode() not in content
        assert page.session.encode() not in content
    assert cookie not in arena.said
    assert arena.said.count("127.0.0.1") == 1  # where the arena is open


LATER = "The names come with a later battle."


def test_a_hidden_repeat_looks_like_any_battle_and_its_names_come_with_it(tmp_path: Path) -> None:
    with served(tmp_path, FAKES, fakes.NAMES, HUB_REPEATS="1") as arena, Page(arena.url) as page:
        sent, pictures, after = [page.draw("again and again")], [], []
        for _ in range(40):
            pictures.append(shown(page, sent[-1:]))
            after.append(page.vote("a"))
            if LATER not in after[-1]:
                break
            said = {"prompt": "again and again", "criterion": "quality"}
            sent.append(page.ask("next_battle", "again and again", "quality", **said))
        *fresh, again = votes_on(arena.data, "again and again")
        assert len(fresh) >= 2
        assert all(vote.repeat_of is None for vote in fresh)
        before = next(vote for vote in fresh if vote.id == again.repeat_of)
        assert (again.a, again.b, again.names_withheld) == (before.b, before.a, True)
        assert pictures[-1] == {sample.sha256 for sample in (*before.a, *before.b)}
        told, drawn = sent[-1], sent[1]
        assert steps(told) in [steps(text) for text in sent[:-1]]
        assert PICTURE.search(told.splitlines()[-1]) is None
        assert kinds(told) == kinds(drawn)
        assert pictures_before_voting(told) == pictures_before_voting(drawn) == 2
        for text in (*sent, *after[:-1]):
            assert not [secret for secret in fakes.SECRETS if secret in text]
            assert "receipt-" not in text
        assert all(SAVED in text for text in after)
        assert all(secret in after[-1] for secret in fakes.SECRETS)
        for vote in (again, before):
            assert f"receipt-{vote.id}.json" in after[-1]


def test_names_that_come_later_are_told_to_who_asks(tmp_path: Path) -> None:
    with served(tmp_path, FAKES, fakes.NAMES, HUB_REPEATS="1") as arena, Page(arena.url) as page:
        page.draw("impatience")
        body = page.body("names", [], {})
        early = page.http.post("/gradio_api/run/names", json=body).text
        assert "The names are told after the vote." in early
        assert LATER in page.vote("b")
        with Page(arena.url) as thief:
            thief.token = page.token
            stolen = thief.http.post("/gradio_api/run/names", json=thief.body("names", [], {})).text
        for text in (early, stolen):
            assert not [secret for secret in fakes.SECRETS if secret in text]
        told = page.http.post("/gradio_api/run/names", json=body).text
        assert all(secret in told for secret in fakes.SECRETS)
        assert "You preferred B." in told


def steps(sent: str) -> list[str]:
    """The shares of drawings that were told."""
    return re.findall(r"drawing (\d+) %", sent)


def kinds(sent: str) -> list[str]:
    """The kinds of messages, repetitions left out."""
    found = [json.loads(line.removeprefix("data: "))["msg"] for line in sent.splitlines()]
    return [kind for number, kind in enumerate(found) if number == 0 or found[number - 1] != kind]


def pictures_before_voting(sent: str) -> int:
    """How many pictures were sent when the vote's buttons came to life."""
    lines = sent.splitlines()
    first = next(number for number, line in enumerate(lines) if 'data-outcome=\\"a\\">' in line)
    return len(PICTURE.findall("".join(lines[: first + 1])))
