"""Bradley-Terry with covariates of the sides: how much of a rating is, say, the picture's brightness or speed.

As the style control of Chatbot Arena (Li, Angelopoulos and Chiang, 2024): P(left) = 1 / (1 + exp(-d - z^T b)), z the
left side's covariates less the right one's, scaled to standard deviation 1. Ties are half a win each way. What is the
same for both sides of a vote, as the prompt's kind or the time to decide, cancels in z: rate each kind apart
(``eval.ratings.categories``), or hold the kinds fixed (``eval.ratings.board``).
"""

from dataclasses import dataclass

import numpy as np

from eval.ratings.battles import Coded, Matrix
from eval.ratings.elo import WON
from eval.ratings.newton import STEPS, TOLERANCE, Vector
from hub.errors import DataError


@dataclass(frozen=True)
class Controlled:
    """Log strengths and coefficients (log odds per standard deviation) with their joint sandwich covariance."""

    theta: Vector  # (n,), mean 0
    coefficients: Vector  # (k,)
    covariance: Matrix  # (n + k, n + k)


@dataclass(frozen=True)
class _Design:
    """Rows e_left - e_right and z, never written out: products with them by counting."""

    left: Coded
    right: Coded
    z: Matrix  # (votes, k)
    n: int

    def predict(self, at: Vector) -> Vector:
        """X at, (votes,)."""
        return np.asarray(at[self.left] - at[self.right] + self.z @ at[self.n :])

    def gather(self, weights: Vector) -> Vector:
        """X^T weights, (n + k,)."""
        sides = np.bincount(self.left, weights, self.n) - np.bincount(self.right, weights, self.n)
        return np.concatenate((sides, self.z.T @ weights))

    def gram(self, weights: Vector) -> Matrix:
        """X^T diag(weights) X, (n + k, n + k)."""
        n = self.n
        pairs = np.bincount(self.left * np.int64(n) + self.right, weights, n * n).reshape(n, n)
        pairs = pairs + pairs.T
        mixed = np.stack([self.gather(weights * column)[:n] for column in self.z.T], axis=1)
        return np.block(
            [[np.diag(pairs.sum(axis=1)) - pairs, mixed], [mixed.T, self.z.T @ (weights[:, None] * self.z)]]
        )


def control(left: Coded, right: Coded, outcome: Coded, z: Matrix, n: int) -> Controlled:
    """Fit to coded votes with differences of covariates (votes, k), left less right.

    Raises DataError where a covariate never differs or is not finite, and where Newton's method finds no finite
    maximum: a covariate, or a generator, that decides every vote.
    """
    spread = z.std(axis=0)
    if not np.isfinite(z).all() or not (spread > 0).all():
        raise DataError("A covariate is the same for both sides of every vote, or not finite: leave it out.")
    design = _Design(left, right, z / spread, n)
    won = np.array(WON)[outcome]
    at, pin = np.zeros(n + z.shape[1]), np.zeros((n + z.shape[1],) * 2)
    pin[:n, :n] = 1 / n
    for _ in range(STEPS):
        p = np.exp(-np.logaddexp(0, -design.predict(at)))
        try:
            inverse = np.linalg.inv(design.gram(p * (1 - p)) + pin) - pin
        except np.linalg.LinAlgError:
            break
        step = inverse @ design.gather(won - p)
        at = at + step / max(1.0, float(np.abs(step).max()))
        if np.abs(step).max() < TOLERANCE:
            return Controlled(at[:n], at[n:], inverse @ design.gram((won - p) ** 2) @ inverse)
    raise DataError("The controlled ratings did not converge: a covariate or a generator decides every vote.")
