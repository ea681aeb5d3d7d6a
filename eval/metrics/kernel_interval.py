"""The 95 % interval of a squared kernel distance, which is asymmetric: the error depends on the distance itself.

The estimate is that of |d|^2, d being the difference of two mean embeddings known with an error of covariance S. Its
variance is 4 d'Sd + 2 tr S^2: the first part goes with the distance, as a |d|^2, the second is there without any. So,
as Wilson's interval of a share does, it holds the distances t that the estimate u does not contradict, (u - t)^2 <=
q^2 (a t + b) with q of Student's t by the number of prompts. That holds the truth where u +- q error does not: where
sets are alike the error is estimated too large, where they differ a small u comes with a small error
(``python -m tests.benchmarks.coverage``).
"""

import math
from dataclasses import dataclass

from eval.statistics import t95
from hub.language.sentence import Sentence

FEW = 150  # prompts, from which on the interval of one image a prompt holds the truth as often as it says
INTERVAL = Sentence("the distances that the unbiased estimate does not contradict, by Student's t of the prompts")
ALIKE = Sentence(
    "both sets are of the same prompts and hardly differ: where the two images of a prompt are alike the interval is "
    "wider than 95 % needs, and held the truth in 96 to 100 of 100 simulations"
)
FEW_PROMPTS = Sentence(
    "with fewer than {few} prompts the interval held the truth in 95 to 98 of 100 simulations", few=FEW
)


def describe_coverage(prompts: int, same_prompts: bool, low: float) -> list[Sentence]:
    """Return what simulations say of an interval with this lower end, of so many prompts.

    They are ``tests.benchmarks.coverage``.
    """
    told = [(same_prompts and low <= 0, ALIKE), (prompts < FEW, FEW_PROMPTS)]
    return [sentence for holds, sentence in told if holds]


@dataclass(frozen=True)
class Spread:
    """The parts of the error of a squared distance.

    ``linear`` is the variance by row means, ``rest`` that of what they leave (b), ``own`` the trace of S, what the
    distance of the two means as they are is larger by.
    """

    linear: float
    rest: float
    own: float

    def interval(self, value: float, prompts: int) -> tuple[float, float]:
        """Return both ends about the unbiased value; the value is within them.

        The slope a is estimated at the value, or at twice the error without any distance where the value is less; a set
        that is hardly off may be off in any direction: the upper end has the slope of the means as they are at least.
        """
        q, whole = t95(prompts - 1), value + self.own
        at = max(value, 2 * math.sqrt(self.rest))
        slope = max(self.linear - self.rest, 0.0) / at if at > 0 else 0.0
        upper = max(slope, self.linear / whole if whole > 0 else 0.0)
        low, high = q * q * slope / 2, q * q * upper / 2
        low -= math.sqrt(max(low * low + q * q * (slope * value + self.rest), 0.0))
        high += math.sqrt(high * high + q * q * (upper * max(value, 0.0) + self.rest))
        return value + min(low, 0.0), value + high
