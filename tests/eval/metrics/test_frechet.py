"""Frechet distance: closed forms, every path against every other, its error, its cache, its extrapolation."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import linalg

from eval.metrics import Array
from eval.metrics.compared_sets import PromptImages
from eval.metrics.entries.frechet import (
    estimate_frechet,
    frechet,
    frechet_distance,
    frechet_thin,
    influences,
)
from eval.metrics.entries.frechet_infinity import frechet_infinity
from eval.metrics.gaussian import Gaussian, Moments, _lower_congruence, fit_cached_gaussian, fit_gaussian
from eval.statistics import draw_resamples, jackknife_error
from hub.errors import DataError
from tests.eval.metrics.made import bundle, frechet_from_moments, normal, rotation


@pytest.mark.parametrize("dimensions", [64, 2048])
def test_frechet_of_shifted_normals_is_the_number_of_dimensions(dimensions: int) -> None:
    zero, eye = np.zeros(dimensions), np.eye(dimensions)
    assert frechet_from_moments(zero, eye, zero + 1, eye) == pytest.approx(dimensions, rel=1e-12)


def test_frechet_of_diagonal_normals_in_closed_form() -> None:
    a, b = np.array([1.0, 4.0, 9.0]), np.array([4.0, 1.0, 25.0])
    expected = ((np.sqrt(a) - np.sqrt(b)) ** 2).sum() + 3.0
    assert frechet_from_moments(np.zeros(3), np.diag(a), np.ones(3), np.diag(b)) == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize(("n", "m", "d"), [(50, 40, 8), (20, 30, 64), (100, 20, 64), (65, 200, 64)])
def test_frechet_agrees_with_a_matrix_square_root(n: int, m: int, d: int) -> None:
    x, y = normal(n, d), 1.5 * normal(m, d, 1) + 0.3
    s1, s2 = np.cov(x, rowvar=False), np.cov(y, rowvar=False)
    root = linalg.sqrtm(linalg.sqrtm(s1).real @ s2 @ linalg.sqrtm(s1).real).real
    expected = ((x.mean(0) - y.mean(0)) ** 2).sum() + np.trace(s1 + s2 - 2 * root)
    assert frechet_distance(x, y) == pytest.approx(expected, rel=1e-4)  # the matrix root is the less exact one
    assert frechet_thin(x, y, np.ones(n), np.ones(m)) == pytest.approx(frechet_distance(x, y), rel=1e-9)


@pytest.mark.parametrize("shape", [(40, 8), (20, 64)])
def test_frechet_is_zero_for_equal_sets_and_symmetric(shape: tuple[int, int]) -> None:
    x, y = normal(*shape), normal(*shape, seed=1) + 1
    assert frechet_distance(x, x[::-1]) == pytest.approx(0, abs=1e-9)
    assert frechet_distance(x, y) == pytest.approx(frechet_distance(y, x), rel=1e-9)
    assert frechet_distance(x + 3, x) == pytest.approx(9 * shape[1], rel=1e-9)


def test_frechet_of_deficient_covariances() -> None:
    x = np.hstack([normal(40, 4), np.zeros((40, 3))])
    assert frechet_distance(x, x + 1) == pytest.approx(7, rel=1e-9)


def test_frechet_counts_weights_as_copies() -> None:
    x, y, weights = normal(5, 3), normal(6, 3, 1), np.array([2.0, 0.0, 1.0, 3.0, 1.0])
    copied = frechet_distance(np.repeat(x, weights.astype(int), axis=0), y)
    assert frechet_thin(x, y, weights, np.ones(6)) == pytest.approx(copied, rel=1e-9)


@pytest.mark.parametrize(("n", "m"), [(20, 200), (200, 20), (20, 30), (200, 300)])
def test_every_path_by_rank_agrees_with_the_thin_one(n: int, m: int) -> None:
    x, y = normal(n, 40) * 2, normal(m, 40, 1) + 1
    assert frechet_distance(x, y) == pytest.approx(frechet_thin(x, y, np.ones(n), np.ones(m)), rel=1e-9)


def test_blocks_of_the_triangular_product() -> None:
    lower, s = np.tril(normal(600, 600)), normal(600, 600, 1)
    s = s + s.T
    assert np.tril(_lower_congruence(lower, s)) == pytest.approx(np.tril(lower.T @ s @ lower), rel=1e-9)


@settings(deadline=None, max_examples=25)
@given(st.integers(3, 40), st.integers(3, 40), st.integers(1, 12), st.integers(0, 1000))
def test_frechet_is_invariant_to_order_rotation_and_shift(n: int, m: int, d: int, seed: int) -> None:
    x, y = normal(n, d, seed), 1.3 * normal(m, d, seed + 1) + 0.2
    turn, value = rotation(d, seed), frechet_distance(x, y)
    assert value >= 0
    assert frechet_distance(x[::-1], y) == pytest.approx(value, rel=1e-6, abs=1e-9)
    assert frechet_distance(x @ turn, y @ turn) == pytest.approx(value, rel=1e-6, abs=1e-6)
    assert frechet_distance(x + 7, y + 7) == pytest.approx(value, rel=1e-6, abs=1e-6)
    assert frechet_distance(3 * x, 3 * y) == pytest.approx(9 * value, rel=1e-6, abs=1e-6)


def test_the_influences_give_the_spread_over_fresh_samples() -> None:
    def pair(seed: int) -> tuple[Array, Array]:
        x = normal(400, 6, seed) * (1, 2, 1, 0.5, 1, 3) + 0.3
        return x, 0.5 * x + normal(400, 6, seed + 10_000)

    spread = np.std([frechet_distance(*pair(seed)) for seed in range(300)])
    first, second = influences(*map(PromptImages.of, pair(999)))
    assert jackknife_error(first + second) == pytest.approx(spread, rel=0.15)


def test_both_ways_to_an_interval_agree() -> None:
    x, y = bundle(prompts=300, seeds=1, shift=0.5), bundle(prompts=300, seeds=1, seed=1)
    counts = draw_resamples(300, 200).astype(np.float64)
    spread = np.std([frechet_thin(x.images, y.images, count, count) for count in counts])
    assert estimate_frechet(x, y).error == pytest.approx(spread, rel=0.15)


def test_the_reference_is_summed_up_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    x, y = normal(50, 8), normal(60, 8, 1)
    assert fit_cached_gaussian(y[:6], tmp_path).rows is not None
    assert not list(tmp_path.iterdir())
    expected = frechet(fit_cached_gaussian(y, tmp_path), fit_gaussian(x))
    with monkeypatch.context() as patch:
        patch.setattr("eval.metrics.gaussian.fit_gaussian", None)
        again = fit_cached_gaussian(y, tmp_path)
    assert "factor" in again.__dict__
    assert frechet(again, fit_gaussian(x)) == expected
    for file in tmp_path.iterdir():
        file.write_bytes(file.read_bytes()[:-9])
    assert frechet(fit_cached_gaussian(y, tmp_path), fit_gaussian(x)) == pytest.approx(
        frechet_distance(x, y), rel=1e-12
    )
    assert len(list(tmp_path.iterdir())) == 1


def test_the_extrapolation_is_near_the_truth_where_the_distance_is_not() -> None:
    reference = fit_gaussian(normal(20_000, 32, 5))
    generated = normal(600, 32, 6) + 0.2
    line = frechet_infinity(PromptImages.of(generated), reference)
    truth = 32 * 0.04
    assert frechet(reference, fit_gaussian(generated)) > truth + 0.4
    assert line.infinity == pytest.approx(truth, abs=0.3)
    assert line.slope > 0 and line.error > 0
    assert frechet_infinity(PromptImages.of(generated), reference) == line
    with pytest.raises(DataError, match="16 prompts"):
        frechet_infinity(PromptImages.of(normal(15, 4)), reference)


def test_bad_features_are_said() -> None:
    for x, match in ((normal(1, 4), "few images, 1"), (normal(3, 5), "4 dimensions"), (normal(3, 4)[0], "shape")):
        with pytest.raises(DataError, match=match):
            frechet_distance(x, normal(5, 4))
    x = normal(9, 4)
    x[1:8] = np.inf
    with pytest.raises(DataError, match=r"7 of 9 rows.*rows 1, 2, 3, 4, 5, \.\.\."):
        frechet_distance(x, normal(5, 4))


def test_a_covariance_whose_cholesky_fails_has_another_factor() -> None:
    zero = np.zeros(2)
    flat = Gaussian(9, zero, covariance=np.array([[1.0, 1.0], [1.0, 1.0]]) * 4)
    assert flat.factor @ flat.factor.T == pytest.approx(np.asarray(flat.covariance))
    assert frechet(flat, Gaussian(9, zero, covariance=np.eye(2))) == pytest.approx(8 + 2 - 2 * np.sqrt(8))


def test_moments_of_batches_are_those_of_the_whole() -> None:
    x = normal(200, 5) * 0.01 + 1000
    moments = Moments(5)
    for start in (0, 7, 100):
        moments.add(x[start : {0: 7, 7: 100, 100: 200}[start]])
    assert moments.gaussian().covariance == pytest.approx(np.cov(x, rowvar=False), rel=1e-9)
    assert moments.gaussian().mean == pytest.approx(x.mean(0), rel=1e-12)
    with pytest.raises(DataError, match="few images, 0"):
        Moments(3).gaussian()


@pytest.mark.parametrize("sizes", [(200, 150), (12, 11)], ids=str)
def test_a_free_reference_is_a_set_of_its_own(sizes: tuple[int, int]) -> None:
    x, y = bundle(prompts=sizes[0], seeds=1, shift=0.5), replace(bundle(prompts=sizes[1], seeds=1, seed=1), free=True)
    made = estimate_frechet(x, y)
    assert made.value == pytest.approx(frechet_distance(x.images, y.images))
    assert made.error > 0


def test_dead_features_change_neither_distance_nor_error() -> None:
    x, y = normal(300, 6) * 1.5, normal(200, 6, 1) + 0.2
    dead = np.zeros((300, 2))
    plain = influences(PromptImages.of(x), PromptImages.of(y))
    padded = influences(PromptImages.of(np.hstack([x, dead])), PromptImages.of(np.hstack([y, dead[:200]])))
    for one, other in zip(plain, padded, strict=True):
        assert other == pytest.approx(one, rel=1e-6, abs=1e-6)
    assert frechet_distance(np.hstack([x, dead]), np.hstack([y, dead[:200]])) == pytest.approx(frechet_distance(x, y))


def test_thin_rows_hold_the_whole_covariance() -> None:
    x = normal(9, 30) + 5
    rows = np.asarray(fit_gaussian(x).rows)
    assert rows.shape == (8, 30)
    assert rows.T @ rows == pytest.approx(np.cov(x, rowvar=False), abs=1e-12)
