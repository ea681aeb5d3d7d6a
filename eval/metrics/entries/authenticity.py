"""Authenticity (Alaa et al., arXiv 2102.08921, section 4.2): how many images are no near copies of training images.

An image is a near copy where it is nearer to its nearest training image than any other training image is to that one.
"""

from eval.metrics import METRICS, Features, Measured, Takes
from eval.metrics.compared_sets import PromptImages
from eval.metrics.entries.recall import count_independent
from eval.metrics.nearest_training import find_training
from eval.statistics import WILSON, check_enough, wilson
from hub.language.sentence import Sentence


@METRICS.register
class Authenticity:
    """The share of images that are no near copies, every prompt counting alike."""

    name = "authenticity"
    takes, interval = Takes.images, WILSON
    better = "higher"
    of_real = True
    needs = ("training",)

    def __call__(self, generated: Features, reference: Features) -> Measured:
        """Measure all images of every prompt. The reference is not looked at."""
        training = generated.training
        assert training is not None
        found = find_training(generated, training)
        order = generated.prompts.argsort(kind="stable")
        side = PromptImages.of(generated.images[order], generated.prompts[order])
        by_prompt = side.means((found.ratios > 1)[order].astype(float))
        check_enough(len(by_prompt))
        share = float(by_prompt.mean())
        between = wilson(share, count_independent(by_prompt, len(side.images)))
        note = Sentence("beside {n:,} training images; compare it with that of real images which no training saw",
                        n=len(training.images))  # fmt: skip
        return Measured(self.name, share, *between, len(by_prompt), generated.encoder, note)
