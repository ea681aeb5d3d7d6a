"""Calls in bfloat16, on a CPU, which can compute in it as well: gradients, masters, what stays in single precision."""

import copy

import pytest
import torch
from torch import Tensor, nn

from hub.methods.low_precision import LowPrecision


def made() -> nn.Sequential:
    """A small network with each sort of norm."""
    torch.manual_seed(0)
    return nn.Sequential(
        nn.Conv2d(3, 8, 3, padding=1),
        nn.BatchNorm2d(8),
        nn.SiLU(),
        nn.Conv2d(8, 8, 3),
        nn.GroupNorm(2, 8),
        nn.Flatten(),
        nn.Linear(8 * 36, 4),
    )


def gradients(net: nn.Module, on: bool) -> tuple[Tensor, list[Tensor]]:
    """Output and gradients of a call, all float32."""
    low = LowPrecision(net, on)
    x = torch.randn(16, 3, 8, 8, generator=torch.Generator().manual_seed(1))
    out = low(x.to(low.dtype)).float()
    out.square().mean().backward()
    return out.detach(), [p.grad for p in net.parameters() if p.grad is not None]


def test_gradients_in_bfloat16_are_near_those_in_single_precision_and_masters_stay() -> None:
    single, low = made(), made()
    expected, exact = gradients(single, on=False)
    out, near = gradients(low, on=True)
    assert not torch.equal(out, expected)
    assert (out - expected).norm() < 0.02 * expected.norm()
    assert len(near) == len(exact) == len(list(low.parameters()))
    for a, b in zip(near, exact, strict=True):
        assert a.dtype == torch.float32
        assert (a - b).norm() < 0.03 * b.norm() + 1e-3
    for mine, theirs in zip(low.parameters(), single.parameters(), strict=True):
        assert mine.dtype == torch.float32
        assert torch.equal(mine, theirs)


def test_steps_smaller_than_bfloat16_resolves_are_not_lost() -> None:
    net = nn.Linear(1, 1, bias=False)
    nn.init.ones_(net.weight)
    low = LowPrecision(net, on=True)
    optimiser = torch.optim.SGD(net.parameters(), lr=1e-4)
    for _ in range(100):
        optimiser.zero_grad()
        low(torch.ones(1, 1, dtype=low.dtype)).float().sum().backward()
        optimiser.step()
    assert net.weight.item() == pytest.approx(0.99, abs=1e-4)  # 1 - 1e-4 is 1 in bfloat16
    assert low(torch.ones(1, 1, dtype=low.dtype)).item() == pytest.approx(0.99, abs=4e-3)


def test_batch_norms_and_what_is_kept_stay_in_single_precision_and_statistics_are_the_modules_own() -> None:
    net = made()
    low = LowPrecision(net, on=True, keep=("6.",))
    assert set(low.trained) == {"0.weight", "0.bias", "3.weight", "3.bias", "4.weight", "4.bias"}
    head = LowPrecision(net[:6], on=True)
    assert head(torch.randn(4, 3, 8, 8, dtype=torch.bfloat16)).dtype == torch.bfloat16
    buffers = dict(net.named_buffers())
    assert buffers["1.num_batches_tracked"].item() == 1
    assert buffers["1.running_mean"].dtype == torch.float32
    assert buffers["1.running_mean"].abs().sum() > 0


def test_frozen_weights_are_copied_once_and_images_get_their_gradient() -> None:
    net = made().eval().requires_grad_(False)
    low = LowPrecision(net, on=True)
    assert not low.trained
    assert {copied.dtype for copied in low.frozen.values()} == {torch.bfloat16}
    x = torch.randn(2, 3, 8, 8, requires_grad=True)
    low(x.to(low.dtype)).float().sum().backward()
    assert x.grad is not None
    exact = torch.autograd.grad(net(x).sum(), x)[0]
    assert (x.grad - exact).norm() < 0.05 * exact.norm()


def test_weights_keep_their_layout() -> None:
    net = made().to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    frozen = LowPrecision(copy.deepcopy(net).requires_grad_(False), on=True).frozen["3.weight"]
    assert frozen.is_contiguous(memory_format=torch.channels_last)


def test_off_it_is_the_module_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(torch.func, "functional_call")
    net = made()
    low = LowPrecision(net, on=False)
    x = torch.randn(4, 3, 8, 8)
    assert low.dtype == torch.float32
    assert torch.equal(low(x), copy.deepcopy(net)(x))
