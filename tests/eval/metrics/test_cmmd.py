"""CMMD beside the published definition written out in torch, and torch-fidelity's Gaussian kernel."""

import itertools
import warnings

import numpy as np
import pytest
import torch

from eval.agreement import KIN
from eval.metrics import METRICS, Array, Features
from hub import torchvision_ops
from hub.schema import Criterion
from tests.eval.metrics.made import bundle, normal, unit


def cmmd(x: Array, y: Array) -> float:
    """CMMD of one image a prompt, of two sides that vary apart."""
    sides = (Features(np.arange(len(one)) + start, one, "e") for one, start in ((x, 0), (y, len(x))))
    made, real = sides
    return METRICS["CMMD"](made, Features(real.prompts, real.images, "e", free=True)).value


def published(x: Array, y: Array, own: bool) -> float:
    """1000 times the estimate with sigma 10 of unit rows; ``own``: the authors' code, with each image and itself."""
    a, b = (torch.nn.functional.normalize(torch.from_numpy(one), dim=1) for one in (x, y))

    def mean_kernel(one: torch.Tensor, other: torch.Tensor, same: bool) -> torch.Tensor:
        k = torch.exp(-(torch.cdist(one, other, compute_mode="donot_use_mm_for_euclid_dist") ** 2) / (2 * 10**2))
        return (k.sum() - k.trace()) / (len(k) * (len(k) - 1)) if same and not own else k.mean()

    return float(1000 * (mean_kernel(a, a, True) + mean_kernel(b, b, True) - 2 * mean_kernel(a, b, False)))


def test_it_is_the_published_definition() -> None:
    x, y = normal(60, 12) + 0.4, normal(90, 12, 1) * 3
    assert cmmd(x, y) == pytest.approx(published(x, y, own=False), rel=1e-7)


def test_it_is_torch_fidelitys_squared_mmd_with_a_gaussian_kernel() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torchvision_ops.ensure()
        peer = pytest.importorskip("torch_fidelity.metric_kid")
    x, y = unit(normal(80, 16) + 0.3), unit(normal(80, 16, 1))
    theirs = peer.kid_features_to_metric(
        torch.from_numpy(x), torch.from_numpy(y), kid_subsets=1, kid_subset_size=80, rng_seed=0, verbose=False,
        kid_kernel="rbf", kid_kernel_rbf_sigma=10.0,
    )  # fmt: skip
    assert cmmd(x, y) == pytest.approx(1000 * theirs["kernel_inception_distance_mean"], rel=1e-7)


def test_the_length_of_features_does_not_matter() -> None:
    x, y = normal(40, 6), normal(50, 6, 1) + 0.3
    lengths = np.exp(normal(40, 1, 2))
    assert cmmd(lengths * x, 5 * y) == pytest.approx(cmmd(x, y), rel=1e-9)


def test_its_docstring_is_true_of_the_means_and_of_the_authors_code() -> None:
    x, y = unit(normal(200, 8) + 0.6), unit(normal(150, 8, 1))
    means = [one.mean(0) for one in (x, y)]
    own = sum(10 * (1 - mean @ mean) / len(one) for mean, one in zip(means, (x, y), strict=True))
    assert published(x, y, own=True) - cmmd(x, y) == pytest.approx(own, rel=0.05)
    assert published(x, y, own=True) == pytest.approx(10 * ((means[0] - means[1]) ** 2).sum(), rel=0.02)


def test_two_images_of_one_prompt_are_never_compared() -> None:
    """The mean kernel of two prompts stands where that of two images stood; plain loops."""
    made, real = bundle(prompts=12, seeds=3, shift=0.4), bundle(prompts=15, seeds=1, seed=1)
    x, y = unit(made.images), unit(real.images)
    real = Features(100 + real.prompts, real.images, "e", free=True)

    def k(a: Array, b: Array) -> float:
        return float(np.exp(-((a - b) ** 2).sum() / 200))

    def mean(a: int, b: int) -> float:
        sides = (x[made.prompts == a], x[made.prompts == b])
        return float(np.mean([k(one, other) for one in sides[0] for other in sides[1]]))

    within = np.mean([mean(a, b) for a, b in itertools.permutations(range(12), 2)])
    others = np.mean([k(a, b) for a, b in itertools.permutations(y, 2)])
    across = np.mean([[np.mean([k(a, b) for a in x[made.prompts == p]]) for b in y] for p in range(12)])
    assert METRICS["CMMD"](made, real).value == pytest.approx(1000 * (within + others - 2 * across), rel=1e-7)


def test_its_interval_holds_the_truth_where_sets_are_alike() -> None:
    held = 0
    for seed in range(100):
        sides = (Features(np.arange(40) + 40 * i, normal(40, 6, 2 * seed + i) + 0.5, "e", free=bool(i)) for i in (0, 1))
        found = METRICS["CMMD"](*sides)
        held += found.low <= 0 <= found.high
    assert held >= 92


def test_it_is_of_the_kind_of_quality() -> None:
    assert "CMMD" in KIN[Criterion.quality]
    assert METRICS["CMMD"].takes == "embeddings"
