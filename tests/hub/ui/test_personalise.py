"""The Personalise tab in a browser: a real run of four steps on the real base, its page closed while it runs."""

import io
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image, ImageDraw
from playwright.sync_api import Browser, FilePayload, Page, expect

from tests.hub.ui.chromium import CHROMIUM, open_tab
from tests.hub.ui.served import Arena, served

pytestmark = [pytest.mark.browser, pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed")]
APP = Path(__file__).with_name("personalise_app.py")
PATIENCE = 900_000  # milliseconds: a run of some seconds takes minutes beside ten others
GROUNDS = ("bisque", "navy", "seagreen", "gold")


@pytest.fixture(scope="module")
def arena(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Arena]:
    """An arena whose personalisations take four steps."""
    with served(tmp_path_factory.mktemp("personalise"), APP, ("galip", "diffusion")) as arena:
        yield arena


def picture(number: int) -> FilePayload:
    """A picture of a red disc with eyes."""
    image = Image.new("RGB", (120, 100), GROUNDS[number])
    draw = ImageDraw.Draw(image)
    draw.ellipse((30, 20, 90, 80), fill="tomato")
    draw.ellipse((45, 35, 52, 42), fill="black")
    buffer = io.BytesIO()
    image.save(buffer, "png")
    return {"name": f"holiday-{number}.png", "mimeType": "image/png", "buffer": buffer.getvalue()}


def opened(page: Page, arena: Arena) -> Page:
    """The tab, opened on a page."""
    page.set_default_timeout(PATIENCE)
    page.goto(arena.url)
    open_tab(page, "personalise")
    expect(page.locator("#personalise-tray .vs-tray")).to_be_visible()
    return page


def give(page: Page, *numbers: int) -> None:
    """Give pictures by their files."""
    page.locator("#personalise-tray input[type=file]").set_input_files(files=[picture(number) for number in numbers])


def test_a_subject_is_taught_found_again_looked_back_at_kept_and_deleted(browser: Browser, arena: Arena) -> None:
    expect.set_options(timeout=PATIENCE)
    context = browser.new_context(reduced_motion="reduce")
    page = opened(context.new_page(), arena)
    thumbs = page.locator("#personalise-tray figure")
    give(page, 0, 1, 2, 3)
    expect(thumbs).to_have_count(4)
    page.get_by_role("button", name="Remove picture 1").click()
    expect(page.locator(".vs-count")).to_contain_text("With fewer than 4")
    give(page, 0, 1)
    expect(thumbs).to_have_count(4)
    expect(page.locator("#personalise-tray .vs-said")).to_contain_text("in the tray already")
    page.get_by_label("What it is one of").fill("toy")
    page.get_by_label("Name of the subject").fill("diffusion")
    page.get_by_role("button", name="Start", exact=True).click()
    expect(page.locator("#personalise-token .vs-refused")).to_contain_text("a word that the base knows")
    page.get_by_label("Name of the subject").fill("zebi-1")
    page.get_by_role("button", name="Start", exact=True).click()
    expect(page.locator("#personalise-status .vs-status")).to_contain_text("zebi-1")
    page.close()
    stranger = opened(browser.new_page(), arena)
    expect(stranger.locator("#personalise-status .vs-status")).to_have_count(0)
    stranger.close()
    page = opened(context.new_page(), arena)
    expect(page.locator("#personalise-status")).to_contain_text("done, 4 steps")
    expect(page.locator(".vs-entry")).to_contain_text("after step 4")
    page.locator(".vs-run-step").focus()
    page.keyboard.press("ArrowLeft")
    expect(page.locator(".vs-preview img[data-step]:not([hidden])")).to_have_attribute("data-step", "2")
    page.get_by_role("button", name="Keep this step").click()
    expect(page.locator(".vs-entry")).to_contain_text("after step 2")
    assert (arena.data / "models" / "zebi-1" / "receipt.json").exists()
    page.get_by_role("button", name="Delete the run").click()
    page.get_by_role("button", name="Yes", exact=True).click()
    expect(page.locator("#personalise-status .vs-status")).to_have_count(0)
    assert not (arena.data / "models" / "zebi-1").exists()
    assert not list((arena.data / "jobs").glob("personalization-*"))
    context.close()
