"""Drift: kernel distance between what a model drew before and after more training, same prompts and seeds (after
arXiv 2505.19519; the kernel distance, because it can be had without bias, however few the images).

Our instantiation: the U-statistic of the pairs. KID's own value also has the two images of one prompt and seed, which
are most alike where a model hardly drifted: it would be below 0 there."""

import numpy as np

from eval.metrics import METRICS, Features, Measured, Takes
from eval.metrics._bootstrap import enough, normal_interval
from eval.metrics.kid import paired_distance
from hub.errors import DataError
from hub.sentences import Sentence


@METRICS.register
class Drift:
    """Kernel distance of one image a prompt from the same before."""

    name = "drift"
    takes = Takes.images
    better = "lower"
    of_real = False
    needs = ("before",)

    def __call__(self, generated: Features, reference: Features) -> Measured:
        """The reference is not looked at. Rows of both must have the same prompts and seeds; the drift of a model from
        itself is 0."""
        before = generated.before
        assert before is not None
        pairs = ((generated.prompts, before.prompts), (generated.seeds, before.seeds))
        if not all(np.array_equal(np.asarray(one), np.asarray(other)) for one, other in pairs):
            raise DataError(
                Sentence("Drift compares images of the same prompts and seeds, row by row: draw those lacking.")
            )
        after, before = generated.first(), before.first()
        enough(len(after.prompts))
        made = paired_distance(after.images, before.images, matched=False)
        between = normal_interval(made.value, made.error)
        return Measured(self.name, made.value, *between, len(after.prompts), generated.encoder)
