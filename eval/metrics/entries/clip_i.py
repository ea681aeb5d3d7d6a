"""CLIP-I: cosine of a prompt's images with its reference images in an image-text encoder.

DreamBooth, arXiv 2208.12242, section 4.2.
"""

from eval.metrics import METRICS, Takes
from eval.metrics.similarity import ReferenceCosine


@METRICS.register
class ClipI(ReferenceCosine):
    """Mean over prompts of the mean cosine of its generated with its reference images, in an image-text encoder."""

    name = "CLIP-I"
    takes = Takes.embeddings
