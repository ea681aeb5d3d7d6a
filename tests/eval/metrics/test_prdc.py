"""Precision, recall, density and coverage: plain loops, closed cases, blocks."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eval.metrics import Array, distances
from eval.metrics.entries.prdc import manifolds
from hub.errors import DataError
from tests.eval.metrics.made import normal, rotation


def plain(x: Array, y: Array, k: int) -> tuple[float, float, float, float]:
    """The four figures by their definitions, over whole matrices."""

    def distances(a: Array, b: Array) -> Array:
        return np.asarray(np.linalg.norm(a[:, None] - b[None], axis=2))

    x_radii, y_radii = (np.sort(distances(f, f), axis=1)[:, k] for f in (x, y))
    d = distances(y, x)
    inside = d <= y_radii[:, None]
    recall = (d <= x_radii).any(1).mean()
    return inside.any(0).mean(), recall, inside.sum(0).mean() / k, (d.min(1) <= y_radii).mean()


def figures(x: Array, y: Array, k: int = 5) -> tuple[float, float, float, float]:
    """The four figures."""
    made = manifolds(x, y, k)
    return made.precise.mean(), made.recalled.mean(), made.dense.mean(), made.covered.mean()


@settings(deadline=None, max_examples=25)
@given(st.integers(7, 40), st.integers(7, 40), st.integers(1, 6), st.integers(1, 5), st.integers(0, 1000))
def test_the_figures_are_their_definitions(n: int, m: int, d: int, k: int, seed: int) -> None:
    x, y = normal(n, d, seed) + 0.3, normal(m, d, seed + 1)
    turn = rotation(d, seed)
    expected = plain(x, y, k)
    assert figures(x, y, k) == pytest.approx(expected)
    assert figures(x[::-1] @ turn, y @ turn, k) == pytest.approx(expected)


def test_blocks_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    x, y = normal(70, 4), normal(53, 4, 1)
    expected = figures(x, y)
    monkeypatch.setattr(distances, "BLOCK", 8)
    assert figures(x, y) == expected


def test_equal_and_distant_sets() -> None:
    x = normal(40, 3)
    assert figures(x, x)[:2] == (1, 1)
    assert figures(x, x)[3] == 1
    assert figures(x + 100, x) == (0, 0, 0, 0)


@pytest.mark.parametrize("k", [3, 5, 6, 7])
def test_forty_points_six_times_each_lie_in_their_own_manifold(k: int) -> None:
    """With less than in place of at most all four figures are 0 for k up to 5: every ball is a point."""
    x = np.repeat(normal(40, 16), 6, axis=0)
    precision, recall, density, coverage = figures(x, x, k)
    assert (precision, recall, coverage) == (1, 1, 1)
    assert density == pytest.approx((6 if k < 6 else 12) / k)  # from k = 6 on a ball reaches to another point's six


@settings(deadline=None, max_examples=40)
@given(st.integers(7, 50), st.integers(1, 5), st.integers(1, 6), st.integers(0, 1000), st.booleans())
def test_a_set_lies_in_its_own_manifold(n: int, d: int, k: int, seed: int, repeated: bool) -> None:
    x = normal(n, d, seed)
    if repeated:
        x = x[np.random.default_rng(seed).integers(0, max(1, n // 4), n)]
    precision, recall, density, coverage = figures(x, x[np.random.default_rng(seed).permutation(n)], k)
    assert (precision, recall, coverage) == (1, 1, 1)
    assert density > (k + 0.999) / k  # each ball holds its centre and k others


def test_sets_of_k_images_are_refused() -> None:
    with pytest.raises(DataError, match="more than 5 images"):
        manifolds(normal(5, 3), normal(30, 3))
