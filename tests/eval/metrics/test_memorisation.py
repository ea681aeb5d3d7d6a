"""Nearest training pictures: scikit-learn's neighbours, copies, and the two figures that rest on them."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import mannwhitneyu
from sklearn.neighbors import NearestNeighbors

from eval.metrics import METRICS, Array, Features
from eval.metrics import nearest_training as module
from eval.metrics.entries.data_copying import nearer_shares
from eval.metrics.nearest_training import nearest_training
from hub.errors import DataError
from tests.eval.metrics.made import bundle, normal


def features(images: Array, training: Array | None = None, free: bool = False) -> Features:
    """One image a prompt, with training images."""
    known = None if training is None else Features(np.arange(len(training)), training, "t", free=True)
    return Features(np.arange(len(images)), images, "t", training=known, free=free)


@pytest.mark.parametrize(("n", "m", "d"), [(40, 30, 5), (700, 1300, 24), (3, 2, 2000)])
def test_neighbours_and_distances_are_scikit_learns(n: int, m: int, d: int) -> None:
    x, y = normal(n, d) * 3 + 1, normal(m, d, 1)
    found = nearest_training(x, y)
    peer = NearestNeighbors(n_neighbors=2, algorithm="kd_tree" if d < 100 else "brute").fit(y)
    distances, rows = peer.kneighbors(x, 1)
    own = peer.kneighbors(y, 2)[0][:, 1]
    assert found.rows.tolist() == rows[:, 0].tolist()
    assert found.distances == pytest.approx(distances[:, 0], rel=1e-9)
    assert found.own == pytest.approx(own[rows[:, 0]], rel=1e-9)
    assert found.ratios == pytest.approx(distances[:, 0] / own[rows[:, 0]], rel=1e-9)


def test_more_copies_than_candidates_are_looked_at_one_by_one() -> None:
    y = np.repeat(normal(3, 6), 20, axis=0) + 1e6  # each twenty times; rounding in float32 is larger than their gaps
    x = y[[0, 20, 40, 59]] + [[1e-3], [0], [0], [1e-3]] * np.eye(6)[0]
    found = nearest_training(x, y)
    assert found.rows.tolist() == [0, 20, 40, 40]
    assert found.distances == pytest.approx([1e-3, 0, 0, 1e-3], abs=1e-9)
    assert found.ratios.tolist() == [np.inf, 0, 0, np.inf]  # those copied are there several times


@given(st.integers(0, 10_000))
def test_moving_and_scaling_both_sides_changes_no_neighbour(seed: int) -> None:
    x, y = normal(12, 4, seed), normal(15, 4, seed + 1)
    found, other = nearest_training(x, y), nearest_training(7 * x - 3, 7 * y - 3)
    assert found.rows.tolist() == other.rows.tolist()
    assert other.distances == pytest.approx(7 * found.distances, rel=1e-9)
    assert other.ratios == pytest.approx(found.ratios, rel=1e-9)


def test_authenticity_is_the_share_that_is_farther_than_the_neighbours_own_neighbour() -> None:
    y = np.array([[0.0], [1.0], [10.0], [30.0]])
    x = np.array([[0.2], [2.5], [11.0], [20.5], [40.5], [39.5]] * 2)
    measured = METRICS["authenticity"](features(x, y), features(x))
    # nearest 0, 1, 10, 30, 30, 30 at 0.2, 1.5, 1, 9.5, 10.5, 9.5; these are 1, 1, 9, 20, 20, 20 from their own
    assert measured.value == pytest.approx(1 / 6)
    assert "4 training images" in str(measured.note)


def test_copies_are_not_authentic_and_new_draws_are_as_real_ones() -> None:
    y, real = normal(300, 5), normal(300, 5, 1)
    copied, new = y[:200] + 1e-6 * normal(200, 5, 2), normal(200, 5, 3)
    of = {name: METRICS["authenticity"](features(x, y), features(x)) for name, x in
          (("copied", copied), ("new", new), ("real", real))}  # fmt: skip
    assert of["copied"].value == 0
    assert of["real"].low < of["new"].value < of["real"].high
    copying = {name: METRICS["data copying"](features(x, y), features(real, free=True)) for name, x in
               (("copied", copied), ("new", new))}  # fmt: skip
    assert copying["copied"].value == pytest.approx(1)
    assert copying["new"].low < 0.5 < copying["new"].high


def test_data_copying_is_one_less_scipys_mann_whitney_share() -> None:
    y, x, real = normal(100, 3), normal(80, 3, 1) * 0.9, normal(60, 3, 2)
    measured = METRICS["data copying"](features(x, y), features(real))
    mine, theirs = nearest_training(x, y).distances, nearest_training(real, y).distances
    u = mannwhitneyu(mine, theirs).statistic
    assert measured.value == pytest.approx(1 - u / (80 * 60), rel=1e-12)
    half = nearer_shares(np.zeros(3), np.zeros(4), np.ones(4))
    assert half.tolist() == [0.5] * 3


def test_intervals_of_data_copying_hold_the_truth() -> None:
    """Draws of one distribution: a half is within about 95 of 100 intervals, given the training images."""
    y, held = normal(60, 3), 0
    for seed in range(200):
        found = METRICS["data copying"](
            features(normal(50, 3, 2 * seed + 10), y), features(normal(40, 3, 2 * seed + 11))
        )
        held += found.low <= 0.5 <= found.high
    assert 180 <= held <= 200


def test_every_prompt_counts_alike_however_many_images_it_has() -> None:
    made = bundle(prompts=12, seeds=1, seed=3)
    rows = np.concatenate([np.arange(12), np.repeat([2], 30)])
    many = Features(made.prompts[rows], made.images[rows], "trunk@1", training=made.training)
    real = bundle(prompts=12, seeds=1, seed=4)
    for name in ("authenticity", "data copying"):
        one, other = METRICS[name](made, real), METRICS[name](many, real)
        assert one.value == pytest.approx(other.value, rel=1e-12)
        assert one.n == other.n


def test_neighbours_of_one_set_are_looked_for_once(monkeypatch: pytest.MonkeyPatch) -> None:
    asked, plain = list[int](), module.nearest_training

    def counted(images: Array, training: Array) -> module.NearestTraining:
        asked.append(len(images))
        return plain(images, training)

    monkeypatch.setattr(module, "nearest_training", counted)
    made, real = bundle(seed=11), bundle(seeds=1, seed=12)
    METRICS["authenticity"](made, real)
    METRICS["data copying"](made, real)
    assert len(asked) == 2


def test_a_single_training_image_has_no_neighbour() -> None:
    with pytest.raises(DataError, match="Too few images, 1 where 2"):
        nearest_training(normal(4, 3), normal(1, 3))
