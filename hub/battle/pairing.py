"""Which two generators meet next: the pair that met least."""

import itertools
import random
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence

from hub.errors import BattleError
from hub.generators import GENERATORS
from hub.language.sentence import Sentence


class Pairs:
    """Pairs of ``names``, those that met least often first; who is ``absent`` now meets nobody.

    :meth:`next` is called by one thread at a time.
    """

    def __init__(
        self,
        names: Sequence[str],
        rng: random.Random,
        met: Mapping[tuple[str, str], int],
        absent: Callable[[], Collection[str]] = tuple,
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
        self._rng, self._absent, self._met = rng, absent, Counter[tuple[str, str]]()
        for (one, other), count in met.items():  # the log may know generators that are gone
            self._met[min(one, other), max(one, other)] += count
        self.change(names)

    def change(self, names: Sequence[str]) -> None:
        """Let these meet from now on, and nobody else; how often any met is not forgotten."""
        self.names = frozenset(names)
        self._pairs = list(itertools.combinations(sorted(self.names), 2))

    def next(self, image: str | None = None) -> Sequence[str]:
        """The left and the right name of a battle, both there, and able to start from an image; who is left is tossed.

        Raises BattleError where fewer than two are there.
        """
        unable = self._unable(image)
        there = {pair: self._met[pair] for pair in self._pairs if not set(pair) & unable}
        if not there:
            raise BattleError(Sentence("Fewer than two generators can be loaded now: try again in some minutes."))
        fewest = min(there.values())
        pair = self._rng.choice([pair for pair, count in there.items() if count == fewest])
        self._met[pair] += 1
        return self._rng.sample(pair, 2)

    def meet(self, names: Collection[str]) -> bool:
        """Whether all of these could meet now."""
        return set(names) <= self.names - self._unable(None)

    def takes_images(self) -> bool:
        """Whether a battle can start from an image: two or more that are there now take one."""
        return len(self.names - self._unable("any")) > 1

    def _unable(self, image: str | None) -> set[str]:
        takes = {one.name for one in GENERATORS if one.accepts.image}
        return {*self._absent(), *(self.names - takes if image else ())}
