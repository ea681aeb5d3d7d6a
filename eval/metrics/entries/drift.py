"""Drift: kernel distance between what a model drew before and after more training, same prompts and seeds.

After arXiv 2505.19519; the kernel distance, because it can be had without bias, however few the images.

Our instantiation: the U-statistic of the pairs. KID's own value also has the two images of one prompt and seed, which
are most alike where a model hardly drifted: it would be below 0 there.
"""

import numpy as np

from eval.metrics import METRICS, Features, Ints, Measured, Takes
from eval.metrics.kernel_distance import paired_distance
from eval.metrics.kernel_interval import INTERVAL
from eval.statistics import check_enough
from hub.errors import DataError
from hub.language.sentence import Sentence


def _list_jobs(features: Features) -> list[tuple[int, int]]:
    """Return the prompt and seed of every row; none where seeds are not known."""
    seeds = [] if features.seeds is None else features.seeds.tolist()
    return list(zip(features.prompts.tolist(), seeds, strict=False))


def find_common_rows(after: Features, before: Features) -> tuple[Ints, Ints]:
    """Return the rows of both with the same prompt and seed, in the order of the first.

    Raises: DataError where there are none.
    """
    at = {job: row for row, job in enumerate(_list_jobs(before))}
    rows = [(row, at[job]) for row, job in enumerate(_list_jobs(after)) if job in at]
    if not rows:
        raise DataError(Sentence("Drift compares images of the same prompts and seeds: draw those lacking."))
    mine, theirs = np.array(rows).T
    return mine, theirs


@METRICS.register
class Drift:
    """Kernel distance of one image a prompt from the same before."""

    name = "drift"
    takes = Takes.images
    better = "lower"
    of_real = False
    interval = INTERVAL
    needs = ("before",)

    def __call__(self, generated: Features, reference: Features) -> Measured:
        """Measure the images that both sides have; the drift of a model from itself is 0.

        What only one side has, as where a picture can't be read, is left out. The reference is not looked at.
        """
        before = generated.before
        assert before is not None
        mine, theirs = find_common_rows(generated, before)
        lacking = len(generated.prompts) + len(before.prompts) - 2 * len(mine)
        one, other = generated.at(mine).first(), before.at(theirs).first()
        check_enough(len(one.prompts))
        made = paired_distance(one.images, other.images, matched=False)
        left = Sentence("left out because only one side has them: {lacking} of the images", lacking=lacking)
        return Measured(
            self.name, made.value, made.low, made.high, len(one.prompts), generated.encoder, left if lacking else None
        )
