"""95 % intervals by bootstrap over prompts (Efron and Tibshirani, An Introduction to the Bootstrap, chapter 6)."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from eval.metrics import Array, Features
from eval.metrics._arrays import checked_pair
from hub.errors import DataError
from hub.sentences import Sentence

FEWEST = 10  # prompts; with fewer an interval means little, and a resample may hold one prompt alone
Z95 = 1.959963984540054  # 97.5 % point of the normal distribution
SEED = 0
DRAWS = 1000


def enough(n: int) -> None:
    """Raises DataError with too few prompts for an interval."""
    if n < FEWEST:
        raise DataError(
            Sentence(
                "Too few prompts for an interval, {n}: draw images of {fewest} prompts or more.", n=n, fewest=FEWEST
            )
        )


def resamples(n: int, draws: int, seed: int = SEED) -> NDArray[np.int64]:
    """How often each of n prompts is in each bootstrap sample of n: (draws, n), rows summing to n; always the same.

    Raises DataError with too few prompts.
    """
    enough(n)
    return np.random.default_rng(seed).multinomial(n, np.full(n, 1 / n), size=draws)


@dataclass(frozen=True)
class Sides:
    """Features to compare, (N, D) and (M, D); ``together``: row i of both is of one prompt, and prompts vary."""

    generated: Array
    reference: Array
    together: bool


def sides(generated: Features, reference: Features) -> Sides:
    """One image of every prompt, row by row as the reference, or of a free reference, all images.

    Raises DataError where a prompt of the reference has none, since distances of unequal numbers are not comparable;
    for too few rows, NaN, or unequal dimensions.
    """
    if not reference.free:
        generated = generated.first()
        wanted = len(reference.images)
        if not np.array_equal(generated.prompts, np.arange(wanted)):
            raise DataError(
                Sentence(
                    "A distance needs an image of each of the {n} reference prompts: draw those missing.", n=wanted
                )
            )
    enough(min(len(generated.images), len(reference.images)))
    return Sides(*checked_pair(generated.images, reference.images), together=not reference.free)


def normal_interval(value: float, error: float, least: float = -np.inf, most: float = np.inf) -> tuple[float, float]:
    """95 % interval about the value from its standard error, cut at the least and the most that the figure can be.

    Not a bootstrap's percentiles: its samples repeat prompts, which shifts a biased figure such as the Frechet
    distance, but hardly its spread.
    """
    return max(least, value - Z95 * error), min(most, value + Z95 * error)


def interval(value: float, draws: Array, least: float = -np.inf, most: float = np.inf) -> tuple[float, float]:
    """Normal interval about the value, its standard error the standard deviation of the bootstrap figures."""
    return normal_interval(value, float(draws.std(ddof=1)), least, most)


def jackknife_error(influences: Array) -> float:
    """Standard error from how much each of n prompts moves the value, (n,), mean 0: no resample is drawn.

    The infinitesimal jackknife (Efron and Tibshirani, chapter 21): to first order the bootstrap's standard error.
    Raises DataError with too few prompts.
    """
    enough(len(influences))
    return float(np.sqrt((influences**2).sum() / (len(influences) - 1) / len(influences)))


def mean_interval(values: Array, least: float, most: float) -> tuple[float, float, float]:
    """Mean of one value a prompt, (P,), each from ``least`` to ``most`` but for rounding, with its interval."""
    values = values.clip(least, most)
    mean = float(values.mean().clip(least, most))
    return mean, *interval(mean, resamples(len(values), DRAWS) @ values / len(values), least, most)
