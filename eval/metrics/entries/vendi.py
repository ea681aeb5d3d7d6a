"""Vendi score of order q: how many different images a set amounts to (Friedman and Dieng, arXiv 2210.02410).

Orders: Pasarkar and Dieng, arXiv 2310.12952.
"""

import numpy as np

from eval.arrays import check_features, one_thread, unit_rows
from eval.metrics import METRICS, Array, Features, Measured, Takes
from eval.metrics.resamples import Resamples, draw_common
from eval.statistics import JACKKNIFED, jackknife_error, normal_interval
from hub.language.sentence import Sentence

ORDER = 1.0
RANK_TOLERANCE = 1e-12  # of the largest eigenvalue; what is below is rounding
NOTE = Sentence("order {order:g}, of one image a prompt: grows with their number, and noise raises it too", order=ORDER)


def vendi_of_shares(shares: Array, q: float) -> float:
    """Return exp of the Renyi entropy of order q of eigenvalues that sum to 1; zeros do not count.

    q = 1 is Shannon's, infinity 1 / the largest, 0 the number of eigenvalues above 0.
    """
    p = shares[shares > RANK_TOLERANCE * shares.max()]
    if q == 1:
        return float(np.exp(-(p * np.log(p)).sum()))
    if np.isinf(q):
        return float(1 / p.max())
    return float((p**q).sum() ** (1 / (1 - q)))


@one_thread()
def vendi_score(features: Array, q: float = ORDER) -> float:
    """Return the score of features (N, D) under the cosine kernel, from 1 to N.

    It goes through (D, D) where there are more images.

    Raises: DataError without images, for NaN, or for a row of length 0.
    """
    e = unit_rows(check_features(features))
    gram = e @ e.T if len(e) <= e.shape[1] else e.T @ e
    return vendi_of_shares(np.asarray(np.linalg.eigvalsh(gram / len(e))), q)


@one_thread()
def vendi_influences(features: Array) -> Array:
    """Return how much each row of (N, D) moves the score of order 1: (N,), mean 0.

    The entropy -tr(R log R) of R = mean of e e^T has the derivative -e^T (log R) e - H in the weight of a row e.
    """
    u, s, _ = np.linalg.svd(unit_rows(features), full_matrices=False)
    shares = s**2 / len(features)
    kept = shares > RANK_TOLERANCE * shares.max()
    entropy = -(shares[kept] * np.log(shares[kept])).sum()
    along = -((u[:, kept] * s[kept]) ** 2) @ np.log(shares[kept])
    return np.asarray(np.exp(entropy) * (along - entropy))


@METRICS.register
class Vendi:
    """Vendi score of order 1 of one image a prompt, all prompts together."""

    name = "Vendi"
    takes = Takes.images
    better = "higher"
    of_real = True
    interval = JACKKNIFED
    needs = ()

    def __call__(self, generated: Features, reference: Features) -> Measured:
        """The reference is not looked at."""
        one = generated.first()
        value, n = vendi_score(one.images), len(one.prompts)
        between = normal_interval(value, jackknife_error(vendi_influences(one.images)), 1, n)
        return Measured(self.name, value, *between, n, one.encoder, NOTE)

    def resample(self, generated: Features, reference: Features) -> Resamples:
        """Resample by how much each prompt moves the score, to the first order."""
        one = generated.first()
        return Resamples(draw_common(len(one.prompts)) @ vendi_influences(one.images), one.prompts)
