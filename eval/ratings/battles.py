"""Votes to counts: how often each generator beat, and tied with, each other one."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from eval.columns import Mask, encode, names_in
from eval.ledger import OUTCOMES, read_ledger
from hub.schema import Outcome

Matrix = NDArray[np.float64]


@dataclass(frozen=True)
class Counts:
    """Counts of votes over n generators.

    ``wins[i, j]``: votes that preferred i to j. ``ties[i, j] = ties[j, i]``: votes that preferred neither (a tie,
    or both bad).
    """

    names: tuple[str, ...]
    wins: Matrix  # (n, n)
    ties: Matrix  # (n, n), symmetric

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
        """Votes counted."""
        return int(self.battles.sum() / 2)


def _tally(rows: NDArray[np.int64], columns: NDArray[np.int64], n: int) -> Matrix:
    return np.bincount(rows * n + columns, minlength=n * n).reshape(n, n).astype(float)


def count(table: pa.Table, rows: Mask | None = None) -> Counts:
    """Count the votes in these rows, or in all that count, by pair of generators, names sorted.

    Votes that call both bad are ties.
    ``rows`` must be rows that count (:attr:`eval.ledger.Ledger.counts`).
    """
    kept = read_ledger(table).counts if rows is None else rows
    everyone = names_in(table["generator_a"], table["generator_b"])
    a, b = (encode(table[name], everyone)[kept] for name in ("generator_a", "generator_b"))
    outcome = encode(table["outcome"], OUTCOMES)[kept]
    present = np.flatnonzero(np.bincount(np.concatenate((a, b)), minlength=len(everyone)))
    n, place = len(present), np.zeros(len(everyone), dtype=np.int64)
    place[present] = np.arange(n)
    a, b = place[a], place[b]
    left, right = outcome == OUTCOMES.index(Outcome.a), outcome == OUTCOMES.index(Outcome.b)
    neither = ~(left | right)
    wins = _tally(a[left], b[left], n) + _tally(b[right], a[right], n)
    tied = _tally(a[neither], b[neither], n)
    return Counts(tuple(everyone[i] for i in present), wins, tied + tied.T)
