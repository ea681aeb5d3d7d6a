"""95 % intervals by bootstrap over prompts, and Wilson's of a share; points of the normal and of Student's t.

Bootstrap: Efron and Tibshirani, An Introduction to the Bootstrap, chapter 6.
"""

import math

import numpy as np
from numpy.typing import NDArray

from eval.metrics import Array
from hub.errors import DataError
from hub.language.sentence import Sentence

FEWEST = 10  # prompts; with fewer an interval means little, and a resample may hold one prompt alone
Z95 = 1.959963984540054  # 97.5 % point of the normal distribution
T95 = (12.706205, 4.302653, 3.182446, 2.776445, 2.570582, 2.446912, 2.364624, 2.306004)  # of t with 1 to 8 degrees
SEED = 0
DRAWS = 1000
BOOTSTRAPPED = Sentence("normal, its error by {draws:,} bootstrap samples of the prompts", draws=DRAWS)
JACKKNIFED = Sentence("normal, its error by the infinitesimal jackknife over the prompts")
WILSON = Sentence("Wilson's score interval of a share, of as many prompts as vary by themselves")


def t95(freedom: float) -> float:
    """Return the 97.5 % point of Student's t, to 0.3 % at whole degrees of freedom, of which fractions count.

    Up to 8 from a table, between whole degrees to 3 % by its logarithm; from there on by Abramowitz and Stegun 26.7.5.
    """
    if freedom <= len(T95):
        at = 1 / np.arange(len(T95), 0, -1)
        return float(np.exp(np.interp(1 / freedom, at, np.log(T95[::-1]))))
    return Z95 + (Z95**3 + Z95) / (4 * freedom) + (5 * Z95**5 + 16 * Z95**3 + 3 * Z95) / (96 * freedom**2)


def wilson(share: float, n: float) -> tuple[float, float]:
    """Return Wilson's 95 % score interval of a share of n (JASA 22, 1927), which may be an effective number.

    A bootstrap of a share of 0 or 1 has no width.
    """
    centre, spread = share + Z95**2 / (2 * n), Z95 * math.sqrt(share * (1 - share) / n + Z95**2 / (4 * n * n))
    low, high = (centre - spread) / (1 + Z95**2 / n), (centre + spread) / (1 + Z95**2 / n)
    return max(0.0, min(low, share)), min(1.0, max(high, share))  # at 0 and 1 but for rounding


def check_enough(n: int) -> None:
    """Check that there are prompts enough for an interval.

    Raises: DataError with too few.
    """
    if n < FEWEST:
        raise DataError(
            Sentence(
                "Too few prompts for an interval, {n}: draw images of {fewest} prompts or more.", n=n, fewest=FEWEST
            )
        )


def draw_resamples(n: int, draws: int, seed: int = SEED) -> NDArray[np.int64]:
    """Return how often each of n prompts is in each bootstrap sample of n: (draws, n), rows summing to n.

    They are always the same.

    Raises: DataError with too few prompts.
    """
    check_enough(n)
    return np.random.default_rng(seed).multinomial(n, np.full(n, 1 / n), size=draws)


def normal_interval(value: float, error: float, least: float = -np.inf, most: float = np.inf) -> tuple[float, float]:
    """Return the 95 % interval about the value from its standard error, cut at the figure's least and most.

    Not a bootstrap's percentiles: its samples repeat prompts, which shifts a biased figure such as the Frechet
    distance, but hardly its spread.
    """
    return max(least, value - Z95 * error), min(most, value + Z95 * error)


def bootstrap_interval(value: float, draws: Array, least: float = -np.inf, most: float = np.inf) -> tuple[float, float]:
    """Return the normal interval about the value whose standard error is the bootstrap figures' deviation."""
    return normal_interval(value, float(draws.std(ddof=1)), least, most)


def jackknife_error(influences: Array) -> float:
    """Return the standard error from how much each of n prompts moves the value, (n,), mean 0.

    No resample is drawn.

    The infinitesimal jackknife (Efron and Tibshirani, chapter 21): to first order the bootstrap's standard error.

    Raises: DataError with too few prompts.
    """
    check_enough(len(influences))
    return float(np.sqrt((influences**2).sum() / (len(influences) - 1) / len(influences)))


def mean_interval(values: Array, least: float, most: float) -> tuple[float, float, float]:
    """Return the mean of one value a prompt, (P,), with its interval.

    Values are in ``least`` to ``most`` but for rounding.
    """
    values = values.clip(least, most)
    mean = float(values.mean().clip(least, most))
    return mean, *bootstrap_interval(mean, draw_resamples(len(values), DRAWS) @ values / len(values), least, most)
