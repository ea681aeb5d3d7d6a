"""Kernel distance: unbiased squared MMD with a cubic kernel (Binkowski et al., arXiv 1801.01401, equation 4)."""

from eval.metrics import METRICS, Features, Measured, Takes
from eval.metrics.compared_sets import pair_sides
from eval.metrics.kernel_distance import measure_distance, resample_sides
from eval.metrics.kernel_interval import INTERVAL
from eval.metrics.kernel_sums import cubic_block
from eval.metrics.resamples import Resamples


@METRICS.register
class Kernel:
    """Kernel distance of one image a prompt, or of all, from the reference images."""

    name = "KID"
    takes, interval = Takes.images, INTERVAL
    better = "lower"
    of_real = False
    needs = ("reference",)

    def __call__(self, generated: Features, reference: Features) -> Measured:
        """Measure one image a prompt, or all, against the reference images."""
        return measure_distance(self.name, pair_sides(generated, reference), cubic_block, generated)

    def resample(self, generated: Features, reference: Features) -> Resamples:
        """Resample the prompts of both sides."""
        return resample_sides(pair_sides(generated, reference), cubic_block)
