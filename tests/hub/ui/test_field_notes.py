"""What stands at a field: refusals where they can be mended, and how much of a prompt's room is taken."""

from collections.abc import Iterator
from contextlib import ExitStack

import pytest
from playwright.sync_api import Locator, Page, expect

from hub.errors import BattleError, HubError, PromptError, StorageError
from hub.language.catalogue import ENGLISH
from hub.ui.field_notes import OF_A_FIELD, at_field, render_refusal
from tests.hub.ui import fakes
from tests.hub.ui.chromium import CHROMIUM, open_tab
from tests.hub.ui.served import FAKES, Arena, served
from tests.hub.ui.test_browser import SHIFTS

EMPTY = "The prompt is empty: type what the picture should show."


@pytest.fixture(scope="module")
def arena(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Arena]:
    """An arena of the fakes, one of which can do all that the Studio asks, served."""
    names = (*fakes.NAMES, fakes.GUIDED[0])
    with served(tmp_path_factory.mktemp("notes"), FAKES, names, HUB_FILTERS="fake-filter") as arena:
        yield arena


def noted(error: HubError, *fields: str) -> str:
    """The field that is noted of an error, where contexts of these are entered, the widest first."""
    with pytest.raises(HubError), ExitStack() as entered:
        for field in fields:
            entered.enter_context(at_field(field))
        raise error
    return error.field


@pytest.mark.parametrize("kind", OF_A_FIELD)
def test_the_nearest_field_is_noted_of_what_can_be_mended_there(kind: type[HubError]) -> None:
    assert noted(kind("no"), "wide", "near") == "near"
    assert HubError.field == kind.field == ""  # of this error alone


@pytest.mark.parametrize("error", [StorageError("full"), BattleError("too many", "limit")])
def test_what_no_typing_mends_has_no_field(error: HubError) -> None:
    assert noted(error, "battle-prompt") == ""
    assert render_refusal(error, ENGLISH) == str(error)


def test_nothing_of_a_visitors_in_a_refusal_is_html() -> None:
    error = PromptError("<img src=x>")
    error.field = "a-prompt"
    assert render_refusal(error, ENGLISH) == '<span class="vs-refusal a-prompt">&lt;img src=x&gt;</span>'


def box_of(page: Page, id: str) -> Locator:
    """The box of a field."""
    return page.locator(f"#{id} :is(textarea, input)").first


def expect_refused(page: Page, id: str, said: str, box: Locator | None = None) -> None:
    """Expect that a field alone is refused, that its box is told so, and that nothing is in the corner."""
    box, note = box or box_of(page, id), page.locator(".vs-refused:visible")
    expect(note).to_have_count(1)
    expect(note).to_contain_text(said)
    expect(note).to_have_role("alert")
    expect(note).to_have_id(f"{id}-refused")
    expect(box).to_have_attribute("aria-describedby", f"{id}-refused")
    expect(box).to_be_focused()
    expect(page.locator(".toast-body")).to_have_count(0)


browser_test = pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed")


@pytest.mark.browser
@browser_test
def test_a_refused_prompt_is_told_at_its_box_until_something_is_typed(page: Page, arena: Arena) -> None:
    page.goto(arena.url)
    box = box_of(page, "battle-prompt")
    expect(page.locator("#wall-status")).to_be_visible()
    box.fill(" ")
    page.keyboard.down("Enter")
    expect_refused(page, "battle-prompt", EMPTY)
    page.keyboard.up("Enter")  # which leaves the box where a battle is drawn
    expect(box).to_be_focused()
    expect(box).to_have_attribute("aria-invalid", "true")
    page.keyboard.type("a<b>")
    expect(page.locator(".vs-refused")).to_have_count(0)
    expect(box).not_to_have_attribute("aria-invalid", "true")
    expect(box).not_to_have_attribute("aria-describedby", "battle-prompt-refused")
    box.fill(f"an {fakes.UNSPEAKABLE} <b>boat</b>")
    page.locator("#battle-draw").click()
    expect_refused(page, "battle-prompt", "a word that is not drawn here")
    page.locator("#battle-random-prompt").click()  # what is asked for next
    expect(page.locator(".vs-refused")).to_have_count(0)
    page.locator("#battle-draw").click()
    expect(page.locator("#vote-a")).to_be_enabled()
    expect(page.locator(".vs-refused")).to_have_count(0)
    assert "Traceback" not in arena.said


@pytest.mark.browser
@browser_test
def test_each_field_of_compare_and_the_studio_is_told_its_own_refusal(page: Page, arena: Arena) -> None:
    page.goto(f"{arena.url}/?tab=compare&prompt=a+boat&seed=x")
    expect(box_of(page, "compare-seed")).to_have_value("x")
    expect(page.locator("#compare-entries input:checked")).to_have_count(3)
    page.locator("#compare-draw").click()
    expect_refused(page, "compare-seed", "The seed can't be 'x'")
    box_of(page, "compare-prompts").fill("")
    page.locator("#compare-draw").click()
    expect_refused(page, "compare-prompts", EMPTY)
    for box in page.locator("#compare-entries input").all():
        box.uncheck()
    page.locator("#compare-draw").click()
    expect_refused(page, "compare-entries", "No generator is chosen")
    page.locator("#compare-entries input").first.check()
    expect(page.locator(".vs-refused")).to_have_count(0)
    open_tab(page, "studio")
    expect(box_of(page, "guide-entry")).not_to_have_value("")
    page.locator("#guide-draw").click()
    expect_refused(page, "guide-prompt", EMPTY)
    box_of(page, "guide-prompt").fill("a boat")
    page.locator("#guide-draw").click()
    expect_refused(page, "guide-box", "There is no guide picture yet", page.locator("#guide-box button").first)
    open_tab(page, "studio-between")
    box_of(page, "between-left-prompt").fill("a boat")
    page.locator("#between-draw").click()
    expect_refused(page, "between-right-prompt", "A strip needs two ends")


@pytest.mark.browser
@browser_test
def test_what_has_no_field_here_stays_in_the_corner_and_is_no_error(page: Page, arena: Arena) -> None:
    page.goto(f"{arena.url}/?tab=compare&prompt=a+boat&seed=x")
    expect(box_of(page, "compare-seed")).to_have_value("x")
    expect(page.locator("#compare-entries input:checked")).to_have_count(3)
    page.evaluate("document.querySelector('#compare-seed').id = 'gone'")
    page.locator("#compare-draw").click()
    expect(page.locator(".toast-body")).to_contain_text("The seed can't be 'x'")
    expect(page.locator(".toast-title")).to_have_text("That did not work")
    expect(page.locator(".vs-refused")).to_have_count(0)


@pytest.mark.browser
@browser_test
def test_a_prompts_characters_are_counted_as_the_server_does_and_its_box_grows(page: Page, arena: Arena) -> None:
    page.goto(arena.url)
    box, note = box_of(page, "battle-prompt"), page.locator("#battle-prompt-counted")
    heard = page.locator("#field-notes")
    expect(page.locator("#wall-status")).to_be_visible()
    low = box.evaluate("box => box.clientHeight")
    box.fill("b" * 399)
    expect(note).to_have_count(0)
    assert box.evaluate("box => box.clientHeight") > low
    assert box.evaluate("box => box.scrollWidth <= box.clientWidth")
    box.fill(" " + "b" * 400 + " ")  # outer space is not drawn
    expect(note).to_have_text("400 of 500")
    expect(heard).to_have_text("Characters: 400 of 500")
    expect(heard).to_have_role("status")
    expect(box).not_to_have_attribute("aria-invalid", "true")
    box.fill("\N{SAILBOAT}" * 502)  # one character each, and two for a script
    expect(note).to_have_text("502 of 500: 2 too many")
    expect(box).to_have_attribute("aria-invalid", "true")
    expect(box).to_have_attribute("aria-describedby", "battle-prompt-counted")
    page.keyboard.press("Enter")
    expect(page.locator(".vs-refused")).to_have_text("The prompt has 502 characters; at most 500 can be used.")
    box.fill("a boat\nat sea")  # as it is pasted
    expect(box).to_have_value("a boat at sea")
    expect(note).to_have_count(0)
    open_tab(page, "compare")
    box_of(page, "compare-prompts").fill("a boat\n" + "b" * 501)
    expect(page.locator("#compare-prompts-counted")).to_have_text("line 2: 501 of 500: 1 too many")


@pytest.mark.browser
@browser_test
def test_a_long_prompt_that_nobody_typed_moves_nothing(page: Page, arena: Arena) -> None:
    page.add_init_script(SHIFTS)
    page.goto(arena.url)
    expect(page.locator("#wall-status")).to_be_visible()
    page.wait_for_timeout(700)  # what comes within half a second of a key is no shift
    box_of(page, "battle-prompt").evaluate(
        "box => { box.value = 'b'.repeat(450); box.dispatchEvent(new Event('input', { bubbles: true })); }"
    )
    page.wait_for_timeout(300)
    assert page.evaluate("window.shifts.reduce((sum, one) => sum + one, 0)") < 0.02
