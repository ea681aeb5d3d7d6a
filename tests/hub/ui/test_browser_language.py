"""The page in a Japanese browser: whole in Japanese, without a move, until its visitor chooses another language."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect

from tests.hub.ui import fakes
from tests.hub.ui.chromium import AGREED, CHROMIUM, PATIENCE, open_tab
from tests.hub.ui.served import FAKES, Arena, served
from tests.hub.ui.test_browser import SHIFTS, TABS

pytestmark = [pytest.mark.browser, pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed")]
READ = """() => { const found = [];
const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
while (walker.nextNode()) { const parent = walker.currentNode.parentElement;
  if (!parent.closest("script, style, code, kbd, option") && parent.checkVisibility({ opacityProperty: true }))
    found.push(walker.currentNode.textContent); }
for (const one of document.querySelectorAll("[aria-label], [placeholder], [alt], [title]"))
  for (const name of ["aria-label", "placeholder", "alt", "title"])
    if (one.checkVisibility()) found.push(one.getAttribute(name));
return found.filter((text) => text && /[A-Za-z]{2}/.test(text)); }"""
NAMES = re.compile(
    r"Vernissage|(Gouache|Fresco|Aquarelle) the Fake|(gouache|fresco|aquarelle)-fake|hidden-method (one|two)|MIT|none"
    r"|Cookie|PNG|JPEG|WebP|ZIP|metadata\.csv|\.txt|red apple|apple|ship"  # and what prompts are read as
)
FLASHES = """window.flashes = []; new MutationObserver((list) => {
  for (const node of list.flatMap((one) => [...one.addedNodes])) {
    const seen = !(node.parentElement ?? document.head).closest("head, script, style") && node.nodeName !== "SCRIPT";
    const text = node.innerText ?? node.textContent;
    if (seen && /[a-z]{2,} [a-z]{2,} [a-z]{2,}/.test(text)) window.flashes.push(text);
  } }).observe(document, { subtree: true, childList: true });"""
WORDS = re.compile(r"[A-Za-z]{2,}")


@pytest.fixture(scope="module")
def arena(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Arena]:
    """An arena of the two fakes, served."""
    with served(tmp_path_factory.mktemp("language"), FAKES, fakes.NAMES) as arena:
        yield arena


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    """A Japanese browser that no language was chosen in, of somebody who may vote."""
    context = browser.new_context(locale="ja-JP", viewport={"width": 1280, "height": 800}, reduced_motion="reduce")
    context.set_default_timeout(PATIENCE)
    context.add_init_script(AGREED)
    yield context
    context.close()


def opened(context: BrowserContext, arena: Arena) -> Page:
    """The arena's page, alive."""
    page = context.new_page()
    page.goto(arena.url)
    expect(page.locator("#wall-status")).to_be_visible()
    return page


def prompt_of(page: Page, name: str) -> Locator:
    """The box of a tab's prompt."""
    return page.locator(f"#{name}-prompt").get_by_role("textbox")


def english(page: Page) -> list[str]:
    """What is to be read or heard on the page, and has words of no name in it."""
    return [text for text in page.evaluate(READ) if WORDS.search(NAMES.sub("", text))]


def test_a_japanese_browser_gets_a_japanese_page_whole(context: BrowserContext, arena: Arena) -> None:
    context.add_init_script(FLASHES)
    page = opened(context, arena)
    assert page.evaluate("window.flashes") == []
    assert page.evaluate("[document.documentElement.lang, navigator.language]") == ["ja", "ja"]
    assert english(page) == []
    prompt_of(page, "battle").fill("赤いりんご")
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Aが良い")).to_be_enabled()
    expect(page.locator("#side-a-image img")).to_have_attribute("alt", "画像A、プロンプト：赤いりんご")
    expect(page.locator("#wall .vs-reading")).to_have_text("「red apple」と読みました")
    assert english(page) == []
    page.get_by_role("button", name="Aが良い").click()
    expect(page.locator(".vs-thanks")).to_have_text("Aを選びました。投票を保存しました。ありがとうございます。")
    page.get_by_text("制作情報").first.click()
    assert english(page) == []
    prompt_of(page, "battle").fill("")
    page.locator("#battle-draw").click()
    expect(page.get_by_text("プロンプトが空です。描きたいものを入力してください。")).to_be_visible()
    assert english(page) == []
    open_tab(page, "compare")
    expect(page.get_by_role("checkbox", name="Fresco the Fake")).to_be_checked()
    page.locator("#compare-prompts textarea").fill("船")
    page.locator("#compare-draw").click()
    expect(page.locator("#compare-sheet .vs-foot")).to_be_visible()
    assert english(page) == []
    open_tab(page, "about")
    expect(page.locator("#roster")).to_contain_text("ここでは学習していません")
    assert english(page) == []
    expect(page.locator("html")).to_have_attribute("lang", "ja")


def test_a_language_that_is_chosen_stays_through_reloads_and_events(context: BrowserContext, arena: Arena) -> None:
    page = opened(context, arena)
    switch = page.get_by_role("combobox", name="言語")
    expect(switch).to_have_value("ja")
    with page.expect_navigation():
        switch.select_option("English")
    for _ in range(2):
        expect(page.get_by_role("combobox", name="Language")).to_have_value("en")
        expect(page.locator("#verdict")).to_have_text("Which picture looks better?")
        assert page.evaluate("[document.documentElement.lang, navigator.language]") == ["en", "en"]
        page.reload()
    prompt_of(page, "battle").fill("")
    page.locator("#battle-draw").click()
    expect(page.get_by_text("The prompt is empty")).to_be_visible()
    assert re.search("[ぁ-ん]", page.locator("main").inner_text()) is None
    other = opened(context, arena)  # another page of the same visitor
    expect(other.get_by_role("combobox", name="Language")).to_have_value("en")
    with other.expect_navigation():
        other.get_by_role("combobox", name="Language").select_option("日本語")
    expect(other.locator("#verdict")).to_have_text("見た目が良いのはどちら？")


def test_another_language_keeps_the_battle_that_is_open(context: BrowserContext, arena: Arena) -> None:
    page = opened(context, arena)
    prompt_of(page, "battle").fill("りんご")
    page.keyboard.press("Enter")
    expect(page.locator("#vote-a")).to_be_enabled()
    token = page.evaluate("window.vernissage.token")
    with page.expect_navigation():
        page.get_by_role("combobox", name="言語").select_option("English")
    expect(page.get_by_role("button", name="A is better")).to_be_enabled()
    assert page.evaluate("window.vernissage.token") == token
    expect(prompt_of(page, "battle")).to_have_value("りんご")
    page.locator("#vote-a").click()
    expect(page.locator(".vs-thanks")).to_be_visible()
    with page.expect_navigation():
        page.get_by_role("combobox", name="Language").select_option("日本語")
    expect(page.get_by_role("combobox", name="言語")).to_have_value("ja")


def test_gradios_own_notes_are_in_the_pages_language(context: BrowserContext, arena: Arena) -> None:
    page = opened(context, arena)
    page.route("**/queue/data*", lambda route: route.abort())
    page.route("**/reconnect*", lambda route: route.abort())
    prompt_of(page, "battle").fill("りんご")
    page.keyboard.press("Enter")
    expect(page.get_by_text("サーバーとの接続が切れました")).to_be_visible()
    expect(page.get_by_test_id("toast-close")).to_have_attribute("aria-label", "閉じる")
    assert english(page) == []


@pytest.mark.parametrize(("width", "height"), [(1280, 720), (390, 844)])
def test_nothing_moves_and_nothing_is_cut_on_a_japanese_page(
    context: BrowserContext, arena: Arena, tmp_path: Path, width: int, height: int
) -> None:
    context.add_init_script(SHIFTS)
    page = context.new_page()
    page.set_viewport_size({"width": width, "height": height})
    page.goto(arena.url)
    prompt_of(page, "battle").fill("りんご")
    page.keyboard.press("Enter")
    expect(page.locator("#vote-a")).to_be_enabled()
    page.evaluate("window.shifts = []")

    def bottom(name: str) -> float:
        return float(page.evaluate(f"document.getElementById('{name}').getBoundingClientRect().bottom"))

    before = [bottom(name) for name in ("vote-both_bad", "side-a-image")]
    page.locator("#vote-both_bad").click()  # whose thanks are the longest
    expect(page.locator(".vs-thanks")).to_be_visible()
    assert [bottom(name) for name in ("vote-both_bad", "side-a-image")] == pytest.approx(before, abs=1)
    assert bottom("next-battle") <= height
    assert page.evaluate("window.shifts.reduce((sum, one) => sum + one, 0)") < 0.02
    for tab in TABS:
        open_tab(page, tab)
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        cut = page.evaluate(
            """() => [...document.querySelectorAll("button, select, .vs-choice label")].filter((one) =>
            one.checkVisibility() && one.scrollWidth > one.clientWidth + 1).map((one) => one.textContent)"""
        )
        assert cut == []
