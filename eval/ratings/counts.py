"""Votes to counts: how often each outcome was given to each ordered pair of generators.

These counts are all that Bradley-Terry models, with every tie rule and the position term, need of the votes.
"""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from eval.votes.codes import Codes, Mask, encode, list_names
from eval.votes.ledger import OUTCOMES, read_ledger
from hub.errors import DataError
from hub.language.sentence import Sentence
from hub.schema import Criterion

Matrix = NDArray[np.float64]
Coded = NDArray[np.signedinteger[Any]]
A, B, TIE, BOTH_BAD = range(4)  # places of hub.schema's outcomes; a test holds the two together
MOST = 1000  # generators: matrices of all pairs, and time as their cube
BLOCK = 1 << 16  # votes coded at a time: the codes stay in the processor's cache


@dataclass(frozen=True)
class Counts:
    """Counts of votes over n generators.

    ``cells[i, j, o]``: votes with i on the left, j on the right and outcome o (0 left better, 1 right better, 2 tie,
    3 both bad). The diagonal is 0.
    """

    names: tuple[str, ...]
    cells: Matrix  # (n, n, 4)
    weighed: Matrix | None = None  # (n, n, 4), sums of the votes' weights; None: each weighs one
    squared: Matrix | None = None  # (n, n, 4), sums of their squares

    @property
    def wins(self) -> Matrix:
        """Votes that preferred i to j, on either side, (n, n)."""
        return np.asarray(self.cells[..., A] + self.cells[..., B].T)

    @property
    def ties(self) -> Matrix:
        """Votes that preferred neither of i and j (a tie, or both bad), (n, n), symmetric."""
        neither = self.cells[..., TIE] + self.cells[..., BOTH_BAD]
        return np.asarray(neither + neither.T)

    @property
    def battles(self) -> Matrix:
        """Votes between each two generators, (n, n), symmetric."""
        return self.wins + self.wins.T + self.ties

    @property
    def halved(self) -> Matrix:
        """Wins with every tie as half a win each way, (n, n)."""
        return self.wins + self.ties / 2

    @property
    def used(self) -> int:
        """Number of votes counted."""
        return int(self.cells.sum())

    @property
    def judged(self) -> Matrix:
        """Weights by three outcomes (left, right, neither), a vote that calls both bad being a tie; (n, n, 3)."""
        return _merge_both_bad(self.cells if self.weighed is None else self.weighed)

    @property
    def squares(self) -> Matrix:
        """Squares of the weights by the three outcomes, (n, n, 3)."""
        return _merge_both_bad(self.cells if self.squared is None else self.squared)

    def _each(self, kept: Matrix) -> "Counts":
        """Return the counts with this share of each cell, (n, n, 4)."""
        weighed, squared = (None if one is None else one * kept for one in (self.weighed, self.squared))
        return Counts(self.names, self.cells * kept, weighed, squared)

    def without_both_bad(self) -> "Counts":
        """Return the counts without the votes that called both bad."""
        return self._each(np.broadcast_to(np.arange(4) != BOTH_BAD, self.cells.shape).astype(float))

    def without(self, removed: Matrix) -> "Counts":
        """Return the counts without these votes, (n, n, 4), of the mean weight in their cell; all generators stay."""
        left = self.cells - removed
        if self.weighed is None:
            return Counts(self.names, left)
        return replace(self._each(left / np.maximum(self.cells, 1)), cells=left)


def _merge_both_bad(cells: Matrix) -> Matrix:
    """Return cells (n, n, 4) by three outcomes, (n, n, 3)."""
    return np.dstack((cells[..., A], cells[..., B], cells[..., TIE] + cells[..., BOTH_BAD]))


def encode_cells(left: Coded, right: Coded, outcome: Coded, n: int) -> Coded:
    """Return the place in the flattened cells (n * n * 4) of each vote, (votes,), in the narrowest type for it."""
    kind: type[np.signedinteger[Any]] = np.int16 if 4 * n * n <= np.iinfo(np.int16).max else np.int64
    places = (left.astype(kind) * kind(n) + right.astype(kind)) * kind(4) + outcome.astype(kind)
    return np.asarray(places)


def tally(left: Coded, right: Coded, outcome: Coded, n: int) -> Matrix:
    """Count coded votes: sides in 0..n-1, outcomes in 0..3, integers of any width; (n, n, 4).

    Raises: DataError for a code out of range, and for a vote by a generator against itself.
    """
    for codes, end in ((left, n), (right, n), (outcome, 4)):
        if len(codes) and (int(codes.min()) < 0 or int(codes.max()) >= end):
            raise DataError(f"A vote's code is not in 0 to {end - 1}: encode them again, leaving out unknown ones.")
    cells = np.zeros(4 * n * n, dtype=np.int64)
    for start in range(0, len(left), BLOCK):
        rows = slice(start, start + BLOCK)
        cells += np.bincount(encode_cells(left[rows], right[rows], outcome[rows], n), minlength=4 * n * n)
    counted = cells.reshape(n, n, 4).astype(float)
    if counted[np.arange(n), np.arange(n)].any():
        raise DataError("A vote has one generator on both sides: it tells nothing; leave it out.")
    return counted


@dataclass(frozen=True)
class Votes:
    """Votes as whole numbers; ``rows`` are their places in the table they are of."""

    names: tuple[str, ...]
    left: Codes  # (votes,)
    right: Codes  # (votes,)
    outcome: Codes  # (votes,)
    rows: Codes  # (votes,)
    weight: Matrix | None = None  # (votes,); None: each weighs one

    @property
    def counts(self) -> Counts:
        """The counts of these votes."""
        n = len(self.names)
        cells = tally(self.left, self.right, self.outcome, n)
        if self.weight is None:
            return Counts(self.names, cells)
        places = encode_cells(self.left, self.right, self.outcome, n)
        weighed, squared = (
            np.bincount(places, each, 4 * n * n).reshape(n, n, 4).astype(np.float64)
            for each in (self.weight, self.weight**2)
        )
        return Counts(self.names, cells, weighed, squared)

    def where(self, kept: Mask | Codes) -> "Votes":
        """Return the votes for which ``kept``, (votes,), is true, or at these places; names stay."""
        weight = None if self.weight is None else self.weight[kept]
        return Votes(self.names, self.left[kept], self.right[kept], self.outcome[kept], self.rows[kept], weight)


def code_votes(table: pa.Table, rows: Mask | None = None, most: int = MOST) -> Votes:
    """Return the votes in these rows, or in all that count, coded.

    Names are sorted, those without votes left out.

    ``rows`` must be rows that count (:attr:`eval.votes.ledger.Ledger.counts`).

    Raises: DataError for more than ``most`` generators, before anything is made that is as large as their square.
    """
    kept = np.flatnonzero(read_ledger(table).counts if rows is None else rows)
    everyone = list_names(table["generator_a"], table["generator_b"])
    a, b = (encode(table[name], everyone)[kept] for name in ("generator_a", "generator_b"))
    outcome = encode(table["outcome"], OUTCOMES)[kept]
    present = np.flatnonzero(np.bincount(np.concatenate((a, b)), minlength=len(everyone)))
    if len(present) > most:
        raise DataError(
            Sentence("These votes are on {n:,} generators, and at most {most:,} are rated together here: name a file "
                     "of fewer.", n=len(present), most=most)
        )  # fmt: skip
    place = np.zeros(len(everyone), dtype=np.int64)
    place[present] = np.arange(len(present))
    return Votes(tuple(everyone[i] for i in present), place[a], place[b], outcome, kept)


def count_votes(table: pa.Table, rows: Mask | None = None) -> Counts:
    """Count the votes in these rows, or in all that count, as :func:`code_votes` takes them."""
    return code_votes(table, rows).counts


@dataclass(frozen=True)
class QuestionVotes:
    """One question of one source, and its votes that count; ``criterion`` is None where it is not known."""

    criterion: Criterion | None
    source: str
    votes: Votes
