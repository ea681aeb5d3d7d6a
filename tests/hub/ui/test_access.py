"""The page for those who do not see it well: axe finds nothing serious on any tab, in both themes and widths."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from tests.eval.leaderboard.made import fill
from tests.hub.ui import fakes
from tests.hub.ui.chromium import CHROMIUM
from tests.hub.ui.served import FAKES, Arena, served

pytestmark = [pytest.mark.browser, pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed")]
SERIOUS = {"serious", "critical"}


@pytest.fixture(scope="module")
def arena(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Arena]:
    """An arena with votes for the leaderboard."""
    folder: Path = tmp_path_factory.mktemp("access")
    fill(folder / "data", 120)
    with served(folder, FAKES, (*fakes.NAMES, *fakes.GUIDED), FAKE_UNDO="20") as arena:
        yield arena


def look(page: Page) -> list[str]:
    """What axe finds on the page as it is, of some weight."""
    found = Axe().run(page).response["violations"]
    return [f"{one['id']}: {node['html'][:120]}" for one in found if one["impact"] in SERIOUS for node in one["nodes"]]


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious_on_any_tab(browser: Browser, arena: Arena, scheme: str, width: int) -> None:
    context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)  # type: ignore[arg-type]
    page, found = context.new_page(), {}
    page.goto(arena.url)
    expect(page.locator(".vs-consent")).to_be_visible()
    tabs = page.evaluate(
        "window.gradio_config.components.filter((one) => one.type === 'tabitem').map((one) => one.props.id)"
    )
    assert {"battle", "leaderboard", "gallery", "studio", "about"} <= set(tabs)
    for tab in (tab for tab in tabs if not tab.startswith("studio-")):
        page.goto(f"{arena.url}/?tab={tab}")
        expect(page.locator(f'button[role="tab"][data-tab-id="{tab}"]').first).to_have_attribute(
            "aria-selected", "true"
        )
        if tab == "leaderboard":
            for view in ("overall", "pair", "quality", "cost", "votes"):
                page.locator(f'[data-view="{view}"]').click()
                expect(page.locator(f'[data-view="{view}"]')).to_have_attribute("aria-current", "true")
                expect(page.locator(".vs-board-view table").first).to_be_visible()
                found[f"{tab} {view}"] = look(page)
        if tab == "gallery":
            expect(page.locator(".vs-shown").first).to_be_visible()
            found["gallery list"] = look(page)
            page.locator(".vs-shown").first.click()
            expect(page.locator("#gallery-title")).to_be_visible()
        found[tab] = look(page)
    context.close()
    assert {tab: those for tab, those in found.items() if those} == {}


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious_in_a_first_battle_from_the_tour_to_the_names(
    browser: Browser, arena: Arena, scheme: str
) -> None:
    context = browser.new_context(viewport={"width": 390, "height": 844}, color_scheme=scheme)  # type: ignore[arg-type]
    page, found = context.new_page(), {}
    page.goto(arena.url)
    page.get_by_role("button", name="How it works").click()
    expect(page.locator("#tour dialog")).to_be_visible()
    found["tour"] = look(page)
    page.keyboard.press("Escape")
    page.locator("#battle-prompt").get_by_label("Prompt").fill(f"a {scheme} boat")
    page.keyboard.press("Enter")
    expect(page.locator("#vote-a")).to_be_enabled()
    found["drawn"] = look(page)
    page.keyboard.press("s")
    expect(page.locator("#battle-over dialog")).to_be_visible()
    found["slider"] = look(page)
    page.keyboard.press("Escape")
    page.keyboard.press("1")
    expect(page.locator("#battle-consent dialog")).to_be_visible()
    found["consent"] = look(page)
    page.keyboard.press("Enter")
    expect(page.locator("#undo")).to_be_visible()
    found["voted"] = look(page)
    page.keyboard.press("r")
    expect(page.locator("#receipt")).to_be_visible()
    page.locator("#own-votes summary").click()
    expect(page.locator(".vs-own-acts")).to_be_visible()
    found["named"] = look(page)
    context.close()
    assert {state: those for state, those in found.items() if those} == {}
