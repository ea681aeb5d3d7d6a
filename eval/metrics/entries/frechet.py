"""Frechet distance between two sets of features taken as normal distributions (Heusel et al., arXiv 1706.08500)."""

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from eval.arrays import check_pair, one_thread
from eval.metrics import METRICS, Array, Features, Measured, Takes
from eval.metrics.compared_sets import PromptImages, find_own_prompts, pair_sides
from eval.metrics.gaussian import Gaussian, fit_cached_gaussian, fit_gaussian, fit_weighted_gaussian, with_covariance
from eval.metrics.resamples import Resamples, draw_common
from eval.statistics import SEED, draw_resamples, jackknife_error, normal_interval
from hub.language.sentence import Sentence
from hub.paths import cache_dir

DRAWS = 50
INTERVAL = Sentence(
    "normal, its error by the infinitesimal jackknife over the prompts, where these are few for the dimensions by "
    "{draws} bootstrap samples of them",
    draws=DRAWS,
)
FAR = 1e-8  # of the largest eigenvalue: a root above it is exact to 1e-8


def _trace_of_root(a: Gaussian, b: Gaussian) -> float:
    """Return tr (S_a S_b)^(1/2), the sum of the roots of the eigenvalues of L^T S L, L a factor of the other.

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
    """Return |m1 - m2|^2 + tr(S1 + S2 - 2 (S1 S2)^(1/2)), in squared feature units.

    The factor taken is the reference's.
    """
    distance = ((reference.mean - generated.mean) ** 2).sum() + reference.trace + generated.trace
    return max(0.0, float(distance - 2 * _trace_of_root(reference, generated)))


def frechet_distance(generated: Array, reference: Array) -> float:
    """Return the Frechet distance of features (N, D) and (M, D), with unbiased covariances, in float64.

    Raises: DataError with fewer than two rows, NaN, or unequal dimensions.
    """
    x, y = check_pair(generated, reference, least=2)
    return frechet(fit_gaussian(y), fit_gaussian(x))


@one_thread()
def frechet_thin(x: Array, y: Array, x_weights: Array, y_weights: Array) -> float:
    """Return the Frechet distance of rows (N, D) and (M, D), each counted ``weights`` times.

    No covariance is formed, unless there are more than two rows a dimension on both sides.
    """
    first, second = fit_weighted_gaussian(x, x_weights), fit_weighted_gaussian(y, y_weights)
    if min(first.n, second.n) > 2 * x.shape[1]:
        first, second = with_covariance(first), with_covariance(second)
    return frechet(second, first)


def _moments(x: Array, weights: Array | None) -> tuple[Array, Array, Array]:
    """Return mean (D,), centred rows (N, D) and covariance (D, D) of rows that count ``weights`` times, or once."""
    if weights is None:
        mean = x.mean(0)
        rows = x - mean
        return mean, rows, rows.T @ rows / (len(rows) - 1)
    mean = weights @ x / weights.sum()
    rows = x - mean
    return mean, rows, (weights[:, None] * rows).T @ rows / (weights.sum() - 1)


@one_thread()
def influences(generated: PromptImages, reference: PromptImages) -> tuple[Array, Array]:
    """Return how much each prompt moves the distance of images (N, D) and (M, D), by prompt, each of mean 0.

    Both sides have more prompts than dimensions; a prompt moves it by the mean of what its images move it.

    The derivative of the squared 2-Wasserstein distance of normals: with T = S1^(-1/2) (S1^(1/2) S2 S1^(1/2))^(1/2)
    S1^(-1/2), the optimal transport map (Peyre and Cuturi, Computational Optimal Transport, equation 2.40), a row z of
    the first set weighs 2 (m1 - m2) z + z^T (I - T) z, one of the second with T^-1. In a basis V of L^T S2 L = V Q V^T,
    S1 = L L^T, both are diagonal.
    """
    (m1, a, s1), (m2, b, s2) = (_moments(side.images, side.weights) for side in (generated, reference))
    factor = Gaussian(len(a), m1, covariance=s1).factor
    values, vectors = np.linalg.eigh(factor.T @ s2 @ factor)
    whole = factor.shape[0] == factor.shape[1]  # else its columns are orthogonal, and what lies beside them is constant
    whitening = np.linalg.solve(factor.T, vectors) if whole else (factor / (factor**2).sum(0)) @ vectors
    roots = np.sqrt(values.clip(min=np.finfo(np.float64).eps * values[-1]))
    along = (a @ whitening) ** 2 @ roots
    back = (b @ (factor @ vectors)) ** 2 @ (1 / roots)
    first = generated.means(2 * a @ (m1 - m2) + (a**2).sum(1) - along)
    second = reference.means((b**2).sum(1) - back - 2 * b @ (m1 - m2))
    return first - first.mean(), second - second.mean()


@dataclass(frozen=True)
class Estimate:
    """The distance of the generated from the reference images, its standard error, and the generated sides' size."""

    value: float
    error: float
    n: int  # prompts
    images: int
    dimensions: int
    drawn: Array | None  # the distance in each sample of prompts, (K,); None where ``moved`` tells it
    moved: tuple[Array, Array] | None = None  # by how much each prompt of both sides moves it, (P,) and (Q,)
    together: bool = True  # the sides' prompts vary together

    @property
    def draws(self) -> Array:
        """The distance in each sample of prompts, (K,); to the first order where there are enough of them."""
        if self.drawn is not None:
            return self.drawn
        assert self.moved
        x, y = self.moved
        return self.value + draw_common(len(x)) @ x + draw_common(len(y), not self.together) @ y

    @property
    def note(self) -> Sentence | None:
        """A warning where there are fewer prompts than dimensions, and what several images of a prompt mean."""
        few, sizes = self.n < self.dimensions, {"n": self.n, "dimensions": self.dimensions}
        if self.images > self.n:
            said = Sentence("{images} images of {n} prompts, which count alike: the bias upward falls with prompts "
                            "more than with images", images=self.images, n=self.n)  # fmt: skip
            return Sentence("{said}; N = {n} < {dimensions} dimensions: compare only figures of equal N and as many "
                            "images", said=said, **sizes) if few else said  # fmt: skip
        return Sentence("N = {n} < {dimensions} dimensions: biased upward, compare only figures of equal N",
                        **sizes) if few else None  # fmt: skip


@lru_cache(maxsize=4)
def fit_reference(reference: Features) -> Gaussian:
    """Return the reference as a normal distribution; fitted once for all runs, by each encoder, in the user's cache."""
    side = PromptImages.of(reference.images, find_own_prompts(reference))
    return fit_cached_gaussian(reference.images, cache_dir() / "gaussians") if side.weights is None else fit_side(side)


def fit_side(side: PromptImages) -> Gaussian:
    """Return a side as a normal distribution, every prompt counting alike."""
    if side.weights is None:
        return fit_gaussian(side.images)
    thin = fit_weighted_gaussian(side.images, side.weights)
    return with_covariance(thin) if thin.n > len(thin.mean) else thin


@lru_cache(maxsize=1)
def estimate_frechet(generated: Features, reference: Features) -> Estimate:
    """Estimate the distance with its standard error.

    Prompts vary with their generated and their reference images together, or the two sets apart: by bootstrap where
    there are few prompts for the dimensions, else by infinitesimal jackknife, which costs no more than the distance.

    All images of a prompt are in, and it moves the distance as one. The value's own bias upward, which the interval
    does not hold, falls with the number of prompts: further images of a prompt lessen only the part of it that they do
    not share, and so help less the more they are alike.
    """
    both = pair_sides(generated, reference)
    x, y = both.generated, both.reference
    value = frechet(fit_reference(reference), fit_side(x))
    n, images, dimensions = len(x.prompts), *x.images.shape
    if min(len(x.prompts), len(y.prompts)) > 2 * x.images.shape[1]:
        moved = influences(x, y)
        error = _jackknife_sides(*moved, both.together)
        return Estimate(value, error, n, images, dimensions, None, moved, both.together)
    x_times = draw_resamples(len(x.prompts), DRAWS).astype(np.float64)
    y_times = x_times if both.together else draw_resamples(len(y.prompts), DRAWS, SEED + 1).astype(np.float64)
    counts = ((x.counted(one), y.counted(other)) for one, other in zip(x_times, y_times, strict=True))
    draws = np.array([frechet_thin(x.images, y.images, *each) for each in counts])
    return Estimate(value, float(draws.std(ddof=1)), n, images, dimensions, draws)


def _jackknife_sides(x: Array, y: Array, together: bool) -> float:
    """Return the jackknife's standard error of a distance that the prompts of two sides move so much."""
    return jackknife_error(x + y) if together else math.hypot(jackknife_error(x), jackknife_error(y))


@METRICS.register
class Frechet:
    """Frechet distance of one image a prompt, or of all, from the reference images."""

    name = "FD"
    takes = Takes.images
    better = "lower"
    of_real = False
    interval = INTERVAL
    needs = ("reference",)

    def __call__(self, generated: Features, reference: Features) -> Measured:
        """Measure the distance, marked where there are fewer prompts than dimensions."""
        made = estimate_frechet(generated, reference)
        between = normal_interval(made.value, made.error, least=0)
        return Measured(self.name, made.value, *between, made.n, generated.encoder, made.note)

    def resample(self, generated: Features, reference: Features) -> Resamples:
        """Resample the prompts, with all their images, and the reference's apart or together with them."""
        made = estimate_frechet(generated, reference)
        return Resamples(made.draws, np.unique(generated.prompts))
