"""95 % intervals by bootstrap over prompts (Efron and Tibshirani, An Introduction to the Bootstrap, chapter 6)."""

import numpy as np
from numpy.typing import NDArray

from eval.metrics import Array, Features
from hub.errors import DataError

FEWEST = 10  # prompts; with fewer an interval means little, and a resample may hold one prompt alone
Z95 = 1.959963984540054  # 97.5 % point of the normal distribution
SEED = 0
DRAWS = 1000


def resamples(n: int, draws: int) -> NDArray[np.int64]:
    """How often each of n prompts is in each bootstrap sample of n: (draws, n), rows summing to n; always the same.

    Raises DataError with too few prompts.
    """
    if n < FEWEST:
        raise DataError(f"Too few prompts for an interval, {n}: draw images of {FEWEST} prompts or more.")
    return np.random.default_rng(SEED).multinomial(n, np.full(n, 1 / n), size=draws)


def paired(generated: Features, reference: Features) -> Features:
    """The first generated image of every prompt, row by row as the reference.

    Raises DataError where a prompt of the reference has none: distances of unequal numbers are not comparable.
    """
    one = generated.first()
    if not np.array_equal(one.prompts, np.arange(len(reference.images))):
        wanted = len(reference.images)
        raise DataError(f"A distance needs an image of each of the {wanted} reference prompts: draw those missing.")
    return one


def interval(value: float, draws: Array, least: float = -np.inf, most: float = np.inf) -> tuple[float, float]:
    """Normal interval about the value, its standard error the standard deviation of the bootstrap figures.

    Not the percentiles: bootstrap samples repeat prompts, which shifts a biased figure such as the Frechet distance,
    but hardly its spread. It is cut at the least and the most that the figure can be.
    """
    half = Z95 * float(draws.std(ddof=1))
    return max(least, value - half), min(most, value + half)


def mean_interval(values: Array, least: float, most: float) -> tuple[float, float, float]:
    """Mean of one value a prompt, (P,), each from ``least`` to ``most``, with its interval."""
    mean = float(values.mean())
    return mean, *interval(mean, resamples(len(values), DRAWS) @ values / len(values), least, most)
