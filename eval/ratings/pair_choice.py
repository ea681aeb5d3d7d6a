"""What the next vote on each pair would tell of the order, where little is known of some: an arena's live pairing.

Strengths are estimated with two votes' worth of a prior for each generator, so that all are finite from the start. What
a vote would tell is :func:`eval.ratings.settled.expected_growth` at the root mean square of what the difference of the
two may be by the votes, so that a pair of which little is known is asked about, and one that is level for all that many
votes say is not asked about for ever. Of use are neighbours in the order; and two with others between them where none
of these helps: from a over b and b over c follows a over c, but where b and c are level a has to be settled against
both.

New entries come first: one with fewer than ``NEW`` votes meets the strongest and the weakest third of the others, which
brackets its place; only then its neighbours.
"""

import numpy as np

from eval.ratings.counts import Matrix
from eval.ratings.graph import Edges
from eval.ratings.newton import Vector
from eval.ratings.settled import expected_growth, find_places

NEW = 10  # votes on the question, below which a generator's place is not known
STEPS = 3  # of Newton's method, from the last estimate
HELPS = 1 / 9  # of what a pair tells, that both parts tell by one who helps: growth is about the square of a difference


def estimate_smoothed(won: Matrix, theta: Vector) -> tuple[Vector, Matrix]:
    """Return log strengths (..., n) and the variances of their differences (..., n, n), from wins (..., n, n).

    A tie is half a win each way. ``theta``, (..., n), is the estimate of before, or 0. Each generator has wins and
    losses added that sum up to two, spread over the others.
    """
    n = won.shape[-1]
    wins, eye = won + (1 - np.eye(n)) / (n - 1), np.eye(n)
    votes = wins + np.swapaxes(wins, -1, -2)
    for _ in range(STEPS):
        p = 1 / (1 + np.exp(theta[..., None, :] - theta[..., :, None]))
        weights = votes * p * (1 - p)
        curvature = eye * weights.sum(axis=-1)[..., None] - weights + 1 / n
        gradient = (wins - votes * p).sum(axis=-1)
        inverse = np.linalg.inv(curvature)
        step = (inverse @ gradient[..., None])[..., 0]
        theta = theta + np.clip(step - step.mean(axis=-1, keepdims=True), -1, 1)
    own = np.diagonal(inverse, axis1=-2, axis2=-1)
    return theta, own[..., :, None] + own[..., None, :] - 2 * inverse


def bracket_new(theta: Vector, new: Edges) -> Edges:
    """Return which pairs (..., n, n) bracket the place of a ``new`` generator (..., n) by the strongest and weakest.

    Those are a third each of the others, one at least; where fewer than two generators are not new there are none.
    """
    known = ~new
    count = known.sum(axis=-1, keepdims=True)
    place = np.argsort(np.argsort(np.where(new, np.inf, -theta), axis=-1, kind="stable"), axis=-1)
    third = np.maximum(1, count // 3)
    ends = known & ((place < third) | (place >= count - third)) & (count > 1)
    pairs = new[..., :, None] & ends[..., None, :]
    return np.asarray(pairs | np.swapaxes(pairs, -1, -2))


def measure_use(theta: Vector, sure: Edges, variance: Matrix) -> Matrix:
    """Return the growth of evidence that a vote on each pair brings where it is of use, 0 elsewhere; (..., n, n).

    Of no use are pairs that are settled, and those that will follow from two others: each of these is settled, or
    brings ``HELPS`` of the growth or more, one who stands between the two being in both.
    """
    growth, place = expected_growth(theta, variance), find_places(theta)
    done = sure | np.swapaxes(sure, -1, -2)
    soon = np.where(done, np.inf, growth)
    low, high = (pick(place[..., :, None], place[..., None, :]) for pick in (np.minimum, np.maximum))
    helped = done | np.eye(theta.shape[-1], dtype=bool)
    for k in range(theta.shape[-1]):
        between = (low < place[..., k, None, None]) & (place[..., k, None, None] < high)
        parts = np.minimum(soon[..., :, k, None], soon[..., None, k, :])
        helped |= between & (parts >= HELPS * growth)
    return np.where(helped, 0.0, growth)


def inform_pairs(won: Matrix, sure: Edges, theta: Vector) -> tuple[Matrix, Vector]:
    """Return what the next vote on each pair would tell of the order, (..., n, n), 0 or more, and the strengths.

    ``won``: wins, a tie being half, (..., n, n); ``sure``: which order is settled; ``theta``: an estimate of before.
    While new generators can be bracketed only their pairs tell anything; while fewer than two are known, none does.
    """
    theta, variance = estimate_smoothed(won, theta)
    new = (won.sum(axis=-1) + won.sum(axis=-2)) < NEW
    growth = measure_use(theta, sure, variance)
    bracketing = bracket_new(theta, new)
    blind = ((~new).sum(axis=-1) < 2)[..., None, None]
    told = np.where(bracketing.any(axis=(-2, -1), keepdims=True), bracketing * 1.0, growth)
    return np.where(blind, 0.0, told), theta
