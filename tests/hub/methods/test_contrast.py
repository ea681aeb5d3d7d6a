"""Unit properties of the distribution-sensitive losses, each as the design states it."""

import math

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.methods.contrast import fake_to_fake, fake_to_real


@pytest.mark.parametrize("n", [2, 5, 24])
def test_of_rows_that_are_all_alike_each_contrast_is_that_of_chance(n: int) -> None:
    same = torch.ones(n, 7)
    assert fake_to_fake(same, same).item() == pytest.approx(math.log(2 * n - 1), abs=1e-5)
    assert fake_to_real([same, same], same).item() == pytest.approx(2 * math.log(n), abs=1e-5)


def test_of_matched_rows_orthogonal_to_all_others_fake_to_fake_is_known() -> None:
    rows = torch.eye(24)
    assert fake_to_fake(rows, 3 * rows).item() == pytest.approx(math.log(1 + 46 * math.exp(-2)), abs=1e-5)
    assert fake_to_fake(rows, rows).item() == pytest.approx(1.978, abs=1e-3)


@given(st.integers(0, 2**31))
@settings(max_examples=20, deadline=None)
def test_fake_to_fake_rises_with_noise_between_the_two_captions(seed: int) -> None:
    torch.manual_seed(seed)
    a, noise = torch.randn(24, 64), torch.randn(24, 64)
    losses = [fake_to_fake(a, a + amount * noise).item() for amount in (0.0, 0.3, 0.6, 1.2)]
    assert losses == sorted(losses)


def test_contrasts_do_not_depend_on_the_order_of_captions() -> None:
    torch.manual_seed(0)
    a, b, real = torch.randn(3, 16, 8)
    order = torch.randperm(16)
    assert fake_to_fake(a[order], b[order]).item() == pytest.approx(fake_to_fake(a, b).item(), abs=1e-5)
    assert fake_to_fake(b, a).item() == pytest.approx(fake_to_fake(a, b).item(), abs=1e-5)
    turned = fake_to_real([a[order], b[order]], real[order])
    assert turned.item() == pytest.approx(fake_to_real([a, b], real).item(), abs=1e-5)


def test_pictures_get_a_gradient_and_real_features_none() -> None:
    torch.manual_seed(0)
    a, b, real = (torch.randn(6, 8, requires_grad=True) for _ in range(3))
    fake_to_real([a, b], real).backward()
    assert real.grad is None
    assert a.grad is not None and b.grad is not None
    assert a.grad.abs().sum() > 0 and b.grad.abs().sum() > 0


def test_the_mean_over_captions_is_the_contrast_of_each() -> None:
    torch.manual_seed(0)
    a, b, real = F.normalize(torch.randn(3, 6, 8), dim=2)
    each = [fake_to_real([one], real).item() for one in (a, b)]
    assert fake_to_real([a, b], real).item() == pytest.approx(sum(each) / 2, abs=1e-5)
    assert fake_to_real([real], real).item() < min(each)
