"""The admin page and the metrics over HTTP: who may see them, that they move, and how the page looks.

``HUB_SCREENSHOT_ADMIN`` names a folder for pictures of the page.
"""

import os
import re
import time
from collections.abc import Iterator
from http.cookies import Morsel, SimpleCookie
from pathlib import Path

import httpx
import pytest
from itsdangerous import URLSafeTimedSerializer
from playwright.sync_api import Browser, expect
from prometheus_client.parser import text_string_to_metric_families
from starlette.requests import Request

from hub.ui.admin.auth import COOKIE, LASTS, WRONG, Keeper, TooMany
from tests.hub.ui import fakes
from tests.hub.ui.chromium import CHROMIUM
from tests.hub.ui.served import FAKES, Arena, Page, served

TOKEN = "an-admin-token-of-the-tests"  # noqa: S105
BEARER = {"Authorization": f"Bearer {TOKEN}"}


@pytest.fixture(scope="module")
def arena(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Arena]:
    """An arena of the two fakes with an admin."""
    with served(tmp_path_factory.mktemp("admin"), FAKES, fakes.NAMES, HUB_ADMIN_TOKEN=TOKEN, HUB_LOG="json") as arena:
        yield arena


def figures(arena: Arena) -> dict[str, float]:
    """Sums of the metrics by name, over their labels."""
    answer = httpx.get(f"{arena.url}/metrics", headers=BEARER)
    assert answer.status_code == 200
    sums: dict[str, float] = {}
    for family in text_string_to_metric_families(answer.text):
        for sample in family.samples:
            if "le" not in sample.labels:
                sums[sample.name] = sums.get(sample.name, 0.0) + sample.value
    return sums


def login(url: str, token: str = TOKEN, **headers: str) -> httpx.Response:
    """Post the form."""
    return httpx.post(f"{url}/admin/login", data={"token": token}, headers=headers)


def cookie_of(answer: httpx.Response) -> Morsel[str]:
    """The cookie that an answer sets."""
    return SimpleCookie(answer.headers["set-cookie"])[COOKIE]


def inside(url: str, cookie: str) -> bool:
    """Whether a cookie opens the page's data."""
    answer = httpx.get(f"{url}/admin/data", headers={"cookie": f"{COOKIE}={cookie}"})
    assert answer.status_code in (200, 401)
    return answer.status_code == 200


def test_without_a_token_set_there_is_neither(tmp_path: Path) -> None:
    with served(tmp_path, FAKES, fakes.NAMES) as arena:
        for path in ("/metrics", "/admin", "/admin/data", "/admin/login"):
            for headers in ({}, BEARER):
                answer = httpx.get(f"{arena.url}{path}", headers=headers)
                assert answer.status_code == 404
                assert "vernissage_" not in answer.text


def test_the_metrics_want_the_bearer(arena: Arena) -> None:
    for headers in ({}, {"Authorization": "Bearer"}, {"Authorization": f"Basic {TOKEN}"}, {"Authorization": TOKEN}):
        answer = httpx.get(f"{arena.url}/metrics", headers=headers)
        assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "Bearer")
        assert "vernissage" not in answer.text
    assert httpx.get(f"{arena.url}/metrics?token={TOKEN}").status_code == 401
    assert figures(arena)["vernissage_queue_length"] == 0


def test_the_figures_move_with_a_battle_and_a_vote_and_name_no_prompt(arena: Arena) -> None:
    before = figures(arena)
    with Page(arena.url) as page:
        page.draw("a lighthouse nobody may read of")
        page.vote("a")
        assert "has its vote already" in page.vote("b")
    after = figures(arena)
    for name in ("battles_total", "votes_total", "refused_total"):
        assert after[f"vernissage_{name}"] == before.get(f"vernissage_{name}", 0) + 1
    assert after["vernissage_drawing_seconds_count"] == before["vernissage_drawing_seconds_count"] + 2
    assert after["vernissage_log_write_seconds_count"] >= before["vernissage_log_write_seconds_count"] + 2
    cookie = cookie_of(login(arena.url)).value
    for path, headers in (("/metrics", BEARER), ("/admin", {}), ("/admin/data", {})):
        answer = httpx.get(f"{arena.url}{path}", headers={"cookie": f"{COOKIE}={cookie}", **headers})
        assert answer.status_code == 200
        assert "gouache-fake" in answer.text
        for hidden in ("lighthouse", TOKEN, cookie):
            assert hidden not in answer.text


def test_the_page_asks_for_the_token_and_shows_nothing_before(arena: Arena) -> None:
    answer = httpx.get(f"{arena.url}/admin")
    assert 'type="password"' in answer.text
    assert "gouache" not in answer.text
    assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
    assert answer.headers["cache-control"] == "no-store"
    for path in ("/admin/data", "/admin/plotly.js"):
        assert httpx.get(f"{arena.url}{path}").status_code == 401
        assert httpx.get(f"{arena.url}{path}", headers=BEARER).status_code == 401


def test_a_login_is_a_signed_strict_cookie_that_ends(arena: Arena) -> None:
    answer = login(arena.url)
    assert (answer.status_code, answer.headers["location"]) == (303, "/admin")
    cookie = cookie_of(answer)
    assert cookie["httponly"]
    assert (cookie["samesite"], cookie["path"], cookie["max-age"]) == ("Strict", "/admin", str(LASTS))
    assert not cookie["secure"]  # this is plain HTTP
    assert TOKEN not in str(answer.headers)
    assert inside(arena.url, cookie.value)
    assert not inside(arena.url, cookie.value[:-9] + ("A" if cookie.value[-9] != "A" else "B") + cookie.value[-8:])
    assert not inside(arena.url, "")
    out = httpx.post(f"{arena.url}/admin/logout", headers={"cookie": f"{COOKIE}={cookie.value}"})
    assert cookie_of(out)["max-age"] == "0"
    assert not inside(arena.url, cookie.value)


def test_forms_of_other_sites_are_refused(arena: Arena) -> None:
    cookie = cookie_of(login(arena.url)).value
    for site in ("cross-site", "same-site"):
        assert login(arena.url, **{"sec-fetch-site": site}).status_code == 403
        headers = {"sec-fetch-site": site, "cookie": f"{COOKIE}={cookie}"}
        assert httpx.post(f"{arena.url}/admin/logout", headers=headers).status_code == 403
    assert inside(arena.url, cookie)
    assert httpx.get(f"{arena.url}/admin/logout").status_code == 405
    assert login(arena.url, "x" * 5000).status_code == 413


def test_wrong_tokens_are_refused_limited_and_logged_without_them(tmp_path: Path) -> None:
    guess = "a-guess-that-nobody-may-read"
    with served(tmp_path, FAKES, fakes.NAMES, HUB_ADMIN_TOKEN=TOKEN) as arena:
        for _ in range(WRONG - 1):
            answer = login(arena.url, guess)
            assert answer.status_code == 403
            assert "That is not the token." in answer.text
            assert "set-cookie" not in answer.headers
        assert httpx.get(f"{arena.url}/metrics", headers={"Authorization": f"Bearer {guess}"}).status_code == 401
        answer = login(arena.url, guess)
        assert (answer.status_code, answer.headers["retry-after"]) == (429, "60")
        assert httpx.get(f"{arena.url}/metrics", headers={"Authorization": f"Bearer {guess}"}).status_code == 429
        assert httpx.get(f"{arena.url}/metrics", headers=BEARER).status_code == 200
        assert login(arena.url).status_code == 303
        assert arena.said.count("event=admin.refused") == WRONG
        assert "event=admin.limited" in arena.said
        for hidden in (guess, TOKEN, "127.0.0.1 "):
            assert hidden not in arena.said
        assert httpx.get(arena.url).status_code == 200


def asked(headers: dict[str, str], address: str = "10.0.0.1") -> Request:
    """A request from an address."""
    raw = [(name.encode(), value.encode()) for name, value in headers.items()]
    scope = {"type": "http", "method": "GET", "path": "/admin", "query_string": b"", "headers": raw}
    return Request({**scope, "client": (address, 1), "server": ("hub", 80), "scheme": "http"})


@pytest.mark.parametrize("odd", ['prefs={"a": "b"}', "valueless", f"{COOKIE}=tossed"])
def test_other_cookies_of_the_host_lock_nobody_out(odd: str) -> None:
    keeper = Keeper(TOKEN, "the hub's secret")
    cookie = SimpleCookie(keeper.bake(secure=False))[COOKIE].value
    assert keeper.inside(asked({"cookie": f"{odd}; {COOKIE}={cookie}"}))
    assert not keeper.inside(asked({"cookie": odd}))


def test_a_cookie_expires_and_ends_with_the_token_or_the_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    keeper = Keeper(TOKEN, "the hub's secret")
    cookie = SimpleCookie(keeper.bake(secure=True))[COOKIE]
    assert cookie["secure"]
    request = asked({"cookie": f"{COOKIE}={cookie.value}"})
    assert keeper.inside(request)
    assert not Keeper("another-token-of-the-tests", "the hub's secret").inside(request)
    assert not Keeper(TOKEN, "another secret").inside(request)
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now - 3600)  # a clock put back ends no login
    assert keeper.inside(request)
    monkeypatch.setattr(time, "time", lambda: now + LASTS + 2)
    assert not keeper.inside(request)
    forged = URLSafeTimedSerializer(TOKEN, salt="vernissage.admin").dumps("x")
    assert not keeper.inside(asked({"cookie": f"{COOKIE}={forged}"}))


def test_wrong_tokens_shut_out_nobody_who_has_the_right_one() -> None:
    keeper = Keeper(TOKEN, "the hub's secret")
    for number in range(40):
        for _ in range(WRONG):
            assert not keeper.knows("wrong", asked({}, f"5.6.7.{number}"))
        with pytest.raises(TooMany):
            keeper.knows("wrong", asked({}, f"5.6.7.{number}"))
    assert not keeper.knows("wrong", asked({}, "9.9.9.9"))
    for address in ("5.6.7.0", "9.9.9.9"):
        assert keeper.knows(TOKEN, asked({}, address))
        assert keeper.bearer(asked({"authorization": f"bearer {TOKEN}"}, address))


@pytest.mark.browser
@pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed")
@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 1280), ("dark", 390)])
def test_the_page_in_a_browser(arena: Arena, browser: Browser, scheme: str, width: int) -> None:
    with Page(arena.url) as voter:
        voter.draw("a cat")
        voter.vote("tie")
    context = browser.new_context(
        viewport={"width": width, "height": 900}, color_scheme="dark" if scheme == "dark" else "light"
    )
    page, broken = context.new_page(), list[str]()
    page.on("pageerror", lambda error: broken.append(str(error)))
    page.on("console", lambda message: broken.append(message.text) if message.type == "error" else None)
    page.goto(f"{arena.url}/admin")
    page.get_by_label("Admin token").fill(TOKEN)
    page.get_by_role("button", name="Log in").click()
    expect(page).to_have_url(f"{arena.url}/admin")
    expect(page.locator("#plot-seconds .main-svg").first).to_be_visible()
    expect(page.locator("#generators")).to_contain_text("Gouache the Fake")
    expect(page.locator("#fresh")).to_contain_text("as of")
    votes = int(page.locator(".tile", has_text="Votes counted").locator("b").inner_text())
    with Page(arena.url) as voter:
        voter.draw("a dog")
        voter.vote("a")
    expect(page.locator(".tile", has_text="Votes counted").locator("b")).to_have_text(str(votes + 1))
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    wall = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert (sum(map(int, re.findall(r"\d+", wall)[:3])) < 300) is (scheme == "dark")
    if folder := os.environ.get("HUB_SCREENSHOT_ADMIN"):
        page.screenshot(path=Path(folder) / f"admin-{scheme}-{width}.png", full_page=True)
    page.get_by_role("button", name="Log out").click()
    expect(page.get_by_label("Admin token")).to_be_visible()
    assert page.evaluate("document.cookie") == ""
    context.close()
    assert broken == []
