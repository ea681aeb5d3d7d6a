"""Categories of votes that are rated apart: by what was asked for, and by how long the rater took."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from eval.ratings.bradley_terry import Fit, Rating, fit, rate
from eval.ratings.counts import Counts, Votes
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
SECONDS_NAMES = (Sentence("decided within 3 s"), Sentence("in 3 to 10 s"), Sentence("in over 10 s"))


@dataclass(frozen=True)
class Category:
    """The ratings of one category's votes; ``unrated`` says why there are none, ``prior`` what was added."""

    name: str
    votes: int
    ratings: tuple[Rating, ...]
    prior: str | None
    unrated: str | None


def _categories(column: pa.ChunkedArray, bounds: tuple[float, float]) -> Codes:
    """0, 1 or 2 by the bounds (a bound belongs below), -1 for null; (rows,)."""
    values = np.asarray(column.cast(pa.float64()).fill_null(np.nan).to_numpy())
    return np.where(np.isnan(values), -1, np.searchsorted(bounds, values, side="left"))


def by_length(table: pa.Table) -> Codes:
    """Each row's place in LENGTH_NAMES, -1 where the prompt is unknown; (rows,)."""
    return _categories(pc.utf8_length(table["prompt"]), LENGTHS)


def by_seconds(table: pa.Table) -> Codes:
    """Each row's place in SECONDS_NAMES, -1 where the time to decide is unknown; (rows,)."""
    return _categories(table["seconds"], SECONDS)


def _rated(name: str, votes: Votes) -> Category:
    present = np.flatnonzero(np.bincount(np.concatenate((votes.left, votes.right)), minlength=len(votes.names)))
    everyone, some = votes.counts, np.ix_(present, present)
    weights = (None if one is None else one[some] for one in (everyone.weighed, everyone.squared))
    counts = Counts(tuple(everyone.names[i] for i in present), everyone.cells[some], *weights)
    try:
        fitted: Fit = fit(counts)
    except DataError as error:
        return Category(name, counts.used, (), None, error.sentence)
    return Category(name, counts.used, tuple(rate(fitted)), fitted.prior, None)


def by_category(table: pa.Table, votes: Votes) -> tuple[Category, ...]:
    """Ratings by length of the prompt and by seconds to decide, where votes fall into more than one category.

    What differs between votes but not between the sides of one can't enter a vote's odds: it cancels. So each category
    is rated apart; differences between categories are to be read against their intervals.
    """
    lengths, seconds = by_length(table)[votes.rows], by_seconds(table)[votes.rows]
    found: list[Category] = []
    for names, places in ((LENGTH_NAMES, lengths), (SECONDS_NAMES, seconds)):
        present = [i for i in range(len(names)) if (places == i).any()]
        if len(present) > 1:
            found += [_rated(names[i], votes.where(places == i)) for i in present]
    return tuple(found)
