"""Kernel distance: unbiased squared MMD with a cubic kernel (Binkowski et al., arXiv 1801.01401, equation 4)."""

import numpy as np

from eval.metrics import METRICS, Array, Features, Measured
from eval.metrics._bootstrap import DRAWS, interval, paired, resamples
from hub.errors import DataError


def cubic_kernel(x: Array, y: Array) -> Array:
    """(x . y / D + 1)^3 for every two rows of (N, D) and (M, D): (N, M)."""
    return np.asarray((x @ y.T / x.shape[1] + 1) ** 3)


def weighted_mmd(xx: Array, xy: Array, yy: Array, x_counts: Array, y_counts: Array) -> Array:
    """Unbiased squared MMD of B resamples, (B,), from kernel matrices (N, N), (N, M), (M, M).

    ``counts`` (B, N) and (B, M) say how often each row is in each resample. A row is never paired with itself, nor
    with its copies, which would bias the figure upward.
    """

    def within(kernel: Array, counts: Array) -> Array:
        total = ((counts @ kernel) * counts).sum(1) - counts**2 @ np.diag(kernel)
        return np.asarray(total / (counts.sum(1) ** 2 - (counts**2).sum(1)))

    across = ((x_counts @ xy) * y_counts).sum(1) / (x_counts.sum(1) * y_counts.sum(1))
    return np.asarray(within(xx, x_counts) + within(yy, y_counts) - 2 * across)


def kernel_distance(generated: Array, reference: Array) -> float:
    """Unbiased squared MMD of features (N, D) and (M, D) over all pairs, not over random subsets; may be negative.

    Raises DataError with fewer than two rows.
    """
    x, y = generated.astype(np.float64), reference.astype(np.float64)
    if min(len(x), len(y)) < 2:
        raise DataError("The kernel distance needs two images or more on each side: draw more.")
    kernels = cubic_kernel(x, x), cubic_kernel(x, y), cubic_kernel(y, y)
    return float(weighted_mmd(*kernels, np.ones((1, len(x))), np.ones((1, len(y))))[0])


@METRICS.register
class Kernel:
    """Kernel distance of one image a prompt from the reference images."""

    name = "KID (EfficientNet-Lite2)"
    better = "lower"
    of_real = False

    def __call__(self, generated: Features, reference: Features) -> Measured:
        """Prompts are resampled with their generated and their reference images together."""
        one = paired(generated, reference)
        x, y = one.images.astype(np.float64), reference.images.astype(np.float64)
        value = kernel_distance(x, y)
        counts = resamples(len(y), DRAWS).astype(np.float64)
        kernels = cubic_kernel(x, x), cubic_kernel(x, y), cubic_kernel(y, y)
        low, high = interval(value, weighted_mmd(*kernels, counts, counts))
        return Measured(self.name, value, low, high, len(x), one.image_encoder)
