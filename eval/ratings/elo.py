"""Online Elo: ratings that move with each vote, in the order of time."""

from collections.abc import Sequence

import numpy as np

from eval.ratings.battles import Coded
from eval.ratings.newton import Vector

K = 4.0
START = 1000.0
WON = (1.0, 0.0, 0.5, 0.5)  # the left side's score by outcome: left, right, tie, both bad


def online_elo(left: Coded, right: Coded, outcome: Coded, n: int, k: float = K) -> Vector:
    """Ratings (n,) after these votes in their order (Elo, The Rating of Chessplayers, 1978).

    Each vote moves k (score - expected) points from one side to the other, ties and both bad being half. All start
    at 1000; later votes weigh more, and the result depends on their order.
    """
    ratings: list[float] = [START] * n
    votes: Sequence[tuple[int, int, int]] = list(zip(left.tolist(), right.tolist(), outcome.tolist(), strict=True))
    for a, b, given in votes:
        move = k * (WON[given] - 1 / (1 + 10 ** ((ratings[b] - ratings[a]) / 400)))
        ratings[a] += move
        ratings[b] -= move
    return np.array(ratings)
