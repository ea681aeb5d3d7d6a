"""Metrics against closed forms, plain loops and other packages, and the contract of every registered one."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import linalg

from eval.metrics import METRICS, Array, Features, Metric
from eval.metrics._bootstrap import FEWEST, interval, resamples
from eval.metrics.frechet import frechet_distance, frechet_from_moments, frechet_thin
from eval.metrics.image_text import image_text_scores
from eval.metrics.kid import cubic_kernel, kernel_distance, weighted_mmd
from eval.metrics.ppd import diversity
from eval.metrics.recall import recalled, wilson
from hub import torchvision_ops
from hub.errors import DataError


def normal(rows: int, columns: int, seed: int = 0) -> Array:
    """Standard normal features."""
    return np.random.default_rng(seed).standard_normal((rows, columns))


def unit(x: Array) -> Array:
    """Rows of length 1."""
    return np.asarray(x / np.linalg.norm(x, axis=1, keepdims=True))


def bundle(prompts: int = 20, seeds: int = 2, seed: int = 0, shift: float = 0.0) -> Features:
    """Random features: ``seeds`` images of each prompt."""
    n = prompts * seeds
    texts = unit(normal(n, 4, 99))
    embeddings = unit(texts + 0.3 * normal(n, 4, seed)), texts
    rows = np.tile(np.arange(prompts), seeds)
    return Features(rows, normal(n, 6, seed) + shift, *embeddings, "trunk@1", "judge@2")


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


@pytest.mark.filterwarnings("ignore")
def test_torch_fidelity_agrees() -> None:
    torchvision_ops.ensure()
    fid = pytest.importorskip("torch_fidelity.metric_fid")
    kid = pytest.importorskip("torch_fidelity.metric_kid")
    x, y = normal(300, 32), normal(200, 32, 1) * 1.2 + 0.2
    moments = [{"mu": f.mean(0), "sigma": np.cov(f, rowvar=False)} for f in (x, y)]
    theirs = fid.fid_statistics_to_metric(*moments, verbose=False)["frechet_inception_distance"]
    assert frechet_distance(x, y) == pytest.approx(theirs, rel=1e-6)
    mmd = kid.mmd2(cubic_kernel(x[:200], x[:200]), cubic_kernel(x[:200], y), cubic_kernel(y, y), unit_diagonal=False)
    assert kernel_distance(x[:200], y) == pytest.approx(mmd, rel=1e-9)


def test_kernel_distance_is_the_plain_double_loop() -> None:
    x, y = normal(7, 5), normal(9, 5, 1) + 0.5

    def k(a: Array, b: Array) -> float:
        return float((a @ b / 5 + 1) ** 3)

    within_x = sum(k(a, b) for a, b in itertools.permutations(x, 2)) / (7 * 6)
    within_y = sum(k(a, b) for a, b in itertools.permutations(y, 2)) / (9 * 8)
    across = sum(k(a, b) for a in x for b in y) / (7 * 9)
    assert kernel_distance(x, y) == pytest.approx(within_x + within_y - 2 * across, rel=1e-12)


def test_kernel_distance_is_unbiased() -> None:
    values = [kernel_distance(normal(20, 5, 2 * i), normal(20, 5, 2 * i + 1)) for i in range(400)]
    assert abs(np.mean(values)) < 3 * np.std(values) / math.sqrt(400)


def test_copies_in_a_resample_are_never_paired() -> None:
    x = normal(4, 3)
    kernel, counts = cubic_kernel(x, x), np.array([[3.0, 1.0, 0.0, 0.0]])
    ones = np.ones((1, 4))
    across = (counts @ kernel @ ones.T).item() / 16
    within = (kernel.sum() - np.trace(kernel)) / 12
    assert weighted_mmd(kernel, kernel, kernel, counts, ones)[0] == pytest.approx(kernel[0, 1] + within - 2 * across)


def test_image_text_score_of_known_angles() -> None:
    images, texts = np.array([[1.0, 0], [0, 2], [1, 1]]), np.array([[3.0, 0], [5, 0], [1, 0]])
    assert image_text_scores(images, texts) == pytest.approx([1, 0, math.sqrt(0.5)])
    with pytest.raises(DataError, match="length 0"):
        image_text_scores(np.zeros((1, 2)), texts[:1])


def test_recall_of_known_order() -> None:
    texts = np.eye(3)
    assert recalled(texts[[0, 2, 2]], texts).tolist() == [1, 0, 1]


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


@pytest.mark.parametrize("metric", list(METRICS), ids=lambda metric: metric.name)
def test_contract(metric: Metric) -> None:
    generated, reference = bundle(shift=0.5), bundle(seeds=1, seed=1)
    measured = metric(generated, reference)
    assert measured == metric(generated, reference)
    assert measured.metric == metric.name
    assert measured.low <= measured.value <= measured.high
    assert measured.low < measured.high
    assert measured.n == 20
    assert measured.encoder in ("trunk@1", "judge@2")
    assert metric.better in ("lower", "higher")


@pytest.mark.parametrize("metric", list(METRICS), ids=lambda metric: metric.name)
def test_too_few_prompts_is_said_for_every_metric(metric: Metric) -> None:
    few = bundle(prompts=FEWEST - 1)
    with pytest.raises(DataError, match=f"{FEWEST - 1}"):
        metric(few, bundle(prompts=FEWEST - 1, seeds=1))


@pytest.mark.parametrize("name", ["FD (EfficientNet-Lite2)", "KID (EfficientNet-Lite2)"])
def test_distances_want_every_prompt_of_the_reference(name: str) -> None:
    with pytest.raises(DataError, match="each of the 30 reference prompts"):
        METRICS[name](bundle(prompts=20), bundle(prompts=30, seeds=1))


def test_the_frechet_distance_of_the_reference_from_itself_is_zero() -> None:
    same = bundle(seeds=1)
    measured = METRICS["FD (EfficientNet-Lite2)"](same, same)
    assert (measured.value, measured.high) == pytest.approx((0, 0), abs=1e-9)


def test_frechet_below_the_dimension_is_marked() -> None:
    frechet = METRICS["FD (EfficientNet-Lite2)"]
    small = Features(np.arange(12), normal(12, 30), unit(normal(12, 4)), unit(normal(12, 4)), "t", "j")
    assert "N = 12 < 30 dimensions" in str(frechet(small, small).note)
    assert frechet(bundle(), bundle(seeds=1)).note is None


def test_diversity_needs_several_images_of_a_prompt() -> None:
    with pytest.raises(DataError, match="more seeds"):
        METRICS["PPD (EfficientNet-Lite2)"](bundle(seeds=1), bundle(seeds=1))


def test_first_takes_one_image_a_prompt() -> None:
    one = bundle(prompts=12, seeds=3).first()
    assert one.prompts.tolist() == list(range(12))
    assert one.images == pytest.approx(bundle(prompts=12, seeds=3).images[:12])


def test_bootstrap_interval_of_a_mean() -> None:
    values = normal(400, 1)[:, 0]
    counts = resamples(400, 1000)
    assert (counts.sum(1) == 400).all()
    low, high = interval(float(values.mean()), counts @ values / 400)
    assert (high - low) / 2 == pytest.approx(1.96 * values.std() / 20, rel=0.1)
    assert interval(0.99, np.array([0.9, 1.1]), most=1)[1] == 1
