"""The gallery in a real browser: looked through by filters and keys, zoomed, replayed, linked; on a phone, too."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from hub.receipt import read_receipt
from hub.votes import read_votes
from tests.hub.ui import fakes
from tests.hub.ui.chromium import CHROMIUM
from tests.hub.ui.served import FAKES, Arena, served
from tests.hub.ui.served import Page as Client

pytestmark = [pytest.mark.browser, pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed")]
OUTCOMES = ("a", "b", "tie", "both_bad") * 8  # more than the gallery lists at a time


@pytest.fixture(scope="module")
def arena(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Arena]:
    """An arena with some votes."""
    settings = {"HUB_BATTLES_PER_MINUTE": "1000", "HUB_VOTES_PER_HOUR": "1000"}
    with served(tmp_path_factory.mktemp("gallery"), FAKES, fakes.NAMES, **settings) as arena:
        with Client(arena.url) as client:
            for number, outcome in enumerate(OUTCOMES):
                client.draw(f"a boat {number}")
                client.vote(outcome)
        yield arena


def opened(page: Page, arena: Arena, query: str = "") -> Page:
    """The page at the gallery, with its list."""
    page.goto(f"{arena.url}/?tab=gallery{query}")
    expect(page.locator(".vs-shown").first).to_be_visible()
    return page


def test_filters_find_and_more_is_shown(page: Page, arena: Arena) -> None:
    opened(page, arena)
    said, cards = page.locator(".vs-gallery-said"), page.locator(".vs-shown")
    expect(said).to_have_text("32 battles, newest first")
    expect(cards).to_have_count(24)
    page.get_by_role("button", name="Show more").click()
    expect(cards).to_have_count(32)
    expect(page.get_by_role("button", name="Show more")).to_be_hidden()
    page.get_by_label("Result").select_option("tie")
    expect(said).to_have_text("8 battles of 32, newest first")
    page.get_by_label("Prompt contains").fill("BOAT 30")
    expect(said).to_have_text("1 battle of 32")
    expect(cards).to_contain_text("a boat 30")
    assert "result=tie" in page.url
    page.reload()  # the address says what is looked for
    expect(said).to_have_text("1 battle of 32")
    expect(page.get_by_label("Prompt contains")).to_have_value("BOAT 30")
    page.get_by_label("Prompt contains").fill("a whale")
    expect(said).to_have_text("No battle is like that; there are 32 in all.")
    expect(cards).to_have_count(0)


def test_won_and_lost_are_asked_of_one_generator(page: Page, arena: Arena) -> None:
    opened(page, arena)
    result, entry = page.get_by_label("Result"), page.locator("#gallery").get_by_label("Generator")
    expect(result.locator('option[value="won"]')).to_be_disabled()
    votes = read_votes(arena.data).table.to_pylist()
    winners = [vote[f"generator_{vote['outcome']}"] for vote in votes if vote["outcome"] in ("a", "b")]
    for choice, name in {"won": "Fresco the Fake", "lost": "Gouache the Fake"}.items():
        entry.select_option("fresco-fake")
        result.select_option(choice)
        cards = page.locator(".vs-shown")
        expect(cards).to_have_count(sum((one == "fresco-fake") == (choice == "won") for one in winners))
        for card in cards.all():
            expect(card).to_contain_text(f"{name} won")
    entry.select_option("")
    expect(result).to_have_value("")


def test_keys_go_through_battles_and_a_replay_says_identical(page: Page, arena: Arena, tmp_path: Path) -> None:
    opened(page, arena)
    page.locator(".vs-shown").nth(1).click()
    title = page.locator("#gallery-title")
    expect(title).to_have_text("a boat 30")
    page.keyboard.press("ArrowLeft")
    expect(title).to_have_text("a boat 31")
    expect(page.get_by_role("button", name="Newer battle")).to_be_disabled()
    for number in range(30, 5, -1):  # past what was listed at first
        page.keyboard.press("ArrowRight")
        expect(title).to_have_text(f"a boat {number}")
    with page.expect_download() as got:
        page.get_by_role("link", name="Save the receipt").click()
    receipt = read_receipt(got.value.path().read_text(encoding="utf-8"))
    assert receipt.pictures[0].prompt == "a boat 6"
    page.get_by_role("button", name="Draw again and compare").click()
    expect(page.locator(".vs-gallery-replayed")).to_have_text("Identical, byte for byte: 2 of 2 pictures.")
    page.keyboard.press("ArrowLeft")
    expect(title).to_have_text("a boat 7")
    expect(page.locator(".vs-gallery-replayed")).to_be_empty()
    page.keyboard.press("Escape")
    expect(page.locator(".vs-shown:focus")).to_contain_text("a boat 7")


def test_both_pictures_are_enlarged_together_and_one_slides_over_the_other(page: Page, arena: Arena) -> None:
    opened(page, arena)
    page.locator(".vs-shown").first.click()
    images = page.locator("#gallery-pair img")
    expect(images).to_have_count(2)
    page.locator(".vs-gallery-dialog [data-act=zoom]").fill("4")
    before = [one.bounding_box() for one in images.all()]
    page.locator("#gallery-title").focus()
    page.locator(".vs-gallery-dialog").press("ArrowRight")
    after = [one.bounding_box() for one in images.all()]
    moved = [now["x"] - was["x"] for was, now in zip(before, after, strict=True) if was and now]
    assert moved[0] == pytest.approx(moved[1])
    assert moved[0] < -10
    expect(page.locator("#gallery-title")).to_have_text("a boat 31")
    page.get_by_role("button", name="Slide one over the other").click()
    expect(page.locator("#gallery .vs-over")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator(".vs-gallery-dialog")).to_be_visible()


def test_an_address_opens_a_battle_and_one_that_is_not_there_is_said(page: Page, arena: Arena) -> None:
    opened(page, arena, "&prompt=boat+12")
    id = page.locator(".vs-shown").get_attribute("data-battle")
    opened(page, arena, f"&battle={id}")
    expect(page.locator("#gallery-title")).to_have_text("a boat 12")
    assert "tab=gallery" in str(page.get_by_role("link", name="Link to this battle").get_attribute("href"))
    page.goto(f"{arena.url}/?tab=gallery&battle=nowhere&entry=nobody")
    expect(page.locator(".vs-gallery-battle")).to_contain_text("This battle is not in the gallery")
    page.keyboard.press("Escape")
    expect(page.locator(".vs-gallery-said")).to_have_text("No battle of a generator 'nobody' was voted on here.")


def test_both_entries_on_other_seeds_are_asked_of_compare(page: Page, arena: Arena) -> None:
    opened(page, arena, "&prompt=boat+12")
    page.locator(".vs-shown").click()
    page.get_by_role("link", name="See both on other seeds").click()
    expect(page.locator("#compare-seed input, #compare-seed textarea")).to_have_value("0-3")
    expect(page.locator("#compare-entries input:checked")).to_have_count(2)


def test_a_replay_of_what_is_not_there_is_a_sentence(arena: Arena) -> None:
    with Client(arena.url) as client:
        said = client.ask("replay", battle="<b>nowhere")
    assert "This battle is not in the gallery" in said
    assert "<b>" not in said


def test_on_a_phone_and_in_japanese_nothing_is_wider_than_the_page(browser: Browser, arena: Arena) -> None:
    context = browser.new_context(viewport={"width": 390, "height": 800}, locale="ja-JP", color_scheme="dark")
    page = opened(context.new_page(), arena)
    expect(page.locator(".vs-gallery-said")).to_have_text("32件の対戦（新しい順）")
    page.locator(".vs-shown").first.click()
    expect(page.locator("#gallery-title")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert page.locator(".vs-gallery-dialog").evaluate("(one) => one.scrollWidth - one.clientWidth") <= 0
    words = page.locator("#gallery").inner_text()
    assert not any(word in words for word in ("battle", "Save", "Draw", "Generator"))
    context.close()
