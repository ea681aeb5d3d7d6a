"""Kernel distance: plain loops, blocks, its standard error; drift."""

import itertools
import math
from dataclasses import replace

import numpy as np
import pytest

from eval.metrics import METRICS, Array
from eval.metrics import kid as kid_module
from eval.metrics.kid import kernel_distance
from hub.errors import DataError
from tests.eval.metrics.made import bundle, normal, rotation


def test_kernel_distance_is_the_plain_double_loop() -> None:
    x, y = normal(7, 5), normal(9, 5, 1) + 0.5

    def k(a: Array, b: Array) -> float:
        return float((a @ b / 5 + 1) ** 3)

    within_x = sum(k(a, b) for a, b in itertools.permutations(x, 2)) / (7 * 6)
    within_y = sum(k(a, b) for a, b in itertools.permutations(y, 2)) / (9 * 8)
    across = sum(k(a, b) for a in x for b in y) / (7 * 9)
    assert kernel_distance(x, y).value == pytest.approx(within_x + within_y - 2 * across, rel=1e-12)


def test_kernel_distance_is_unbiased() -> None:
    values = [kernel_distance(normal(20, 5, 2 * i), normal(20, 5, 2 * i + 1)).value for i in range(400)]
    assert abs(np.mean(values)) < 3 * np.std(values) / math.sqrt(400)


def test_blocks_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    x, y = normal(50, 6), normal(37, 6, 1) + 0.2
    whole = kernel_distance(x, y)
    monkeypatch.setattr(kid_module, "BLOCK", 8)
    parts = kernel_distance(x, y)
    assert (parts.value, parts.error) == pytest.approx((whole.value, whole.error), rel=1e-9)


@pytest.mark.parametrize("shift", [0.0, 0.3])
def test_the_error_is_the_spread_over_fresh_samples(shift: float) -> None:
    made = [kernel_distance(normal(150, 8, 2 * i) + shift, normal(100, 8, 2 * i + 1)) for i in range(300)]
    spread = np.std([one.value for one in made])
    assert np.mean([one.error for one in made]) == pytest.approx(spread, rel=0.3)


def test_pairs_that_vary_together_have_their_own_error() -> None:
    shared = [normal(150, 8, i) for i in range(200)]
    made = [kernel_distance(x + 0.4, 0.8 * x + 0.6 * normal(150, 8, 999 + i), True) for i, x in enumerate(shared)]
    spread = np.std([one.value for one in made])
    assert np.mean([one.error for one in made]) == pytest.approx(spread, rel=0.35)


def test_kernel_distance_is_invariant_to_order_and_rotation() -> None:
    x, y, turn = normal(30, 6), normal(20, 6, 1) + 0.4, rotation(6)
    expected = kernel_distance(x, y)
    for made in (kernel_distance(x[::-1], y), kernel_distance(x @ turn, y @ turn), kernel_distance(y, x)):
        assert (made.value, made.error) == pytest.approx((expected.value, expected.error), rel=1e-9)


def test_drift_is_the_kernel_distance_from_before() -> None:
    after = bundle()
    assert after.before is not None
    measured = METRICS["drift"](after, bundle(seeds=1))
    assert measured.value == pytest.approx(kernel_distance(after.first().images, after.before.first().images).value)
    with pytest.raises(DataError, match="same prompts"):
        other = replace(after.before, prompts=after.before.prompts[::-1])
        METRICS["drift"](replace(after, before=other), bundle(seeds=1))
