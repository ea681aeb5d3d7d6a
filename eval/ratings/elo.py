"""Online Elo: ratings that move with each vote, in the order of time."""

import numpy as np

from eval.ratings.counts import Coded
from eval.ratings.newton import Vector

K = 4.0
START = 1000.0
WON = (1.0, 0.0, 0.5, 0.5)  # the left side's score by outcome: left, right, tie, both bad


def rate_online(left: Coded, right: Coded, outcome: Coded, n: int, k: float = K) -> Vector:
    """Return ratings (n,) after these votes in their order (Elo, The Rating of Chessplayers, 1978).

    Each vote moves k (score - expected) points from one side to the other, ties and both bad being half. All start at
    1000; later votes weigh more, and the result depends on their order.
    """
    ratings: list[float] = [START] * n
    score = np.take(WON, outcome)
    for a, b, won in zip(left.tolist(), right.tolist(), score.tolist(), strict=True):
        own, other = ratings[a], ratings[b]
        move = k * (won - 1.0 / (1.0 + 10.0 ** ((other - own) / 400.0)))
        ratings[a] = own + move
        ratings[b] = other - move
    return np.array(ratings)
