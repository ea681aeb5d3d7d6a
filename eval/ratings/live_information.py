"""What the next vote on each pair would tell a second, by the votes that an arena was told of until now.

It is what ``hub.battle.pairing`` draws pairs by. Only votes whose names are told are in it, as on the leaderboard, and
none that a gate left out; one that is taken back after its names were told stays until the next start.
"""

import threading
from array import array
from collections.abc import Callable, Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from eval.ratings.bets import settle_by_raters
from eval.ratings.counts import Matrix, Votes
from eval.ratings.graph import Edges
from eval.ratings.newton import Vector
from eval.ratings.pair_choice import inform_pairs
from eval.votes.codes import Codes, encode, list_names
from eval.votes.ledger import OUTCOMES
from hub.quantiles import LATEST, Window
from hub.schema import Criterion, Vote
from hub.votes.rows import OWN

LOOKING = "looking"
UNSEEN = 10.0  # seconds that a rater looks, where nobody has yet
SHORTEST = 0.1  # seconds, below which a look is not taken for one
GROWN = 1.01  # times as many votes as before, from which on all is counted anew
ORIGINS = ("rater", "prompt", "network")
POSITIVE = (1 << 62) - 1  # bits of a hash that tell raters, prompts and networks apart


def _number(text: str | None) -> int:
    """Return a number for a rater, prompt or network, the same in this process for the same one; -1: unknown."""
    return -1 if text is None else hash(text) & POSITIVE


def _number_column(column: pa.ChunkedArray) -> Codes:
    """Return :func:`_number` of each row, (rows,)."""
    coded = column.cast(pa.string()).combine_chunks().dictionary_encode()
    numbers = np.array([*map(_number, coded.dictionary.to_pylist()), -1], dtype=np.int64)
    return np.asarray(numbers[np.asarray(coded.indices.cast(pa.int64()).fill_null(-1))])


class _AskedVotes:
    """The votes on one question: each a row of left, right, outcome, rater, prompt and network, in the order given."""

    def __init__(self) -> None:
        self.names: dict[str, int] = {}
        self._rows = array("q")
        self.counted = 0  # how many votes what follows is of
        self.won: Matrix = np.zeros((0, 0))  # wins, a tie being half
        self.sure: Edges = np.zeros((0, 0), dtype=bool)
        self.theta: dict[str, float] = {}
        self.told: dict[tuple[str, ...], Matrix] = {}  # by the names that can meet

    def add(self, names: Sequence[str], rows: Codes) -> None:
        """Add votes, (votes, 6), whose left and right are places in ``names``."""
        own = np.array([self.names.setdefault(name, len(self.names)) for name in names], dtype=np.int64)
        rows[:, :2] = own[rows[:, :2]]
        self._rows.frombytes(rows.tobytes())

    @property
    def stale(self) -> bool:
        """Whether there are enough new votes to count them."""
        return len(self._rows) // 6 > self.counted * GROWN

    def read(self) -> tuple[Votes, Codes]:
        """Return all votes, and what tells raters, prompts and networks apart, (3, votes)."""
        rows = np.array(self._rows, dtype=np.int64).reshape(-1, 6).T
        return Votes(tuple(self.names), rows[0], rows[1], rows[2], np.arange(rows.shape[1])), rows[3:]

    def take(self, names: Sequence[str]) -> tuple[Matrix, Edges, Vector]:
        """Return wins, what is settled and strengths of these names, of whom some may have no votes."""
        n, size = len(names), len(self.won)
        rows = np.array([self.names.get(name, size) for name in names])
        known = np.flatnonzero(rows < size)  # not of who came after the votes were counted
        won, sure = np.zeros((n, n)), np.zeros((n, n), dtype=bool)
        here, there = np.ix_(known, known), np.ix_(rows[known], rows[known])
        won[here], sure[here] = self.won[there], self.sure[there]
        return won, sure, np.array([self.theta.get(name, 0.0) for name in names])


class LiveInformation:
    """What a vote on each pair would tell, beginning with the votes of ``before``. Safe to use from threads.

    ``seconds`` returns those that a generator takes for a picture, None where it is not known; a battle takes as long
    as its pictures, ``variety_images`` a side where sets are asked for, and the looking of its rater, at the median.
    """

    def __init__(
        self, before: pa.Table, seconds: Callable[[str], float | None] = lambda name: None, variety_images: int = 4
    ) -> None:
        self._seconds, self._pictures = seconds, {Criterion.variety: variety_images}
        self._asked = {criterion: _AskedVotes() for criterion in Criterion}
        self._looked = Window()
        self._adding, self._counting = threading.Lock(), threading.Lock()
        self._recall(before)

    def add(self, vote: Vote) -> None:
        """Take in a vote whose names are told."""
        if vote.excluded or vote.repeat_of is not None:
            return
        origins = (_number(one) for one in (vote.rater, vote.prompts[0], vote.network or None))
        row = np.array([[0, 1, OUTCOMES.index(vote.outcome), *origins]], dtype=np.int64)
        with self._adding:
            self._asked[vote.criterion].add((vote.a[0].generator, vote.b[0].generator), row)
        self._looked.add(LOOKING, vote.seconds)

    def __call__(self, pairs: Sequence[tuple[str, str]], criterion: Criterion) -> list[float]:
        """Return what a vote on each pair would tell of the order a second, 0 or more."""
        names = tuple(sorted({name for pair in pairs for name in pair}))
        place = {name: i for i, name in enumerate(names)}
        told, seconds = self._inform(names, criterion), self._time(names, criterion)
        return [float(told[place[a], place[b]]) / (seconds[place[a]] + seconds[place[b]]) for a, b in pairs]

    def _time(self, names: Sequence[str], criterion: Criterion) -> list[float]:
        """Return the seconds that each side of a battle takes, half of the rater's looking among them, (names,)."""
        drawing = {name: seconds for name in names if (seconds := self._seconds(name)) is not None}
        mean = sum(drawing.values()) / max(1, len(drawing))
        looking = max(self._looked.quantile(LOOKING, 0.5) or UNSEEN, SHORTEST)
        return [drawing.get(name, mean) * self._pictures.get(criterion, 1) + looking / 2 for name in names]

    def _inform(self, names: tuple[str, ...], criterion: Criterion) -> Matrix:
        """Return what a vote on each pair of names would tell of the order, (names, names)."""
        asked = self._asked[criterion]
        with self._counting:
            if asked.stale:
                with self._adding:
                    votes, origins = asked.read()
                asked.won, asked.sure = votes.counts.halved, settle_by_raters(votes, *origins)
                asked.counted, asked.told = len(votes.left), {}
            if names not in asked.told:
                with self._adding:
                    known = asked.take(names)
                asked.told[names], theta = inform_pairs(*known)
                asked.theta |= dict(zip(names, theta.tolist(), strict=True))
            return asked.told[names]

    def _recall(self, before: pa.Table) -> None:
        """Take in the votes of before that count."""
        plain = pc.and_(pc.is_null(before["excluded"].cast(pa.string())), pc.is_null(before["repeat_of"]))
        kept = before.filter(pc.and_(plain, pc.equal(before["source"].cast(pa.string()), OWN)))
        names = list_names(kept["generator_a"], kept["generator_b"])
        sides = [encode(kept[side], names) for side in ("generator_a", "generator_b")]
        rows = np.stack([*sides, encode(kept["outcome"], OUTCOMES), *(_number_column(kept[one]) for one in ORIGINS)], 1)
        whole = (rows[:, :3] >= 0).all(axis=1) & (rows[:, 0] != rows[:, 1])
        question = encode(kept["criterion"], tuple(Criterion))
        for number, criterion in enumerate(Criterion):
            self._asked[criterion].add(names, rows[whole & (question == number)])
        looked = kept["seconds"].drop_null()
        for seconds in looked.slice(max(0, len(looked) - LATEST)).to_pylist():
            self._looked.add(LOOKING, seconds)
