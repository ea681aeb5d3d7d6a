"""Preference score: what an encoder that looks at an image and its prompt together says of both.

Such as ImageReward (arXiv 2304.05977) and MPS (arXiv 2405.14705), each in its own units. Those that have an embedding
of each, PickScore and HPS v2.1, are told by the image-text score.
"""

import numpy as np

from eval.arrays import check_features
from eval.metrics import METRICS, Array, Features, Ints, Measured, Takes
from eval.metrics.entries.recall import describe_truncated
from eval.metrics.resamples import Resamples, mean_by_prompt, resample_mean
from eval.statistics import BOOTSTRAPPED, mean_interval


def _mean_by_prompt(generated: Features) -> tuple[Array, Ints]:
    """Return the mean score of each prompt's images, (P,), and the prompts."""
    assert generated.scores is not None
    scores = check_features(generated.scores.values[:, None])[:, 0]
    return mean_by_prompt(scores, generated.prompts)


@METRICS.register
class PreferenceScore:
    """Mean over prompts of the mean score of a prompt with its images."""

    name = "preference score"
    takes = Takes.pairs
    better = "higher"
    of_real = True
    of_each_prompt = True
    interval = BOOTSTRAPPED
    needs = ("scores",)

    def __call__(self, generated: Features, reference: Features) -> Measured:
        """The reference is not looked at."""
        means, prompts = _mean_by_prompt(generated)
        assert generated.scores is not None
        cut = 0 if generated.cut is None else len(np.unique(generated.prompts[generated.cut]))
        between = mean_interval(means, generated.scores.least, generated.scores.most)
        return Measured(self.name, *between, len(prompts), generated.encoder, describe_truncated(cut) if cut else None)

    def resample(self, generated: Features, reference: Features) -> Resamples:
        """Resample the prompts' means."""
        return resample_mean(*_mean_by_prompt(generated))
