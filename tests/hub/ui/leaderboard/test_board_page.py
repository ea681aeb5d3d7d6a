"""The leaderboard in a real browser: it follows the votes, is looked at in parts, downloaded, and frozen."""

import csv
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.eval.leaderboard.made import fill
from tests.hub.ui import fakes
from tests.hub.ui.chromium import CHROMIUM
from tests.hub.ui.served import FAKES, Arena, served
from tests.hub.ui.served import Page as Client

pytestmark = [pytest.mark.browser, pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed")]


@pytest.fixture(scope="module")
def arena(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Arena]:
    """An arena where nobody voted yet."""
    with served(tmp_path_factory.mktemp("board"), FAKES, fakes.NAMES, HUB_BATTLES_PER_MINUTE="1000") as arena:
        yield arena


def opened(browser: Browser, address: str, **settings: object) -> Page:
    """A page with this address."""
    page = browser.new_context(**settings).new_page()  # type: ignore[arg-type]
    page.goto(address)
    return page


def cast(arena: Arena, *outcomes: str) -> None:
    """Vote on battles, as another visitor."""
    with Client(arena.url) as client:
        for number, outcome in enumerate(outcomes):
            client.draw(f"a boat {number}")
            client.vote(outcome)


def test_the_board_follows_votes_and_a_frozen_one_does_not(browser: Browser, arena: Arena) -> None:
    board = opened(browser, f"{arena.url}/?tab=leaderboard")
    expect(board.locator(".vs-board-view")).to_contain_text("There are no votes yet")
    cast(arena, *["tie"] * 4)  # whoever stood where, the two are level
    expect(board.locator(".vs-board-said")).to_contain_text("Counted to vote 4")
    board.locator('[data-view="quality"]').click()
    rows = board.locator(".vs-board-view .rated tbody tr")
    expect(rows).to_have_count(2)
    expect(board.locator(".scroll:has(.rated) ~ .asked")).to_contain_text("underpowered")
    with board.expect_download() as got:
        board.locator('a[href*="quality-ratings.csv"]').click()
    kept = list(csv.DictReader(got.value.path().read_text(encoding="utf-8").splitlines()))
    assert {row["generator"] for row in kept} == set(fakes.NAMES)
    board.locator('[data-act="freeze"]').click()
    link = board.locator(".vs-board-foot a").get_attribute("href")
    assert link
    cast(arena, "b")
    expect(board.locator(".vs-board-said")).to_contain_text("Counted to vote 5")
    frozen = opened(browser, link)
    expect(frozen.locator(".vs-board-said")).to_contain_text("Counted to vote 4")
    expect(frozen.locator(".vs-board-said")).to_contain_text("frozen")
    expect(frozen.locator('[data-view="quality"]')).to_have_attribute("aria-current", "true")
    expect(frozen.locator(".vs-board-view .conclusion")).to_contain_text("4 votes")
    frozen.locator('[data-view="overall"]').click()
    frozen.locator('input[name="variety"]').fill("1")
    expect(frozen.locator(".vs-board-view .empty")).to_contain_text("set its weight to 0")


def test_on_a_phone_and_in_japanese_nothing_is_wider_than_the_page(browser: Browser, arena: Arena) -> None:
    cast(arena, "a")
    settings = {"viewport": {"width": 390, "height": 800}, "locale": "ja-JP", "color_scheme": "dark"}
    board = opened(browser, f"{arena.url}/?tab=leaderboard", **settings)
    views = board.locator(".vs-board-views button")
    expect(views.first).to_have_text("総合")
    for number in range(views.count()):
        views.nth(number).click()
        expect(views.nth(number)).to_have_attribute("aria-current", "true")
        expect(board.locator(".vs-board-view > *").first).to_be_visible()
        assert board.evaluate("document.documentElement.scrollWidth") <= 390
        assert not re.search(r"\bvotes?\b", board.locator(".vs-board-view").inner_text())


def test_a_link_to_a_report_that_is_not_there_says_so(browser: Browser, arena: Arena) -> None:
    board = opened(browser, f"{arena.url}/?tab=leaderboard&view=%3Cimg%3E&report={'0' * 32}")
    expect(board.locator(".vs-board-said")).to_contain_text("No report was frozen here")


def test_tables_are_sorted_and_filtered_and_two_are_compared_and_cited(browser: Browser, tmp_path: Path) -> None:
    fill(tmp_path / "data", 90)
    with served(tmp_path, FAKES, fakes.NAMES) as arena:
        board = opened(browser, f"{arena.url}/?tab=leaderboard&view=quality", locale="en-GB")
        broken = list[str]()
        board.on("pageerror", lambda error: broken.append(str(error)))
        names = board.locator(".vs-board-view .rated tbody tr:visible td:nth-child(2)")
        expect(names).to_have_count(6)
        best_first = names.all_inner_texts()
        head = board.locator(".vs-board-view .rated th", has_text="Rating")
        head.get_by_role("button").click()
        expect(head).to_have_attribute("aria-sort", "descending")
        head.get_by_role("button").click()
        expect(head).to_have_attribute("aria-sort", "ascending")
        assert names.all_inner_texts() == best_first[::-1]
        board.get_by_role("searchbox", name="Find a generator").fill("galip")
        expect(names).to_have_text(["GALIP-style GAN"])
        board.get_by_role("searchbox", name="Find a generator").fill("")
        board.locator('[data-view="pair"]').click()
        board.locator(".vs-versus [name=one]").select_option("scad")
        expect(board.locator(".vs-board-view h2").first).to_contain_text("SCAD against")
        board.locator(".vs-versus [name=other]").select_option("galip")
        expect(board.locator(".vs-board-view h2").first).to_have_text("SCAD against GALIP-style GAN")
        expect(board.locator("[data-examples] .vs-shown").first).to_be_visible()
        expect(board).to_have_url(re.compile("view=pair&one=scad&other=galip$"))
        board.locator('[data-act="freeze"]').click()
        link = board.locator(".vs-board-foot a").get_attribute("href")
        board.get_by_text("Cite this report").click()
        expect(board.locator(".vs-cite pre")).to_contain_text(f"url{{{link}}}")
        board.locator("[data-examples] .vs-shown").first.click()
        expect(board.locator(".vs-gallery-dialog")).to_be_visible()
        assert broken == []
