"""Consistency: how alike images of paraphrases are when drawn from the same noise.

After arXiv 2312.10854, which publishes no formula: our instantiation.
"""

import numpy as np

from eval.arrays import check_features, unit_rows
from eval.metrics import METRICS, Array, Features, Ints, Measured, Takes
from eval.statistics import BOOTSTRAPPED, mean_interval
from hub.errors import DataError
from hub.language.sentence import Sentence

NOTE = Sentence("over meanings; a model that draws one image for every prompt has 1, so read it beside PPD")


def consistencies(features: Array, meanings: Ints, seeds: Ints) -> Array:
    """Return the mean cosine of every two images (N, D) of one meaning and one seed, by meaning: (P,).

    It is a mean over seeds.

    Each image has a wording of its own.

    Raises: DataError where no meaning was drawn in two wordings from one seed.
    """
    e = unit_rows(check_features(features))
    cells, rows, counts = np.unique(np.stack([meanings, seeds], 1), axis=0, return_inverse=True, return_counts=True)
    sums = np.zeros((len(cells), e.shape[1]))
    np.add.at(sums, rows.ravel(), e)
    several = counts > 1
    if not several.any():
        raise DataError(
            Sentence("Consistency needs a meaning in two wordings drawn with one seed: draw its paraphrases.")
        )
    n = counts[several]
    values = ((sums[several] ** 2).sum(1) - n) / (n * (n - 1))
    groups = np.unique(cells[several, 0], return_inverse=True)[1]
    return np.asarray(np.bincount(groups, values) / np.bincount(groups))


@METRICS.register
class Consistency:
    """Mean over meanings of the mean cosine of images of its wordings that share their noise."""

    name = "consistency"
    takes = Takes.embeddings
    better = "higher"
    of_real = False
    interval = BOOTSTRAPPED
    needs = ("wordings",)

    def __call__(self, generated: Features, reference: Features) -> Measured:
        """The reference is not looked at; meanings are what varies."""
        drawn = generated.wordings
        assert drawn is not None and drawn.seeds is not None
        values = consistencies(drawn.images, drawn.prompts, drawn.seeds)
        return Measured(self.name, *mean_interval(values, -1, 1), len(values), generated.encoder, NOTE)
