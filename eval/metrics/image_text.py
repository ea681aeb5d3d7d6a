"""Image-text score: cosine of an image and its prompt (the plain cosine of CLIPScore, arXiv 2104.08718)."""

import numpy as np

from eval.metrics import EMBEDDINGS, METRICS, Array, Features, Measured
from eval.metrics._arrays import checked_pair
from eval.metrics._bootstrap import mean_interval
from hub.errors import DataError


def image_text_scores(images: Array, texts: Array) -> Array:
    """Cosine of each image with its own text, (N,) in [-1, 1], from embeddings (N, E) of any length."""
    images, texts = checked_pair(images, texts)
    lengths = np.linalg.norm(images, axis=1) * np.linalg.norm(texts, axis=1)
    if (lengths == 0).any():
        raise DataError("An image or a text has an embedding of length 0; check the encoder's checkpoint.")
    return np.asarray((images * texts).sum(1) / lengths)


@METRICS.register
class ImageText:
    """Mean over prompts of the mean cosine of a prompt with its images."""

    name = f"image-text score ({EMBEDDINGS})"
    better = "higher"
    of_real = True
    needs = ()

    def __call__(self, generated: Features, reference: Features) -> Measured:
        """The reference is not looked at."""
        scores = image_text_scores(generated.image_embeddings, generated.text_embeddings)
        prompts, rows = np.unique(generated.prompts, return_inverse=True)
        means = np.bincount(rows, scores) / np.bincount(rows)
        return Measured(self.name, *mean_interval(means, -1, 1), len(prompts), generated.judge)
