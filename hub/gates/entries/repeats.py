"""Answers that follow a pattern, and the same pictures judged twice."""

from collections.abc import Sequence

from hub.gates import GATES
from hub.gates.opinions import Opinions
from hub.schema import Outcome, Vote

PERIODS = range(2, 9)  # votes after which a pattern starts again
STARTS, CERTAIN = 8, 14  # choices of a side in a row that the pattern foretold


@GATES.register
class Repeats:
    """Measured: how many choices of a side, this one the last, were the same as a fixed number (2 to 8) of votes ago.

    Alternating answers repeat after 2 votes, A B B after 3. Sides are tossed, so each choice is foretold with a
    probability of one half: n in a row, for any of the 7 lengths, with 7 * 2^-n at most. Risk rises from 8 and is
    certain at 14 (1 in 2,340). Foretold ties neither count nor end the run, and a run of one answer only is no pattern:
    many ties may be honest, and one side only is for the gate of streaks.

    Certain, too, is a vote on the very pictures that the rater judged before by the same question, because it would
    count twice, unless the arena showed them again on purpose (a hidden repeat).
    """

    name = "repeats"
    title = "answers by a pattern, or the same pictures twice"

    def risk(self, history: Sequence[Vote], vote: Vote, said: Opinions) -> float:
        """Return how near to certain it is that the answers follow a pattern, or judge the same pictures twice."""
        if vote.repeat_of is None and any(_share_pictures(vote, earlier) for earlier in history):
            return 1.0
        answers = [*(earlier.outcome for earlier in history), vote.outcome]
        foretold = max(_count_foretold(answers, period) for period in PERIODS)
        return min(1.0, max(0.0, (foretold - STARTS) / (CERTAIN - STARTS)))


def _share_pictures(one: Vote, other: Vote) -> bool:
    """Return whether two votes answer the same question on the same pictures, whichever side each picture was on."""
    if (one.criterion, one.prompts) != (other.criterion, other.prompts):
        return False
    digests = [sorted(sample.sha256 for sample in (*vote.a, *vote.b)) for vote in (one, other)]
    return digests[0] == digests[1]


def _count_foretold(answers: Sequence[Outcome], period: int) -> int:
    """Return how many last choices of a side equal the answer ``period`` votes before, without a miss."""
    start = len(answers)
    while start > period and answers[start - 1] is answers[start - 1 - period]:
        start -= 1
    run = answers[start:]
    if len(set(run)) < 2 or answers[-1] not in (Outcome.a, Outcome.b):
        return 0
    return sum(answer in (Outcome.a, Outcome.b) for answer in run)
