"""Image-text score: cosine of an image and its prompt (the plain cosine of CLIPScore, arXiv 2104.08718)."""

import numpy as np

from eval.arrays import check_pair
from eval.metrics import METRICS, Array, Features, Ints, Measured, Takes
from eval.metrics.entries.recall import describe_truncated
from eval.metrics.resamples import Resamples, mean_by_prompt, resample_mean
from eval.statistics import BOOTSTRAPPED, mean_interval
from hub.errors import DataError
from hub.language.sentence import Sentence


def image_text_scores(images: Array, texts: Array) -> Array:
    """Return the cosine of each image with its own text, (N,) in [-1, 1], from embeddings (N, E) of any length."""
    images, texts = check_pair(images, texts)
    lengths = np.linalg.norm(images, axis=1) * np.linalg.norm(texts, axis=1)
    if (lengths == 0).any():
        raise DataError(Sentence("An image or a text has an embedding of length 0; check the encoder's checkpoint."))
    return np.asarray((images * texts).sum(1) / lengths)


def _mean_by_prompt(generated: Features) -> tuple[Array, Ints]:
    """Return the mean score of each prompt's images, (P,), and the prompts."""
    assert generated.texts is not None
    scores = image_text_scores(generated.images, generated.texts)
    return mean_by_prompt(scores, generated.prompts)


@METRICS.register
class ImageText:
    """Mean over prompts of the mean cosine of a prompt with its images."""

    name = "image-text score"
    takes = Takes.embeddings
    better = "higher"
    of_real = True
    of_each_prompt = True
    interval = BOOTSTRAPPED
    needs = ("texts",)

    def __call__(self, generated: Features, reference: Features) -> Measured:
        """The reference is not looked at."""
        means, prompts = _mean_by_prompt(generated)
        cut = 0 if generated.cut is None else len(np.unique(generated.prompts[generated.cut]))
        note = describe_truncated(cut) if cut else None
        return Measured(self.name, *mean_interval(means, -1, 1), len(prompts), generated.encoder, note)

    def resample(self, generated: Features, reference: Features) -> Resamples:
        """Resample the prompts' means."""
        return resample_mean(*_mean_by_prompt(generated))
