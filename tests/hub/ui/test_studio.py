"""The Studio in a browser, with fakes: the three ways of working, by mouse and by keys, in both themes and on a phone.

``HUB_SCREENSHOTS`` names a folder for pictures of the tab.
"""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Browser, FilePayload, Page, expect

from hub.receipt import PictureReceipt, read_receipt
from tests.hub.test_uploads import halves, saved
from tests.hub.ui import fakes
from tests.hub.ui.chromium import AGREED, ARGUMENTS, CHROMIUM, PATIENCE, open_tab
from tests.hub.ui.served import FAKES, ROOT, Arena, served

pytestmark = [pytest.mark.browser, pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed")]
CAMERA = ["--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"]
PASTE = """([box, bytes]) => { const moved = new DataTransfer();
moved.items.add(new File([new Uint8Array(bytes)], "a.png", {type: "image/png"}));
box.focus(); document.activeElement.dispatchEvent(
new ClipboardEvent("paste", {clipboardData: moved, bubbles: true, cancelable: true})); }"""


@pytest.fixture(scope="module")
def arena(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Arena]:
    """An arena of one fake that takes no picture and two that do, served."""
    names, settings = (fakes.NAMES[0], *fakes.GUIDED), {"HUB_BATTLES_PER_MINUTE": "1000"}
    with served(tmp_path_factory.mktemp("studio"), FAKES, names, **settings) as arena:
        yield arena


def opened(browser: Browser, arena: Arena, *, width: int = 1280, height: int = 900, **more: object) -> Page:
    """The Studio's tab in a page of its own."""
    page = browser.new_page(viewport={"width": width, "height": height}, reduced_motion="reduce", **more)  # type: ignore[arg-type]
    page.set_default_timeout(PATIENCE)
    page.add_init_script(AGREED)
    page.goto(arena.url)
    open_tab(page, "studio")
    expect(page.locator("#guide-entry input")).to_have_value("Aquarelle the Fake")
    return page


@pytest.fixture
def page(browser: Browser, arena: Arena) -> Iterator[Page]:
    """The Studio's tab; an error of its scripts fails the test."""
    broken: list[str] = []
    page = opened(browser, arena)
    page.on("pageerror", lambda error: broken.append(str(error)))
    yield page
    page.close()
    assert broken == []


def look(page: Page, name: str) -> None:
    """Save a picture of the page where that is asked for."""
    if folder := os.environ.get("HUB_SCREENSHOTS"):
        page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)


def give(page: Page, box: str = "guide") -> None:
    """Give a picture by a file."""
    file: FilePayload = {"name": "holiday.jpg", "mimeType": "image/jpeg", "buffer": saved(halves(), "jpeg")}
    page.locator(f"#{box}-box input[type=file]").set_input_files(files=[file])
    expect(page.locator(f"#{box}-box img")).to_be_visible()


def ask(page: Page, prompt: str, seed: str = "7") -> None:
    """Type a prompt and a seed into the guide's tab, and draw."""
    page.locator("#guide-seed").get_by_label("Seed").fill(seed)
    page.locator("#guide-prompt").get_by_label("Prompt").fill(prompt)
    page.keyboard.press("Enter")


def sides(page: Page) -> list[bytes]:
    """The bytes of the pictures of a result that is done."""
    expect(page.locator("#guide-sheet .vs-foot")).to_be_visible()
    addresses = [one.get_attribute("src") for one in page.locator("#guide-sheet img").all()]
    return [page.request.get(f"{page.url.rstrip('/')}/{address}").body() for address in addresses]


def move_to(page: Page, step: int) -> None:
    """Move the slider by keys."""
    slider = page.get_by_role("slider", name="Strength of the guide")
    slider.focus()
    page.keyboard.press("Home")
    for _ in range(step):
        page.keyboard.press("ArrowRight")


def test_a_guide_is_given_drawn_to_and_told_by_a_receipt_that_replays(page: Page, tmp_path: Path) -> None:
    give(page)
    ask(page, "a boat")
    expect(page.locator("#guide-sheet figure").nth(1).locator(".vs-status")).to_contain_text("done in")
    free, guided = sides(page)
    assert free != guided
    look(page, "guide")
    with page.expect_download() as download:
        page.locator("#guide-sheet").get_by_role("link", name="Download the receipt").click()
    path = tmp_path / download.value.suggested_filename
    download.value.save_as(path)
    with page.expect_download() as saving:
        page.locator("#guide-box").get_by_role("link", name="Save").click()
    saving.value.save_as(tmp_path / "guide.png")
    receipt = read_receipt(path.read_text(encoding="utf-8"))
    assert isinstance(receipt, PictureReceipt)
    options = ["replay", str(path), "--data", str(tmp_path / "none"), "--picture", str(tmp_path / "guide.png")]
    code = f"import sys; sys.argv[1:] = {options!r}; import tests.hub.ui.fakes, runpy; "
    code += "runpy.run_module('hub.receipt', run_name='__main__')"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.stdout.splitlines()[-1] == "identical: 2 of 2 pictures", done.stderr


def test_the_slider_is_moved_by_keys_and_says_its_weight_in_words(page: Page) -> None:
    give(page)
    found = []
    for step, words in ((0, "w = 0, free, without the guide"), (11, "w = 0.001, half way"), (21, "w = 0.01, close to")):
        move_to(page, step)
        expect(page.locator("#guide-strength output")).to_contain_text(words)
        expect(page.get_by_role("slider")).to_have_attribute("aria-valuetext", re.compile(words))
        ask(page, "a boat by keys")
        expect(page.locator("#guide-sheet figcaption").nth(1)).to_contain_text(f"w = {words.split(',')[0][4:]},")
        found.append(sides(page))
    assert found[0][0] == found[0][1], "without strength a guide does nothing"
    assert len({pictures[1] for pictures in found}) == 3
    assert len({pictures[0] for pictures in found}) == 1


def test_steps_are_shown_while_it_draws(page: Page) -> None:
    give(page)
    page.evaluate(
        """window.steps = new Set(); new MutationObserver(() => document.querySelectorAll("#guide-sheet img").forEach(
        (one) => window.steps.add(one.getAttribute("src")))).observe(document, {subtree: true, childList: true,
        attributes: true})"""
    )
    ask(page, "a boat in steps")
    expect(page.locator("#guide-sheet .vs-foot")).to_be_visible()
    assert page.evaluate("window.steps.size") > 4


def test_a_picture_is_pasted_dropped_or_taken_by_the_camera(arena: Arena, browser: Browser) -> None:
    other = browser.browser_type.launch(executable_path=CHROMIUM, args=[*ARGUMENTS, *CAMERA])
    page = opened(other, arena)
    box, image = page.locator("#guide-box"), page.locator("#guide-box img")
    page.evaluate(PASTE.replace("([box, bytes])", "(bytes)").replace("box.focus(); ", ""), [*saved(halves())])
    expect(image).to_be_visible()
    box.get_by_role("button", name="Remove").click()
    expect(image).to_have_count(0)
    box.get_by_role("button", name="Camera").click()
    expect(box.locator("video")).to_be_visible()
    page.wait_for_function("document.querySelector('#guide-box video').videoWidth > 0")
    box.get_by_role("button", name="Take the picture").press("Enter")
    expect(image).to_be_visible()
    expect(box.locator("video")).to_be_hidden()
    page.evaluate(
        """(bytes) => { const moved = new DataTransfer();
        moved.items.add(new File([new Uint8Array(bytes)], "a.png", {type: "image/png"}));
        document.querySelector("#guide-box .vs-box").dispatchEvent(
        new DragEvent("drop", {dataTransfer: moved, bubbles: true, cancelable: true})); }""",
        [*saved(halves())],
    )
    expect(image).to_have_js_property("naturalWidth", 64)
    other.close()


def test_what_is_no_picture_is_told_beside_the_box(page: Page, tmp_path: Path) -> None:
    file: FilePayload = {"name": "a.txt", "mimeType": "text/plain", "buffer": b"no picture"}
    page.locator("#guide-box input[type=file]").set_input_files(files=[file])
    expect(page.locator("#guide-box .vs-said")).to_contain_text("This file is no picture")
    large = tmp_path / "a.png"
    with large.open("wb") as content:
        content.truncate(25 << 20)
    page.locator("#guide-box input[type=file]").set_input_files(large)
    expect(page.locator("#guide-box .vs-said")).to_contain_text("larger than 24 MB")
    ask(page, "a boat")
    expect(page.get_by_text("There is no guide picture yet")).to_be_visible()


def test_a_strip_is_drawn_and_saved(page: Page, tmp_path: Path) -> None:
    open_tab(page, "studio-between")
    page.locator("#between-left-prompt").locator("input, textarea").fill("a cat")
    give(page, "between-right")
    page.locator("#between-draw").click()
    expect(page.locator("#between-sheet figure img[alt]:not([alt=''])")).to_have_count(8)
    look(page, "between")
    for name, form, size in (("GIF", "GIF", (256, 256)), ("PNG", "PNG", (512, 64))):
        with page.expect_download() as download:
            page.locator("#between-sheet").get_by_role("link", name=f"Save as a {name}").click()
        download.value.save_as(tmp_path / name)
        with Image.open(tmp_path / name) as image:
            assert (image.format, image.size) == (form, size)


def test_a_sum_tells_what_its_weights_sum_to_and_can_be_made_one(page: Page) -> None:
    open_tab(page, "studio-arithmetic")
    said, make = page.locator("#arithmetic-sum .vs-said"), page.get_by_role("button", name="Make it 1")
    expect(said).to_contain_text("No term says anything yet")
    for number, prompt in ((1, "a king"), (2, "a woman")):
        page.locator(f"#arithmetic-{number}-prompt").locator("input, textarea").fill(prompt)
    expect(said).to_contain_text("The weights sum to 2, not to 1")
    make.click()
    expect(said).to_contain_text("The weights sum to 1:")
    expect(make).to_be_hidden()
    expect(page.locator("#arithmetic-2-weight input")).to_have_value("0.5")
    give(page, "arithmetic-3")
    expect(said).to_contain_text("The weights sum to 0, not to 1")
    make.click()
    expect(page.locator("#arithmetic-1-weight input")).to_have_value("1.5")
    page.locator("#arithmetic-2-weight input").fill("2.5")
    make.click()
    weights = [page.locator(f"#arithmetic-{number}-weight input").input_value() for number in (1, 2, 3)]
    assert weights == ["0.5", "0.833333", "-0.333333"]
    expect(said).to_contain_text("The weights sum to 1:")
    for number, weight in ((1, "1.5"), (2, "0.5"), (3, "-1")):
        page.locator(f"#arithmetic-{number}-weight input").fill(weight)
    page.locator("#arithmetic-draw").click()
    expect(page.locator("#arithmetic-sheet figcaption")).to_contain_text(
        "1.5 × “a king” + 0.5 × “a woman” − 1 × picture"
    )
    look(page, "arithmetic")


def test_a_result_goes_to_a_battle_and_a_battle_gives_a_guide(page: Page) -> None:
    give(page)
    page.get_by_label("Keep the guide picture on this server").check()
    ask(page, "a boat for a battle")
    page.get_by_role("button", name="Send to a battle").click()
    expect(page.locator("#battle-prompt").get_by_label("Prompt")).to_have_value("a boat for a battle")
    expect(page.get_by_text("Both sides start from your picture")).to_be_visible()
    expect(page.locator("#vote-a")).to_be_enabled()
    page.locator("#vote-b").click()
    expect(page.locator(".vs-thanks")).to_be_visible()
    picture = page.locator("#side-b-image img").get_attribute("src")
    body = page.request.get(f"{page.url.rstrip('/')}/{picture}").body()
    given = page.locator("#guide-box img").get_attribute("src") or ""
    open_tab(page, "studio")
    page.locator("#guide-box").get_by_role("button", name="Battle: B").click()
    expect(page.locator("#guide-box img")).not_to_have_attribute("src", given)
    taken = page.locator("#guide-box img").get_attribute("src")
    assert page.request.get(f"{page.url.rstrip('/')}/{taken}").body() == body


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("language", ["en", "ja"])
def test_it_fits_a_phone_in_both_themes_and_languages(
    browser: Browser, arena: Arena, scheme: str, language: str
) -> None:
    page = opened(browser, arena, width=390, height=844, color_scheme=scheme, locale=language)
    give(page)
    page.locator("#guide-prompt textarea, #guide-prompt input").first.fill("a boat")
    page.keyboard.press("Enter")
    expect(page.locator("#guide-sheet .vs-foot")).to_be_visible()
    for way in ("guide", "between", "arithmetic"):
        open_tab(page, f"studio-{way}")
        expect(page.locator(f"#{way}-sheet")).to_be_attached()
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
        look(page, f"{way}-phone-{scheme}-{language}")
    page.close()


def test_everything_has_a_name_for_screen_readers_and_a_place_for_keys(page: Page) -> None:
    for way in ("guide", "between", "arithmetic"):
        open_tab(page, f"studio-{way}")
        nameless = page.evaluate(
            """() => [...document.querySelectorAll("button, input, textarea, a[href], select, [role=slider]")]
            .filter((one) => one.offsetParent && !one.closest(".vs-header"))
            .filter((one) => !(one.ariaLabel || one.labels?.length || one.textContent.trim() || one.title
              || one.getAttribute("aria-labelledby"))).map((one) => one.outerHTML)"""
        )
        assert nameless == []
    open_tab(page, "studio-guide")
    give(page)
    page.locator("#guide-prompt textarea, #guide-prompt input").first.focus()
    reached = set()
    for _ in range(25):
        page.keyboard.press("Tab")
        reached.add(page.evaluate("document.activeElement.dataset.act ?? document.activeElement.id"))
    assert {"file", "paste", "film", "remove", "strength-range"} <= reached


def test_the_roster_says_who_can(page: Page) -> None:
    open_tab(page, "about")
    rows = page.locator("#roster tbody tr")
    expect(rows.filter(has_text="Aquarelle the Fake")).to_contain_text("guide, between, arithmetic")
    expect(rows.filter(has_text="Gouache the Fake")).to_contain_text("not able")
