"""With the names come what others said and a link to Compare, in room that was kept for them."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from hub.schema import Tag
from hub.votes.vote_finder import VoteFinder
from tests.hub.ui import fakes, served
from tests.hub.ui.chromium import AGREED, CHROMIUM, PATIENCE
from tests.hub.ui.served import FAKES, Arena
from tests.hub.ui.test_browser import SHIFTS, SIZES, draw
from tests.hub.ui.test_page import votes_on

pytestmark = [pytest.mark.browser, pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed")]


@pytest.fixture(scope="module")
def arena(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Arena]:
    """An arena of the two fakes with some votes."""
    with served.served(tmp_path_factory.mktemp("after"), FAKES, fakes.NAMES, FAKE_UNDO="20") as arena:
        with served.Page(arena.url) as page:
            for number in range(6):
                page.draw(f"a fleet {number}")
                page.vote("tie")
        yield arena


@pytest.mark.parametrize("locale", ["en", "ja"])
@pytest.mark.parametrize(("width", "height"), SIZES)
def test_nothing_moves_when_the_names_come_with_what_others_said(
    browser: Browser, arena: Arena, width: int, height: int, locale: str
) -> None:
    page = browser.new_page(viewport={"width": width, "height": height}, reduced_motion="reduce", locale=locale)
    page.set_default_timeout(PATIENCE)
    page.add_init_script(AGREED)
    page.add_init_script(SHIFTS)
    page.goto(arena.url)
    expect(page.locator("#wall-status")).to_be_visible()
    page.locator("#battle-prompt").get_by_role("textbox").fill("a lighthouse")
    page.keyboard.press("Enter")
    expect(page.locator("#vote-a")).to_be_enabled()
    page.keyboard.press("3")
    expect(page.locator("#undo")).to_be_visible()
    assert page.locator("#after-vote").count() == 0
    own = page.locator("#own").bounding_box()
    page.evaluate("window.shifts = []")
    page.keyboard.press("r")
    expect(page.locator("#after-vote")).to_contain_text("100%")
    assert page.locator("#own").bounding_box() == own
    assert page.evaluate("window.shifts.reduce((sum, one) => sum + one, 0)") < 0.02
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.close()


def test_both_generators_are_compared_on_other_seeds_in_a_page_of_their_own(page: Page, arena: Arena) -> None:
    draw(page, arena.url, "a harbour & a <b>")
    expect(page.locator("#vote-a")).to_be_enabled()
    page.keyboard.press("1")
    page.keyboard.press("r")
    with page.context.expect_page() as opened:
        page.get_by_role("link", name="See both on other seeds").click()
    compare = opened.value
    expect(compare.locator("#compare-prompts textarea")).to_have_value("a harbour & a <b>")
    expect(compare.locator("#compare-seed textarea, #compare-seed input")).to_have_value("0-3")
    for title in ("Gouache the Fake", "Fresco the Fake"):
        expect(compare.get_by_role("checkbox", name=title)).to_be_checked()
    compare.close()
    expect(page.locator("#after-vote")).to_be_visible()


def test_reasons_are_given_after_the_vote_before_the_names_and_never_with_them(page: Page, arena: Arena) -> None:
    page.add_init_script(SHIFTS)
    draw(page, arena.url, "a quay")
    expect(page.locator("#vote-a")).to_be_enabled()
    page.get_by_label("sharper").check(force=True)
    page.keyboard.press("1")
    expect(page.locator("#undo")).to_be_visible()
    expect(page.get_by_label("sharper")).to_be_checked()  # it came with the vote
    page.get_by_label("sharper").uncheck(force=True)
    expect(page.locator("#kept")).to_contain_text("Saved")
    expect(page.locator("#kept")).to_have_role("status")
    for name in ("colours", "composition"):
        page.get_by_label(name).check(force=True)
    (vote,) = votes_on(arena.data, "a quay")
    found = VoteFinder(arena.data)
    for _ in range(100):  # the last tick is on its way
        if found.find({vote.id: vote.time})[vote.id].tags == (Tag.composition, Tag.colours):
            break
        page.wait_for_timeout(100)
    assert found.find({vote.id: vote.time})[vote.id].tags == (Tag.composition, Tag.colours)
    assert vote.tags == (Tag.sharpness,)
    assert not any(secret in page.content() for secret in fakes.SECRETS)
    page.keyboard.press("r")
    expect(page.locator("#side-a-card")).to_contain_text("the Fake")
    expect(page.locator("#tags")).to_have_count(0)
    expect(page.locator("#kept")).to_have_count(0)
    page.keyboard.press("Enter")
    expect(page.locator("#vote-a")).to_be_enabled()
    expect(page.locator("#tags input:checked")).to_have_count(0)
    assert page.evaluate("window.shifts.reduce((sum, one) => sum + one, 0)") < 0.02


def test_the_names_wait_while_reasons_are_given_and_come_by_themselves(
    browser: Browser, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("waits")
    with served.served(folder, FAKES, fakes.NAMES, FAKE_UNDO="4") as arena:
        page = browser.new_page(reduced_motion="reduce")
        page.set_default_timeout(PATIENCE)
        page.add_init_script(AGREED)
        draw(page, arena.url, "a quay")
        expect(page.locator("#vote-a")).to_be_enabled()
        page.keyboard.press("1")
        expect(page.locator("#undo")).to_be_visible()
        page.evaluate("window.clock = performance.now()")
        page.wait_for_timeout(2000)
        page.get_by_label("sharper").check(force=True)
        expect(page.locator("#side-a-card")).to_contain_text("the Fake")
        assert page.evaluate("performance.now() - window.clock") > 5900
        page.close()
