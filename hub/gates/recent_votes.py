"""The recent votes of each rater, in bounded memory."""

from collections import OrderedDict
from collections.abc import Sequence

from hub.schema import Vote


class Recent:
    """The latest votes: at most ``each`` of a rater and ``total`` of all; the longest quiet raters go first."""

    def __init__(self, each: int, total: int) -> None:
        self._each, self._total = each, total
        self._votes: OrderedDict[str, tuple[Vote, ...]] = OrderedDict()
        self._count = 0

    def __len__(self) -> int:
        """Return the number of votes of all raters."""
        return self._count

    def of(self, rater: str) -> Sequence[Vote]:
        """Return a rater's votes, oldest first."""
        return self._votes.get(rater, ())

    def add(self, vote: Vote) -> Sequence[Vote]:
        """Add a vote, in place of one with its id, and return the rater's other votes, oldest first."""
        known = self._votes.pop(vote.rater, ())
        others = tuple(one for one in known if one.id != vote.id)
        kept = (*others, vote)[-self._each :]
        self._votes[vote.rater] = kept
        self._count += len(kept) - len(known)
        while self._count > self._total and len(self._votes) > 1:
            self._count -= len(self._votes.popitem(last=False)[1])
        return others

    def drop(self, vote: Vote) -> None:
        """Remove one vote."""
        known = self._votes[vote.rater]
        self._votes[vote.rater] = tuple(one for one in known if one.id != vote.id)
        self._count -= len(known) - len(self._votes[vote.rater])
