"""R-precision: how often an image is nearer to its own caption than to 99 captions of other classes (AttnGAN, 4.1).

The protocol, which changes the figure and so is said with it. Matching encoder: the space it is measured in, never one
that was a loss. Negatives: ``NEGATIVES`` captions of other classes, a class being a concept, so that the same thing in
another style is no wrong answer. Folds: in each of ``FOLDS`` every image meets negatives drawn anew, with a seed; the
figure is the mean over folds. Batch: none, each image has captions of its own; the batch that an encoder was trained
with moves the figure too (DM-GAN's issue 18), and stands in the encoder's card.
"""

import numpy as np

from eval.arrays import check_pair
from eval.metrics import Array, Ints, Measured
from eval.metrics.entries.recall import TIED
from eval.statistics import FEWEST, mean_interval
from hub.errors import DataError
from hub.language.sentence import Sentence

NAME = "R-precision"
NEGATIVES, FOLDS = 99, 10


def precision_shares(
    images: Array, texts: Array, classes: Ints, negatives: int = NEGATIVES, folds: int = FOLDS
) -> Array:
    """Return each image's share of hits over the folds, (N,), from unit rows (N, E) of images and of their own texts.

    ``classes`` (N,) are those of the texts. A tie is a share of a hit. What an image meets depends on its place among
    the rows, and on nothing else of it.

    Raises: DataError where a text has fewer than so many of other classes.
    """
    images, texts = check_pair(images, texts)
    rng, hits = np.random.default_rng(0), np.zeros(len(images))
    others = {one: np.flatnonzero(classes != one) for one in np.unique(classes)}
    if (fewest := min(map(len, others.values()))) < negatives:
        raise DataError(
            Sentence(
                "R-precision needs {negatives} captions of other concepts, and there are {fewest}: draw more captions.",
                negatives=negatives,
                fewest=fewest,
            )
        )
    own = (images * texts).sum(1)
    for _ in range(folds):
        for row in range(len(images)):
            wrong = texts[rng.choice(others[classes[row]], negatives, replace=False)] @ images[row]
            best = max(own[row], wrong.max())
            if own[row] >= best - TIED:
                hits[row] += 1 / (1 + (wrong >= best - TIED).sum())
    return hits / folds


def measure_r_precision(images: Array, texts: Array, classes: Ints, encoder: str) -> Measured:
    """Return R-precision of one image a text, (N, E) unit rows each; the interval is over texts.

    Raises: DataError with too few texts.
    """
    if len(images) < FEWEST:
        raise DataError(
            Sentence(
                "Too few prompts for R-precision, {n}: draw images of {fewest} or more.", n=len(images), fewest=FEWEST
            )
        )
    note = Sentence(
        "1 true and {negatives} captions of other concepts, {folds} folds", negatives=NEGATIVES, folds=FOLDS
    )
    shares = precision_shares(images, texts, classes)
    return Measured(NAME, *mean_interval(shares, 0, 1), len(shares), encoder, note)
