"""With the names come what others said and a link to Compare, in room that was kept for them."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.hub.ui import fakes, served
from tests.hub.ui.chromium import AGREED, CHROMIUM, PATIENCE
from tests.hub.ui.served import FAKES, Arena
from tests.hub.ui.test_browser import SHIFTS, SIZES, draw

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
