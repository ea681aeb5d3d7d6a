"""R@1: how often an image is nearer to its own prompt than to any other prompt of the set."""

import numpy as np

from eval.arrays import check_pair
from eval.metrics import METRICS, Array, Features, Flags, Ints, Measured, Takes
from eval.metrics.resamples import Resamples, mean_by_prompt, resample_share
from eval.statistics import FEWEST, WILSON, wilson
from hub.errors import DataError
from hub.language.sentence import Sentence

TIED = 1e-6  # cosines this near are equal: what a text tower in float32 makes of one text varies by less


def recall_shares(images: Array, texts: Array) -> Array:
    """Return each image's share of a hit, (N,), from unit rows (N, E).

    It is 1 where its own text has the highest cosine of all texts, 1 / n where n texts share that place with it, else
    0. Texts that an encoder can't tell apart tie whatever the image is: a hit of each would make chance look perfect.
    """
    images, texts = check_pair(images, texts)
    cosines = images @ texts.T
    top = cosines >= cosines.max(axis=1, keepdims=True) - TIED
    return np.asarray(np.diag(top) / top.sum(axis=1))


def count_alike(texts: Array) -> int:
    """Return how many of the texts, unit rows (N, E), the encoder can't tell from another one of them."""
    cosines = texts @ texts.T
    np.fill_diagonal(cosines, -1)
    return int((cosines.max(axis=1) >= 1 - TIED).sum())


def describe_truncated(cut: int) -> Sentence:
    """Return the note that the encoder reads of so many prompts the beginning alone."""
    return Sentence("{n:,} prompts are longer than the text encoder reads: it sees only their beginning", n=cut)


def count_independent(shares: Array, images: int) -> float:
    """Return how many independent images would tell their share as well as these prompts' shares, (P,).

    There are ``images`` in all.

    p (1 - p) by the variance of the mean of the prompts' shares (Kish, Survey Sampling, chapter 5), the one more that
    makes it P of one image a prompt; P where all have 0 or all 1, and never more than there are.
    """
    prompts, share = len(shares), float(shares.mean())
    if images == prompts or share in {0.0, 1.0}:
        return prompts
    variance = float(shares.var(ddof=1)) / prompts
    return float(images) if variance == 0 else min(float(images), 1 + share * (1 - share) / variance)


def _select_one_a_text(features: Features) -> Features:
    """Return the first image of every text of a prompt; of real images a prompt, being a concept, has several."""
    assert features.texts is not None
    text = np.unique(features.texts, axis=0, return_inverse=True)[1]
    _, rows = np.unique(np.stack([features.prompts, text]), axis=1, return_index=True)
    return features.at(rows)


def _describe_texts(texts: Array, cut: Flags | None) -> Sentence:
    """Return what chance is, and which prompts the encoder does not read whole or can't tell apart."""
    note, same = Sentence("chance is {chance:.2%}", chance=1 / len(texts)), count_alike(texts)
    if same:
        told = Sentence("{n:,} prompts are alike to the text encoder, and share a hit", n=same)
        note = Sentence("{note}; {more}", note=note, more=told)
    if cut is not None and cut.any():
        note = Sentence("{note}; {more}", note=note, more=describe_truncated(int(cut.sum())))
    return note


def _share_by_prompt(one: Features) -> tuple[Array, Ints]:
    """Return each prompt's mean share of a hit, (P,), and the prompts, of one image of every text of a prompt."""
    assert one.texts is not None
    number = len(np.unique(one.prompts))
    if number < FEWEST:
        raise DataError(
            Sentence("Too few prompts for R@1, {n}: draw images of {fewest} prompts or more.", n=number, fewest=FEWEST)
        )
    return mean_by_prompt(recall_shares(one.images, one.texts), one.prompts)


@METRICS.register
class Recall:
    """R@1 of one image a prompt among all prompts."""

    name = "R@1"
    takes = Takes.embeddings
    better = "higher"
    of_real = True
    interval = WILSON
    needs = ("texts",)

    def __call__(self, generated: Features, reference: Features) -> Measured:
        """The reference is not looked at."""
        one = _select_one_a_text(generated)
        shares, prompts = _share_by_prompt(one)
        share, texts = float(shares.mean()), one.texts
        assert texts is not None
        between = wilson(share, count_independent(shares, len(texts)))
        return Measured(self.name, share, *between, len(prompts), one.encoder, _describe_texts(texts, one.cut))

    def resample(self, generated: Features, reference: Features) -> Resamples:
        """Resample the prompts' shares."""
        one = _select_one_a_text(generated)
        shares, prompts = _share_by_prompt(one)
        between = wilson(float(shares.mean()), count_independent(shares, len(one.prompts)))
        return resample_share(shares, prompts, between)
