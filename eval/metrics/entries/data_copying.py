"""Data copying (Meehan, Chaudhuri and Dasgupta, AISTATS 2020, arXiv 2004.05675, section 3): drawn against held-out.

Of all pairs of a drawn and a held-out real image, the share in which the drawn one is nearer to its nearest training
image; a tie is half. It is one minus their Mann-Whitney share, over the whole space as one cell. New real images give a
half.
"""

import numpy as np

from eval.arrays import check_pair
from eval.metrics import METRICS, Array, Features, Measured, Takes
from eval.metrics.compared_sets import PromptImages
from eval.metrics.nearest_training import find_training
from eval.statistics import WILSON, check_enough, wilson
from hub.language.sentence import Sentence

NOTE = Sentence("a half is what new real images give; more: images are nearer to training images than those are")


def nearer_shares(mine: Array, theirs: Array, weights: Array) -> Array:
    """Return for each of n distances the share of m others, by their weights (m,), that are larger, ties half; (n,)."""
    order = np.argsort(theirs, kind="stable")
    above = np.append(0.0, np.cumsum(weights[order])) / weights.sum()
    below, upto = (np.searchsorted(theirs[order], mine, side) for side in ("left", "right"))
    return np.asarray(1 - (above[below] + above[upto]) / 2)


def _weights(side: PromptImages) -> Array:
    """Return how often each image counts, (N,), every prompt counting alike."""
    return np.ones(len(side.images)) if side.weights is None else side.weights


@METRICS.register
class DataCopying:
    """How often a drawn image is nearer to the training images than a held-out real one is."""

    name = "data copying"
    takes, interval = Takes.images, WILSON
    better = "lower"
    of_real = False
    needs = ("training", "reference")

    def __call__(self, generated: Features, reference: Features) -> Measured:
        """Measure all images of every prompt; drawn and real prompts vary apart (DeLong et al., Biometrics 44, 1988).

        Where both are of the same prompts that makes the interval wider, if anything.
        """
        training = generated.training
        assert training is not None
        check_pair(generated.images, reference.images)
        sides, distances = [], []
        for one in (generated, reference):
            order = one.prompts.argsort(kind="stable")
            sides.append(PromptImages.of(one.images[order], one.prompts[order]))
            distances.append(find_training(one, training).distances[order])
        (drawn, real), (mine, theirs) = sides, distances
        by_drawn = drawn.means(nearer_shares(mine, theirs, _weights(real)))
        by_real = real.means(1 - nearer_shares(theirs, mine, _weights(drawn)))
        n, m = len(by_drawn), len(by_real)
        check_enough(min(n, m))
        share = float(by_drawn.mean())
        variance = float(by_drawn.var(ddof=1)) / n + float(by_real.var(ddof=1)) / m
        least, known = min(n, m), share * (1 - share)
        between = wilson(share, known / variance if variance > 0 and known > 0 else least)
        return Measured(self.name, share, *between, n, generated.encoder, NOTE)
