"""One's own pictures in Compare, in a browser: added, taken over, compared, saved, scored and removed.

``HUB_SCREENSHOTS`` names a folder for pictures of the tab.
"""

import io
import json
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, FilePayload, Page, expect

from eval.picture_records.picture_set import read_picture_set
from tests.hub.ui import fakes
from tests.hub.ui.chromium import CHROMIUM, PATIENCE, open_tab
from tests.hub.ui.compare.own_given import png, webui, zipped
from tests.hub.ui.served import FAKES, Arena, served
from tests.hub.ui.test_browser_language import english
from tests.hub.ui.test_compare import saved
from tests.hub.ui.test_studio import look

pytestmark = [pytest.mark.browser, pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed")]
PROMPTS, SEEDS = ("a boat", "a <b>castle</b>"), (7, 4_000_000_007)  # a seed of A1111's, which has 32 bits
TERMS = re.compile(
    r"PNG|JPEG|WebP|ZIP|metadata\.csv|[\w<>]+\.(txt|png|md)|A1111|python -m eval\.score|eval\.score|--name-pattern|"
    r"\{prompt\}_\{seed\}|(Gouache|Fresco) the Fake|house|Japanese castle|castle|Vernissage|English"
)
DROP = """async ([box, files]) => { const moved = new DataTransfer();
for (const [name, bytes] of files) moved.items.add(new File([new Uint8Array(bytes)], name));
document.querySelector(box).dispatchEvent(
new DragEvent("drop", {dataTransfer: moved, bubbles: true, cancelable: true})); }"""


@pytest.fixture(scope="module")
def arena(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Arena]:
    """An arena of two fakes, served."""
    settings = {"HUB_BATTLES_PER_MINUTE": "1000", "HUB_FILTERS": "fake-filter"}
    with served(tmp_path_factory.mktemp("compare-own"), FAKES, fakes.NAMES, **settings) as arena:
        yield arena


@pytest.fixture
def page(page: Page, arena: Arena) -> Page:
    """The tab in a page of its own."""
    page.goto(arena.url)
    open_tab(page, "compare")
    expect(page.get_by_role("checkbox", name="Fresco the Fake")).to_be_checked()
    return page


def webui_files() -> dict[str, bytes]:
    """What A1111's web UI leaves: two prompts by two seeds, by two models."""
    numbered = ((prompt, seed, model) for prompt in PROMPTS for seed in SEEDS for model in ("mine", "gouache-fake"))
    return {f"{at:05}-{one[1]}.png": webui(at, *one) for at, one in enumerate(numbered)}


def give(page: Page, files: dict[str, bytes]) -> None:
    """Choose files."""
    given = [FilePayload(name=name, mimeType="", buffer=content) for name, content in files.items()]
    page.locator("#compare-own input[type=file]:not([webkitdirectory])").set_input_files(files=given)


def draw(page: Page) -> None:
    """Draw what the boxes say, and wait until all is there."""
    page.locator("#compare-draw").click()
    expect(page.locator("#compare-sheet .vs-foot")).to_be_visible()


def test_a_set_is_dropped_taken_over_compared_saved_and_scored(page: Page, tmp_path: Path, arena: Arena) -> None:
    files = [[name, [*content]] for name, content in webui_files().items()]
    page.evaluate(DROP, ["#compare-own .vs-given", files])
    report = page.locator("#compare-own .vs-given-report")
    expect(report).to_contain_text("Read 8 pictures of 2 generators")
    expect(report).to_contain_text("from the pictures' own text (A1111)")
    page.get_by_role("button", name="Use their prompts and seeds").click()
    expect(page.locator("#compare-prompts textarea")).to_have_value("\n".join(PROMPTS))
    expect(page.locator("#compare-seed").get_by_role("textbox")).to_have_value(", ".join(map(str, SEEDS)))
    expect(page.locator("#compare-own [role=status]")).to_have_text("Taken over: 2 prompts and 2 seeds.")
    draw(page)
    heads = page.locator(".vs-compare-head")
    expect(heads).to_have_count(4)
    expect(heads.nth(2)).to_contain_text(re.compile(r"mine.*your pictures.*mean fit", re.DOTALL))
    expect(page.locator("#compare-sheet [data-cell]")).to_have_count(16)
    expect(page.locator("#compare-sheet .vs-fit")).to_have_count(16)
    look(page, "own")
    page.locator("#compare-sheet [data-cell]").nth(0).click()
    page.locator("#compare-sheet [data-cell]").nth(2).click()
    page.get_by_role("button", name="Slide one over the other").click()
    expect(page.locator("#compare-tools [data-picture=under]")).to_have_attribute("alt", "mine, seed 7: a boat")
    page.keyboard.press("Escape")
    with zipfile.ZipFile(io.BytesIO(saved(page, "Save the folder"))) as packed:
        packed.extractall(tmp_path)
    read = read_picture_set(str(tmp_path / "comparison"))
    assert read.generators == ["fresco-fake", "gouache-fake", "gouache-fake (yours)", "mine"]
    assert (len(read.merged.records), read.lost, read.merged.problems) == (16, (), {})
    assert {one.seed for one in read.merged.records.values()} == {*SEEDS}
    manifest = (tmp_path / "comparison" / "manifest.jsonl").read_text(encoding="utf-8").splitlines()
    assert {json.loads(line)["generator"] for line in manifest} == {*fakes.NAMES}
    assert len(saved(page, "Save the sheet")) > 1000
    address = page.locator("#compare-sheet [data-cell] img").nth(2).get_attribute("src")
    kept = [page.get_by_role("link", name=f"Save the {one}").get_attribute("href") for one in ("sheet", "folder")]
    drawn = page.locator("#compare-sheet [data-cell] img").nth(0).get_attribute("src")
    assert [page.request.get(f"{arena.url}/{one}").status for one in (address, *kept, drawn)] == [200] * 4
    page.get_by_role("button", name="Remove your pictures").click()
    expect(report).to_be_empty()
    assert [page.request.get(f"{arena.url}/{one}").status for one in (address, *kept, drawn)] == [404] * 3 + [200]


def test_pictures_without_prompts_get_them_and_are_compared_alone(page: Page, arena: Arena) -> None:
    give(page, {"red_boat_1.png": png(1), "red_boat_2.png": png(2), "notes.md": b"no"})
    expect(page.locator("#compare-own")).to_contain_text("2 pictures have no prompt")
    expect(page.locator("#compare-own .vs-left-out li")).to_have_text(
        "notes.md: it is no picture, and nothing that tells of pictures"
    )
    page.locator("#compare-own-pattern").get_by_role("textbox").fill("{prompt}_{seed}")
    page.locator("#compare-own-give").click()
    expect(page.locator("#compare-own-lacking")).not_to_be_visible()
    title = page.locator("#compare-own-title").get_by_role("textbox")
    expect(title).to_have_value("Yours")
    title.fill("ours, step 4000")
    page.wait_for_timeout(200)
    give(page, {"3.png": png(3), "4.png": png(4)})
    expect(title).to_have_value("Yours")
    page.locator("#compare-own-prompts textarea").fill(f"a boat\n{fakes.UNSPEAKABLE}")
    page.locator("#compare-own-give").click()
    expect(page.locator(".toast-wrap")).to_contain_text("Prompt 2: The prompt has a word that is not drawn here")
    page.locator("#compare-own-prompts textarea").fill("red boat")
    page.locator("#compare-own-give").click()
    expect(page.locator("#compare-own-lacking")).not_to_be_visible()
    for name in ("Gouache the Fake", "Fresco the Fake"):
        page.get_by_role("checkbox", name=name).uncheck()
    page.get_by_role("button", name="Use their prompts and seeds").click()
    expect(page.locator("#compare-prompts textarea")).to_have_value("red boat")
    expect(page.locator("#compare-seed").get_by_role("textbox")).to_have_value("1, 2")
    draw(page)
    expect(page.locator(".vs-compare-head strong")).to_have_text(["ours, step 4000", "Yours"])
    expect(page.locator("#compare-sheet figcaption").nth(1)).to_contain_text("picture 1, seed not known")
    expect(page.locator("#compare-sheet [data-cell]")).to_have_count(4)
    look(page, "own-alone")
    page.locator("#compare-prompts textarea").fill("a house")
    page.locator("#compare-draw").click()
    expect(page.locator(".toast-wrap")).to_contain_text("None of your pictures is of these prompts and seeds")


def test_seeds_of_each_picture_its_own_give_only_the_rows_that_there_are(page: Page) -> None:
    give(page, {f"{at}.png": webui(at, f"cat {at}", 100 + at) for at in range(4)})
    page.get_by_role("button", name="Use their prompts and seeds").click()
    expect(page.get_by_role("checkbox", name="Only the rows that your pictures have")).to_be_checked()
    draw(page)
    expect(page.locator("#compare-sheet .vs-compare-side")).to_have_count(4)
    page.get_by_role("checkbox", name="Only the rows that your pictures have").uncheck()
    page.locator("#compare-prompts textarea").fill("cat 0\ncat 1")
    page.locator("#compare-seed").get_by_role("textbox").fill("100, 101")
    draw(page)
    expect(page.locator("#compare-sheet figcaption", has_text="no picture")).to_have_count(2)
    expect(page.locator(".vs-foot")).to_contain_text("2 of your pictures stand in no row")


def test_a_big_folder_is_sent_in_part_and_what_is_refused_is_told(page: Page) -> None:
    page.evaluate("document.querySelector('#compare-own .vs-given').dataset.entries = '70'")
    give(page, {f"{at:03}.png": webui(at % 5, f"cat {at}", at) for at in range(80)})
    expect(page.locator("#compare-own")).to_contain_text("60 of 80 pictures are here, the first of each prompt")
    expect(page.locator("#compare-own")).to_contain_text("python -m eval.score FOLDER measures all of the folder")
    page.get_by_role("button", name="Use their prompts and seeds").click()
    expect(page.locator("#compare-own [role=status]")).to_contain_text("48 of your pictures do not fit beside 2")
    page.get_by_role("button", name="Remove your pictures").click()
    expect(page.locator("#compare-own .vs-given-report")).to_be_empty()
    give(page, {"a.zip": b"no zip"})
    expect(page.locator("#compare-own [role=status]")).to_contain_text("This is no ZIP that can be read")
    give(page, {"notes.md": b"x"})
    expect(page.locator("#compare-own [role=status]")).to_contain_text("There is no picture among these files")


def test_one_page_can_not_claim_or_see_what_another_added(page: Page, browser: Browser, arena: Arena) -> None:
    sent = page.request.post(f"{arena.url}/pictures", data=zipped(webui_files()))
    name = sent.json()["name"]
    other = browser.new_page()
    other.goto(f"{arena.url}/?tab=compare")
    expect(other.get_by_role("checkbox", name="Fresco the Fake")).to_be_checked()
    expect(other.locator("#compare-own .vs-given-report")).to_be_empty()
    other.close()
    assert name not in page.content()


def test_how_much_of_the_pictures_is_sent_is_said_and_that_they_are_read(page: Page) -> None:
    page.evaluate("""() => { window.said = []; new MutationObserver(() => window.said.push(
        document.querySelector("#compare-own .vs-said").textContent)).observe(
        document.querySelector("#compare-own"), {childList: true, subtree: true, characterData: true}); }""")
    give(page, webui_files())
    expect(page.locator("#compare-own")).to_contain_text("Read 8 pictures")
    said = page.evaluate("window.said")
    assert "The pictures are being sent: 0 %" in said
    assert "The pictures are being sent: 100 %" in said
    assert said.index("The pictures are being sent: 100 %") < said.index(
        "The pictures are being read: a large folder takes a minute."
    )


def test_on_a_phone_own_columns_stand_first_and_on_a_wide_page_last(page: Page) -> None:
    give(page, webui_files())
    page.get_by_role("button", name="Use their prompts and seeds").click()
    expect(page.locator("#compare-prompts textarea")).to_have_value("\n".join(PROMPTS))
    draw(page)
    heads = page.locator("#compare-sheet .vs-compare-head")

    def order() -> list[str]:
        lefts = heads.evaluate_all("those => those.map((one) => one.getBoundingClientRect().x)")
        names = page.locator("#compare-sheet .vs-compare-head strong").all_inner_texts()
        return [name for _, name in sorted(zip(lefts, names, strict=True))]

    wide = order()
    assert {*wide[:2]} == {"Gouache the Fake", "Fresco the Fake"}
    page.set_viewport_size({"width": 390, "height": 800})
    assert order() == [*wide[2:], *wide[:2]]


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_own_pictures_fit_a_phone_in_japanese_and_axe_finds_nothing_serious(
    browser: Browser, arena: Arena, scheme: str, width: int
) -> None:
    context = browser.new_context(
        viewport={"width": width, "height": 844}, locale="ja-JP", reduced_motion="reduce", color_scheme=scheme,  # type: ignore[arg-type]
    )  # fmt: skip
    page = context.new_page()
    page.set_default_timeout(PATIENCE)
    page.goto(f"{arena.url}/?tab=compare")
    expect(page.get_by_role("checkbox", name="Fresco the Fake")).to_be_checked()
    files = {"1.png": webui(1, "船", 5, "船一"), "2.png": webui(2, "城", 6, "船一"), "3.png": png(3), "4.md": b""}
    files["1.txt"] = "家".encode()
    give(page, files)
    expect(page.locator("#compare-own .vs-unprompted li")).to_have_count(1)
    page.locator("#compare-own [data-act=use]").click()
    expect(page.locator("#compare-own-rows input")).to_be_checked()
    draw(page)
    expect(page.locator("#compare-sheet [data-cell]")).to_have_count(6)
    look(page, f"own-ja-{scheme}-{width}")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    found = Axe().run(page).response["violations"]
    assert [one["id"] for one in found if one["impact"] in {"serious", "critical"}] == []
    assert [text for text in english(page) if re.search("[A-Za-z]{2,}", TERMS.sub("", text))] == []
    context.close()
