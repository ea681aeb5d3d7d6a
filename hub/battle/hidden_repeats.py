"""Hidden repeats: the names of some votes are kept back until their battle was shown again, its sides swapped.

A rater who was told who painted what could fake an answer that agrees with the first one.
"""

import random
from collections.abc import Container, Sequence
from typing import Any

from hub.gates import Recent
from hub.schema import BUT_SEED, Criterion, Request, Vote
from hub.votes import ContentStore

EACH, KEPT = 20, 5000  # votes of one rater, and of all, whose names are kept back
AGAIN = 0.5  # chance that a battle that can be shown again comes next


class HiddenRepeats:
    """Votes whose names are kept back, each until its battle was shown again. Not safe to call from several threads.

    ``share`` of all battles are to be repeats: at most half can be, as each battle is shown again once at most.
    """

    def __init__(self, share: float, rng: random.Random, store: ContentStore) -> None:
        self._chosen = min(1.0, share / max(1 - share, 1e-9))  # share of first showings that are to be shown again
        self._rng, self._store = rng, store
        self._waiting, self._showing = Recent(EACH, KEPT), Recent(EACH, KEPT)
        self._last = Recent(1, KEPT)  # each rater's last vote

    def voted(self, vote: Vote) -> tuple[Vote, ...]:
        """Keep the names of a vote back, if the lot falls on it.

        Returns the rater's earlier votes whose names can be told now: those whose battle was shown again, and those
        whose turn will not come, as the rater went on to another prompt or question.
        """
        over = [one for one in self._waiting.of(vote.rater) if _asked(one) != _asked(vote)]
        over = [*self._showing.of(vote.rater), *over]
        for one in over:
            self.tell(one)
        self._last.add(vote)
        if vote.repeat_of is None and self._rng.random() < self._chosen:
            self._waiting.add(vote)
        return tuple(over)

    def withholds(self, vote: Vote) -> bool:
        """Whether the names of this vote are kept back."""
        return vote in (*self._waiting.of(vote.rater), *self._showing.of(vote.rater))

    def tell(self, vote: Vote) -> None:
        """The names of this vote are told: its battle is not shown again."""
        for kept in (self._waiting, self._showing):
            if vote in kept.of(vote.rater):
                kept.drop(vote)

    def ask(self, rater: str, id: str) -> Vote | None:
        """This rater's vote of this id if its names were kept back, which are told now."""
        for vote in (*self._waiting.of(rater), *self._showing.of(rater)):
            if vote.id == id:
                self.tell(vote)
                return vote
        return None

    def pick(self, rater: str, requests: Sequence[Request], criterion: Criterion, open: Container[str]) -> Vote | None:
        """Return a vote of this rater on this question and request, or wordings, whatever its seeds, to show again.

        None if there is none. It is never the last one, nor one whose own battle is not ``open``.

        What is kept of a vote is published some time after its battle's end, with its names.
        """
        last = self._last.of(rater)
        able = [
            vote
            for vote in self._waiting.of(rater)
            if _asked(vote) == ([*map(BUT_SEED, requests)], criterion)
            and vote.id in open
            and vote not in last
            and self._kept(vote)
        ]
        if not able or self._rng.random() >= AGAIN:
            return None
        vote = self._rng.choice(able)
        self._waiting.drop(vote)
        self._showing.add(vote)
        return vote

    def _kept(self, vote: Vote) -> bool:
        return all(self._store.image(sample.sha256).exists() for sample in (*vote.a, *vote.b))


def _asked(vote: Vote) -> tuple[list[Any], Criterion]:
    return [*map(BUT_SEED, vote.requests)], vote.criterion
