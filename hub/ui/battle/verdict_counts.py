"""What was said of each pair of generators by question, counted as votes are told: shown after a vote, never before it.

Votes on an idea in two wordings are counted apart.

A vote that is not told yet is not counted: who sees the numbers before and after it would know what it was.
"""

import threading
from collections import Counter, defaultdict
from collections.abc import Mapping

import pyarrow as pa
import pyarrow.compute as pc

from hub.schema import Criterion, Outcome, Vote
from hub.votes import VoteLog
from hub.votes.rows import OWN

LEAST = 5  # other votes on a pair from which on they are shown
SIDES = ["criterion", "worded", "generator_a", "generator_b", "outcome"]
SWAPPED = {Outcome.a: Outcome.b, Outcome.b: Outcome.a}
Asked = tuple[Criterion, bool]  # the question, and whether it was asked on two wordings
Pair = tuple[Asked, str, str]  # and the names in the order of the alphabet


def _place(asked: Asked, a: str, b: str, outcome: Outcome) -> tuple[Pair, Outcome]:
    """Return the pair of a vote, and its outcome as if the sides stood in the pair's order."""
    if a < b:
        return (asked, a, b), outcome
    return (asked, b, a), SWAPPED.get(outcome, outcome)


def _find(vote: Vote, outcome: Outcome) -> tuple[Pair, Outcome]:
    return _place((vote.criterion, vote.worded), vote.a[0].generator, vote.b[0].generator, outcome)


def _counts(vote: Vote) -> bool:
    """Return whether a vote counts by what is known as it is given: no gate left it out, and it is no hidden repeat."""
    return not vote.excluded and vote.repeat_of is None and vote.a[0].generator != vote.b[0].generator


class VerdictCounts:
    """Counts the votes of ``before`` and those that a log tells from now on; costs a vote one addition.

    Safe to use from threads.
    """

    def __init__(self, before: pa.Table, log: VoteLog) -> None:
        self._counts: dict[Pair, Counter[Outcome]] = defaultdict(Counter)
        self._lock = threading.Lock()
        self._change(before, 1)
        log.told.follow(self._add)

    def withdraw(self, votes: pa.Table) -> None:
        """Count votes no more that were told and then taken back."""
        self._change(votes, -1)

    def others(self, vote: Vote) -> Mapping[Outcome, int]:
        """Return what was said on the question and the pair of a told vote beside it, as its sides stand.

        Empty with fewer than ``LEAST`` other votes.
        """
        pair, own = _find(vote, vote.outcome)
        with self._lock:
            said = Counter(self._counts.get(pair, {}))
        said[own] = max(0, said[own] - _counts(vote))
        if said.total() < LEAST:
            return {}
        return {one: said[_find(vote, one)[1]] for one in Outcome}

    def _add(self, vote: Vote) -> None:
        if _counts(vote):
            pair, outcome = _find(vote, vote.outcome)
            with self._lock:
                self._counts[pair][outcome] += 1

    def _change(self, votes: pa.Table, sign: int) -> None:
        """Add the votes of a table that count, or subtract them."""
        if not votes.num_rows:
            return
        shown = pc.and_(pc.is_null(votes["excluded"].cast(pa.string())), pc.is_null(votes["repeat_of"]))
        kept = votes.filter(pc.and_(shown, pc.equal(votes["source"], OWN)))
        kept = kept.append_column("worded", pc.is_valid(kept["wording"]))
        for row in kept.group_by(SIDES).aggregate([([], "count_all")]).to_pylist():
            criterion, worded, a, b, outcome = (row[name] for name in SIDES)
            if criterion in set(Criterion) and outcome in set(Outcome) and a and b and a != b:
                pair, place = _place((Criterion(criterion), worded), a, b, Outcome(outcome))
                with self._lock:
                    self._counts[pair][place] += sign * row["count_all"]
