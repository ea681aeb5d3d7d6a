"""From one idea in several wordings, in Compare, to a blind vote on two of them, by the page's events and in a browser.

``HUB_SCREENSHOTS`` names a folder for pictures of it.
"""

import html
import re
from collections.abc import Iterator

import httpx
import pytest
from playwright.sync_api import Browser, expect
from playwright.sync_api import Page as BrowserPage

from hub.schema import Vote
from hub.votes import find_vote, read_votes
from tests.hub.ui import fakes
from tests.hub.ui.chromium import AGREED, CHROMIUM, PATIENCE, open_tab
from tests.hub.ui.served import FAKES, Arena, Page, served
from tests.hub.ui.test_browser_language import english
from tests.hub.ui.test_studio import look

browsers = pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed")
BOTH = "a boat & a <b>sail</b>\na sailing boat"
MOST = 8  # battles a minute
PROMPTS = ("a boat & a <b>sail</b>", "a sailing boat")


@pytest.fixture(scope="module")
def arena(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Arena]:
    """An arena of two fakes."""
    settings = {"HUB_BATTLES_PER_MINUTE": str(MOST), "HUB_FILTERS": "fake-filter"}
    with served(tmp_path_factory.mktemp("worded"), FAKES, fakes.NAMES, **settings) as arena:
        yield arena


def votes(arena: Arena, prompt: str) -> list[Vote]:
    """The votes on a first wording, the oldest first."""
    table = read_votes(arena.data).table.to_pylist()
    return [find_vote(arena.data, row["id"]) for row in table if row["prompt"] == prompt]


def test_nothing_that_is_sent_before_the_vote_names_who_drew_what_or_the_seed(arena: Arena) -> None:
    with Page(arena.url) as page:
        sent = page.ask("vote_wordings", "a red cup\na cup that is red\n\na cup that is red")
        assert len(page.pictures(sent)) == 4
        told = page.vote("b")
        (vote,) = votes(arena, "a red cup")
        assert (vote.prompts, vote.outcome, vote.excluded) == (("a red cup", "a cup that is red"), "b", ())
        assert [name for name in fakes.SECRETS if name in sent] == []
        assert str(vote.seeds[0]) not in sent
        assert all(sample.sha256 not in sent for sample in (*vote.a, *vote.b))
        assert all(one in told for one in (*fakes.NAMES, str(vote.seeds[0])))
        facts = {"criterion": "alignment", "prompt": "a red cup", "wording": html.escape(vote.prompts[1])}
        again = page.ask("next_battle", "a red cup", "alignment", **facts)
        assert len(page.pictures(again)) == 4
        changed = page.ask("next_battle", "a blue cup", "alignment", **facts)
        assert len(page.pictures(changed)) == 2
        with pytest.raises(httpx.HTTPStatusError):  # within a minute
            for _ in range(MOST):
                page.ask("vote_wordings", "a red cup\na cup that is red")


@pytest.mark.parametrize(
    ("prompts", "said"),
    [
        ("a boat", "needs two prompts or more"),
        (f"a boat\n{fakes.UNSPEAKABLE}", "Prompt 2: "),
        ("a boat\n" + "x" * 501, "Line 2 of the prompts: "),
        (None, "The prompt is empty"),
    ],
)
def test_what_cannot_be_voted_on_is_said_with_its_line_in_compare(arena: Arena, prompts: str | None, said: str) -> None:
    with Page(arena.url) as page:
        sent = page.ask("vote_wordings", prompts)
        assert said in sent
        assert page.pictures(sent) == []


@pytest.mark.browser
@browsers
def test_from_the_wordings_to_a_vote_and_back_by_mouse_and_keys(page: BrowserPage, arena: Arena) -> None:
    page.goto(arena.url)
    open_tab(page, "compare")
    blind = page.get_by_role("button", name="Vote blind on two wordings")
    expect(page.locator("#compare-prompts textarea")).to_be_visible()
    expect(blind).not_to_be_visible()
    page.locator("#compare-prompts textarea").fill(BOTH)
    page.get_by_role("checkbox", name="The prompts are one idea in other words").check()
    blind.click()
    expect(page.locator("#vote-a")).to_be_enabled()
    expect(page.locator("#battle-prompt :is(input, textarea)")).to_have_value(PROMPTS[0])
    expect(page.get_by_role("heading", name="Which side follows the words better, in both wordings?")).to_be_visible()
    expect(page.get_by_role("radio", name="Which picture follows the prompt?")).to_be_checked()
    for side in "ab":
        captions = page.locator(f"#side-{side}-image figcaption")
        expect(captions).to_have_text([*PROMPTS])
        expect(page.get_by_role("img", name=f"Picture {side.upper()} for the prompt: {PROMPTS[1]}")).to_be_visible()
    look(page, "worded-battle")
    page.keyboard.press("2")
    expect(page.locator("#undoable")).to_be_visible()
    page.keyboard.press("u")
    expect(page.locator("#vote-a")).to_be_enabled()
    page.keyboard.press("1")
    page.keyboard.press("r")
    expect(page.locator("#side-a-card h3")).to_have_text(re.compile("the Fake"))
    link = page.locator("#other-seeds").get_attribute("href") or ""
    page.keyboard.press("Enter")
    expect(page.locator("#side-a-card h3")).to_have_count(0)
    expect(page.locator("#vote-a")).to_be_enabled()
    expect(page.locator("#side-b-image figcaption")).to_have_text([*PROMPTS])
    taken, kept = votes(arena, PROMPTS[0])
    assert (taken.prompts, kept.prompts, kept.outcome) == (PROMPTS, PROMPTS, "a")
    page.goto(f"{arena.url}/{link}")
    expect(page.locator("#compare-prompts textarea")).to_have_value(BOTH)
    expect(page.get_by_role("button", name="Vote blind on two wordings")).to_be_visible()
    open_tab(page, "gallery")
    page.get_by_role("button", name=" / ".join(PROMPTS)).click()
    expect(page.locator("#gallery-pair figure.vs-worded figcaption")).to_have_text([*PROMPTS, *PROMPTS])
    look(page, "worded-gallery")


@pytest.mark.browser
@browsers
def test_a_phone_in_the_dark_votes_on_two_japanese_wordings(browser: Browser, arena: Arena) -> None:
    context = browser.new_context(viewport={"width": 390, "height": 844}, locale="ja-JP", reduced_motion="reduce")
    context.add_init_script(AGREED)
    page = context.new_page()
    page.set_default_timeout(PATIENCE)
    page.goto(f"{arena.url}/?__theme=dark&tab=compare&prompt=赤いりんご&prompt=りんごは赤い&seed=1&worded=1")
    button = page.locator("#compare-blind")
    expect(button).to_be_visible()
    look(page, "worded-compare-phone-dark")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    button.click()
    expect(page.locator("#vote-a")).to_be_enabled()
    first, second = (page.locator("#side-a-image img").nth(number).bounding_box() for number in (0, 1))
    assert first and second
    assert (first["x"], first["y"] + first["height"] <= second["y"], first["width"] > 120) == (second["x"], True, True)
    look(page, "worded-battle-phone-dark")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert [text for text in english(page) if not text.endswith("と読みました")] == []
    page.locator("#vote-tie").click()
    expect(page.locator("#undoable")).to_be_visible()
    (vote,) = votes(arena, "赤いりんご")
    assert vote.prompts == ("赤いりんご", "りんごは赤い")
    context.close()
