"""Raters who are always for, or against, one generator, found over a whole log: none of their votes counts.

It is the arena's gate (:mod:`hub.gates.favour`) asked again of all votes together, so that those count no longer that a
rater gave before the gate was certain; and however many such raters there are, they are not the crowd that they are
held against. Whoever stands out most is taken away first, and the others are asked again without them.

The measure is the gate's, for all of whom nearly all votes on a generator are for it, or against it; certain from 300
times as likely as by taste. In simulations that is true of fewer than 1 in 1,000 honest raters
(``python -m tests.hub.gates.simulation``).
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from eval.columns import Codes, Mask, encode, names_in
from hub.gates import Cell, Tally, worth
from hub.gates.favour import LEAST, SCREEN, Favourite, favourite, shares
from hub.schema import Criterion, Outcome

CRITERIA = tuple(Criterion)
CERTAIN = 300.0  # times as likely as by taste: less than the gate asks, for here all have said what they say
LIKELY = 10.0  # a suspect of whom less is said is heard by others


@dataclass(frozen=True)
class _Groups:
    """Votes of each of ``who`` on each cell, sorted: parallel arrays, (groups,)."""

    who: Codes
    cell: Codes
    votes: Codes

    def of(self, one: int) -> tuple[Codes, Codes]:
        """The cells of one, and the votes on each."""
        span = slice(*np.searchsorted(self.who, (one, one + 1)))
        return self.cell[span], self.votes[span]


@dataclass(frozen=True)
class _Said:
    """Decided votes, as numbers, (votes,): who gave them, for whom they speak (a network), and on what.

    A cell is (criterion * n + preferred) * n + other.
    """

    names: tuple[str, ...]
    rater: Codes
    voice: Codes
    cell: Codes

    def where(self, kept: Mask) -> "_Said":
        """The votes for which ``kept``, (votes,), is true."""
        return _Said(self.names, self.rater[kept], self.voice[kept], self.cell[kept])

    @property
    def cells(self) -> int:
        """How many cells there are."""
        return len(CRITERIA) * len(self.names) ** 2

    def turned(self, cell: Codes) -> Codes:
        """The same pairs, preferred the other way round."""
        n = len(self.names)
        criterion, preferred, other = cell // n**2, cell // n % n, cell % n
        return (criterion * n + other) * n + preferred

    def named(self, cell: int) -> Cell:
        """A cell in words."""
        n = len(self.names)
        return CRITERIA[cell // n**2], self.names[cell // n % n], self.names[cell % n]

    def grouped(self, who: Codes) -> _Groups:
        """The votes by ``who``, (votes,), and cell."""
        keys, votes = np.unique(who * self.cells + self.cell, return_counts=True)
        return _Groups(keys // self.cells, keys % self.cells, votes)

    def worths(self, groups: _Groups) -> NDArray[np.float64]:
        """What each group's votes are worth, (groups,)."""
        keys = groups.who * self.cells + groups.cell
        back = groups.who * self.cells + self.turned(groups.cell)
        place = np.minimum(np.searchsorted(keys, back), len(keys) - 1)
        losses = np.where(keys[place] == back, groups.votes[place], 0)
        return worth(groups.votes.astype(float), losses.astype(float))

    def one_sided(self, who: Codes) -> Codes:
        """Those of ``who``, (votes,), with enough votes on a generator, nearly all for it or against it."""
        n = len(self.names)
        each, who = np.unique(who, return_inverse=True)
        size = len(each) * n
        wins = np.bincount(who * n + self.cell // n % n, minlength=size)
        votes = wins + np.bincount(who * n + self.cell % n, minlength=size)
        most = np.maximum(wins, votes - wins)
        found = np.unique(np.flatnonzero((votes >= LEAST) & (most >= SCREEN * votes)) // n)
        return np.asarray(each[found])


def _read(table: pa.Table, rows: Codes) -> _Said:
    """The decided votes among these rows, which must be in the order of time and of known raters."""
    names = names_in(table["generator_a"], table["generator_b"])
    a, b = (encode(table[side], names)[rows] for side in ("generator_a", "generator_b"))
    left = encode(table["outcome"], (Outcome.a,))[rows] == 0
    preferred, other = np.where(left, a, b), np.where(left, b, a)
    rater = encode(table["rater"], names_in(table["rater"]))[rows]
    networks = names_in(table["network"])
    network = encode(table["network"], networks)[rows]
    _, first, inverse = np.unique(rater, return_index=True, return_inverse=True)
    home = network[first][inverse]  # a rater stays with the network of the first vote
    voice = np.where(home >= 0, home, len(networks) + rater)
    cell = (encode(table["criterion"], CRITERIA)[rows] * len(names) + preferred) * len(names) + other
    return _Said(names, rater, voice, cell)


@dataclass(frozen=True)
class _Suspect:
    """Who is nearly always for or against a generator: raters it speaks of, their voice, its votes, their worth."""

    raters: tuple[int, ...]
    voice: int
    own: Tally
    cells: dict[Cell, int]  # every cell that it needs others' worth of
    worths: dict[int, float]

    def favourite(self, total: NDArray[np.float64], heard: bool) -> Favourite | None:
        """What it favours, beside the worth of all who are heard, ``total`` (cells,), without its own."""
        mine = self.worths if heard else {}
        others = {name: float(total[cell]) - mine.get(cell, 0.0) for name, cell in self.cells.items()}
        return favourite(self.own, others)


def _suspects(said: _Said, voices: _Groups, worths: NDArray[np.float64]) -> Iterator[_Suspect]:
    """Raters, and networks of several raters, whose votes on a generator are one-sided."""
    raters = said.grouped(said.rater)
    everyone, first = np.unique(said.rater, return_index=True)
    voice_of = dict(zip(everyone.tolist(), said.voice[first].tolist(), strict=True))
    members: dict[int, list[int]] = {}
    for rater, voice in voice_of.items():
        members.setdefault(voice, []).append(rater)
    several = [voice for voice in said.one_sided(said.voice).tolist() if len(members[voice]) > 1]
    singles = said.one_sided(said.rater).tolist()
    for groups, one, voice, who in (
        *((raters, rater, voice_of[rater], [rater]) for rater in singles),
        *((voices, voice, voice, members[voice]) for voice in several),
    ):
        cells, votes = groups.of(one)
        own = {said.named(cell): float(count) for cell, count in zip(cells.tolist(), votes.tolist(), strict=True)}
        places = {said.named(cell): cell for cell in np.union1d(cells, said.turned(cells)).tolist()}
        span = slice(*np.searchsorted(voices.who, (voice, voice + 1)))
        mine = dict(zip(voices.cell[span].tolist(), worths[span].tolist(), strict=True))
        yield _Suspect(tuple(who), voice, own, places, mine)


def _judged(said: _Said) -> list[tuple[_Suspect, Favourite]]:
    """The suspects whose favour is certain, beside those who are heard.

    At first no suspect is heard; then, again and again, those are whose favour is less than ``LIKELY`` times as likely
    as taste. So however many agree, they are held against the rest, while a generator that all prefer is soon heard
    to be so.
    """
    if not len(said.one_sided(said.rater)) and not len(said.one_sided(said.voice)):
        return []
    voices = said.grouped(said.voice)
    worths = said.worths(voices)
    suspects = list(_suspects(said, voices, worths))
    silent = {suspect.voice for suspect in suspects}
    while suspects:
        heard = ~np.isin(voices.who, sorted(silent))
        total = np.bincount(voices.cell, heard * worths, minlength=said.cells).astype(float)
        judged = [(suspect, suspect.favourite(total, suspect.voice not in silent)) for suspect in suspects]
        found = [(suspect, one) for suspect, one in judged if one]
        still = {suspect.voice for suspect, one in found if one.times >= LIKELY} & silent
        if still == silent:
            return [(suspect, one) for suspect, one in found if one.times >= CERTAIN]
        silent = still
    return []


def _strongest(said: _Said) -> list[int]:
    """The raters whose favour is most certain; of a network that favours, those who share it."""
    judged = _judged(said)
    most = max((one.times for _, one in judged), default=1.0)
    found: list[int] = []
    for suspect, one in judged:
        if math.log(one.times) >= math.log(most) / 2:
            alone = len(suspect.raters) == 1
            found += [rater for rater in suspect.raters if alone or shares(_tally(said, rater), one)]
    return found


def _tally(said: _Said, rater: int) -> Tally:
    """A rater's decided votes."""
    cells, votes = np.unique(said.cell[said.rater == rater], return_counts=True)
    return {said.named(cell): float(count) for cell, count in zip(cells.tolist(), votes.tolist(), strict=True)}


def favouring(table: pa.Table, rows: Mask) -> Mask:
    """Which rows of the table, (rows,), are of raters who favour one generator, by their votes in ``rows`` (rows,)."""
    rater = encode(table["rater"], names_in(table["rater"]))
    decided = np.flatnonzero(rows & (rater >= 0) & (encode(table["outcome"], (Outcome.a, Outcome.b)) >= 0))
    decided = decided[np.argsort(np.asarray(table["time"])[decided], kind="stable")]
    said, out = _read(table, decided), np.zeros(0, dtype=np.int64)
    while len(said.rater):
        found = _strongest(said)
        if not found:
            break
        out = np.union1d(out, found)
        said = said.where(~np.isin(said.rater, found))
    return np.isin(rater, out)
