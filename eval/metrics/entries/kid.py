"""Kernel distance: unbiased squared MMD with a cubic kernel (Binkowski et al., arXiv 1801.01401, equation 4)."""

from eval.metrics import METRICS, Features, Measured, Takes
from eval.metrics.compared_sets import pair_sides
from eval.metrics.kernel_distance import measure_distance
from eval.metrics.kernel_sums import cubic_block


@METRICS.register
class Kernel:
    """Kernel distance of one image a prompt, or of all, from the reference images."""

    name = "KID"
    takes = Takes.images
    better = "lower"
    of_real = False
    needs = ("reference",)

    def __call__(self, generated: Features, reference: Features) -> Measured:
        """Measure one image a prompt, or all, against the reference images."""
        return measure_distance(self.name, pair_sides(generated, reference), cubic_block, generated)
