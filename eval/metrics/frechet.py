"""Frechet distance between two sets of features taken as normal distributions (Heusel et al., arXiv 1706.08500)."""

import numpy as np

from eval.metrics import METRICS, Array, Features, Measured
from eval.metrics._bootstrap import interval, paired, resamples
from hub.errors import DataError

DRAWS = 50


def frechet_from_moments(m1: Array, s1: Array, m2: Array, s2: Array) -> float:
    """|m1 - m2|^2 + tr(S1 + S2 - 2 (S1 S2)^(1/2)) of means (D,) and covariances (D, D), in squared feature units.

    With S1 = L L^T the eigenvalues of S1 S2 are those of the symmetric L^T S2 L; L is a Cholesky factor, or, where S1
    lacks full rank, comes from its eigenvectors.
    """
    try:
        factor = np.linalg.cholesky(s1)
    except np.linalg.LinAlgError:
        values, vectors = np.linalg.eigh(s1)
        factor = vectors * np.sqrt(values.clip(min=0))
    roots = np.sqrt(np.linalg.eigvalsh(factor.T @ s2 @ factor).clip(min=0)).sum()
    distance = ((m1 - m2) ** 2).sum() + np.trace(s1) + np.trace(s2) - 2 * roots
    return max(0.0, float(distance))


def _centred(x: Array, weights: Array) -> tuple[Array, Array]:
    """Weighted mean (D,) and factor A (N, D) with A^T A the weighted, unbiased covariance; rows without weight go."""
    x, weights = x[weights > 0], weights[weights > 0]
    mean = weights @ x / weights.sum()
    return mean, np.sqrt(weights / (weights.sum() - 1))[:, None] * (x - mean)


def frechet_thin(x: Array, y: Array, x_weights: Array, y_weights: Array) -> float:
    """The same distance from rows (N, D) and (M, D), each counted ``weights`` times.

    With S1 = A^T A and S2 = B^T B the trace of the root is the sum of singular values of A B^T, (N, M): no covariance
    is formed and no rank is needed. A factor with more rows than columns is replaced by its R of QR.
    """
    m1, a = _centred(x, x_weights)
    m2, b = _centred(y, y_weights)
    a, b = (np.asarray(np.linalg.qr(f, mode="r")) if len(f) > f.shape[1] else f for f in (a, b))
    roots = np.linalg.svd(a @ b.T, compute_uv=False).sum()
    distance = ((m1 - m2) ** 2).sum() + (a**2).sum() + (b**2).sum() - 2 * roots
    return max(0.0, float(distance))


def frechet_distance(generated: Array, reference: Array) -> float:
    """Frechet distance of features (N, D) and (M, D), with unbiased covariances, in float64.

    Through covariances where both have more rows than dimensions, else through thin factors. Raises DataError with
    fewer than two rows.
    """
    x, y = generated.astype(np.float64), reference.astype(np.float64)
    if min(len(x), len(y)) < 2:
        raise DataError("The Frechet distance needs two images or more on each side: draw more.")
    if min(len(x), len(y)) > x.shape[1]:
        return frechet_from_moments(x.mean(0), np.cov(x, rowvar=False), y.mean(0), np.cov(y, rowvar=False))
    return frechet_thin(x, y, np.ones(len(x)), np.ones(len(y)))


@METRICS.register
class Frechet:
    """Frechet distance of one image a prompt from the reference images."""

    name = "FD (EfficientNet-Lite2)"
    better = "lower"
    of_real = False

    def __call__(self, generated: Features, reference: Features) -> Measured:
        """Prompts are resampled with their generated and their reference images together."""
        one = paired(generated, reference)
        x, y = one.images.astype(np.float64), reference.images.astype(np.float64)
        value = frechet_distance(x, y)
        counts = resamples(len(y), DRAWS).astype(np.float64)
        draws = np.array([frechet_thin(x, y, count, count) for count in counts])
        low, high = interval(value, draws, least=0)
        n, dimensions = x.shape
        note = f"N = {n} < {dimensions} dimensions: biased upward, compare only figures of equal N"
        few = note if n < dimensions else None
        return Measured(self.name, value, low, high, n, one.image_encoder, few)
