"""The same side again and again, whatever is on it."""

from collections.abc import Sequence
from itertools import takewhile

from hub.gates import GATES
from hub.gates.opinions import Opinions
from hub.schema import Outcome, Vote

STARTS, CERTAIN = 8, 14  # votes for one side in a row


@GATES.register
class Streaks:
    """Measured: how many votes in a row, this one the last, chose one and the same side.

    Sides are tossed for each battle, so the side is a fair coin for anybody who looks: a streak of n has a probability
    of at most 2^(1-n). Risk rises from 8 (1 in 128) and is certain at 14 (1 in 8,192). "Tie" and "both bad" choose no
    side, so they end a streak.
    """

    name = "streaks"
    title = "always the same side"

    def risk(self, history: Sequence[Vote], vote: Vote, said: Opinions) -> float:
        """Return the risk of a streak on one side that this vote ends."""
        if vote.outcome not in (Outcome.a, Outcome.b):
            return 0.0
        before = takewhile(lambda earlier: earlier.outcome is vote.outcome, reversed(history))
        streak = 1 + sum(1 for _ in before)
        return min(1.0, max(0.0, (streak - STARTS) / (CERTAIN - STARTS)))
