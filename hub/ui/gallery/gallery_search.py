"""Which battles of the gallery somebody wants to see, and the rows of the table of votes that are those."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from hub.errors import RequestError
from hub.language.sentence import Sentence
from hub.prompts import MAX_LENGTH
from hub.schema import WITHDRAWN, Criterion, Outcome
from hub.votes.rows import OWN

Rows = npt.NDArray[Any]  # a mask over the rows of a table, or their numbers
NAMED = 30  # characters of what a link names and is not there


class Result(StrEnum):
    """How a battle ended; ``won`` and ``lost`` are said of the generator that is looked for."""

    decided = "decided"
    won = "won"
    lost = "lost"
    tie = "tie"
    both_bad = "both_bad"


@dataclass(frozen=True)
class GallerySearch:
    """What is looked for; whatever is empty does not matter. ``prompt`` is a part of a prompt or wording, in any case.

    ``entry`` is a generator that was in a battle, ``against`` another one. ``disputed``: on the same prompt and
    question, votes on the same two generators named both as the better one.
    """

    prompt: str = ""
    entry: str = ""
    against: str = ""
    question: Criterion | None = None
    result: Result | None = None
    disputed: bool = False


def read_search(query: Mapping[str, str]) -> GallerySearch:
    """Return the search that the address of a page, or the page itself, asks for.

    Raises: RequestError for a question or a result that there is not.
    """
    question, result = query.get("question", ""), query.get("result", "")
    if question and question not in list(Criterion):
        known = ", ".join(Criterion)
        raise RequestError(
            Sentence("There is no question {name!r}; there are: {known}.", name=question[:NAMED], known=known)
        )
    if result and result not in list(Result):
        known = ", ".join(Result)
        raise RequestError(
            Sentence("There is no result {name!r}; there are: {known}.", name=result[:NAMED], known=known)
        )
    return GallerySearch(
        query.get("prompt", "").strip()[:MAX_LENGTH],
        query.get("entry", ""),
        query.get("against", ""),
        Criterion(question) if question else None,
        Result(result) if result else None,
        query.get("disputed") == "1",
    )


@dataclass(frozen=True)
class ShownBattles:
    """The battles that may be shown: a row each of the ``table`` of votes, the newest first."""

    table: pa.Table

    @classmethod
    def of(cls, votes: pa.Table) -> "ShownBattles":
        """Return the battles of a table of votes whose names are told, ordered by time.

        Left out are votes that were taken back, those on a battle that was shown again, and those from elsewhere, which
        have no pictures.
        """
        back = pc.match_substring(pc.fill_null(votes["excluded"].cast(pa.string()), ""), WITHDRAWN)
        own = pc.fill_null(pc.equal(votes["source"].cast(pa.string()), OWN), False)
        shown = votes.filter(pc.and_(pc.and_(own, votes["repeat_of"].is_null()), pc.invert(back)))
        columns = shown.select(
            ["id", "time", "criterion", "outcome", "generator_a", "generator_b", "prompt", "wording"]
        )
        return cls(columns.take(np.arange(len(columns))[::-1]).unify_dictionaries().combine_chunks())

    @cached_property
    def entries(self) -> tuple[str, ...]:
        """Return the names of the generators in them."""
        sides = (pc.unique(self.table[name].cast(pa.string())).to_pylist() for name in ("generator_a", "generator_b"))
        return tuple(sorted({name for side in sides for name in side if name}))

    @cached_property
    def disputed(self) -> Rows:
        """Return for each row whether its prompt, question and pair have votes for either generator."""
        if not len(self.table):
            return np.zeros(0, bool)
        a, b = (self._number(f"generator_{side}") for side in "ab")
        outcome, many = self.table["outcome"].cast(pa.string()), len(self.entries) + 1
        sign = _find(pc.equal(outcome, Outcome.a)).astype(int) - _find(pc.equal(outcome, Outcome.b))
        sign[a > b] *= -1  # 1: the first of both by their numbers won
        pair = np.minimum(a, b) * many + np.maximum(a, b)
        words = self._number("prompt") * (len(pc.unique(self.table["wording"])) + 1) + self._number("wording") + 1
        key = (words * len(Criterion) + self._number("criterion")) * many**2 + pair
        _, group = np.unique(key, return_inverse=True)
        both = (np.bincount(group, sign == 1) > 0) & (np.bincount(group, sign == -1) > 0)
        disputed: Rows = both[group]
        return disputed

    def find(self, id: str) -> int | None:
        """Return the number of a battle's row, None where it is not among them."""
        place: int = pc.index(self.table["id"], id).as_py()
        return None if place < 0 else place

    def select(self, search: GallerySearch) -> Rows:
        """Return the numbers of the rows that a search finds, the newest first.

        Raises: RequestError for a generator that no battle is of.
        """
        for name in filter(None, (search.entry, search.against)):
            if name not in self.entries:
                raise RequestError(Sentence("No battle of a generator {name!r} was voted on here.", name=name[:NAMED]))
        found = np.ones(len(self.table), bool)
        if search.question:
            found &= _find(pc.equal(self.table["criterion"].cast(pa.string()), search.question))
        if search.entry:
            found &= self._is("a", search.entry) | self._is("b", search.entry)
        if search.against:
            found &= self._is("a", search.against) | self._is("b", search.against)
        if search.result:
            found &= self._find_result(search.result, search.entry)
        if search.prompt:
            either = [self._contains(name, search.prompt) for name in ("prompt", "wording")]
            found &= either[0] | either[1]
        if search.disputed and found.any():
            found &= self.disputed
        return np.flatnonzero(found)

    def _find_result(self, result: Result, entry: str) -> Rows:
        """Return which rows ended so; ``won`` and ``lost`` without a generator are one as the other."""
        outcome = self.table["outcome"].cast(pa.string())
        a, b = (_find(pc.equal(outcome, one)) for one in (Outcome.a, Outcome.b))
        if result in (Result.tie, Result.both_bad):
            return _find(pc.equal(outcome, result))
        if result is Result.decided or not entry:
            return a | b
        left, right = self._is("a", entry), self._is("b", entry)
        if result is Result.lost:
            a, b = b, a
        return (left & a) | (right & b)

    def _is(self, side: str, entry: str) -> Rows:
        return _find(pc.equal(self.table[f"generator_{side}"].cast(pa.string()), entry))

    def _contains(self, column: str, text: str) -> Rows:
        return _find(pc.match_substring(self.table[column], text, ignore_case=True))

    def _number(self, column: str) -> Rows:
        """Return a number for each value of a column; the generators of both sides have the same numbers."""
        values = self.table[column].cast(pa.string())
        known = pa.array(self.entries) if column.startswith("generator") else pc.unique(values)
        numbers: Rows = pc.fill_null(pc.index_in(values, known), -1).to_numpy().astype(np.int64)
        return numbers


def _find(mask: pa.ChunkedArray) -> Rows:
    found: Rows = pc.fill_null(mask, False).to_numpy()
    return found
