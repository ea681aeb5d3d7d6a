"""CMMD: unbiased squared MMD of image-text features, Gaussian kernel (Jayasumana et al., arXiv 2401.09603, eq. 5).

Sigma 10 on unit features, times 1000, as published. Squared distances of unit rows are at most 4, so that this kernel
is nearly linear there: CMMD is 10 |difference of the two means|^2 to about 2 %, and hardly sees what else differs.
The authors' code adds each image's kernel with itself (their minimum-variance estimator): theirs is higher, by about
10 (1 - |mean|^2) (1 / N + 1 / M).
"""

import numpy as np

from eval.arrays import unit_rows
from eval.metrics import METRICS, Array, Features, Measured, Takes
from eval.metrics.compared_sets import ComparedSets, PromptImages, pair_sides
from eval.metrics.kernel_distance import measure_distance, resample_sides
from eval.metrics.kernel_interval import INTERVAL
from eval.metrics.resamples import Resamples

SIGMA, SCALE = 10.0, 1000.0


def gaussian_block(x: Array, y: Array) -> Array:
    """Return 1000 (exp(-|x - y|^2 / (2 sigma^2)) - 1) of unit rows (n, D) and (m, D): (n, m).

    The one taken off changes no distance, and leaves the digits that tell.
    """
    k = x @ y.T
    k -= 1
    k /= SIGMA**2  # |x - y|^2 = 2 - 2 x . y
    np.expm1(k, out=k)
    k *= SCALE
    return k


def _scale_to_unit(side: PromptImages) -> PromptImages:
    """Return a side with rows of length 1."""
    return PromptImages(unit_rows(side.images), side.prompts, side.starts)


def _pair_unit_sides(generated: Features, reference: Features) -> ComparedSets:
    both = pair_sides(generated, reference)
    return ComparedSets(_scale_to_unit(both.generated), _scale_to_unit(both.reference), both.together, both.common)


@METRICS.register
class ClipDistance:
    """Gaussian kernel distance of one image a prompt, or of all, from the reference images."""

    name = "CMMD"
    takes, interval = Takes.embeddings, INTERVAL
    better = "lower"
    of_real = False
    needs = ("reference",)

    def __call__(self, generated: Features, reference: Features) -> Measured:
        """Measure one image a prompt, or all, against the reference images."""
        return measure_distance(self.name, _pair_unit_sides(generated, reference), gaussian_block, generated)

    def resample(self, generated: Features, reference: Features) -> Resamples:
        """Resample the prompts of both sides."""
        return resample_sides(_pair_unit_sides(generated, reference), gaussian_block)
