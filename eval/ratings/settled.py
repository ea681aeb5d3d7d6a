"""Which orders of two generators are settled, at any time one looks, and which pair to ask about next.

For each ordered pair (i, j) there is an e-process against "i is no better than j": a non-negative martingale or less
under that hypothesis, begun at 1, so that it ever reaches 1/a with probability at most a (Ville, 1939). It is the
mixture of bets prod (1 + b (y - 1/2)) over the votes between i and j, y = 1, 1/2 or 0 for i (Robbins, Annals of
Mathematical Statistics 41, 1970; Waudby-Smith and Ramdas, JRSS B 86, 2024): a tie leaves it as it is. What it takes for
granted is little: given all that went before, a vote between i and j prefers i with no more chance than j when i is no
better. So it holds for every rule that chooses the next pair from the votes so far, under any model of strengths, and
with a position effect too where sides are drawn by lot, as this arena does. Votes of raters with tastes of their own
break it, for a rater's next vote is foretold by the last: ``eval.ratings.bets`` bets once a rater. Here each vote is
another rater's.

Settled means: the product of all pairs' claims, taken at level 5 % together by Bonferroni over the n (n - 1) ordered
pairs, and what follows from them because "better" is transitive. Equal generators are never settled but by error.
"""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from eval.ratings.counts import Matrix
from eval.ratings.graph import Edges
from eval.rounding import find_first_highest, is_above, number_levels, sort_best_first

LEVEL = 0.05
BETS = np.tanh(np.geomspace(0.02, 3.0, 24) / 2) * 2  # b = 2 tanh(d / 2): best when d is the log odds of preferring i


def log_evidence(wins: Matrix) -> Matrix:
    """Return the log e-value of "i is better than j" from decided votes between them alone; both (..., n, n)."""
    losses = np.swapaxes(wins, -1, -2)
    logs = wins[..., None] * np.log1p(BETS / 2) + losses[..., None] * np.log1p(-BETS / 2)
    return np.asarray(np.logaddexp.reduce(logs, axis=-1) - np.log(len(BETS)))


def claim_threshold(n: int) -> float:
    """Return the log e-value that a claim on n generators must reach, that all claims are right with 95 %."""
    return float(np.log(n * (n - 1) / LEVEL))


def close_claims(claims: Edges) -> Edges:
    """Return claims (..., n, n) with those that follow from them: i over j and j over k give i over k."""
    found = claims.copy()
    for k in range(claims.shape[-1]):
        found |= found[..., :, k, None] & found[..., None, k, :]
    return found


def settle(wins: Matrix) -> Edges:
    """Return which i are settled to be better than which j, from all votes so far; (..., n, n)."""
    return close_claims(~is_above(claim_threshold(wins.shape[-1]), log_evidence(wins), 1.0))


@dataclass(frozen=True)
class Settled:
    """The settled orders of n generators at 95 %: first place, the whole order, and neighbours that are open."""

    order: tuple[str, ...]  # by rating, best first
    first: bool
    whole: bool
    open: tuple[tuple[str, str], ...]  # neighbours in the order that are not settled
    raters_known: bool  # so that each bets once (eval.ratings.bets); else each vote is taken for another rater's


def settle_order(
    names: tuple[str, ...], sure: Edges, theta: NDArray[np.float64], raters_known: bool = False
) -> Settled:
    """Return what of the order by theta (n,) is among what is ``sure``, (n, n)."""
    places = sort_best_first(theta, names, 1.0)
    pairs = [(i, j) for i, j in pairwise(places) if not sure[i, j]]
    return Settled(
        order=tuple(names[i] for i in places),
        first=bool(sure[places[0], places[1:]].all()),
        whole=not pairs,
        open=tuple((names[i], names[j]) for i, j in pairs),
        raters_known=raters_known,
    )


def expected_growth(theta: NDArray[np.float64], variance: Matrix | None = None) -> Matrix:
    """Return the expected growth of log evidence by the next vote on each pair, (..., n, n), symmetric.

    It is the Kullback-Leibler information ln 2 - H(p) of a vote won with probability p, by the estimates theta
    (..., n). With ``variance``, (..., n, n), of the differences they are taken at their root mean square: growth is
    about their square over 8.
    """
    d = theta[..., :, None] - theta[..., None, :]
    if variance is not None:
        d = np.sqrt(d**2 + np.maximum(variance, 0.0))
    win, loss = -np.logaddexp(0, -d), -np.logaddexp(0, d)  # logs of p and 1 - p
    return np.asarray(np.log(2) + np.exp(win) * win + np.exp(loss) * loss)


def find_places(theta: NDArray[np.float64]) -> NDArray[np.int64]:
    """Return each generator's place in the order by theta, 0 being the best; both (..., n)."""
    return np.argsort(np.argsort(-number_levels(theta, 1.0), axis=-1, kind="stable"), axis=-1)


def expected_information(theta: NDArray[np.float64], sure: Edges, goal: str) -> Matrix:
    """Return the :func:`expected_growth` of each pair that is of use, (..., n, n), -inf of the others.

    Of use for the goal ``order`` are pairs next to each other in the estimated order, for ``first`` pairs with its
    first, that are not settled.
    """
    growth, place = expected_growth(theta), find_places(theta)
    near = np.abs(place[..., :, None] - place[..., None, :]) == 1
    first = (place == 0)[..., :, None] | (place == 0)[..., None, :]
    useful = (near if goal == "order" else first & ~np.eye(theta.shape[-1], dtype=bool)) & ~sure
    return np.where(useful & ~np.swapaxes(sure, -1, -2), growth, -np.inf)


def find_telling_pair(
    sure: Edges, theta: NDArray[np.float64], goal: str = "order", seconds: NDArray[np.float64] | None = None
) -> tuple[int, int] | None:
    """Return the pair whose next vote tells most of the goal.

    That is by vote or, with ``seconds`` (n,) a picture, by GPU-second.

    The one rated higher is first; of level pairs and generators the first by their places. None where the goal is
    reached.
    """
    gain = expected_information(theta, sure, goal)
    if seconds is not None:
        gain = gain * seconds.min() / (seconds[:, None] + seconds[None, :])
    gain[np.tril_indices(len(gain))] = -np.inf  # the same as above the diagonal, but for rounding
    useful = np.isfinite(gain)
    if not useful.any():
        return None
    i, j = np.unravel_index(int(find_first_highest(np.where(useful, gain, -1.0).ravel())), gain.shape)
    return (int(j), int(i)) if is_above(theta[j], theta[i], 1.0) else (int(i), int(j))
