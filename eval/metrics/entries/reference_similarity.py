"""Reference similarity: cosine of a prompt's images with its reference images in an image encoder.

In DINO's it is the DINO score of DreamBooth (arXiv 2208.12242, section 4.2).
"""

from eval.metrics import METRICS, Takes
from eval.metrics.similarity import ReferenceCosine


@METRICS.register
class ReferenceSimilarity(ReferenceCosine):
    """Mean over prompts of the mean cosine of its generated with its reference images, in an image encoder."""

    name = "reference similarity"
    takes = Takes.images
