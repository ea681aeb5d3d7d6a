"""What was said of the generators until now: by a rater, by a network, and by all others.

A tally counts decided votes by question, the preferred generator and the other one. Of all others it holds what their
votes are worth together: a rater's votes on one pair resemble one another, so that n of them are worth n / (1 + (n - 1)
rho) independent ones (Kish, Survey Sampling, 1965), with rho the correlation that tastes make; and all raters of one
network count as one, because one person can be any number of them.
"""

from collections import Counter, OrderedDict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from hub.schema import Criterion, Outcome, Vote
from hub.votes.rows import OWN

Cell = tuple[Criterion, str, str]  # the question, the preferred generator, the other one
Tally = Mapping[Cell, float]
N = TypeVar("N", float, NDArray[np.float64])
FAVOUR = "favour"  # the gate that judges a rater, so that earlier votes of theirs do not count either
CRITERIA = {criterion.value: criterion for criterion in Criterion}
RHO = 0.25  # correlation of a rater's votes on a pair: tastes of .7 logits a generator make .23
KEPT = 20_000  # raters, and networks, whose own votes are remembered; those heard of longest ago are forgotten first


@dataclass(frozen=True)
class Opinions:
    """What votes said of the generators until now: the rater's own, all of their network's, and others'.

    The own and the network's include the present vote. ``network`` is empty where it is not known. ``others`` is what
    votes of other networks on the same pairs are worth together, without those that do not count.
    """

    rater: Tally = field(default_factory=dict)
    network: Tally = field(default_factory=dict)
    others: Tally = field(default_factory=dict)


def make_cell(vote: Vote) -> Cell | None:
    """Return the question, the preferred generator and the other one of a vote; None for a vote that prefers none.

    That is a vote without a side, one of a generator against itself, or a hidden repeat.
    """
    a, b = vote.a[0].generator, vote.b[0].generator
    if vote.outcome not in (Outcome.a, Outcome.b) or a == b or vote.repeat_of is not None:
        return None
    return (vote.criterion, a, b) if vote.outcome is Outcome.a else (vote.criterion, b, a)


def reverse_cell(cell: Cell) -> Cell:
    """Return the cell of the same pair with the preference the other way round."""
    return cell[0], cell[2], cell[1]


def weigh_votes(wins: N, losses: N) -> N:
    """Return how many independent votes the ``wins`` of one voice on a pair are worth; numbers or arrays."""
    return wins / (1 + (wins + losses - 1) * RHO)


class Voices:
    """Tallies of raters, of networks, and of all together. Not safe to use from several threads.

    A voice is a network, or a rater whose network is not known; a rater stays with the network of their first vote.
    """

    def __init__(self) -> None:
        self._raters: OrderedDict[str, Counter[Cell]] = OrderedDict()
        self._voices: OrderedDict[str, Counter[Cell]] = OrderedDict()
        self._voice_of: dict[str, str] = {}
        self._all: Counter[Cell] = Counter()  # worth of all voices together
        self._unheard: set[str] = set()  # voices that favour one generator: worth nothing to others

    def said(self, vote: Vote, counted: bool = False) -> Opinions:
        """Return the opinions until now, this vote included; ``counted`` says that it was added already."""
        cell = make_cell(vote)
        own = Counter(self._raters.get(vote.rater, {}))
        voice = self._voice_of.get(vote.rater, vote.network or vote.rater)
        together = Counter(self._voices.get(voice, {}))
        mine = {} if voice in self._unheard else _weigh_cells(together, together)
        if cell and not counted:
            own[cell] += 1
            together[cell] += 1
        pairs = {one for each in together for one in (each, reverse_cell(each))}
        others = {each: self._all[each] - mine.get(each, 0.0) for each in pairs}
        return Opinions(own, together if vote.network else {}, others)

    def add(self, rater: str, network: str, cell: Cell, count: int = 1, *, heard: bool = True) -> None:
        """Count votes of a rater; once one was not ``heard``, their voice is worth nothing to others."""
        voice = self._voice_of.setdefault(rater, network or rater)
        self._raters.setdefault(rater, Counter())[cell] += count
        self._raters.move_to_end(rater)
        tally = self._voices.setdefault(voice, Counter())
        self._voices.move_to_end(voice)
        pair = (cell, reverse_cell(cell))
        if voice in self._unheard or not heard:
            if voice not in self._unheard:
                self._all.subtract(_weigh_cells(tally, tally))
            self._unheard.add(voice)
            tally[cell] += count
        else:
            self._all.subtract(_weigh_cells(tally, pair))
            tally[cell] += count
            self._all.update(_weigh_cells(tally, pair))
        self._forget()

    def recall(self, table: pa.Table) -> None:
        """Count this arena's votes in a table as ``hub.votes.read_votes`` gives it, before any other is counted."""
        asked = pc.and_(pc.equal(table["source"].cast(pa.string()), OWN), pc.is_null(table["repeat_of"]))
        names = ["rater", "network", "criterion", "generator_a", "generator_b", "outcome", "excluded"]
        rows = table.select(names).filter(asked).group_by(names, use_threads=False).aggregate([([], "count_all")])
        for rater, network, criterion, a, b, outcome, excluded, count in zip(
            *(_list_values(column) for column in rows.columns), strict=True
        ):
            known = None not in (rater, criterion, a, b) and a != b
            if known and outcome in ("a", "b") and excluded in (None, FAVOUR):
                voice = self._voice_of.setdefault(rater, network or rater)
                cell = (CRITERIA[criterion], *((a, b) if outcome == "a" else (b, a)))
                for tallies, key in ((self._raters, rater), (self._voices, voice)):
                    if key not in tallies:
                        tallies[key] = Counter()
                    tallies[key][cell] += count
                    tallies.move_to_end(key)
                if excluded:
                    self._unheard.add(voice)
        for voice, tally in self._voices.items():
            if voice not in self._unheard:
                self._all.update(_weigh_cells(tally, tally))
        self._forget()

    def _forget(self) -> None:
        """Forget the oldest voices; their votes stay in the sum of all."""
        while len(self._raters) > KEPT:
            rater, _ = self._raters.popitem(last=False)
            self._voice_of.pop(rater, None)
        while len(self._voices) > KEPT:
            self._unheard.discard(self._voices.popitem(last=False)[0])


def _list_values(column: pa.ChunkedArray) -> list[Any]:
    """Return the values of a column as a list."""
    plain = column.cast(pa.string()) if pa.types.is_dictionary(column.type) else column
    return list(plain.to_numpy().tolist())


def _weigh_cells(tally: Tally, cells: Iterable[Cell]) -> dict[Cell, float]:
    """Return what these cells of one voice's tally are worth."""
    found = {}
    for cell in cells:
        if wins := tally.get(cell, 0):
            found[cell] = weigh_votes(wins, tally.get(reverse_cell(cell), 0))
    return found
