"""Frechet distance between two sets of features taken as normal distributions (Heusel et al., arXiv 1706.08500)."""

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from eval.metrics import METRICS, Array, Features, Measured, Takes
from eval.metrics._arrays import checked_pair
from eval.metrics._bootstrap import SEED, Sides, jackknife_error, normal_interval, resamples, sides
from eval.metrics._gaussian import Gaussian, gaussian, kept_gaussian
from eval.metrics._threads import one_thread
from hub.paths import cache_dir
from hub.sentences import Sentence

DRAWS = 50
FAR = 1e-8  # of the largest eigenvalue: a root above it is exact to 1e-8


def _roots(a: Gaussian, b: Gaussian) -> float:
    """tr (S_a S_b)^(1/2): the sum of the square roots of the eigenvalues of L^T S L, L a factor of the other.

    Of two thin factors A, B it is the sum of the singular values of A B^T: roots of the eigenvalues of its square where
    these are far from 0, else, since roots of small ones lose half the digits, from its own decomposition.
    """
    if a.rows is not None and b.rows is not None:
        across = a.rows @ b.rows.T if len(a.rows) < len(b.rows) else b.rows @ a.rows.T
        squares = np.linalg.eigvalsh(across @ across.T)
        if squares[0] > FAR * squares[-1]:
            return float(np.sqrt(squares).sum())
        return float(np.linalg.svd(across, compute_uv=False).sum())
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
def influences(x: Array, y: Array) -> tuple[Array, Array]:
    """How much each row moves the distance of (N, D) and (M, D), both of more rows than dimensions: (N,) and (M,), of
    mean 0.

    The derivative of the squared 2-Wasserstein distance of normals: with T = S1^(-1/2) (S1^(1/2) S2 S1^(1/2))^(1/2)
    S1^(-1/2), the optimal transport map (Peyre and Cuturi, Computational Optimal Transport, equation 2.40), a row z of
    the first set weighs 2 (m1 - m2) z + z^T (I - T) z, one of the second with T^-1. In a basis V of L^T S2 L = V Q V^T,
    S1 = L L^T, both are diagonal.
    """
    m1, m2 = x.mean(0), y.mean(0)
    a, b = x - m1, y - m2
    factor = Gaussian(len(x), m1, covariance=a.T @ a / (len(a) - 1)).factor
    values, vectors = np.linalg.eigh(factor.T @ (b.T @ b / (len(b) - 1)) @ factor)
    whole = factor.shape[0] == factor.shape[1]  # else its columns are orthogonal, and what lies beside them is constant
    whitening = np.linalg.solve(factor.T, vectors) if whole else (factor / (factor**2).sum(0)) @ vectors
    roots = np.sqrt(values.clip(min=np.finfo(np.float64).eps * values[-1]))
    along = (a @ whitening) ** 2 @ roots
    back = (b @ (factor @ vectors)) ** 2 @ (1 / roots)
    first = 2 * a @ (m1 - m2) + (a**2).sum(1) - along
    second = (b**2).sum(1) - back - 2 * b @ (m1 - m2)
    return first - first.mean(), second - second.mean()


@dataclass(frozen=True)
class Estimate:
    """The distance of the generated from the reference images, and its standard error."""

    value: float
    error: float
    n: int
    dimensions: int

    @property
    def note(self) -> Sentence | None:
        """A warning where there are fewer images than dimensions."""
        if self.n >= self.dimensions:
            return None
        return Sentence(
            "N = {n} < {dimensions} dimensions: biased upward, compare only figures of equal N",
            n=self.n, dimensions=self.dimensions,
        )  # fmt: skip


@lru_cache(maxsize=4)
def reference_gaussian(reference: Features) -> Gaussian:
    """The reference summed up; once for all runs, by each encoder, in the user's cache."""
    return kept_gaussian(reference.images, cache_dir() / "gaussians")


@lru_cache(maxsize=1)
def estimate(generated: Features, reference: Features) -> Estimate:
    """Prompts vary with their generated and their reference images together, or the two sets apart: by bootstrap where
    there are few images for the dimensions, else by infinitesimal jackknife, which costs no more than the distance.
    """
    both = sides(generated, reference)
    x, y = both.generated, both.reference
    value = frechet(reference_gaussian(reference), gaussian(x))
    if min(len(x), len(y)) > 2 * x.shape[1]:
        return Estimate(value, _jackknifed(both), *x.shape)
    x_counts = resamples(len(x), DRAWS).astype(np.float64)
    y_counts = x_counts if both.together else resamples(len(y), DRAWS, SEED + 1).astype(np.float64)
    draws = np.array([frechet_thin(x, y, *counts) for counts in zip(x_counts, y_counts, strict=True)])
    return Estimate(value, float(draws.std(ddof=1)), *x.shape)


def _jackknifed(both: Sides) -> float:
    x, y = influences(both.generated, both.reference)
    return jackknife_error(x + y) if both.together else math.hypot(jackknife_error(x), jackknife_error(y))


@METRICS.register
class Frechet:
    """Frechet distance of one image a prompt, or of all, from the reference images."""

    name = "FD"
    takes = Takes.images
    better = "lower"
    of_real = False
    needs = ("reference",)

    def __call__(self, generated: Features, reference: Features) -> Measured:
        """Marked where there are fewer prompts than dimensions."""
        made = estimate(generated, reference)
        between = normal_interval(made.value, made.error, least=0)
        return Measured(self.name, made.value, *between, made.n, generated.encoder, made.note)
