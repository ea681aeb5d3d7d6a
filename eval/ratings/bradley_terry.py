"""Bradley-Terry ratings from counts, by Newton's method, with sandwich intervals.

Model (Bradley and Terry, Biometrika 39, 1952): P(i beats j) = 1 / (1 + exp(theta_j - theta_i)). A tie, or a vote
that calls both bad, is half a win each way. Ratings are on the Elo scale, 400/ln 10 theta + 1000, mean 1000.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from eval.ratings.battles import Counts, Matrix
from hub.errors import DataError

TIE_RULE = "half"
SCALE = 400 / math.log(10)  # Elo points per unit of theta
CENTRE = 1000.0
Z95 = 1.959963984540054  # 97.5 % point of the normal distribution
PRIOR = "half a win each way added to each compared pair"


@dataclass(frozen=True)
class Fit:
    """A fitted model of n generators; theta has mean 0, so the covariances are singular along (1, ..., 1)."""

    names: tuple[str, ...]
    theta: NDArray[np.float64]  # (n,)
    information: Matrix  # (n, n), Fisher information of theta
    covariance: Matrix  # (n, n), sandwich
    battles: NDArray[np.int64]  # (n,), votes per generator
    prior: str | None


@dataclass(frozen=True)
class Rating:
    """One line of the ratings: Elo points with a 95 % interval, rank by intervals, and votes counted."""

    generator: str
    rating: float
    low: float
    high: float
    rank: int
    battles: int


def reachable(edges: NDArray[np.bool_], start: int) -> NDArray[np.bool_]:
    """Which of n nodes can be reached from ``start`` along ``edges[i, j]`` (i to j), ``start`` among them; (n,)."""
    seen = np.zeros(len(edges), dtype=bool)
    front = seen.copy()
    front[start] = True
    while front.any():
        seen |= front
        front = edges[front].any(axis=0) & ~seen
    return seen


def components(edges: NDArray[np.bool_]) -> list[list[int]]:
    """Connected components of an undirected graph given as a symmetric (n, n) matrix."""
    left, found = set(range(len(edges))), []
    while left:
        part = np.flatnonzero(reachable(edges, min(left))).tolist()
        left -= set(part)
        found.append(part)
    return found


def needs_prior(counts: Counts) -> bool:
    """Whether the votes alone give no finite estimate, or none with an interval.

    The maximum is finite if and only if the win graph is strongly connected (Ford, 1957). Generators joined by ties
    alone would get an interval of no width, as their votes leave no residual.
    """
    beat = counts.halved > 0
    strong = reachable(beat, 0).all() and reachable(beat.T, 0).all()
    decided = counts.wins + counts.wins.T > 0
    return not (strong and reachable(decided, 0).all())


def _laplacian(weights: Matrix) -> Matrix:
    return np.diag(weights.sum(axis=1)) - weights


def _probability(theta: NDArray[np.float64]) -> Matrix:
    """P(i beats j), (n, n), exact to rounding however small."""
    return np.asarray(np.exp(-np.logaddexp(0, theta[None, :] - theta[:, None])))


def newton(wins: Matrix, tolerance: float = 1e-9, limit: int = 200) -> NDArray[np.float64]:
    """The maximum-likelihood theta (n,), mean 0, of (half-)wins (n, n).

    The likelihood is concave; a step that does not raise it is halved. Converged when a full step moves no theta by
    ``tolerance``; as that step is taken, what is left is about its square. Raises DataError when ``limit`` steps do
    not suffice, as without a finite maximum.
    """
    n = wins + wins.T
    theta = np.zeros(len(wins))

    def likelihood(at: NDArray[np.float64]) -> float:
        gap = at[:, None] - at[None, :]
        return -float((wins * np.logaddexp(0, -gap)).sum())

    current = likelihood(theta)
    for _ in range(limit):
        p = _probability(theta)
        gradient = (wins * p.T - wins.T * p).sum(axis=1)
        step = np.linalg.solve(_laplacian(n * p * p.T) + 1 / len(wins), gradient)
        if np.abs(step).max() < tolerance:
            return np.asarray(theta + step - (theta + step).mean())
        while (after := likelihood(theta + step)) < current - 1e-9 * abs(current):
            step = step / 2
        theta, current = theta + step - (theta + step).mean(), after
    raise DataError("The ratings did not converge: some generator wins or loses all its votes; collect more votes.")


def fit(counts: Counts) -> Fit:
    """Fit the model and its sandwich covariance H^-1 M H^-1 (White, Econometrica 50, 1982).

    H = sum over votes of p (1 - p) d d^T and M = sum of (y - p)^2 d d^T, with d = e_i - e_j and y = 1, 1/2 or 0; both
    come from the counts alone. Where the votes need it (:func:`needs_prior`) the stated prior is added as one half
    win and one half loss a pair, to H and M alike. Raises DataError without votes, and when votes do not join
    all generators.
    """
    if not counts.used:
        raise DataError("There are no votes yet: vote in the arena, or name other votes with --votes.")
    parts = components(counts.battles > 0)
    if len(parts) > 1:
        groups = "; ".join(", ".join(counts.names[i] for i in part) for part in parts)
        raise DataError(f"No votes join these groups of generators, so they have no common scale: {groups}. "
                        "Collect votes between them, or rate each group from a file of its own.")  # fmt: skip
    prior = needs_prior(counts)
    wins = counts.wins + (0.5 * (counts.battles > 0) if prior else 0.0)
    theta = newton(wins + counts.ties / 2)
    p = _probability(theta)
    information = _laplacian((wins + wins.T + counts.ties) * p * p.T)
    meat = _laplacian(wins * p.T**2 + wins.T * p**2 + counts.ties * (0.5 - p) ** 2)
    ones = np.full_like(information, 1 / len(theta))
    inverse = np.linalg.inv(information + ones) - ones  # the pseudo-inverse
    battles = counts.battles.sum(axis=1).astype(np.int64)
    return Fit(counts.names, theta, information, inverse @ meat @ inverse, battles, PRIOR if prior else None)


def rate(fitted: Fit) -> list[Rating]:
    """Ratings, best first, names breaking ties; rank = 1 + generators whose lower bound exceeds one's upper bound."""
    rating = SCALE * fitted.theta + CENTRE
    half = Z95 * SCALE * np.sqrt(np.diag(fitted.covariance))
    low, high = rating - half, rating + half
    rows = [
        Rating(name, float(rating[i]), float(low[i]), float(high[i]), 1 + int((low > high[i]).sum()), int(battles))
        for i, (name, battles) in enumerate(zip(fitted.names, fitted.battles, strict=True))
    ]
    return sorted(rows, key=lambda row: (-round(row.rating, 6), row.generator))
