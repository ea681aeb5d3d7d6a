"""A picture's own share of KID: the witness function of the maximum mean discrepancy."""

import numpy as np

from eval.metrics import Array
from eval.metrics._arrays import checked_pair
from eval.metrics.kid import across_sums, within_sums


def witness(pictures: Array, real: Array) -> Array:
    """f(x) = mean_r k(x, r) - mean_g k(x, g) of each of n pictures, (n,): higher where it is more like real ones.

    ``pictures`` (n, D) and ``real`` (m, D) are features, k is KID's cubic kernel. The witness function is that of the
    kernel's unit ball whose means under the two distributions differ most (Gretton et al., JMLR 13, 2012, on the
    witness function). Our instantiation: g runs over the other pictures only, so that none is compared with itself;
    KID is then the real pictures' mean f less these ones'. Raises DataError with fewer than two pictures, NaN, or
    unequal dimensions.
    """
    x, y = checked_pair(pictures, real, least=2)
    return np.asarray(across_sums(x, y).rows / len(y) - within_sums(x).rows / (len(x) - 1))
