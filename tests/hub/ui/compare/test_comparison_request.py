"""What is typed into Compare, read or refused in one sentence."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.errors import PromptError, RequestError
from hub.generators import GENERATORS, Accepts
from hub.moderation import Moderation
from hub.ui.compare import MOST_PICTURES, MOST_PROMPTS, MOST_SEEDS
from hub.ui.compare.comparison_request import (
    MOST_SEED,
    parse_comparison,
    parse_prompts,
    parse_seeds,
    pick_generators,
)
from tests.hub.ui import fakes

THERE = tuple(GENERATORS[name] for name in (*fakes.NAMES, *fakes.GUIDED))


@pytest.mark.parametrize(
    ("text", "seeds"),
    [
        ("7", (7,)),
        (" 1, 5 9 ", (1, 5, 9)),
        ("0-3", (0, 1, 2, 3)),
        ("3 – 4; 9", (3, 4, 9)),
        ("0から2", (0, 1, 2)),
        ("5, 5, 4-5", (4, 5)),
        (str(MOST_SEED), (MOST_SEED,)),
    ],
)
def test_seeds_are_read_one_by_one_and_from_one_to_another(text: str, seeds: tuple[int, ...]) -> None:
    assert sorted(parse_seeds(text)) == sorted(seeds)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "The seed is empty"),
        (None, "The seed is empty"),
        ("a", "The seed can't be 'a'"),
        ("-1", "The seed can't be '-1'"),
        ("1 2 x", "The seed can't be 'x'"),
        (str(MOST_SEED + 1), "The seed can't be"),
        ("9-3", "can't go from 9 to 3: begin with the smaller one"),
        ("0-100000", "There are 100,001 seeds: at most 12 fit"),
        (" ".join(map(str, range(MOST_SEEDS + 1))), "There are 13 seeds: at most 12 fit"),
    ],
)
def test_what_is_no_seed_is_told(text: str | None, said: str) -> None:
    with pytest.raises(PromptError, match=said):
        parse_seeds(text)


@given(st.lists(st.integers(0, MOST_SEED), min_size=1, max_size=MOST_SEEDS, unique=True))
def test_seeds_come_in_the_order_in_which_they_are_typed(seeds: list[int]) -> None:
    assert parse_seeds(", ".join(map(str, seeds))) == tuple(seeds)


def test_prompts_are_lines_and_a_bad_one_is_named() -> None:
    assert parse_prompts(" a cat \n\n a dog\na cat\n") == ("a cat", "a dog")
    for nothing in (" \n ", "", None):
        with pytest.raises(PromptError, match=r"^The prompt is empty"):
            parse_prompts(nothing)
    with pytest.raises(PromptError, match=r"^The prompt has control characters"):
        parse_prompts("a\tcat")
    with pytest.raises(PromptError, match="Line 3 of the prompts: The prompt has control characters"):
        parse_prompts("a cat\n\na\tdog")
    with pytest.raises(PromptError, match="There are 13 prompts: at most 12 fit"):
        parse_prompts("\n".join(f"cat {number}" for number in range(MOST_PROMPTS + 1)))


def test_generators_are_those_that_are_there_in_the_rosters_order() -> None:
    assert [one.name for one in pick_generators([*reversed(fakes.NAMES)], THERE)] == list(fakes.NAMES)
    with pytest.raises(RequestError, match="There is no generator 'gone' here any more"):
        pick_generators(["gone", fakes.NAMES[0]], THERE)
    nothings: list[object] = [[], None, "gouache-fake", [{}]]
    for nothing in nothings:
        with pytest.raises(RequestError, match="No generator is chosen"):
            pick_generators(nothing, THERE)


def test_a_grid_is_rows_of_prompts_and_seeds_and_has_a_limit() -> None:
    nothing = Moderation(("none",))
    asked = parse_comparison([*fakes.NAMES], "a cat\na dog", "1, 2", THERE, nothing)
    assert [(row.prompt, row.seed) for row in asked.rows] == [("a cat", 1), ("a cat", 2), ("a dog", 1), ("a dog", 2)]
    assert (asked.prompts, asked.seeds) == (("a cat", "a dog"), (1, 2))
    many = "\n".join(f"cat {number}" for number in range(4))
    with pytest.raises(RequestError, match=f"These are 64 pictures: at most {MOST_PICTURES} fit in one grid"):
        parse_comparison([one.name for one in THERE], many, "0-3", THERE, nothing)


def test_a_japanese_prompt_is_read_for_those_who_read_english_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    nothing = Moderation(("none",))
    asked = parse_comparison([*fakes.NAMES], "赤いりんご\na cat", "0-1", THERE, nothing)
    assert [row.read_as for row in asked.rows] == ["red apple", "red apple", "", ""]
    with pytest.raises(PromptError, match=r"^Prompt 2: Nothing of this prompt could be read"):
        parse_comparison([*fakes.NAMES], "a cat\n静物", "1", THERE, nothing)
    monkeypatch.setattr(type(GENERATORS[fakes.NAMES[0]]), "accepts", Accepts(any_language=True))
    assert parse_comparison([fakes.NAMES[0]], "静物", "1", THERE, nothing).rows[0].read_as == ""


def _refuse(prompt: str) -> None:
    """What a filter does that knows one word."""
    if fakes.UNSPEAKABLE in prompt:
        raise PromptError("The prompt has a word that is not drawn here: choose another.")


def test_a_prompt_that_a_filter_refuses_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    filters = Moderation(("none",))
    monkeypatch.setattr(filters, "check_prompt", _refuse)
    with pytest.raises(PromptError, match=r"^The prompt has a word that is not drawn here"):
        parse_comparison([*fakes.NAMES], fakes.UNSPEAKABLE, "1", THERE, filters)
    with pytest.raises(PromptError, match=r"^Prompt 2: The prompt has a word that is not drawn here"):
        parse_comparison([*fakes.NAMES], f"a cat\n{fakes.UNSPEAKABLE}", "1", THERE, filters)
    monkeypatch.setattr(fakes, "UNSPEAKABLE", "red apple")
    with pytest.raises(PromptError, match=r"^The prompt has a word that is not drawn here"):
        parse_comparison([*fakes.NAMES], "赤いりんご", "1", THERE, filters)
