"""Votes to counts: how often each generator beat, and tied with, each other one."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from hub.schema import Outcome, Vote

SAME = "the same generator on both sides"
Matrix = NDArray[np.float64]


@dataclass(frozen=True)
class Counts:
    """Counts of votes over n generators.

    ``wins[i, j]``: votes that preferred i to j. ``ties[i, j] = ties[j, i]``: votes that preferred neither (a tie,
    or both bad). ``excluded``: votes left out, by reason.
    """

    names: tuple[str, ...]
    wins: Matrix  # (n, n)
    ties: Matrix  # (n, n), symmetric
    excluded: dict[str, int] = field(default_factory=dict)

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


def count(votes: Iterable[Vote]) -> Counts:
    """Count votes by pair of generators, names sorted; both-bad votes are ties.

    A vote between a generator and itself says nothing of it and is excluded.
    """
    tally: Counter[tuple[str, str, bool]] = Counter()  # winner, loser, tied
    excluded: Counter[str] = Counter()
    for vote in votes:
        a, b = vote.a.generator, vote.b.generator
        if a == b:
            excluded[SAME] += 1
        elif vote.outcome in (Outcome.tie, Outcome.both_bad):
            tally[min(a, b), max(a, b), True] += 1
        else:
            winner, loser = (a, b) if vote.outcome is Outcome.a else (b, a)
            tally[winner, loser, False] += 1
    names = tuple(sorted({name for winner, loser, _ in tally for name in (winner, loser)}))
    index = {name: i for i, name in enumerate(names)}
    wins, ties = np.zeros((2, len(names), len(names)))
    for (winner, loser, tied), number in tally.items():
        i, j = index[winner], index[loser]
        if tied:
            ties[i, j] += number
            ties[j, i] += number
        else:
            wins[i, j] += number
    return Counts(names, wins, ties, dict(excluded))
