"""The Adapt tab in a browser: a real run of few steps on a real generator, its page closed while it runs."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.hub.jobs.made import wait_for
from tests.hub.ui.chromium import CHROMIUM
from tests.hub.ui.served import Arena, served
from tests.hub.ui.test_access import look

pytestmark = [pytest.mark.browser, pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed")]
APP = Path(__file__).with_name("adapt_app.py")
PATIENCE = 900_000  # milliseconds: a run of some seconds takes minutes beside ten others
FLAT, SOLID = "flat, in Fluent style", "3D, glossy, soft light"


@pytest.fixture(scope="module")
def arena(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Arena]:
    """An arena whose adaptations take 2 and 6 steps."""
    with served(tmp_path_factory.mktemp("adapt"), APP, ("galip", "scad", "diffusion")) as arena:
        yield arena


def opened(page: Page, arena: Arena) -> Page:
    """The tab, opened by its address."""
    page.set_default_timeout(PATIENCE)
    page.goto(f"{arena.url}/?tab=adapt")
    expect(page.locator("#adapt-source input")).to_have_value("SCAD")
    return page


def ask(page: Page, before: str, after: str, name: str) -> None:
    """Ask for a look."""
    page.get_by_label("What it draws").fill(before)
    page.get_by_label("What it shall draw").fill(after)
    page.get_by_label("Name of the new entry").fill(name)
    page.locator("#adapt-start").click()


def shown_share(page: Page) -> str:
    """How much of the picture before is seen."""
    return str(page.locator(".vs-preview").evaluate("(one) => one.style.getPropertyValue('--share')"))


def slide(page: Page) -> None:
    """Show more of the pictures before, by the keys and by a click on the pictures."""
    slider = page.get_by_role("slider", name="How much of the left picture is seen")
    assert shown_share(page) == "0%"
    slider.focus()
    page.keyboard.press("PageUp")
    page.keyboard.press("ArrowRight")
    assert shown_share(page) == f"{slider.input_value()}%" != "0%"
    frame = page.locator("#adapt-steps .vs-over-frame")
    box = frame.bounding_box()
    assert box
    page.mouse.click(box["x"] + box["width"] * 0.375, box["y"] + 20)  # in the middle of the second of four
    assert shown_share(page) == "50%"


REFUSED = (
    (FLAT, " ", "glossy-1", "Say in words both"),
    (FLAT, FLAT.upper(), "glossy-1", "is what the generator draws already"),
    ("flat", "flat!", "glossy-1", "does not tell"),
    (FLAT, "光沢", "glossy-1", "reads English alone"),
    (FLAT, SOLID, "scad", "already: choose another name"),
    (FLAT, SOLID, "My look", "can't be an entry's name"),
)


def test_what_can_t_be_asked_for_is_one_sentence_and_nothing_is_queued(browser: Browser, arena: Arena) -> None:
    page = opened(browser.new_page(), arena)
    for before, after, name, said in REFUSED:
        ask(page, before, after, name)
        expect(page.locator(".vs-refused")).to_contain_text(said)
    page.close()
    assert not list((arena.data / "jobs").glob("ipl-*")) and not (arena.data / "models").exists()


def test_a_look_is_asked_for_watched_compared_kept_and_adapted_again(browser: Browser, arena: Arena) -> None:
    expect.set_options(timeout=PATIENCE)
    context = browser.new_context(reduced_motion="reduce")
    page = opened(context.new_page(), arena)
    ask(page, FLAT, "in Noto style", "glossy-1")
    expect(page.locator("#adapt-warning")).to_contain_text("seems to draw 'in Noto style' already")
    ask(page, FLAT, SOLID, "glossy-1")
    expect(page.locator("#adapt-status .vs-status")).to_contain_text("glossy-1")
    expect(page.locator("#adapt-warning .vs-warning")).to_have_count(0)
    page.close()
    page = opened(context.new_page(), arena)
    expect(page.locator("#adapt-status")).to_contain_text("done, 8 steps")
    expect(page.locator("#adapt-steps")).to_contain_text(f"from “{FLAT}” to “{SOLID}”")
    expect(page.locator(".vs-plot")).to_have_count(2)  # of the second part; the first has one row
    expect(page.locator(".vs-entry")).to_contain_text("after step 6")
    assert look(page) == []
    slide(page)
    page.locator(".vs-run-step").focus()
    page.keyboard.press("ArrowLeft")
    expect(page.locator(".vs-preview img[data-step]:not([hidden])")).to_have_attribute("data-step", "4")
    page.get_by_role("button", name="Keep this step").click()
    expect(page.locator(".vs-entry")).to_contain_text("after step 4")
    made = arena.data / "models" / "glossy-1"
    receipt = json.loads((made / "receipt.json").read_text())["made"]
    assert (receipt["steps"], receipt["base"], receipt["module"]) == (4, "scad", "hub.methods.ipl")
    assert SOLID in (made / "README.md").read_text()
    assert str(arena.data) not in (made / "README.md").read_text() + (made / "receipt.json").read_text()
    wait_for(lambda: arena.said.count("glossy-1 is an entry now") == 2, "the entry's return")
    page.goto(f"{arena.url}/?tab=compare")
    expect(page.locator("#compare-entries")).to_contain_text("glossy-1")
    page = opened(page, arena)
    page.locator("#adapt-source input").click()
    page.get_by_role("option", name="glossy-1").click()
    ask(page, SOLID, "pixel art", "pixel-1")
    expect(page.locator("#adapt-status .vs-status")).to_contain_text("pixel-1")
    expect(page.locator("#adapt-status")).to_contain_text("done, 8 steps")
    expect(page.locator("#adapt-steps")).to_contain_text("glossy-1, from")
    page.get_by_role("button", name="Delete the run").click()
    page.get_by_role("button", name="Yes", exact=True).click()
    expect(page.locator("#adapt-status .vs-status")).to_contain_text("glossy-1")
    assert not (arena.data / "models" / "pixel-1").exists()
    assert len(list((arena.data / "jobs").glob("ipl-*"))) == 1
    context.close()


def test_a_run_is_nobody_elses_and_a_warned_one_starts_as_it_was_warned_of_and_is_stopped(
    browser: Browser, arena: Arena
) -> None:
    page = opened(browser.new_page(), arena)
    expect(page.locator("#adapt-status .vs-status")).to_have_count(0)
    ask(page, FLAT, "in Noto style", "noto-1")
    expect(page.locator("#adapt-warning")).to_contain_text("prompt it instead")
    expect(page.locator("#adapt-warning .vs-over-frame img")).to_have_count(2)
    page.get_by_label("What it shall draw").fill("something else")
    page.get_by_role("button", name="Start anyway").click()
    expect(page.locator("#adapt-status .vs-status")).to_contain_text("noto-1")
    page.get_by_role("button", name="Stop", exact=True).click()
    expect(page.locator("#adapt-status")).to_contain_text("stopped")
    page.get_by_role("button", name="Go on").click()
    expect(page.locator("#adapt-status")).to_contain_text("done, 8 steps")
    expect(page.locator("#adapt-steps .vs-warning")).to_contain_text("seems to draw 'in Noto style' already")
    (job,) = (path for path in (arena.data / "jobs").glob("ipl-*") if "noto-1" in (path / "job.json").read_text())
    assert "--to=in Noto style" in (job / "job.json").read_text()
    page.close()
