"""Means over prompts of the cosines between images that belong together."""

import numpy as np

from eval.arrays import check_pair, unit_rows
from eval.metrics import Array, Features, Ints, Measured
from eval.metrics.resamples import Resamples, resample_mean
from eval.statistics import BOOTSTRAPPED, mean_interval
from hub.errors import DataError
from hub.language.sentence import Sentence


def prompt_similarities(x: Array, y: Array, x_prompts: Ints, y_prompts: Ints) -> Array:
    """Return the mean cosine of each prompt's images (N, D) with the images (M, D) of the same prompt: (P,).

    The mean of the cosines of all pairs is the product of the mean unit vectors: no pair is visited.

    Raises: DataError where a prompt of the first has none in the second.
    """
    x, y = check_pair(x, y)
    prompts, rows = np.unique(x_prompts, return_inverse=True)
    lacking = np.setdiff1d(prompts, y_prompts)
    if len(lacking):
        raise DataError(
            Sentence(
                "{n} prompts have no reference image (the first is {first}): add them.",
                n=len(lacking),
                first=lacking[0],
            )
        )
    same = np.isin(y_prompts, prompts)
    others = np.searchsorted(prompts, y_prompts[same])
    return np.asarray(
        (_means(unit_rows(x), rows, len(prompts)) * _means(unit_rows(y)[same], others, len(prompts))).sum(1)
    )


def _means(e: Array, groups: Ints, number: int) -> Array:
    """Return the mean row of each group, (number, D)."""
    sums = np.zeros((number, e.shape[1]))
    np.add.at(sums, groups, e)
    return np.asarray(sums / np.bincount(groups, minlength=number)[:, None])


def reference_similarities(generated: Features, reference: Features) -> Array:
    """Return the mean cosine of each prompt's images with its reference images: (P,), by prompt.

    Raises: DataError for a reference whose rows are no prompts' images.
    """
    if reference.free:
        raise DataError(Sentence("Similarity needs reference images of the same prompts: name a folder of them."))
    return prompt_similarities(generated.images, reference.images, generated.prompts, reference.prompts)


class ReferenceCosine:
    """Mean over prompts of the mean cosine of its generated with its reference images."""

    name: str
    better = "higher"
    of_real = False
    interval = BOOTSTRAPPED
    needs = ("reference",)

    def __call__(self, generated: Features, reference: Features) -> Measured:
        """Measure the cosines, of which every pair of a generated and a reference image of one prompt counts."""
        values = reference_similarities(generated, reference)
        return Measured(self.name, *mean_interval(values, -1, 1), len(values), generated.encoder)

    def resample(self, generated: Features, reference: Features) -> Resamples:
        """Resample the prompts' cosines."""
        return resample_mean(reference_similarities(generated, reference), np.unique(generated.prompts))
