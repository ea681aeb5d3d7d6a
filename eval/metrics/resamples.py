"""A figure in bootstrap samples of prompts that are always the same: so two generators' figures vary together.

The difference of two figures on the same prompts is known better than either: what a prompt does to both falls away.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import Protocol, runtime_checkable

import numpy as np

from eval.metrics import Array, Features, Ints
from eval.statistics import DRAWS, SEED, Z95, draw_resamples, normal_interval


@dataclass(frozen=True, eq=False)
class Resamples:
    """How a figure varies over common bootstrap samples of prompts, (K,), whatever its level.

    ``prompts`` are those that vary, (P,). ``apart`` is variance that shows in no sample.
    """

    draws: Array
    prompts: Ints
    apart: float = 0.0


@runtime_checkable
class Resampled(Protocol):
    """A metric whose figures of two generators can be compared prompt by prompt."""

    def resample(self, generated: Features, reference: Features) -> Resamples:
        """Return the figure in the common samples. Raises DataError where it can't be had."""
        ...


@lru_cache(maxsize=4)
def draw_common(n: int, second: bool = False) -> Array:
    """Return the common samples of n prompts as shares, (DRAWS, n); ``second``: those of a set that varies apart.

    Raises: DataError with too few prompts.
    """
    return draw_resamples(n, DRAWS, SEED + second).astype(np.float64) / n


def mean_by_prompt(values: Array, prompts: Ints) -> tuple[Array, Ints]:
    """Return the mean of each prompt's values, (P,), and those prompts, from the value and prompt of each image."""
    known, rows = np.unique(prompts, return_inverse=True)
    return np.bincount(rows, values) / np.bincount(rows), known


def resample_mean(values: Array, prompts: Ints, second: bool = False) -> Resamples:
    """Return the samples of a mean of one value a prompt, (P,)."""
    return Resamples(draw_common(len(values), second) @ values, prompts)


def resample_share(values: Array, prompts: Ints, between: tuple[float, float], second: bool = False) -> Resamples:
    """Return the samples of a share by prompt, (P,), whose own interval is ``between``.

    What that is wider than the samples is apart: samples of a share of 0 or 1 do not vary.
    """
    made = resample_mean(values, prompts, second)
    own = ((between[1] - between[0]) / (2 * Z95)) ** 2
    return Resamples(made.draws, prompts, max(0.0, own - float(made.draws.var(ddof=1))))


def paired_interval(difference: float, one: Resamples, other: Resamples) -> tuple[float, float] | None:
    """Return the 95 % interval about the difference of two figures; None where they are of different prompts."""
    if not np.array_equal(one.prompts, other.prompts):
        return None
    error = float(np.sqrt((one.draws - other.draws).var(ddof=1) + one.apart + other.apart))
    return normal_interval(difference, error)
