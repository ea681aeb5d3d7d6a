"""Votes given before anybody could have seen the pictures."""

from collections.abc import Sequence

from hub.gates import GATES
from hub.gates.opinions import Opinions
from hub.schema import Vote

CERTAIN = 0.3  # seconds for two pictures: less than it takes to see, choose and press
STARTS = 0.8
SET = 1.5  # several pictures a side take so many times as long, at least


@GATES.register
class TimeToDecide:
    """Measured: the seconds from the last picture to the vote.

    Risk is certain up to 0.3 s (a choice between two known signs takes a person 0.4 s or more, and a picture is not a
    known sign) and falls to nothing at 0.8 s; for several pictures a side at one and a half times that. Of honest
    decisions with a median of 3 s about one in 16,000 is quicker than 0.3 s, and one in 70 than 0.8 s.
    """

    name = "time-to-decide"
    title = "votes quicker than the eye"

    def risk(self, history: Sequence[Vote], vote: Vote, said: Opinions) -> float:
        """Return the risk of a vote given so soon after its pictures."""
        pace = vote.seconds / (SET if len(vote.a) > 1 else 1.0)
        return min(1.0, max(0.0, (STARTS - pace) / (STARTS - CERTAIN)))
