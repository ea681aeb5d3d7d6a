"""Compare in a browser, with fakes: a grid by mouse and by keys, its tools, its files, its link, on a phone.

``HUB_SCREENSHOTS`` names a folder for pictures of the tab.
"""

import io
import re
import zipfile
from collections.abc import Iterator

import pytest
from PIL import Image
from playwright.sync_api import Browser, FilePayload, Page, expect

from tests.hub.ui import fakes
from tests.hub.ui.chromium import CHROMIUM, PATIENCE, open_tab
from tests.hub.ui.served import FAKES, Arena, served
from tests.hub.ui.test_browser_language import english
from tests.hub.ui.test_studio import look

pytestmark = [pytest.mark.browser, pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed")]
NAMES = (*fakes.NAMES, fakes.GUIDED[0])


@pytest.fixture(scope="module")
def arena(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Arena]:
    """An arena of three fakes, one of which shows its steps, served."""
    settings = {"HUB_BATTLES_PER_MINUTE": "1000", "HUB_FILTERS": "fake-filter"}
    with served(tmp_path_factory.mktemp("compare"), FAKES, NAMES, **settings) as arena:
        yield arena


@pytest.fixture
def page(page: Page, arena: Arena) -> Page:
    """The tab in a page of its own."""
    page.goto(arena.url)
    open_tab(page, "compare")
    expect(page.get_by_role("checkbox", name="Fresco the Fake")).to_be_checked()
    return page


def ask(page: Page, prompts: str, seeds: str) -> None:
    """Draw, and wait until all is there."""
    page.locator("#compare-prompts textarea").fill(prompts)
    page.locator("#compare-seed").get_by_role("textbox").fill(seeds)
    page.locator("#compare-draw").click()
    expect(page.locator("#compare-sheet .vs-foot")).to_be_visible()


def saved(page: Page, name: str) -> bytes:
    """What a link of the foot saves."""
    with page.expect_download() as download:
        page.get_by_role("link", name=name).click()
    return download.value.path().read_bytes()


def test_a_grid_is_drawn_scored_turned_looked_into_and_saved(page: Page) -> None:
    ask(page, "a boat\na castle", "1, 2")
    cells = page.locator("#compare-sheet [data-cell]")
    expect(cells).to_have_count(12)
    expect(page.locator("#compare-sheet .vs-status")).to_contain_text("12 of 12 pictures")
    expect(page.locator("#compare-sheet .vs-fit")).to_have_count(12)
    expect(page.locator(".vs-compare-head").first).to_contain_text(re.compile(r"mean \d.*mean fit"))
    expect(page.get_by_role("img", name="Fresco the Fake, seed 2: a castle")).to_be_visible()
    look(page, "compare")
    first, second = (cells.nth(number).bounding_box() for number in (0, 1))
    assert first and second
    assert (first["y"], first["x"] < second["x"]) == (second["y"], True)
    page.get_by_role("button", name="Swap rows and columns").click()
    first, second = (cells.nth(number).bounding_box() for number in (0, 1))
    assert first and second
    assert (first["x"], first["y"] < second["y"]) == (second["x"], True)
    with zipfile.ZipFile(io.BytesIO(saved(page, "Save the folder"))) as packed:
        assert sum(name.endswith(".png") for name in packed.namelist()) == 12
    assert Image.open(io.BytesIO(saved(page, "Save the sheet"))).width > 3 * 64


def test_pictures_are_enlarged_and_moved_together_by_mouse_and_by_keys(page: Page) -> None:
    ask(page, "a boat", "1")
    images = page.locator("#compare-sheet [data-cell] img")

    def views() -> set[tuple[int, ...]]:
        found = [image.evaluate("image => getComputedStyle(image).transform") for image in images.all()]
        return {tuple(round(float(number)) for number in re.findall(r"-?[\d.]+", one)) for one in found}

    whole = views()
    page.get_by_role("slider", name="Zoom, all pictures alike").fill("4")
    closer = views()
    assert len(closer) == 1
    assert closer != whole
    box = images.first.locator("..").bounding_box()
    assert box
    page.mouse.move(box["x"] + 60, box["y"] + 60)
    page.mouse.down()
    page.mouse.move(box["x"] + 90, box["y"] + 80)
    page.mouse.up()
    dragged = views()
    assert len(dragged) == 1
    assert dragged != closer
    expect(page.locator("#compare-sheet [aria-pressed=true]")).to_have_count(0)  # a drag chooses nothing
    page.locator("#compare-sheet [data-cell]").nth(1).focus()
    page.keyboard.press("ArrowLeft")
    assert views() != dragged
    page.get_by_role("button", name="Whole pictures").click()
    assert views() == whole


def test_two_pictures_are_chosen_by_keys_and_one_slides_over_the_other(page: Page) -> None:
    ask(page, "a boat", "1")
    slide = page.get_by_role("button", name="Slide one over the other")
    expect(slide).to_be_disabled()
    for number in (0, 2):
        page.locator("#compare-sheet [data-cell]").nth(number).focus()
        page.keyboard.press("Enter")
    expect(page.locator(".vs-tools [role=status]")).to_have_text("Two pictures are chosen.")
    slide.click()
    over = page.locator("#compare-tools [data-picture=over]")
    expect(over).to_have_attribute("alt", "Gouache the Fake, seed 1: a boat")
    page.get_by_role("slider", name="How much of the left picture is seen").fill("20")
    assert "20%" in over.evaluate("image => getComputedStyle(image).maskImage")
    look(page, "compare-over")
    page.keyboard.press("Escape")
    expect(over).not_to_be_visible()


def test_one_idea_in_other_words_is_a_row_for_each_generator(page: Page) -> None:
    box, example = page.locator("#compare-prompts textarea"), page.get_by_role("button", name="Example in other words")
    box.fill("a boat\na ship")
    example.click()
    expect(page.get_by_text("An example would take the place of your prompts")).to_be_visible()
    expect(box).to_have_value("a boat\na ship")
    box.fill("")
    example.click()
    expect(page.get_by_role("checkbox", name="The prompts are one idea in other words")).to_be_checked()
    page.locator("#compare-seed").get_by_role("textbox").fill("1")
    page.locator("#compare-draw").click()
    expect(page.locator("#compare-sheet .vs-foot")).to_be_visible()
    expect(page.locator("#compare-sheet.vs-turned")).to_be_visible()
    for number in range(3):
        expect(page.locator(".vs-compare-head").nth(number)).to_contain_text(re.compile(r"alike over wordings -?\d"))
    page.locator("#compare-prompts textarea").fill("a boat")
    page.locator("#compare-draw").click()
    expect(page.get_by_text("One idea in other words needs two prompts or more, one a line.")).to_be_visible()


def test_a_link_opens_the_tab_with_what_it_says_and_draws_nothing(page: Page, arena: Arena) -> None:
    page.get_by_role("checkbox", name="Aquarelle the Fake").uncheck()
    ask(page, "a boat & a <b>castle</b>\nred", "3-5")
    link = page.get_by_role("link", name="Link to this comparison").get_attribute("href")
    page.goto(f"{arena.url}/{link}")
    expect(page.locator("#compare-prompts textarea")).to_have_value("a boat & a <b>castle</b>\nred")
    expect(page.locator("#compare-seed").get_by_role("textbox")).to_have_value("3, 4, 5")
    expect(page.get_by_role("checkbox", name="Gouache the Fake")).to_be_checked()
    expect(page.get_by_role("checkbox", name="Aquarelle the Fake")).not_to_be_checked()
    expect(page.locator("#compare-sheet img")).to_have_count(0)


def test_lines_of_a_file_become_prompts(page: Page) -> None:
    page.locator("#compare-prompts textarea").fill("a boat")
    lines = b"a castle\r\n\r\nred apple\n"
    file: FilePayload = {"name": "prompts.txt", "mimeType": "text/plain", "buffer": lines}
    page.locator(".vs-more input[type=file]").set_input_files(files=[file])
    expect(page.locator("#compare-prompts textarea")).to_have_value("a boat\na castle\nred apple")
    ask(page, page.locator("#compare-prompts textarea").input_value(), "1")
    expect(page.locator("#compare-sheet .vs-prompt").nth(2)).to_have_text("red apple")


def test_what_is_held_back_or_fails_leaves_the_others_and_a_drawing_can_be_cancelled(page: Page, arena: Arena) -> None:
    ask(page, fakes.HELD_BACK, "1")
    expect(page.locator("#compare-sheet figcaption .failed")).to_have_text("The picture is black.")
    expect(page.locator("#compare-sheet [data-cell]")).to_have_count(2)
    arena.gate.touch()
    try:
        page.locator("#compare-prompts textarea").fill("a slow boat")
        page.locator("#compare-draw").click()
        expect(page.locator("#compare-sheet figcaption", has_text="drawing 80 %").first).to_be_visible()
        page.locator("#compare-cancel").click()
        expect(page.locator("#compare-sheet")).to_contain_text("The drawing was cancelled.")
        expect(page.locator("#compare-cancel")).to_be_disabled()
    finally:
        arena.gate.unlink()


def test_a_grid_fits_a_phone_and_is_in_japanese_in_the_dark(browser: Browser, arena: Arena) -> None:
    context = browser.new_context(viewport={"width": 390, "height": 844}, locale="ja-JP", reduced_motion="reduce")
    page = context.new_page()
    page.set_default_timeout(PATIENCE)
    page.goto(f"{arena.url}/?__theme=dark&tab=compare&prompt=%E8%88%B9&seed=1-2")
    expect(page.get_by_role("checkbox", name="Fresco the Fake")).to_be_checked()
    page.locator("#compare-draw").click()
    expect(page.locator("#compare-sheet .vs-foot")).to_be_visible()
    look(page, "compare-phone-dark")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert english(page) == []
    context.close()
