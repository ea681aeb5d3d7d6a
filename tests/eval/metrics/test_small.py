"""Image-text score, R@1 and diversity against closed forms and plain loops."""

import itertools
import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eval.metrics import Features, PairScores
from eval.metrics.entries.image_text import ImageText, image_text_scores
from eval.metrics.entries.ppd import diversity
from eval.metrics.entries.preference_score import PreferenceScore
from eval.metrics.entries.recall import Recall, recall_shares
from eval.statistics import wilson
from hub.errors import DataError
from tests.eval.metrics.made import normal, unit


def test_image_text_score_of_known_angles() -> None:
    images, texts = np.array([[1.0, 0], [0, 2], [1, 1]]), np.array([[3.0, 0], [5, 0], [1, 0]])
    assert image_text_scores(images, texts) == pytest.approx([1, 0, math.sqrt(0.5)])
    with pytest.raises(DataError, match="length 0"):
        image_text_scores(np.zeros((1, 2)), texts[:1])


def test_a_preference_score_is_the_mean_over_prompts_of_their_images_scores() -> None:
    """Two images of the first ten prompts at 1 and 3, one of the other ten at -4."""
    prompts = np.concatenate((np.arange(10), np.arange(20)))
    values = np.concatenate((np.full(10, 1.0), np.full(10, 3.0), np.full(10, -4.0)))
    cut = prompts == 3
    drawn = Features(prompts, np.empty((30, 0)), "e", cut=cut, scores=PairScores(values, -math.inf, math.inf))
    found = PreferenceScore()(drawn, drawn)
    assert found.value == pytest.approx(-1)
    assert found.n == 20
    assert found.low < -1 < found.high
    assert found.note == "1 prompts are longer than the text encoder reads: it sees only their beginning"
    part = PreferenceScore()(drawn.at(np.flatnonzero(prompts < 10)), drawn)
    assert part.value == pytest.approx(2)
    assert part.n == 10
    within = replace(drawn, scores=PairScores(np.where(prompts < 10, 1.0, 0.9), -1.0, 1.0))
    assert PreferenceScore()(within, drawn).high <= 1


def test_recall_of_known_order() -> None:
    texts = np.eye(3)
    assert recall_shares(texts[[0, 2, 2]], texts).tolist() == [1, 0, 1]


def test_a_tie_is_a_share_of_a_hit() -> None:
    """Of twelve texts that an encoder can't tell apart every image finds its own by chance alone."""
    texts = np.tile(unit(normal(1, 8)), (12, 1))
    assert recall_shares(unit(normal(12, 8, 1)), texts) == pytest.approx(np.full(12, 1 / 12))
    rounded = unit(texts + normal(12, 8, 2) * 1e-8)  # as the last bit of float32 differs from batch to batch
    assert recall_shares(unit(normal(12, 8, 1)), rounded) == pytest.approx(np.full(12, 1 / 12))
    two = np.eye(3)[[0, 0, 1, 2]]
    assert recall_shares(np.eye(3)[[0, 2, 1, 2]], two).tolist() == [0.5, 0, 1, 1]


@settings(deadline=None, max_examples=40)
@given(st.integers(1, 12), st.integers(1, 4), st.integers(0, 1000))
def test_hits_of_texts_that_come_in_copies_are_the_hits_of_the_texts_by_the_copies(n: int, k: int, seed: int) -> None:
    texts, images = unit(normal(n, 5, seed)), unit(normal(n, 5, seed + 1))
    copies = np.repeat(np.arange(n), k)
    assert recall_shares(images[copies], texts[copies]) == pytest.approx(recall_shares(images, texts)[copies] / k)
    order = np.random.default_rng(seed).permutation(n)
    assert recall_shares(images[order], texts[order]) == pytest.approx(recall_shares(images, texts)[order])


def test_prompts_that_are_alike_or_cut_are_told_with_how_many() -> None:
    texts = unit(normal(12, 8))
    texts[:3] = texts[0]
    cut = np.arange(24) % 12 < 2
    drawn = Features(np.arange(24) % 12, normal(24, 8), "e", np.tile(texts, (2, 1)), cut=cut)
    said = "2 prompts are longer than the text encoder reads: it sees only their beginning"
    alike = "3 prompts are alike to the text encoder, and share a hit"
    assert Recall()(drawn, drawn).note == f"chance is 8.33%; {alike}; {said}"
    assert ImageText()(drawn, drawn).note == said
    whole = replace(drawn, texts=unit(normal(24, 8))[np.arange(24) % 12], cut=np.zeros(24, bool))
    assert Recall()(whole, whole).note == "chance is 8.33%"
    assert ImageText()(whole, whole).note is None


def test_recall_is_of_one_image_a_text_and_a_prompt_may_have_several_texts() -> None:
    """Twelve concepts of two captions, all found but both of the first and one of the second; then more seeds."""
    texts, images = np.eye(24), np.eye(24)
    images[[0, 1, 2]] = texts[[5, 5, 5]]
    concepts = Features(np.arange(24) // 2, images, "e", texts)
    found = Recall()(concepts, concepts)
    assert found.value == pytest.approx(21 / 24)
    assert (found.n, found.note) == (12, "chance is 4.17%")
    alone = Recall()(replace(concepts, prompts=np.arange(24)), concepts)
    assert alone.value == pytest.approx(21 / 24)
    assert alone.n == 24
    assert found.low < alone.low  # captions of one concept fail together
    twice = np.concatenate((np.arange(24), np.arange(24)))
    seeds = Features(twice, np.concatenate((images, -texts)), "e", texts[twice])
    assert Recall()(seeds, concepts) == alone


def test_wilson_interval() -> None:
    assert wilson(0.0, 10) == pytest.approx((0, 0.27754), abs=1e-5)  # z^2 / (n + z^2)
    assert wilson(0.5, 100) == pytest.approx((0.40383, 0.59617), abs=1e-5)
    assert wilson(1.0, 10)[1] == 1


def test_diversity_in_closed_form() -> None:
    assert diversity(np.tile(normal(1, 5), (4, 1))) == pytest.approx(0, abs=1e-12)
    assert diversity(3 * np.eye(4)) == pytest.approx(1)
    assert diversity(np.array([[1.0, 0], [-1, 0]])) == pytest.approx(2)
    with pytest.raises(DataError, match="two images"):
        diversity(normal(1, 5))
    with pytest.raises(DataError, match="length 0"):
        diversity(np.zeros((2, 3)))


@settings(deadline=None, max_examples=30)
@given(st.integers(2, 8), st.integers(0, 1000))
def test_diversity_is_the_pairwise_mean_in_any_order(n: int, seed: int) -> None:
    x = normal(n, 3, seed)
    e = unit(x)
    pairs = [1 - float(a @ b) for a, b in itertools.combinations(e, 2)]
    assert diversity(x) == pytest.approx(np.mean(pairs), abs=1e-12)
    assert diversity(np.random.default_rng(seed).permutation(x)) == pytest.approx(diversity(x), abs=1e-12)
