"""A picture's own share of KID: the witness function of the maximum mean discrepancy."""

import numpy as np

from eval.arrays import check_pair
from eval.metrics import Array
from eval.metrics.compared_sets import PromptImages
from eval.metrics.kernel_sums import across_sums, cubic_block, within_sums
from eval.statistics import SEED

POOL = 10_000  # pictures that each is held against where there are more: their number times the time of one


def witness_function(pictures: Array, real: Array, pool: int = POOL) -> Array:
    """Return f(x) = mean_r k(x, r) - mean_g k(x, g) of each of n pictures, (n,): higher where more like real ones.

    ``pictures`` (n, D) and ``real`` (m, D) are features, k is KID's cubic kernel. The witness function is that of the
    kernel's unit ball whose means under the two distributions differ most (Gretton et al., JMLR 13, 2012, on the
    witness function). Our instantiation: g runs over the other pictures only, so that none is compared with itself; KID
    is then the real pictures' mean f less these ones'. Of more than ``pool`` pictures g runs over as many, drawn once
    for all with a fixed seed.

    Raises: DataError with fewer than two pictures, NaN, or unequal dimensions.
    """
    x, y = check_pair(pictures, real, least=2)
    return np.asarray(
        across_sums(PromptImages.of(x), PromptImages.of(y), cubic_block).rows / len(y) - _mean_kernel_of_others(x, pool)
    )


def _mean_kernel_of_others(x: Array, pool: int) -> Array:
    """Return the mean kernel of each row (n, D) with the others, or with those drawn, (n,)."""
    n = len(x)
    if n <= pool:
        return np.asarray(within_sums(PromptImages.of(x), cubic_block).rows / (n - 1))
    drawn = np.sort(np.random.default_rng(SEED).choice(n, pool, replace=False))
    sums, others = across_sums(PromptImages.of(x), PromptImages.of(x[drawn]), cubic_block).rows, np.full(n, pool)
    sums[drawn] -= [cubic_block(row[None], row[None])[0, 0] for row in x[drawn]]
    others[drawn] -= 1
    return np.asarray(sums / others)
