"""Looking closer at both pictures of a battle, and taking a vote back: by buttons, keys and touch, and still blind."""

import re
import time
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from eval.votes.ledger import read_ledger
from hub.votes import read_votes
from tests.hub.ui import fakes
from tests.hub.ui.chromium import AGREED, CHROMIUM, PATIENCE
from tests.hub.ui.served import FAKES, Arena, served
from tests.hub.ui.test_browser import draw
from tests.hub.ui.test_page import votes_on

pytestmark = [pytest.mark.browser, pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed")]


@pytest.fixture(scope="module")
def arena(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Arena]:
    """An arena of the two fakes, served."""
    with served(tmp_path_factory.mktemp("looking"), FAKES, fakes.NAMES, FAKE_UNDO="20") as arena:
        yield arena


def views(page: Page) -> set[str]:
    """How the pictures are enlarged and moved."""
    images = page.locator("#wall .vs-frame img").all()
    return {image.evaluate("image => getComputedStyle(image).transform") for image in images}


def test_a_vote_is_taken_back_before_any_name_is_told_and_given_anew(page: Page, arena: Arena) -> None:
    draw(page, arena.url, "a slip of the finger")
    expect(page.locator("#vote-a")).to_be_enabled()
    page.keyboard.press("1")
    expect(page.locator("#undo")).to_be_visible()
    assert not [secret for secret in fakes.SECRETS if secret in page.content()]
    page.keyboard.press("u")
    expect(page.locator("#vote-b")).to_be_enabled()
    expect(page.locator("#wall img")).to_have_count(2)
    assert not [secret for secret in fakes.SECRETS if secret in page.content()]
    page.keyboard.press("2")
    page.keyboard.press("r")
    expect(page.locator("#side-a-card")).to_contain_text("the Fake")
    expect(page.locator("#undo")).to_have_count(0)
    first, second = votes_on(arena.data, "a slip of the finger")
    assert (first.outcome, second.outcome, first.a) == ("a", "b", second.a)
    table = read_votes(arena.data).table
    counts = dict(zip(table["id"].to_pylist(), read_ledger(table).counts.tolist(), strict=True))
    assert (counts[first.id], counts[second.id]) == (False, True)


def test_names_come_by_themselves_and_with_the_next_battle(page: Page, arena: Arena) -> None:
    draw(page, arena.url, "names that come")
    expect(page.locator("#vote-a")).to_be_enabled()
    page.keyboard.press("1")
    expect(page.locator("#undo")).to_be_visible()
    expect(page.locator("#side-b-card")).to_contain_text("the Fake")  # when its time is over
    page.keyboard.press("Enter")
    expect(page.locator("#vote-a")).to_be_enabled()
    page.keyboard.press("2")
    expect(page.locator("#undo")).to_be_visible()
    page.keyboard.press("Enter")  # at once: the names stand below the next battle
    expect(page.locator(".vs-earlier")).to_contain_text("You preferred B.")
    expect(page.locator(".vs-earlier")).to_contain_text("the Fake")
    expect(page.locator("#side-a-card")).to_have_text("")


def test_both_pictures_are_enlarged_and_moved_alike(page: Page, arena: Arena) -> None:
    draw(page, arena.url, "a closer look")
    expect(page.locator("#vote-a")).to_be_enabled()
    whole = views(page)
    assert len(whole) == 1
    page.keyboard.press("+")
    page.get_by_role("button", name="Larger").click()
    closer = views(page)
    assert (len(closer), closer != whole) == (1, True)
    page.keyboard.press("ArrowLeft")
    moved = views(page)
    assert (len(moved), moved != closer) == (1, True)
    box = page.locator("#side-a-image .vs-frame").bounding_box()
    assert box
    page.mouse.move(box["x"] + 100, box["y"] + 100)
    page.mouse.down()
    page.mouse.move(box["x"] + 130, box["y"] + 90)
    page.mouse.up()
    dragged = views(page)
    assert (len(dragged), dragged != moved) == (1, True)
    expect(page.locator("#battle-over dialog")).not_to_be_visible()
    page.get_by_role("button", name="Smaller").click()
    page.keyboard.press("-")
    assert views(page) == whole
    page.keyboard.press("+")
    page.keyboard.press("1")
    page.keyboard.press("r")
    assert views(page) != whole
    page.keyboard.press("Enter")
    expect(page.locator("#vote-a")).to_be_enabled()
    assert views(page) == whole  # a new battle is seen whole


def test_one_picture_slides_over_the_other(page: Page, arena: Arena) -> None:
    draw(page, arena.url, "one over the other")
    expect(page.locator("#vote-a")).to_be_enabled()
    page.keyboard.press("s")
    over = page.locator("#battle-over [data-picture=over]")
    expect(over).to_be_visible()
    expect(page.locator("#battle-over [data-name=over]")).to_have_text("A")
    assert over.get_attribute("alt") == "Picture A for the prompt: one over the other"
    before = over.evaluate("image => getComputedStyle(image).maskImage")
    page.keyboard.press("ArrowRight")
    assert over.evaluate("image => getComputedStyle(image).maskImage") != before
    page.keyboard.press("1")  # no vote while the dialog is open
    page.keyboard.press("Escape")
    expect(over).not_to_be_visible()
    expect(page.locator("#vote-a")).to_be_enabled()
    page.locator("#side-b-image .vs-frame").click()
    expect(over).to_be_visible()


def test_a_swipe_towards_the_better_one_votes_on_a_phone(browser: Browser, arena: Arena) -> None:
    context = browser.new_context(viewport={"width": 390, "height": 844}, has_touch=True, reduced_motion="reduce")
    page = context.new_page()
    page.set_default_timeout(PATIENCE)
    page.add_init_script(AGREED)
    touch = context.new_cdp_session(page)

    def swipe(dx: int, dy: int) -> None:
        box = page.locator("#side-a-image .vs-frame").bounding_box()
        assert box
        x, y = box["x"] + box["width"] / 2 + 20, box["y"] + box["height"] / 2
        began = time.time()  # the finger's own clock: a slow machine must not make the swipe a slow one
        for step in range(6):
            at = {"x": x + dx * step / 5, "y": y + dy * step / 5}
            told = {"type": "touchMove" if step else "touchStart", "touchPoints": [at], "timestamp": began + step / 50}
            touch.send("Input.dispatchTouchEvent", told)
        touch.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": [], "timestamp": began + 0.12})

    draw(page, arena.url, "a swipe")
    expect(page.locator("#vote-a")).to_be_enabled()
    swipe(-20, 0)  # too short
    swipe(30, -90)  # a scroll
    page.wait_for_timeout(300)
    assert votes_on(arena.data, "a swipe") == []
    page.evaluate("window.scrollTo(0, 0)")
    swipe(110, 4)
    expect(page.locator("#undo")).to_be_visible()
    assert [vote.outcome for vote in votes_on(arena.data, "a swipe")] == ["b"]
    page.locator("#undo").click()  # a tap that a slow machine delivers late is no click to Chromium
    expect(page.locator("#vote-a")).to_be_enabled()
    swipe(-110, -4)
    expect(page.locator("#undo")).to_be_visible()
    assert [vote.outcome for vote in votes_on(arena.data, "a swipe")] == ["b", "a"]
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert re.search("Fake", page.locator("#wall").inner_text()) is None
    context.close()


def test_a_skipped_battle_gets_no_vote_and_another_pair_draws_the_same_prompt(page: Page, arena: Arena) -> None:
    draw(page, arena.url, "nothing to choose")
    expect(page.locator("#vote-a")).to_be_enabled()
    first = page.locator("#side-a-image img").get_attribute("src")
    page.locator("#skip").click()
    expect(page.locator("#side-a-image img")).not_to_have_attribute("src", first or "")
    expect(page.locator("#vote-a")).to_be_enabled()
    assert votes_on(arena.data, "nothing to choose") == []
    page.keyboard.press("2")
    expect(page.locator("#undo")).to_be_visible()
    frames = [page.locator(f"#side-{side}-image .vs-frame") for side in "ab"]
    shadows = [frame.evaluate("frame => getComputedStyle(frame).boxShadow") for frame in frames]
    assert [shadow == "none" for shadow in shadows] == [True, False]  # what was preferred is marked


def test_a_theme_that_is_chosen_stays_and_an_address_that_names_one_wins(page: Page, arena: Arena) -> None:
    page.goto(arena.url)
    body, theme = page.locator("body"), page.locator("#theme")
    expect(theme).to_have_attribute("aria-pressed", "false")
    theme.click()
    expect(body).to_have_class(re.compile(r"\bdark\b"))
    page.reload()
    expect(theme).to_have_attribute("aria-pressed", "true")
    expect(body).to_have_class(re.compile(r"\bdark\b"))
    page.goto(f"{arena.url}/?__theme=light")
    expect(theme).to_have_attribute("aria-pressed", "false")
    expect(body).not_to_have_class(re.compile(r"\bdark\b"))
