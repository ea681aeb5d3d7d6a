"""The judge of looks on features whose answer is known."""

import numpy as np
import pytest

from eval.style_probe import intra_cluster_diversity, load_clusters, load_probe, pairwise_diversity
from hub.errors import DataError, UnknownName

RNG = np.random.default_rng(0)


def test_the_probe_finds_styles_that_lie_apart_and_is_unsure_between_them() -> None:
    styles = ["flat"] * 40 + ["3d"] * 40
    features = RNG.normal(size=(80, 8)) + np.where(np.array(styles) == "3d", 4.0, -4.0)[:, None]
    probe = load_probe(features, styles)
    assert probe.accuracy(features, styles) == 1
    assert probe.probabilities(np.full((1, 8), 4.0), "3d")[0] > 0.7
    assert probe.probabilities(np.zeros((1, 8)), "3d")[0] == pytest.approx(0.5, abs=0.2)
    both = [probe.probabilities(np.zeros((1, 8)), style)[0] for style in ("3d", "flat")]
    assert sum(both) == pytest.approx(1)
    with pytest.raises(UnknownName, match="knows no style 'noto'; it knows 3d, flat"):
        probe.probabilities(features, "noto")
    with pytest.raises(DataError, match="two styles or more"):
        load_probe(features[:40], styles[:40])


def test_pairwise_diversity_is_0_for_equal_and_1_for_orthogonal_pictures() -> None:
    assert pairwise_diversity(np.ones((12, 4)))[0] == pytest.approx(0, abs=1e-12)
    value, low, high = pairwise_diversity(np.eye(12))
    assert value == pytest.approx(1)
    assert low <= value <= high
    x = RNG.normal(size=(15, 6))
    e = x / np.linalg.norm(x, axis=1, keepdims=True)
    pairs = [1 - e[i] @ e[j] for i in range(15) for j in range(i)]
    assert pairwise_diversity(x)[0] == pytest.approx(np.mean(pairs))


def test_pictures_that_are_alike_within_clusters_have_no_intra_cluster_diversity() -> None:
    """Though they are diverse as a set."""
    x = np.repeat(np.eye(4), 5, axis=0)
    clusters = np.repeat(np.arange(4), 5)
    assert intra_cluster_diversity(x, clusters)[0] == pytest.approx(0, abs=1e-12)
    assert pairwise_diversity(x)[0] > 0.7
    assert intra_cluster_diversity(x, np.zeros(20, int))[0] == pytest.approx(pairwise_diversity(x)[0])


def test_a_picture_alone_in_its_cluster_counts_for_nothing() -> None:
    x = np.concatenate([np.eye(3)[[0] * 11], np.eye(3)[[1]]])
    assert intra_cluster_diversity(x, np.array([0] * 11 + [1]))[0] == pytest.approx(0, abs=1e-12)
    with pytest.raises(DataError, match="No cluster has two pictures"):
        intra_cluster_diversity(np.eye(12), np.arange(12))


def test_clusters_are_always_the_same_and_find_what_lies_apart() -> None:
    x = np.repeat(np.eye(5), 8, axis=0) + RNG.normal(scale=0.01, size=(40, 5))
    first, again = load_clusters(x, 5), load_clusters(x, 5)
    assert np.array_equal(first.predict(x), again.predict(x))
    assert all(len(set(part)) == 1 for part in first.predict(x).reshape(5, 8))
