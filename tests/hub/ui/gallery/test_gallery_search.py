"""What the gallery finds: against a plain reading of every vote, over random votes and searches."""

from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.errors import RequestError
from hub.schema import WITHDRAWN, Criterion, Outcome, Vote
from hub.ui.gallery.gallery_search import GallerySearch, Result, ShownBattles, read_search
from hub.votes import make_table
from hub.votes.vote_table import TABLE
from tests.hub.votes.made import vote

ENTRIES, PROMPTS = ("x", "y", "z"), ("a cat", "A CAT on a mat", "größe 🍎", "50% (of) [it]")
PAIRS = st.sampled_from([(a, b) for a in ENTRIES for b in ENTRIES if a != b])
WORDINGS = ("", "", "one cat", "größer")  # mostly none
CAST = st.tuples(
    PAIRS, st.sampled_from(PROMPTS), st.sampled_from(Criterion), st.sampled_from(Outcome), st.sampled_from(WORDINGS)
)


def make_votes(cast: Sequence[tuple[tuple[str, str], str, Criterion, Outcome, str]]) -> list[Vote]:
    """Votes, one a second; those on two wordings are of alignment, whatever else is said."""
    given: list[dict[str, Any]] = [
        {"left": a, "right": b, "prompt": prompt, "criterion": criterion, "outcome": outcome, "wording": wording}
        for (a, b), prompt, criterion, outcome, wording in cast
    ]
    return [vote(f"v{n}", time=float(n), **one) for n, one in enumerate(given)]


def sides(one: Vote) -> tuple[str, str]:
    """The generators of a vote."""
    return one.a[0].generator, one.b[0].generator


def winner(one: Vote) -> str:
    """Who won a vote; nobody: empty."""
    a, b = sides(one)
    return {Outcome.a: a, Outcome.b: b}.get(one.outcome, "")


def is_like(one: Vote, search: GallerySearch, votes: Sequence[Vote]) -> bool:
    """Whether a vote is one that is looked for, read plainly."""
    alike = {
        winner(other)
        for other in votes
        if (other.prompts, other.criterion, {*sides(other)}) == (one.prompts, one.criterion, {*sides(one)})
    } - {""}
    won = winner(one)
    results = {
        None: True,
        Result.tie: one.outcome is Outcome.tie,
        Result.both_bad: one.outcome is Outcome.both_bad,
        Result.decided: bool(won),
        Result.won: bool(won) and search.entry in ("", won),
        Result.lost: bool(won) and search.entry != won,
    }
    return (
        any(search.prompt.lower() in prompt.lower() for prompt in one.prompts)
        and (not search.entry or search.entry in sides(one))
        and (not search.against or search.against in sides(one))
        and (search.question is None or search.question is one.criterion)
        and results[search.result]
        and (not search.disputed or len(alike) == 2)
    )


@settings(deadline=None)
@given(
    st.lists(CAST, min_size=1, max_size=40),
    st.builds(
        GallerySearch,
        st.sampled_from(["", "cat", "CAT", "größe", "🍎", "% (of) [", "dog"]),
        st.sampled_from(["", *ENTRIES]),
        st.sampled_from(["", *ENTRIES]),
        st.none() | st.sampled_from(Criterion),
        st.none() | st.sampled_from(Result),
        st.booleans(),
    ),
)
def test_what_is_found_is_what_a_plain_reading_finds_newest_first(
    cast: list[tuple[tuple[str, str], str, Criterion, Outcome, str]], search: GallerySearch
) -> None:
    votes = make_votes(cast)
    shown = ShownBattles.of(make_table(votes))
    wanted = [one.id for one in reversed(votes) if is_like(one, search, votes)]
    if not {search.entry, search.against} - {""} <= {name for one in votes for name in sides(one)}:
        with pytest.raises(RequestError):
            shown.select(search)
    else:
        assert shown.table.take(shown.select(search))["id"].to_pylist() == wanted


def test_taken_back_repeated_and_foreign_votes_are_not_shown() -> None:
    back = vote("back", excluded=(WITHDRAWN,))
    table = make_table([vote("kept"), back, vote("again", repeat_of="kept"), vote("odd", excluded=("speed",))])
    shown = ShownBattles.of(table)
    assert shown.table["id"].to_pylist() == ["odd", "kept"]
    assert shown.find("back") is None
    foreign = table.set_column(TABLE.get_field_index("source"), "source", [["elsewhere"] * 4])
    assert len(ShownBattles.of(foreign.cast(TABLE)).table) == 0


def test_nothing_is_found_where_nobody_voted() -> None:
    shown = ShownBattles.of(make_table([]))
    assert len(shown.select(GallerySearch(disputed=True, prompt="a"))) == 0
    assert shown.entries == ()


@pytest.mark.parametrize("asked", [{"question": "taste"}, {"result": "a"}])
def test_an_address_that_asks_for_what_there_is_not_is_told_what_there_is(asked: dict[str, str]) -> None:
    with pytest.raises(RequestError, match="there are: "):
        read_search(asked)


def test_an_address_is_read_as_it_says() -> None:
    asked = {
        "prompt": " cat ",
        "entry": "x",
        "against": "y",
        "question": "variety",
        "result": "lost",
        "disputed": "1",
        "tab": "gallery",
    }
    assert read_search(asked) == GallerySearch("cat", "x", "y", Criterion.variety, Result.lost, True)
    assert read_search({}) == GallerySearch()
