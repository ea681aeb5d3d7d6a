"""Categories of votes that are rated apart: by what was asked for, in whose words, and by how long the rater took."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NewType

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from eval.ratings.bradley_terry import Fit, Rating, fit, rate
from eval.ratings.counts import Counts, Votes
from eval.ratings.prompt_origins import read_origins
from eval.votes.codes import Codes
from hub.errors import DataError
from hub.language.sentence import Sentence

LENGTHS = (20, 60)  # characters of the prompt: up to the first, up to the second, more
SECONDS = (3.0, 10.0)  # from the last picture to the vote
LENGTH_NAMES = (
    Sentence("prompt up to 20 characters"),
    Sentence("prompt of 21 to 60"),
    Sentence("prompt over 60"),
)
TYPED = Sentence("prompts that raters typed")
WORDING_NAMES = (Sentence("one prompt"), Sentence("an idea in two wordings"))
SECONDS_NAMES = (Sentence("decided within 3 s"), Sentence("in 3 to 10 s"), Sentence("in over 10 s"))


Way = NewType("Way", str)  # in which votes fall into categories; those of one way are read beside each other


@dataclass(frozen=True)
class Category:
    """The ratings of one category's votes; ``unrated`` says why there are none, ``prior`` which votes were added."""

    way: Way
    name: str
    votes: int
    ratings: tuple[Rating, ...]
    prior: str | None
    unrated: str | None


def _code_by_bounds(column: pa.ChunkedArray, bounds: tuple[float, float]) -> Codes:
    """Return 0, 1 or 2 by the bounds (a bound belongs below), -1 for null; (rows,)."""
    values = np.asarray(column.cast(pa.float64()).fill_null(np.nan).to_numpy())
    return np.where(np.isnan(values), -1, np.searchsorted(bounds, values, side="left"))


def code_by_length(table: pa.Table) -> Codes:
    """Return each row's place in LENGTH_NAMES, -1 where the prompt is unknown; (rows,)."""
    return _code_by_bounds(pc.utf8_length(table["prompt"]), LENGTHS)


def code_by_wording(table: pa.Table) -> Codes:
    """Return each row's place in WORDING_NAMES, -1 where the prompt is unknown; (rows,)."""
    worded = np.asarray(table["wording"].is_valid()).astype(np.int64)
    return np.where(np.asarray(table["prompt"].is_valid()), worded, -1)


def describe_wordings(table: pa.Table, votes: Votes) -> tuple[Sentence, ...]:
    """Return the note on votes of two kinds that are rated together, where there are both; ``table`` is that of all."""
    places = code_by_wording(table)[votes.rows]
    if not (places == 1).any() or (places == 1).all():
        return ()
    return (
        Sentence(
            "Votes on an idea in two wordings: {n:,}. They are rated with the others here, and apart from them by "
            "category.",
            n=int((places == 1).sum()),
        ),
    )


def code_by_seconds(table: pa.Table) -> Codes:
    """Return each row's place in SECONDS_NAMES, -1 where the time to decide is unknown; (rows,)."""
    return _code_by_bounds(table["seconds"], SECONDS)


def _rate_category(way: Way, name: str, votes: Votes) -> Category:
    """Rate one category's votes; votes that give no ratings leave a reason instead."""
    present = np.flatnonzero(np.bincount(np.concatenate((votes.left, votes.right)), minlength=len(votes.names)))
    everyone, some = votes.counts, np.ix_(present, present)
    weights = (None if one is None else one[some] for one in (everyone.weighed, everyone.squared))
    counts = Counts(tuple(everyone.names[i] for i in present), everyone.cells[some], *weights)
    try:
        fitted: Fit = fit(counts)
    except DataError as error:
        return Category(way, name, counts.used, (), None, error.sentence)
    return Category(way, name, counts.used, tuple(rate(fitted)), fitted.prior, None)


def _list_ways(table: pa.Table) -> Iterator[tuple[Way, Sequence[str], Codes]]:
    """Yield each way in which votes fall into categories: its name, the categories', and each row's place in these."""
    origins, codes = read_origins(table)
    sets = list(dict.fromkeys(origin.prompt_set for origin in origins if origin.prompt_set))
    of_set = np.array([*([*sets, ""].index(origin.prompt_set) for origin in origins), -1])
    names = [Sentence("prompts of {prompt_set}", prompt_set=one) for one in sets]
    yield Way("prompt set"), [*names, TYPED], of_set[codes]
    for one in sets:
        own = [origin for origin in origins if origin.prompt_set == one and origin.prompt_category]
        places = np.array([*(own.index(origin) if origin in own else -1 for origin in origins), -1])
        yield Way(f"category of {one}"), [f"{one}: {origin.prompt_category}" for origin in own], places[codes]
    yield Way("length"), LENGTH_NAMES, code_by_length(table)
    yield Way("wordings"), WORDING_NAMES, code_by_wording(table)
    yield Way("seconds"), SECONDS_NAMES, code_by_seconds(table)


def rate_by_category(table: pa.Table, votes: Votes) -> tuple[Category, ...]:
    """Rate votes by set, category, length and wordings of the prompt and by seconds, where several of them have any.

    What differs between votes but not between the sides of one can't enter a vote's odds: it cancels. So each category
    is rated apart; differences between categories are to be read against their intervals.
    """
    found: list[Category] = []
    for way, names, codes in _list_ways(table):
        places = codes[votes.rows]
        present = [i for i in range(len(names)) if (places == i).any()]
        if len(present) > 1:
            found += [_rate_category(way, names[i], votes.where(places == i)) for i in present]
    return tuple(found)
