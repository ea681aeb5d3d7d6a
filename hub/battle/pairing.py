"""Which two generators meet next: the pair that met least, or one drawn by what its vote would tell.

Where pairs are drawn, the chance of each is known before, and never 0: a share of all battles is drawn evenly, and no
pair has more than half of them, so that who knows the leaderboard can't be sure of a pair. The chance goes with the
vote, and is told with it: one over it weighs votes as if pairs met evenly (Horvitz and Thompson, JASA 47, 1952).
"""

import itertools
import random
import threading
from collections import Counter, OrderedDict
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from hub.errors import BattleError
from hub.generators import GENERATORS
from hub.language.sentence import Sentence
from hub.schema import Criterion

FLOOR = 0.25  # share of battles whose pair is drawn evenly
MOST = 0.5  # chance that a pair has at most, where there are several
AGAIN = 0.1  # of what a vote on a pair tells, each time that its rater had the pair before: people have tastes
KEPT = 5000  # raters whose pairs are remembered
TwoNames = tuple[str, str]


class PairInformation(Protocol):
    """Returns what the next vote on each pair would tell of a question, 0 or more; all 0 where nothing is known."""

    def __call__(self, pairs: Sequence[TwoNames], criterion: Criterion) -> Sequence[float]: ...


class DrawnPair(NamedTuple):
    """The left and the right name of a battle, and the chance with which the two were drawn; None: by no lot."""

    names: Sequence[str]
    probability: float | None


def find_chances(information: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the chance of each pair by what its vote would tell, both (..., pairs); they sum up to 1.

    ``FLOOR`` of it is even, the rest is shared out by information, evenly too where there is none. What a pair has
    beyond ``MOST`` is shared out among the others, as they have it.
    """
    pairs = information.shape[-1]
    whole = information.sum(axis=-1, keepdims=True)
    share = np.divide(information, whole, out=np.full_like(information, 1 / pairs), where=whole > 0)
    chances = FLOOR / pairs + (1 - FLOOR) * share
    if pairs == 1:
        return np.asarray(chances)
    beyond = chances > MOST  # of one pair at most
    others = np.where(beyond, 0.0, chances).sum(axis=-1, keepdims=True)
    held = np.where(beyond, MOST, chances * (1 - MOST) / others)
    return np.asarray(np.where(beyond.any(axis=-1, keepdims=True), held, chances))


class Pairs:
    """Pairs of ``names``, drawn by ``information``, without it those first that met least often.

    Who is ``absent`` now meets nobody. Safe to use from threads.
    """

    def __init__(
        self,
        names: Sequence[str],
        rng: random.Random,
        met: Mapping[TwoNames, int],
        absent: Callable[[], Collection[str]] = tuple,
        information: PairInformation | None = None,
    ) -> None:
        names = sorted(set(names))
        if len(names) < 2:
            there = Sentence("there is none")
            there = Sentence("there is only {name!r}", name=names[0]) if names else there
            raise BattleError(
                Sentence(
                    "A battle needs two generators, but {there}: name at least two in HUB_GENERATORS.", there=there
                )
            )
        self._rng, self._absent, self._met = rng, absent, Counter[TwoNames]()
        self._information, self._lock = information, threading.Lock()
        self._had: OrderedDict[str, Counter[tuple[Criterion, TwoNames]]] = OrderedDict()  # by rater
        for (one, other), count in met.items():  # the log may know generators that are gone
            self._met[min(one, other), max(one, other)] += count
        self.change(names)

    def change(self, names: Sequence[str]) -> None:
        """Let these meet from now on, and nobody else; how often any met is not forgotten."""
        self.names = frozenset(names)
        self._pairs = list(itertools.combinations(sorted(self.names), 2))

    def next(self, criterion: Criterion, image: str | None = None, rater: str = "") -> DrawnPair:
        """Return who meets on a question, both there and able to start from an image; who is left is tossed.

        ``rater``: whose battle it is; empty: nobody's yet. Raises BattleError where fewer than two are there.
        """
        unable = self._unable(image)
        there = [pair for pair in self._pairs if not set(pair) & unable]
        if not there:
            raise BattleError(Sentence("Fewer than two generators can be loaded now: try again in some minutes."))
        if self._information is None:
            return DrawnPair(self._rng.sample(self._find_least_met(there), 2), None)
        told = np.array(self._information(there, criterion), dtype=np.float64)
        pair, probability = self._draw(there, told, criterion, rater)
        return DrawnPair(self._rng.sample(pair, 2), probability)

    def _find_least_met(self, there: Sequence[TwoNames]) -> TwoNames:
        """Return a pair that met least, and count that it meets."""
        with self._lock:
            fewest = min(self._met[pair] for pair in there)
            pair = self._rng.choice([pair for pair in there if self._met[pair] == fewest])
            self._met[pair] += 1
        return pair

    def _draw(
        self, there: Sequence[TwoNames], told: NDArray[np.float64], criterion: Criterion, rater: str
    ) -> tuple[TwoNames, float]:
        """Return a pair with the chance with which it was drawn, and remember that the rater has it."""
        with self._lock:
            had = self._had.get(rater, Counter[tuple[Criterion, TwoNames]]())
            chances = find_chances(told * [AGAIN ** had[criterion, pair] for pair in there]).tolist()
            place = self._rng.choices(range(len(there)), chances)[0]
            if rater:
                self._remember(rater, criterion, there[place])
        return there[place], chances[place]

    def remember(self, rater: str, criterion: Criterion, names: Collection[str]) -> None:
        """Note that a rater has a battle of these two, which was drawn for nobody."""
        one, other = sorted(names)
        with self._lock:
            self._remember(rater, criterion, (one, other))

    def _remember(self, rater: str, criterion: Criterion, pair: TwoNames) -> None:
        had = self._had.pop(rater, Counter())
        had[criterion, pair] += 1
        self._had[rater] = had
        while len(self._had) > KEPT:
            self._had.popitem(last=False)

    def meet(self, names: Collection[str]) -> bool:
        """Whether all of these could meet now."""
        return set(names) <= self.names - self._unable(None)

    def takes_images(self) -> bool:
        """Whether a battle can start from an image: two or more that are there now take one."""
        return len(self.names - self._unable("any")) > 1

    def _unable(self, image: str | None) -> set[str]:
        takes = {one.name for one in GENERATORS if one.accepts.image}
        return {*self._absent(), *(self.names - takes if image else ())}
