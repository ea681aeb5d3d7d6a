"""A page that has a battle as soon as it is there, and the next one as soon as it is wanted."""

import json
import re
import time
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from typing import cast

import pytest
from playwright.sync_api import Browser, expect

from hub.log_entries import Drawing
from hub.prompt_sets.compositional import list_expectations
from hub.votes.segment import parse_lines
from tests.hub.ui import fakes
from tests.hub.ui.chromium import AGREED, CHROMIUM, PATIENCE
from tests.hub.ui.served import FAKES, PICTURE, TIMEOUT, Arena, Page, served
from tests.hub.ui.test_page import votes_on

PROMPT = re.compile(r'"prompt":\s*"((?:[^"\\]|\\.)+)"')
BOX = "#battle-prompt :is(input, textarea)"


@pytest.fixture(scope="module")
def arena(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Arena]:
    """An arena of the two fakes that draws three battles ahead, on prompts of the compositional set."""
    told = {"HUB_AHEAD": "3", "HUB_LOG": "json", "HUB_PROMPTS": "compositional"}
    with served(tmp_path_factory.mktemp("ready"), FAKES, fakes.NAMES, **told) as arena:
        yield arena


def opened(page: Page) -> str:
    """What a page was sent when it came, once a battle is there for it."""
    end = time.monotonic() + TIMEOUT
    while time.monotonic() < end:
        if page.token in (sent := page.open()) and page.token:
            return sent
        time.sleep(0.1)
    raise AssertionError("no battle was drawn ahead")


def prompt_in(sent: str) -> str:
    """The prompt of the battle that was sent."""
    return unescape(cast(str, json.loads(f'"{PROMPT.findall(sent)[-1]}"')))


def drawings(arena: Arena) -> list[Drawing]:
    """The drawings in the arena's log."""
    lines = [line for file in (arena.data / "log").glob("*.jsonl") for line in parse_lines(file.read_bytes())]
    return [line.entry for line in lines if isinstance(line.entry, Drawing)]


def test_a_page_opens_with_a_battle_that_names_nobody(arena: Arena) -> None:
    with Page(arena.url) as page:
        sent = opened(page)
        assert len(dict.fromkeys(PICTURE.findall(sent))) == 2
        assert not [secret for secret in fakes.SECRETS if secret in sent]
        assert prompt_in(sent) in list_expectations()
        assert len(set(page.pictures(sent))) == 2
        told = page.vote("a")
        assert all(name in told for name in fakes.NAMES)
        (vote,) = votes_on(arena.data, prompt_in(sent))
        assert (vote.prompt_set, vote.prompt_category) == ("compositional", list_expectations()[vote.prompts[0]].task)
        assert {(entry.rater, entry.side.value) for entry in drawings(arena) if entry.battle == vote.id} == {
            (vote.rater, "a"),
            (vote.rater, "b"),
        }


def test_a_page_that_comes_again_has_the_battle_that_is_open_and_draws_no_other(arena: Arena) -> None:
    with Page(arena.url) as page:
        first = opened(page)
        token, before = page.token, len(drawings(arena))
        again = page.open()
        assert (page.token, prompt_in(again)) == (token, prompt_in(first))
        assert page.pictures(again) == [page.http.get(f"/{one}").content for one in PICTURE.findall(again)[:2]]
        assert len(drawings(arena)) == before
        page.draw("a battle that was asked for", "alignment")
        token = page.token
        assert prompt_in(page.open()) == "a battle that was asked for"
        assert page.token == token
        page.vote("b")
        page.open()
        assert page.token != token


def test_the_next_battle_has_another_prompt_where_none_was_chosen_and_else_the_same(arena: Arena) -> None:
    with Page(arena.url) as page:
        prompt = prompt_in(opened(page))
        page.vote("tie")
        sent = page.ask("next_battle", prompt, "quality", prompt=prompt, criterion="quality", given="yes")
        assert prompt_in(sent) != prompt
        assert not [secret for secret in fakes.SECRETS if secret in sent]
        page.vote("tie")
        mine = "one of my own"
        sent = page.ask("next_battle", mine, "quality", prompt=prompt_in(sent), criterion="quality", given="yes")
        assert prompt_in(sent) == mine


def test_the_next_battle_on_a_prompt_is_drawn_while_the_last_is_looked_at(arena: Arena) -> None:
    prompt = "a prompt of mine"
    with Page(arena.url) as page:
        assert "queued" in page.draw(prompt)
        page.vote("a")
        for _ in range(10):
            sent = page.ask("next_battle", prompt, "quality", prompt=prompt, criterion="quality", given="")
            page.vote("a")
            if "queued" not in sent:  # it was there: nothing was waited for
                break
            time.sleep(2)
        assert "queued" not in sent
        assert len(votes_on(arena.data, prompt)) >= 2
        assert len({vote.seeds for vote in votes_on(arena.data, prompt)}) == len(votes_on(arena.data, prompt))


def test_battles_of_nobodys_are_limited_as_those_that_are_asked_for(tmp_path: Path) -> None:
    settings = {"HUB_AHEAD": "8", "HUB_BATTLES_PER_MINUTE": "2"}
    with served(tmp_path, FAKES, fakes.NAMES, **settings) as arena, Page(arena.url) as page:
        tokens = set()
        for _ in range(2):
            opened(page)
            page.vote("a")
            tokens.add(page.token)
        for _ in range(20):
            page.open()
            tokens.add(page.token)
        assert len(tokens) == 2


@pytest.mark.browser
@pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed")
def test_a_first_visitor_votes_at_once_by_key_and_goes_on_by_enter(browser: Browser, arena: Arena) -> None:
    with Page(arena.url) as page:
        opened(page)  # some are drawn by now
    tab = browser.new_page(viewport={"width": 1280, "height": 900}, reduced_motion="reduce")
    tab.set_default_timeout(PATIENCE)
    tab.add_init_script(AGREED)
    try:
        tab.goto(arena.url)
        expect(tab.locator("#vote-a")).to_be_enabled()
        expect(tab.locator("#wall img")).to_have_count(2)
        expect(tab.locator(BOX)).not_to_have_value("")
        prompt = tab.locator(BOX).input_value()
        tab.keyboard.press("2")
        expect(tab.locator("#next-battle")).to_be_visible()
        assert [vote.outcome for vote in votes_on(arena.data, prompt)] == ["b"]
        tab.keyboard.press("Enter")
        expect(tab.locator("#vote-a")).to_be_enabled()
        expect(tab.locator(BOX)).not_to_have_value(prompt)
        prompt = tab.locator(BOX).input_value()
        tab.reload()
        expect(tab.locator("#vote-a")).to_be_enabled()
        expect(tab.locator(BOX)).to_have_value(prompt)
        expect(tab.locator(BOX)).not_to_be_focused()
        tab.locator(BOX).fill("what I want")
        tab.keyboard.press("Enter")
        expect(tab.locator("#side-a-image img")).to_have_attribute("alt", re.compile("what I want"))
        expect(tab.locator(BOX)).to_have_value("what I want")
    finally:
        tab.close()
