"""How many more votes would part generators whose intervals overlap, if they differ as much as they seem to now."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from eval.ratings.bradley_terry import Rating
from eval.rounding import is_above


@dataclass(frozen=True)
class VotesNeeded:
    """Neighbours in the order that votes do not tell apart, and about how many more votes on the question would.

    ``more`` is None where they are level: no number of votes parts equals.
    """

    better: str
    worse: str
    more: int | None


def estimate_votes_needed(ratings: Sequence[Rating], used: int) -> tuple[VotesNeeded, ...]:
    """Return an estimate for each two neighbours, best first, whose intervals overlap, from ``used`` votes so far.

    Intervals shrink as one over the root of the votes, so that the two touch at ``used`` times the square of their half
    widths' sum over the difference. That takes new votes for like those of before: as many a rater, on the same pairs.
    """
    found = []
    for one, other in pairwise(ratings):
        if is_above(one.low, other.high):
            continue
        apart, halves = one.rating - other.rating, (one.high - one.low + other.high - other.low) / 2
        level = not is_above(one.rating, other.rating)
        more = None if level else max(1, math.ceil(used * ((halves / apart) ** 2 - 1)))
        found.append(VotesNeeded(one.generator, other.generator, more))
    return tuple(found)
