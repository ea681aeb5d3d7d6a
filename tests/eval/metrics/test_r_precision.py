"""R-precision: chance for random embeddings, all for an oracle, other styles of a concept are no wrong answers."""

import numpy as np
import pytest

from eval.metrics.r_precision import FOLDS, NEGATIVES, measure_r_precision, precision_shares
from hub.errors import DataError
from tests.eval.metrics.made import normal, unit

N = 400


def test_random_embeddings_hit_in_about_1_percent() -> None:
    found = measure_r_precision(unit(normal(N, 16, 1)), unit(normal(N, 16, 2)), np.arange(N), "judge@1")
    assert found.value == pytest.approx(0.01, abs=0.006)
    assert found.low <= 0.01 <= found.high
    assert found.n == N
    assert str(NEGATIVES) in str(found.note) and str(FOLDS) in str(found.note)


def test_an_oracle_hits_in_all() -> None:
    texts = unit(normal(N, 16, 2))
    assert measure_r_precision(texts, texts, np.arange(N), "judge@1").value == 1


def test_captions_of_ones_own_class_are_never_negatives() -> None:
    """Four captions a class, all alike: an image that fits them fits its own best of all that it meets."""
    concepts = np.arange(N) // 4
    texts = unit(normal(N // 4, 16, 3))[concepts]
    assert (precision_shares(texts, texts, concepts) == 1).all()
    assert (precision_shares(texts, texts, np.arange(N)) < 1).any()


def test_texts_that_cant_be_told_apart_share_a_hit() -> None:
    same = np.tile(unit(normal(1, 16, 0)), (N, 1))
    assert precision_shares(same, same, np.arange(N)) == pytest.approx(1 / (1 + NEGATIVES))


def test_it_is_the_same_each_time_and_too_few_captions_are_said() -> None:
    images, texts = unit(normal(N, 16, 1)), unit(normal(N, 16, 2))
    again = [precision_shares(images, texts, np.arange(N)) for _ in range(2)]
    assert (again[0] == again[1]).all()
    with pytest.raises(DataError, match="needs 99 captions of other concepts, and there are 49"):
        precision_shares(images[:50], texts[:50], np.arange(50))
    with pytest.raises(DataError, match="Too few prompts"):
        measure_r_precision(images[:5], texts[:5], np.arange(5), "judge@1")
    with pytest.raises(DataError, match="not finite"):
        precision_shares(np.where(np.arange(N)[:, None] == 3, np.nan, images), texts, np.arange(N))
