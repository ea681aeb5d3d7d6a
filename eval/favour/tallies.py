"""Decided votes counted by who gave them and what they say, as arrays: hundreds of thousands of counts at once."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from eval.votes.codes import Codes, Mask
from hub.gates import weigh_votes
from hub.schema import Criterion

CRITERIA = tuple(Criterion)
Floats = NDArray[np.float64]


def number_keys(keys: Codes) -> tuple[Codes, Codes]:
    """Return the distinct keys, sorted, and the place among them of each, (keys,); keys are not negative."""
    top = int(keys.max(initial=-1)) + 1
    if top > 4 * len(keys):
        distinct, place = np.unique(keys, return_inverse=True)
        return distinct, place
    seen = np.bincount(keys, minlength=top) > 0
    return np.flatnonzero(seen), (np.cumsum(seen) - 1)[keys]


@dataclass(frozen=True)
class Tallies:
    """Votes of each of ``who`` on each cell, sorted by both: parallel arrays, (tallies,).

    A cell is (criterion * n + preferred) * n + other, of n generators.
    """

    n: int
    who: Codes
    cell: Codes
    votes: Codes

    @property
    def cells(self) -> int:
        """How many cells there are."""
        return len(CRITERIA) * self.n**2

    @property
    def keys(self) -> Codes:
        """A number for each of ``who`` and cell, (tallies,), sorted."""
        return self.who * self.cells + self.cell

    @property
    def preferred(self) -> Codes:
        """The generator preferred, (tallies,)."""
        return self.cell // self.n % self.n

    @property
    def other(self) -> Codes:
        """The generator it was preferred to, (tallies,)."""
        return self.cell % self.n

    def turned(self) -> Codes:
        """The cells of the same pairs, preferred the other way round, (tallies,)."""
        return (self.cell // self.n**2 * self.n + self.other) * self.n + self.preferred

    def where(self, kept: Mask) -> "Tallies":
        """Return the tallies for which ``kept``, (tallies,), is true."""
        return Tallies(self.n, self.who[kept], self.cell[kept], self.votes[kept])

    def by(self, who: Codes) -> "Tallies":
        """Return the same votes as given by others, (tallies,)."""
        keys, place = number_keys(who * self.cells + self.cell)
        votes = np.bincount(place, self.votes, len(keys)).astype(np.int64)
        return Tallies(self.n, keys // self.cells, keys % self.cells, votes)

    def worths(self) -> Floats:
        """Return what the votes of each tally are worth, (tallies,)."""
        losses = look_up(self.keys, self.votes, self.who * self.cells + self.turned())
        return weigh_votes(self.votes.astype(np.float64), losses)


def look_up(keys: Codes, values: Codes | Floats, wanted: Codes) -> Floats:
    """Return the values of the wanted keys, in their shape, 0 where a key is not among the sorted ``keys``."""
    if not len(keys):
        return np.zeros(wanted.shape)
    place = np.minimum(np.searchsorted(keys, wanted), len(keys) - 1)
    return np.where(keys[place] == wanted, values[place], 0).astype(np.float64)


def tally_votes(n: int, who: Codes, cell: Codes) -> Tallies:
    """Return the tallies of single votes, (votes,), on n generators."""
    cells = len(CRITERIA) * n**2
    keys, votes = np.unique(who * cells + cell, return_counts=True)
    return Tallies(n, keys // cells, keys % cells, votes)
