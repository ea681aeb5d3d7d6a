"""Per-prompt diversity (PPD), after SCAD (arXiv 2506.01493), whose formula is not published: our instantiation."""

import numpy as np

from eval.arrays import check_features, unit_rows
from eval.metrics import METRICS, Array, Features, Ints, Measured, Takes
from eval.metrics.resamples import Resamples, resample_mean
from eval.statistics import BOOTSTRAPPED, mean_interval
from hub.errors import DataError
from hub.language.sentence import Sentence


def diversity(features: Array) -> float:
    """Return the mean pairwise cosine distance of one prompt's images (N, D).

    It is 1 - (|sum e_i|^2 - N) / (N (N - 1)), e_i unit rows.

    0 for equal images, 1 for orthogonal features, at most N / (N - 1).

    Raises: DataError with fewer than two images.
    """
    n = len(features)
    if n < 2:
        raise DataError(Sentence("Diversity needs two images or more of a prompt: draw more seeds."))
    e = unit_rows(check_features(features))
    return float(1 - ((e.sum(0) ** 2).sum() - n) / (n * (n - 1)))


def _diversity_by_prompt(generated: Features) -> tuple[Array, Ints, Ints]:
    """Return the diversity of each prompt with two images or more, (P,), these prompts, and their numbers of images."""
    prompts, counts = np.unique(generated.prompts, return_counts=True)
    several = prompts[counts > 1]
    if len(several) == 0:
        raise DataError(Sentence("Diversity needs prompts with two images or more each: draw more seeds."))
    values = np.array([diversity(generated.images[generated.prompts == prompt]) for prompt in several])
    return values, several, counts[counts > 1]


@METRICS.register
class PerPromptDiversity:
    """Mean diversity over the prompts with two images or more."""

    name = "PPD"
    takes = Takes.images
    better = "higher"
    of_real = True
    of_each_prompt = True
    interval = BOOTSTRAPPED
    needs = ()

    def __call__(self, generated: Features, reference: Features) -> Measured:
        """The reference is not looked at."""
        values, several, counts = _diversity_by_prompt(generated)
        fewest, most = counts.min(), counts.max()
        images = fewest if fewest == most else Sentence("{low} to {high}", low=fewest, high=most)
        note = Sentence("{images} images a prompt; noise raises it too, so read it beside FD", images=images)
        return Measured(self.name, *mean_interval(values, 0, 2), len(several), generated.encoder, note)

    def resample(self, generated: Features, reference: Features) -> Resamples:
        """Resample the prompts with two images or more."""
        values, several, _ = _diversity_by_prompt(generated)
        return resample_mean(values, several)
