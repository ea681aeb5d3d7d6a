"""A first visit: consent before the first vote, asked once; no vote is stored without it, and none is lost by it."""

import re
from collections.abc import Iterator

import httpx
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from hub.settings import CONSENT
from hub.ui.battle.consent import digest_consent
from tests.hub.ui import fakes, served
from tests.hub.ui.chromium import AGREED, CHROMIUM, PATIENCE
from tests.hub.ui.served import FAKES, Arena
from tests.hub.ui.test_admin import TOKEN
from tests.hub.ui.test_browser import draw
from tests.hub.ui.test_page import votes_on

pytestmark = [pytest.mark.browser, pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed")]
END_OF_TEXT = """(one) => { const all = document.createRange(); all.selectNodeContents(one);
  return all.getBoundingClientRect().right; }"""
DIALOG = "#battle-consent dialog"


@pytest.fixture(scope="module")
def arena(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Arena]:
    """An arena of the two fakes, served."""
    with served.served(
        tmp_path_factory.mktemp("visit"), FAKES, fakes.NAMES, FAKE_UNDO="20", HUB_ADMIN_TOKEN=TOKEN
    ) as arena:
        yield arena


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    """A browser that was never here."""
    context = browser.new_context(viewport={"width": 1280, "height": 900}, reduced_motion="reduce")
    context.set_default_timeout(PATIENCE)
    yield context
    context.close()


def opened(context: BrowserContext, arena: Arena, prompt: str) -> Page:
    """A battle that can be voted on, in a page of this browser."""
    page = context.new_page()
    draw(page, arena.url, prompt)
    expect(page.locator("#vote-a")).to_be_enabled()
    return page


def test_no_vote_is_stored_without_consent_to_this_text(arena: Arena) -> None:
    with served.Page(arena.url) as page:
        page.draw("no consent")
        for agreed in ("", "yes", ["a", "list"], digest_consent("another text")):
            assert "agree first to what a vote means here" in page.vote("a", agreed=agreed)
        assert votes_on(arena.data, "no consent") == []
        assert "your vote is saved" in page.vote("a", agreed=digest_consent(CONSENT))
        assert len(votes_on(arena.data, "no consent")) == 1


def test_the_first_vote_asks_by_key_and_the_chosen_one_counts_once(context: BrowserContext, arena: Arena) -> None:
    page = opened(context, arena, "a first vote")
    page.keyboard.press("2")
    expect(page.locator(DIALOG)).to_be_visible()
    expect(page.locator(DIALOG)).to_contain_text(CONSENT)
    page.keyboard.press("1")  # no key votes behind the dialog
    page.keyboard.press("Escape")
    expect(page.locator(DIALOG)).not_to_be_visible()
    assert votes_on(arena.data, "a first vote") == []
    page.get_by_label("sharper").check(force=True)
    page.locator("#vote-tie").click()
    page.get_by_role("button", name="Not now").click()
    expect(page.locator("#vote-tie")).to_be_enabled()
    page.locator("body").click(position={"x": 5, "y": 5})
    page.keyboard.press("2")
    expect(page.get_by_role("button", name="Agree and vote")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator(".vs-thanks")).to_contain_text("You preferred B.")
    (vote,) = votes_on(arena.data, "a first vote")
    assert (vote.outcome, vote.tags) == ("b", ("sharpness",))


def counts(arena: Arena) -> dict[str, float]:
    """What the metrics say of consent, and that they say nothing else of it."""
    shown = httpx.get(f"{arena.url}/metrics", headers={"Authorization": f"Bearer {TOKEN}"}).text
    return {answer: float(n) for answer, n in re.findall(r'vernissage_consent_total\{answer="(\w+)"\} (\S+)', shown)}


def test_how_many_are_asked_agree_and_decline_is_counted(context: BrowserContext, arena: Arena) -> None:
    before = counts(arena)
    page = opened(context, arena, "a count")
    page.keyboard.press("2")
    page.keyboard.press("Escape")
    page.keyboard.press("2")
    page.get_by_role("button", name="Not now").click()
    page.keyboard.press("2")
    page.get_by_role("button", name="Agree and vote").click()
    expect(page.locator("#undo")).to_be_visible()
    page.keyboard.press("Enter")
    expect(page.locator("#vote-a")).to_be_enabled()
    page.keyboard.press("1")
    expect(page.locator("#undo")).to_be_visible()  # without being asked again
    wanted = {"asked": 3.0, "declined": 2.0, "agreed": 1.0}
    for _ in range(100):  # the page waits for no answer
        found = {answer: n - before.get(answer, 0) for answer, n in counts(arena).items()}
        if found == wanted:
            break
        page.wait_for_timeout(100)
    assert found == wanted


def test_who_agreed_is_not_asked_again_in_this_page_nor_in_later_ones(context: BrowserContext, arena: Arena) -> None:
    page = opened(context, arena, "a second vote")
    page.locator("#vote-a").click()
    page.get_by_role("button", name="Agree and vote").click()
    expect(page.locator("#undo")).to_be_visible()
    page.keyboard.press("u")
    expect(page.locator("#vote-b")).to_be_enabled()
    page.keyboard.press("2")
    expect(page.locator("#undo")).to_be_visible()
    page.close()
    later = opened(context, arena, "a third vote")
    later.keyboard.press("1")
    expect(later.locator(".vs-thanks")).to_be_visible()
    assert [vote.outcome for vote in votes_on(arena.data, "a second vote")] == ["a", "b"]


def test_who_blocks_cookies_agrees_once_for_each_page(context: BrowserContext, arena: Arena) -> None:
    context.add_init_script("Object.defineProperty(document, 'cookie', { get: () => '', set: () => {} })")
    page = opened(context, arena, "no cookies")
    page.locator("#vote-a").click()
    page.keyboard.press("Enter")
    expect(page.locator("#undo")).to_be_visible()
    page.keyboard.press("Enter")
    expect(page.locator("#vote-a")).to_be_enabled()
    page.keyboard.press("1")
    expect(page.locator("#undo")).to_be_visible()
    assert len(votes_on(arena.data, "no cookies")) == 2


def test_who_is_new_is_offered_a_tour_that_is_taken_by_keys_and_not_offered_again(
    context: BrowserContext, arena: Arena
) -> None:
    page = opened(context, arena, "a tour")
    offer, tour = page.get_by_text("New here?"), page.locator("#tour dialog")
    expect(offer).to_be_visible()
    expect(tour).not_to_be_visible()
    page.get_by_role("button", name="How it works").click()
    titles = ("A battle", "Three questions", "Blind until you vote", "What becomes of votes")
    for number, title in enumerate(titles):
        expect(tour.get_by_role("heading")).to_have_text(title)  # the others are not there for screen readers
        if title != titles[-1]:
            page.keyboard.press("Enter" if number else "ArrowRight")
    box = tour.bounding_box()
    for _ in titles[1:]:
        page.keyboard.press("ArrowLeft")
    expect(tour.get_by_role("heading")).to_have_text("A battle")
    assert tour.bounding_box() == box
    expect(tour.get_by_role("button", name="Next")).to_be_focused()
    page.keyboard.press("1")
    page.keyboard.press("Escape")
    expect(tour).not_to_be_visible()
    expect(page.locator("#vote-a")).to_be_enabled()  # the key was no vote
    expect(offer).not_to_be_visible()
    page.close()
    later = opened(context, arena, "a second tour")
    expect(later.get_by_text("New here?")).not_to_be_visible()
    later.get_by_role("button", name="How it works").click()
    for _ in titles:
        later.locator("[data-tour=next]").click()
    expect(later.locator("#tour dialog")).not_to_be_visible()


def test_who_agreed_to_vote_is_offered_no_tour(context: BrowserContext, arena: Arena) -> None:
    context.add_init_script(AGREED)
    expect(opened(context, arena, "no tour").get_by_text("New here?")).not_to_be_visible()


@pytest.mark.parametrize("width", [390, 320])
@pytest.mark.parametrize("locale", ["en", "ja"])
def test_header_and_tour_fit_a_phone(browser: Browser, arena: Arena, locale: str, width: int) -> None:
    page = browser.new_page(viewport={"width": width, "height": 640}, locale=locale)
    page.goto(arena.url)
    title, how = page.locator("h1"), page.locator("#how-it-works")
    expect(how).to_be_visible()
    assert title.evaluate(END_OF_TEXT) <= how.evaluate("one => one.getBoundingClientRect().left")
    how.click()
    for _ in range(4):
        expect(page.locator("#tour section.vs-now")).to_be_in_viewport(ratio=1)
        expect(page.locator("[data-tour=next]")).to_be_in_viewport(ratio=1)
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        page.locator("[data-tour=next]").click()
    page.close()
