"""Draw and Cancel, alike in Compare and the Studio: a cancel ends the drawing that was shown, and no other."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import pytest
from playwright.sync_api import Page, Route, expect

from tests.hub.ui import fakes
from tests.hub.ui.chromium import CHROMIUM, PATIENCE, open_tab
from tests.hub.ui.served import FAKES, Arena, served

pytestmark = [pytest.mark.browser, pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed")]
TABS = {"compare": "compare", "arithmetic": "studio"}
PRESS = "names => names.forEach((name) => document.getElementById(name).click())"


@pytest.fixture(scope="module")
def arena(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Arena]:
    """An arena of two fakes that draw in steps, served."""
    settings = {"HUB_BATTLES_PER_MINUTE": "1000"}
    with served(tmp_path_factory.mktemp("cancelling"), FAKES, fakes.GUIDED, **settings) as arena:
        yield arena


@pytest.fixture(params=TABS)
def tab(request: pytest.FixtureRequest) -> str:
    """The name that the elements of a tab begin with."""
    return str(request.param)


@pytest.fixture
def page(page: Page, arena: Arena, tab: str) -> Page:
    """The tab in a page of its own, its prompt typed."""
    page.goto(arena.url)
    open_tab(page, TABS[tab])
    if tab == "compare":
        expect(page.get_by_role("checkbox", name="Pastel the Fake")).to_be_checked()
        page.locator("#compare-prompts textarea").fill("a boat")
    else:
        open_tab(page, "studio-arithmetic")
        page.locator("#arithmetic-1-prompt").locator("input, textarea").fill("a boat")
    expect(page.locator(f"#{tab}-cancel")).to_be_disabled()
    return page


def draw(page: Page, tab: str, seed: int) -> None:
    """Draw by a seed, and wait until that can be cancelled."""
    page.locator(f"#{tab}-seed").get_by_role("textbox").fill(str(seed))
    page.locator(f"#{tab}-draw").click()
    expect(page.locator(f"#{tab}-cancel")).to_be_enabled()


def assert_drawn(page: Page, tab: str, seed: int) -> None:
    """What is shown is there as a whole, and by that seed."""
    sheet = page.locator(f"#{tab}-sheet")
    expect(sheet).to_contain_text(f"seed {seed}")
    expect(sheet.locator(".vs-foot")).to_be_visible()


@contextmanager
def slow(arena: Arena) -> Iterator[None]:
    """Meanwhile no drawing ends by itself."""
    arena.gate.touch()
    try:
        yield
    finally:
        arena.gate.unlink()


@contextmanager
def busy(arena: Arena) -> Iterator[None]:
    """Meanwhile the server answers others, as many as it can."""
    over = threading.Event()

    def ask() -> None:
        with httpx.Client(base_url=arena.url, timeout=PATIENCE / 1000) as client:
            while not over.is_set():
                client.get("/").raise_for_status()

    others = [threading.Thread(target=ask) for _ in range(3)]
    for one in others:
        one.start()
    try:
        yield
    finally:
        over.set()
        for one in others:
            one.join()


def test_a_cancelled_drawing_says_so_and_the_next_one_is_drawn(page: Page, tab: str, arena: Arena) -> None:
    with slow(arena):
        draw(page, tab, 1)
        page.locator(f"#{tab}-cancel").click()
        expect(page.locator(f"#{tab}-sheet")).to_contain_text("The drawing was cancelled.")
        expect(page.locator(f"#{tab}-sheet figure")).to_have_count(0)
        expect(page.locator(f"#{tab}-cancel")).to_be_disabled()
        draw(page, tab, 1)
    assert_drawn(page, tab, 1)


def test_a_cancel_that_comes_late_spares_the_drawing_that_began_after_it(page: Page, tab: str, arena: Arena) -> None:
    held: list[Route] = []
    with slow(arena):
        draw(page, tab, 1)
        page.route("**/run/predict*", lambda route: held.append(route))  # noqa: PLW0108 - no builtin is taken
        page.locator(f"#{tab}-cancel").click()
    assert_drawn(page, tab, 1)  # nobody has heard of it
    with slow(arena):
        draw(page, tab, 2)
        with page.expect_response("**/run/predict*"):
            held[0].continue_()
    assert_drawn(page, tab, 2)


def test_cancel_and_draw_at_once_draw_what_was_asked_last(page: Page, tab: str, arena: Arena) -> None:
    with busy(arena):
        for seed in range(1, 6):
            with slow(arena):
                draw(page, tab, 0)
                page.locator(f"#{tab}-seed").get_by_role("textbox").fill(str(seed))
                page.evaluate(PRESS, [f"{tab}-cancel", f"{tab}-draw"])
            assert_drawn(page, tab, seed)
