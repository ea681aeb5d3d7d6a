"""Votes in quicker succession than anybody can draw, look and choose."""

from collections.abc import Sequence

from hub.gates import GATES
from hub.gates.opinions import Opinions
from hub.schema import Vote

WINDOWS = ((10, 15.0, 5.0), (40, 80.0, 40.0))  # votes, seconds they take where risk starts, and where it is certain


@GATES.register
class Velocity:
    """Measured: the seconds that the rater's latest 10 and latest 40 votes took, from the first to this one.

    Risk rises when 10 votes took less than 15 s, and is certain at 5 s; or when 40 took less than 80 s, certain at
    40 s. Someone who decides in 3 s and waits for nothing needs about 30 s for 10 votes and 140 s for 40: half of that
    is still free of risk for a short run, so that only a machine reaches it. A clock that was set back tells nothing.
    """

    name = "velocity"
    title = "votes in quick succession"

    def risk(self, history: Sequence[Vote], vote: Vote, said: Opinions) -> float:
        """Return the higher risk of the two paces, of the latest 10 and of the latest 40 votes."""
        return max(_measure_risk(history, vote, *window) for window in WINDOWS)


def _measure_risk(history: Sequence[Vote], vote: Vote, votes: int, starts: float, certain: float) -> float:
    if len(history) < votes - 1:
        return 0.0
    took = vote.time - history[-(votes - 1)].time
    return 0.0 if took < 0 else min(1.0, max(0.0, (starts - took) / (starts - certain)))
