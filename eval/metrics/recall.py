"""R@1: how often an image is nearer to its own prompt than to any other prompt of the set."""

import numpy as np

from eval.metrics import METRICS, Array, Features, Measured
from eval.metrics._bootstrap import mean_interval


def recalled(images: Array, texts: Array) -> Array:
    """1.0 where an image's own text has the highest cosine of all texts, else 0.0: (N,), from unit rows (N, E)."""
    cosines = images @ texts.T
    return np.asarray((np.diag(cosines) >= cosines.max(axis=1)).astype(np.float64))


@METRICS.register
class Recall:
    """R@1 of one image a prompt among all prompts."""

    name = "R@1 (embedded judge)"
    better = "higher"
    of_real = False

    def __call__(self, generated: Features, reference: Features) -> Measured:
        """The reference is not looked at."""
        one = generated.first()
        values = recalled(one.image_embeddings, one.text_embeddings)
        note = f"chance is {1 / len(values):.2%}"
        return Measured(self.name, *mean_interval(values, 0, 1), len(values), one.judge, note)
