"""The arena in a browser, as a voter uses it. ``HUB_SCREENSHOT`` names a file for a picture of the page."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Dialog, Page, Route, expect

from hub.generators import roster
from hub.receipt import Receipt, read_receipt
from hub.schema import Outcome, Tag, Vote
from tests.hub.ui import fakes
from tests.hub.ui.chromium import CHROMIUM, open_tab
from tests.hub.ui.served import APP, FAKES, ROOT, Arena, served
from tests.hub.ui.test_page import votes_on

pytestmark = [pytest.mark.browser, pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed")]
TABS = ("battle", "compare", "leaderboard", "gallery", "studio", "adapt", "personalise", "about")


@pytest.fixture(scope="module")
def arena(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Arena]:
    """An arena of the two fakes, served."""
    with served(tmp_path_factory.mktemp("browser"), FAKES, fakes.NAMES) as arena:
        yield arena


def draw(page: Page, url: str, prompt: str) -> None:
    """Open the arena, type a prompt and press Enter."""
    with page.expect_request("**/queue/join*"):  # of the page's own first events: it is alive
        page.goto(url)
    expect(page.locator("#wall-status")).to_be_visible()
    page.locator("#battle-prompt").get_by_label("Prompt").fill(prompt)
    page.keyboard.press("Enter")


@pytest.mark.parametrize("script", [APP, FAKES], ids=["trained", "fakes"])
def test_a_voter_draws_votes_and_sees_the_names(page: Page, tmp_path: Path, script: Path) -> None:
    prompt = "red apple, in Twemoji style"
    with served(tmp_path, script, fakes.NAMES if script == FAKES else ()) as arena:
        draw(page, arena.url, prompt)
        for side in "ab":
            expect(page.locator(f"#side-{side}-image img")).to_have_attribute(
                "alt", re.compile(f"for the prompt: {prompt}")
            )
            assert page.locator(f"#side-{side}-image img").evaluate("image => image.naturalWidth") >= 64
        button = page.get_by_role("button", name="A is better")
        expect(button).to_be_enabled()
        for generator in roster(fakes.NAMES if script == FAKES else ()):
            assert generator.title not in page.content()
        page.get_by_label("sharper").check(force=True)
        button.click()
        expect(page.get_by_text("You preferred A. Thank you, your vote is saved.")).to_be_visible()
        (vote,) = votes_on(arena.data, prompt)
        assert (vote.outcome, vote.tags) == (Outcome.a, (Tag.sharpness,))
        for side, sample in (("a", vote.a[0]), ("b", vote.b[0])):
            expect(page.locator(f"#side-{side}-card")).to_contain_text(sample.generator)
            expect(page.locator(f"#side-{side}-card")).to_contain_text(sample.revision)
        expect(button).to_be_disabled()
        if script == APP and "HUB_SCREENSHOT" in os.environ:
            page.screenshot(path=os.environ["HUB_SCREENSHOT"])
        assert_replayed(page, tmp_path, vote)
        assert_reported(arena.data, tmp_path / "report", {vote.a[0].generator, vote.b[0].generator})


def assert_replayed(page: Page, folder: Path, vote: Vote) -> None:
    """The receipt that the page hands out is the vote's, and draws the very pictures again."""
    with page.expect_download() as download:
        page.get_by_role("link", name="Download the receipt").click()
    assert download.value.suggested_filename == f"receipt-{vote.id}.json"
    path = folder / download.value.suggested_filename
    download.value.save_as(path)
    receipt = read_receipt(path.read_text(encoding="utf-8"))
    assert isinstance(receipt, Receipt)
    assert receipt.a == vote.a
    code = f"import sys; sys.argv[1:] = ['replay', {str(path)!r}]; import tests.hub.ui.fakes, runpy; "
    code += "runpy.run_module('hub.receipt', run_name='__main__')"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "identical" in done.stdout + done.stderr


def assert_reported(data: Path, out: Path, names: set[str]) -> None:
    """The report counts the one vote and rates its two generators."""
    command = [sys.executable, "-m", "eval.report", "--votes", str(data), "--out", str(out), "--no-metrics"]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    report = json.loads((out / "report.json").read_text(encoding="utf-8"))
    assert report["votes"]["total"] == report["votes"]["used"] == 1
    ratings = report["questions"][0]["ratings"]
    assert {row["generator"] for row in ratings} == names
    assert [row["battles"] for row in ratings] == [1, 1]


@pytest.mark.parametrize(("key", "outcome"), [("1", "a"), ("b", "b"), ("t", "tie"), ("N", "both_bad")])
def test_keys_vote_once_the_prompt_is_left(page: Page, arena: Arena, key: str, outcome: str) -> None:
    prompt = f"ant 1 by key {key}"
    draw(page, arena.url, prompt)
    expect(page.locator("#vote-a")).to_be_enabled()
    page.keyboard.press(key)
    expect(page.locator(".vs-thanks")).to_be_visible()
    assert [vote.outcome for vote in votes_on(arena.data, prompt)] == [outcome]
    page.keyboard.press("Enter")  # the next battle
    expect(page.locator("#vote-a")).to_be_enabled()


def test_keys_typed_into_the_prompt_do_not_vote(page: Page, arena: Arena) -> None:
    draw(page, arena.url, "first")
    expect(page.locator("#vote-a")).to_be_enabled()
    box = page.locator("#battle-prompt").get_by_label("Prompt")
    box.click()
    page.keyboard.type(" a bat 1234")
    expect(box).to_have_value("first a bat 1234")
    expect(page.locator("#vote-a")).to_be_enabled()
    assert votes_on(arena.data, "first") == []


def test_a_failed_side_is_drawn_again_and_nobody_is_told_which(page: Page, arena: Arena) -> None:
    draw(page, arena.url, fakes.FAILS_ONCE)
    expect(page.get_by_text("could not be drawn")).to_be_visible()
    expect(page.locator("#wall img")).to_have_count(0)
    assert not [secret for secret in fakes.SECRETS if secret in page.content()]
    expect(page.locator("#vote-tie")).to_be_disabled()
    page.get_by_role("button", name="Try again").click()
    expect(page.locator("#vote-tie")).to_be_enabled()
    expect(page.locator("#wall img")).to_have_count(2)
    page.locator("#vote-tie").click()
    expect(page.locator(".vs-thanks")).to_be_visible()
    page.keyboard.press("r")
    expect(page.locator("#side-a-card")).to_contain_text("the Fake")
    page.get_by_role("button", name="Next battle").click()
    expect(page.locator("#side-a-card")).to_have_text("")
    expect(page.locator("#verdict")).to_contain_text("Which picture looks better?")
    expect(page.locator("#vote-tie")).to_be_enabled()
    assert not [secret for secret in fakes.SECRETS if secret in page.content()]
    expect(page.locator("#battle-seed")).to_have_count(0)  # the seeds are the server's


def asks(page: Page, question: str, reason: str) -> None:
    """The question that is chosen is the one that is asked, and the reasons are its own."""
    expect(page.get_by_label(question)).to_be_checked()
    expect(page.locator("#question label.selected")).to_have_text(question)
    expect(page.locator("#verdict")).to_have_text(question)
    expect(page.locator("#tags label").first).to_have_text(reason)


def test_the_chosen_question_is_always_the_one_that_is_asked(page: Page, arena: Arena) -> None:
    quality, alignment, variety = "Which picture looks better?", "Which picture follows the prompt?", "Which set gives"
    page.goto(arena.url)
    page.get_by_label(variety).check(force=True)
    asks(page, "Which set gives more to choose from?", "shapes")
    expect(page.locator("#side-a-image .vs-frame")).to_have_count(4)
    page.get_by_label(alignment).check(force=True)
    asks(page, alignment, "right objects")
    expect(page.locator("#side-a-image .vs-frame")).to_have_count(1)
    box = page.locator("#battle-prompt").get_by_label("Prompt")
    box.fill("two questions")
    page.keyboard.press("Enter")
    expect(page.locator("#vote-a")).to_be_enabled()
    first = page.locator("#side-a-image img").get_attribute("src")
    box.fill("")  # nothing can be drawn: the battle that is open stays, and so does its question
    page.get_by_label(variety).check(force=True)
    expect(page.locator("#trouble")).to_contain_text("The prompt is empty")
    asks(page, alignment, "right objects")
    assert page.locator("#side-a-image img").get_attribute("src") == first
    box.fill("two questions")
    page.get_by_label(quality).check(force=True)  # asked at once, with another battle
    asks(page, quality, "sharper")
    expect(page.locator("#trouble")).to_have_count(0)
    expect(page.locator("#vote-a")).to_be_enabled()
    assert page.locator("#side-a-image img").get_attribute("src") != first
    page.locator("#vote-a").click()
    expect(page.locator(".vs-thanks")).to_be_visible()
    page.get_by_label(variety).check(force=True)
    expect(page.locator("#next-question")).to_have_text("The next battle asks: Which set gives more to choose from?")
    page.get_by_role("button", name="Next battle").click()
    asks(page, "Which set gives more to choose from?", "shapes")
    expect(page.locator("#next-question")).to_have_count(0)
    assert [vote.criterion for vote in votes_on(arena.data, "two questions")] == ["quality"]


def test_a_prompt_stays_text(page: Page, arena: Arena) -> None:
    dialogs: list[str] = []

    def note(dialog: Dialog) -> None:
        dialogs.append(dialog.message)
        dialog.dismiss()

    page.on("dialog", note)
    prompt = "{{value}} {{{value}}} ${alert(1)} <img src=x onerror=alert(2)> \"'>"
    draw(page, arena.url, prompt)
    expect(page.locator("#side-a-image img")).to_have_attribute("alt", f"Picture A for the prompt: {prompt}")
    assert dialogs == []


def test_the_three_questions_and_their_reasons(page: Page, arena: Arena) -> None:
    draw(page, arena.url, "the first question")
    expect(page.locator("#vote-a")).to_be_enabled()
    page.get_by_label("sharper").check(force=True)
    page.locator("#vote-a").click()
    expect(page.locator(".vs-thanks")).to_be_visible()
    page.get_by_label("Which set gives more to choose from?").check(force=True)
    page.keyboard.press("Enter")
    expect(page.locator("#side-a-image img")).to_have_count(4)
    expect(page.locator("#side-b-image img")).to_have_count(4)
    expect(page.locator("#verdict")).to_contain_text("Which set gives more to choose from?")
    expect(page.locator("#vote-b")).to_be_enabled()
    expect(page.locator("#tags input:checked")).to_have_count(0)
    page.keyboard.press("b")
    expect(page.locator(".vs-thanks")).to_be_visible()
    votes = votes_on(arena.data, "the first question")
    assert [(vote.criterion, vote.outcome, vote.tags) for vote in votes] == [
        ("quality", "a", (Tag.sharpness,)),
        ("variety", "b", ()),
    ]


def test_a_refused_vote_is_told_and_can_be_given_again(page: Page, arena: Arena) -> None:
    draw(page, arena.url, "a vote from two places")
    expect(page.locator("#vote-a")).to_be_enabled()
    page.evaluate("window.vernissage.token += 'x'")
    page.locator("#vote-a").click()
    expect(page.get_by_text("not one that this arena gave out")).to_be_visible()
    page.evaluate("window.vernissage.token = window.vernissage.token.slice(0, -1)")
    page.locator("#vote-a").click()
    expect(page.locator(".vs-thanks")).to_be_visible()


@pytest.mark.parametrize(("prompt", "message"), [("", "The prompt is empty"), ("x" * 10_000, "10,000 characters")])
def test_a_bad_prompt_is_told_on_the_page(page: Page, arena: Arena, prompt: str, message: str) -> None:
    draw(page, arena.url, prompt)
    expect(page.get_by_text(message)).to_be_visible()
    expect(page.locator("#battle-draw")).to_be_enabled()


def test_a_set_fits_a_phone(page: Page, arena: Arena) -> None:
    page.set_viewport_size({"width": 360, "height": 740})
    page.goto(arena.url)
    page.get_by_label("Which set gives more to choose from?").check(force=True)
    page.locator("#battle-prompt").get_by_label("Prompt").fill("a fleet")
    page.locator("#battle-draw").click()
    expect(page.locator("#vote-a")).to_be_enabled()
    page.locator("#vote-tie").click()
    expect(page.locator(".vs-thanks")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 360


@pytest.mark.parametrize("width", [390, 320])
@pytest.mark.parametrize("language", ["en", "ja"])
def test_every_tab_is_in_sight_on_a_phone(browser: Browser, arena: Arena, language: str, width: int) -> None:
    page = browser.new_page(viewport={"width": width, "height": 844}, locale=language)
    page.goto(arena.url)
    tabs = page.locator(".tab-container").first.get_by_role("tab")
    expect(tabs).to_have_count(len(TABS))
    for number, name in enumerate(TABS):
        expect(tabs.nth(number)).to_be_in_viewport(ratio=1)
        open_tab(page, name)
    rows = {tab.evaluate("tab => tab.getBoundingClientRect().top") for tab in tabs.all()}
    assert len(rows) <= 2
    page.close()


def test_about_names_the_generators_on_a_phone(page: Page, arena: Arena) -> None:
    page.set_viewport_size({"width": 420, "height": 900})
    page.goto(f"{arena.url}/?tab=about")
    expect(page.locator("#roster table")).to_contain_text("Gouache the Fake")
    assert page.evaluate("document.documentElement.scrollWidth") <= 420


SHIFTS = """window.shifts = []; new PerformanceObserver((list) => list.getEntries().forEach((one) =>
window.shifts.push(one.value))).observe({type: "layout-shift", buffered: true});"""
SIZES = [(1440, 900), (1280, 720), (390, 844)]


@pytest.mark.parametrize("late", [False, True])
@pytest.mark.parametrize(("width", "height"), SIZES)
def test_nothing_moves_while_the_page_comes(page: Page, arena: Arena, width: int, height: int, late: bool) -> None:
    """At most 0.004 was measured, and 0.09 to 0.23 where each part is shown as soon as its code is there.

    ``late``: the code of the header and the wall comes after that of all between them.
    """
    held: list[Route] = []
    page.set_viewport_size({"width": width, "height": height})
    page.add_init_script(SHIFTS)
    if late:
        page.route("**/HTML-*.js", lambda route: held.append(route))  # noqa: PLW0108 - no builtin is taken
    page.goto(arena.url, wait_until="commit")
    if late:
        expect(page.locator("#question")).to_be_attached()
        assert not page.locator("#question").is_visible()
        for route in held:
            route.continue_()
    expect(page.locator("#wall-status")).to_be_visible()
    expect(page.locator(".vs-consent")).to_be_visible()
    expect(page.locator("#battle-prompt").get_by_label("Prompt")).to_be_focused()
    page.wait_for_timeout(500)
    assert page.evaluate("window.shifts.reduce((sum, one) => sum + one, 0)") < 0.02


@pytest.mark.parametrize(("width", "height"), SIZES)
def test_nothing_moves_at_a_vote_and_votes_and_the_next_battle_are_in_sight(
    page: Page, arena: Arena, width: int, height: int
) -> None:
    page.set_viewport_size({"width": width, "height": height})
    page.add_init_script(SHIFTS)
    draw(page, arena.url, "a still life")
    expect(page.locator("#vote-a")).to_be_enabled()
    for side in "ab":
        expect(page.locator(f"#side-{side}-image img")).to_be_visible()
    page.evaluate("window.shifts = []")

    def bottom(name: str) -> float:
        return float(page.evaluate(f"document.getElementById('{name}').getBoundingClientRect().bottom"))

    places = [bottom(name) for name in ("vote-both_bad", "side-a-image", "side-b-image")]
    assert max(places) <= height
    page.locator("#vote-a").click()
    expect(page.locator("#next-battle")).to_be_visible()
    assert [bottom(name) for name in ("vote-both_bad", "side-a-image", "side-b-image")] == pytest.approx(places, abs=1)
    assert bottom("next-battle") <= height
    page.keyboard.press("Enter")
    expect(page.locator("#vote-a")).to_be_enabled()
    assert page.evaluate("window.scrollY") == 0
    assert page.evaluate("window.shifts.reduce((sum, one) => sum + one, 0)") < 0.02


def test_no_live_region_speaks_a_key_of_a_catalogue(page: Page, arena: Arena) -> None:
    page.add_init_script(
        """window.said = []; new MutationObserver(() => document.querySelectorAll("[aria-live], [role=status]").forEach(
        (region) => window.said.push(region.textContent.trim()))).observe(document, {subtree: true, childList: true,
        characterData: true});"""
    )
    draw(page, arena.url, "a spoken word")
    expect(page.locator("#vote-a")).to_be_enabled()
    page.locator("#vote-a").click()
    expect(page.locator(".vs-thanks")).to_be_visible()
    page.wait_for_timeout(6000)  # Gradio speaks once in five seconds
    said = set(page.evaluate("window.said"))
    assert not [text for text in said if re.fullmatch(r"\w+(\.\w+)+", text)]
    assert any("your vote is saved" in text for text in said)
