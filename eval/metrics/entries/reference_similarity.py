"""Reference similarity: cosine of a prompt's images with its reference images in an image encoder.

In DINO's it is the DINO score of DreamBooth (arXiv 2208.12242, section 4.2).
"""

from eval.metrics import METRICS, Features, Measured, Takes
from eval.metrics.similarity import reference_similarities
from eval.statistics import mean_interval


@METRICS.register
class ReferenceSimilarity:
    """Mean over prompts of the mean cosine of its generated with its reference images."""

    name = "reference similarity"
    takes = Takes.images
    better = "higher"
    of_real = False
    needs = ("reference",)

    def __call__(self, generated: Features, reference: Features) -> Measured:
        """Every pair of a generated and a reference image of one prompt counts."""
        values = reference_similarities(generated, reference)
        return Measured(self.name, *mean_interval(values, -1, 1), len(values), generated.encoder)
