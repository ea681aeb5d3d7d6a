"""The page where things go wrong in a real browser: a lost connection, no scripts, far too much at once."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from tests.hub.ui import fakes
from tests.hub.ui.chromium import CHROMIUM
from tests.hub.ui.served import FAKES, Arena, served
from tests.hub.ui.test_browser import draw
from tests.hub.ui.test_page import votes_on

pytestmark = [pytest.mark.browser, pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed")]


@pytest.fixture(scope="module")
def arena(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Arena]:
    """An arena of the two fakes, served."""
    with served(tmp_path_factory.mktemp("rough"), FAKES, fakes.NAMES, FAKE_UNDO="2") as arena:
        yield arena


@pytest.mark.parametrize("arrives", [True, False])
def test_a_vote_on_a_lost_connection_is_given_again_and_counted_once(page: Page, arena: Arena, arrives: bool) -> None:
    lost: list[Route] = []
    prompt = f"a lost {'answer' if arrives else 'vote'}"

    def lose(route: Route) -> None:
        if lost or '"outcome":"a"' not in (route.request.post_data or ""):
            return route.fallback()
        lost.append(route)
        if arrives:
            route.fetch()  # the server has it
        return route.abort("connectionreset")

    draw(page, arena.url, prompt)
    expect(page.locator("#vote-a")).to_be_enabled()
    page.route("**/run/**", lose)
    with page.expect_navigation():  # Gradio loads the page anew once the arena answers again
        page.keyboard.press("1")
    if not arrives:  # else it has its vote, and the next battle is asked for
        expect(page.locator(".vs-thanks")).to_be_visible()
        expect(page.locator("#side-a-card")).to_contain_text("the Fake")
    expect(page.locator("#vote-a")).to_be_disabled()
    assert [vote.outcome for vote in votes_on(arena.data, prompt)] == ["a"]


def test_ten_thousand_prompts_in_compare_are_one_sentence(page: Page, arena: Arena) -> None:
    page.goto(f"{arena.url}/?tab=compare")
    expect(page.locator("#compare-seed").get_by_role("textbox")).not_to_have_value("")  # the page is filled in
    box = page.locator("#compare-prompts textarea")
    for count, said in {1000: "There are 1,000 prompts: at most 12 fit", 10_000: "is larger than 16 KB"}.items():
        text = "\n".join(f"a boat {number}" for number in range(count))
        paste = "(box, text) => { box.value = text; box.dispatchEvent(new Event('input', { bubbles: true })); }"
        box.evaluate(paste, text)
        page.locator("#compare-draw").click()
        expect(page.get_by_text(said)).to_be_visible()
    expect(page.locator("#compare-draw")).to_be_enabled()


def test_an_address_that_names_what_there_is_not_opens_the_page_and_its_tab(page: Page, arena: Arena) -> None:
    page.goto(f"{arena.url}/?tab=compare&entries=nobody,<b>&seed=x&prompt=a+boat")
    expect(page.locator("#compare-prompts textarea")).to_have_value("a boat")
    expect(page.locator("#compare-entries input:checked")).to_have_count(2)  # all, as none of those is there
    page.locator("#compare-draw").click()
    expect(page.get_by_text("The seed can't be 'x'")).to_be_visible()
    page.goto(f"{arena.url}/?tab=nowhere")
    expect(page.locator("#battle-prompt")).to_be_visible()


@pytest.mark.parametrize(
    ("locale", "said"), [("en-GB", "This arena needs JavaScript"), ("ja-JP", "JavaScriptが必要です")]
)
def test_without_scripts_the_page_says_so(browser: Browser, arena: Arena, locale: str, said: str) -> None:
    context = browser.new_context(java_script_enabled=False, locale=locale)
    page = context.new_page()
    page.goto(arena.url)
    expect(page.locator("noscript p")).to_be_visible()
    expect(page.locator("noscript p")).to_contain_text(said)
    context.close()


def test_a_page_that_was_left_open_for_long_takes_no_vote_and_draws_on(tmp_path: Path, page: Page) -> None:
    minutes = {"HUB_BATTLE_MINUTES": "0.5"}
    with served(tmp_path, FAKES, fakes.NAMES, FAKE_UNDO="0", **minutes) as arena:
        draw(page, arena.url, "a long day")
        expect(page.locator("#vote-a")).to_be_enabled()
        page.wait_for_timeout(32_000)  # tokens count whole seconds
        page.keyboard.press("1")
        expect(page.get_by_text("This battle has expired")).to_be_visible()
        expect(page.locator("#vote-a")).to_be_disabled()
        page.locator("#next-battle").click()
        expect(page.locator("#vote-a")).to_be_enabled()
        page.keyboard.press("1")
        expect(page.locator(".vs-thanks")).to_be_visible()
        assert [vote.outcome for vote in votes_on(arena.data, "a long day")] == ["a"]


def test_a_drawing_that_is_asked_for_as_the_pages_stream_ends_is_heard(page: Page, arena: Arena) -> None:
    streams: list[Route] = []

    def hold_first(route: Route) -> None:
        streams.append(route)
        if len(streams) > 1:
            route.continue_()

    page.route("**/queue/data*", hold_first)
    page.goto(arena.url)
    while not streams:
        page.wait_for_timeout(50)
    ended = streams[0].fetch()  # the arena ends it, as the page's own first events are over; the page hears that late
    page.locator("#battle-prompt").get_by_label("Prompt").fill("a late boat")
    with page.expect_response("**/queue/join*"):
        page.keyboard.press("Enter")
    streams[0].fulfill(response=ended)
    expect(page.locator("#vote-a")).to_be_enabled()
