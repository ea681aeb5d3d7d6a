"""Frechet distance between two sets of features taken as normal distributions (Heusel et al., arXiv 1706.08500)."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from eval.metrics import METRICS, Array, Features, Measured
from eval.metrics._arrays import checked_pair
from eval.metrics._bootstrap import jackknife_error, normal_interval, paired, resamples
from eval.metrics._gaussian import Gaussian, gaussian
from eval.metrics._threads import one_thread

DRAWS = 50


def _roots(a: Gaussian, b: Gaussian) -> float:
    """tr (S_a S_b)^(1/2): the sum of the square roots of the eigenvalues of L^T S L, L a factor of the other.

    Two thin factors A, B need no eigenvalues: it is the sum of the singular values of A B^T, which are exact to
    rounding where roots of eigenvalues lose half the digits.
    """
    if a.rows is not None and b.rows is not None:
        return float(np.linalg.svd(a.rows @ b.rows.T, compute_uv=False).sum())
    inner, outer = (a, b) if a.covariance is None or b.covariance is not None else (b, a)
    values = np.linalg.eigvalsh(outer.spread_along(inner.factor), UPLO="L")
    return float(np.sqrt(values.clip(min=0)).sum())


@one_thread()
def frechet(reference: Gaussian, generated: Gaussian) -> float:
    """|m1 - m2|^2 + tr(S1 + S2 - 2 (S1 S2)^(1/2)), in squared feature units; the factor taken is the reference's."""
    distance = ((reference.mean - generated.mean) ** 2).sum() + reference.trace + generated.trace
    return max(0.0, float(distance - 2 * _roots(reference, generated)))


def frechet_from_moments(m1: Array, s1: Array, m2: Array, s2: Array) -> float:
    """The distance of given means (D,) and covariances (D, D), whatever their rank."""
    return frechet(Gaussian(0, m1, covariance=s1), Gaussian(0, m2, covariance=s2))


def frechet_distance(generated: Array, reference: Array) -> float:
    """Frechet distance of features (N, D) and (M, D), with unbiased covariances, in float64.

    Raises DataError with fewer than two rows, NaN, or unequal dimensions.
    """
    x, y = checked_pair(generated, reference, least=2)
    return frechet(gaussian(y), gaussian(x))


def _centred(x: Array, weights: Array) -> tuple[Array, Array]:
    """Weighted mean (D,) and factor A (N, D) with A^T A the weighted, unbiased covariance; rows without weight go."""
    x, weights = x[weights > 0], weights[weights > 0]
    mean = weights @ x / weights.sum()
    return mean, np.sqrt(weights / (weights.sum() - 1))[:, None] * (x - mean)


@one_thread()
def frechet_thin(x: Array, y: Array, x_weights: Array, y_weights: Array) -> float:
    """The same distance from rows (N, D) and (M, D), each counted ``weights`` times; no covariance is formed."""
    (m1, a), (m2, b) = _centred(x, x_weights), _centred(y, y_weights)
    return frechet(Gaussian(len(b), m2, rows=b), Gaussian(len(a), m1, rows=a))


@one_thread()
def influences(x: Array, y: Array) -> Array:
    """How much each pair of rows moves the distance of (N, D) and (N, D), N > D: (N,), mean 0.

    The derivative of the squared 2-Wasserstein distance of normals: with T = S1^(-1/2) (S1^(1/2) S2 S1^(1/2))^(1/2)
    S1^(-1/2), the optimal transport map (Peyre and Cuturi, Computational Optimal Transport, equation 2.40), a row z of
    the first set weighs 2 (m1 - m2) z + z^T (I - T) z, one of the second with T^-1. In a basis V of L^T S2 L = V Q V^T,
    S1 = L L^T, both are diagonal.
    """
    m1, m2 = x.mean(0), y.mean(0)
    a, b = x - m1, y - m2
    lower = np.linalg.cholesky(a.T @ a / (len(a) - 1))
    spread = lower.T @ (b.T @ b / (len(b) - 1)) @ lower
    values, vectors = np.linalg.eigh(spread)
    roots = np.sqrt(values.clip(min=np.finfo(np.float64).eps * values[-1]))
    along = (a @ np.linalg.solve(lower.T, vectors)) ** 2 @ roots
    back = (b @ (lower @ vectors)) ** 2 @ (1 / roots)
    moved = 2 * (a - b) @ (m1 - m2) + (a**2).sum(1) - along + (b**2).sum(1) - back
    return np.asarray(moved - moved.mean())


@dataclass(frozen=True)
class Paired:
    """The distance of one image a prompt from the reference images, and its standard error over prompts."""

    value: float
    error: float
    n: int
    dimensions: int

    @property
    def note(self) -> str | None:
        """A warning where there are fewer prompts than dimensions."""
        text = f"N = {self.n} < {self.dimensions} dimensions: biased upward, compare only figures of equal N"
        return text if self.n < self.dimensions else None


@lru_cache(maxsize=1)
def frechet_paired(generated: Features, reference: Features) -> Paired:
    """Prompts vary with their generated and their reference images together: by bootstrap where there are few images
    for the dimensions, else by infinitesimal jackknife, which costs no more than the distance itself.
    """
    x, y = checked_pair(paired(generated, reference).images, reference.images, least=2)
    n, dimensions = x.shape
    value = frechet_distance(x, y)
    if n > 2 * dimensions:
        return Paired(value, jackknife_error(influences(x, y)), n, dimensions)
    counts = resamples(n, DRAWS).astype(np.float64)
    draws = np.array([frechet_thin(x, y, count, count) for count in counts])
    return Paired(value, float(draws.std(ddof=1)), n, dimensions)


@METRICS.register
class Frechet:
    """Frechet distance of one image a prompt from the reference images."""

    name = "FD (EfficientNet-Lite2)"
    better = "lower"
    of_real = False
    needs = ()

    def __call__(self, generated: Features, reference: Features) -> Measured:
        """Marked where there are fewer prompts than dimensions."""
        made = frechet_paired(generated, reference)
        between = normal_interval(made.value, made.error, least=0)
        return Measured(self.name, made.value, *between, made.n, generated.image_encoder, made.note)
