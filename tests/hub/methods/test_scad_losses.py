"""Unit properties of SCAD's losses and directions, each as the design states it."""

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.methods.scad.discriminators import Depth, Direction, HingeDiscriminator, Recovery, SanDiscriminator, scaled
from hub.methods.scad.loss import (
    Split,
    alignment,
    gradient_penalty,
    hinge_discriminator,
    mutual_information,
    san_discriminator,
)

TEXT = 12


def texts(n: int) -> torch.Tensor:
    return F.normalize(torch.randn(n, TEXT), dim=1)


def pyramid(n: int) -> list[torch.Tensor]:
    return [torch.randn(n, 4, 8, 8), torch.randn(n, 8, 4, 4)]


@given(st.integers(0, 2**31), st.floats(1e-3, 1e3))
@settings(max_examples=20, deadline=None)
def test_directions_have_norm_1_whatever_the_weights(seed: int, size: float) -> None:
    torch.manual_seed(seed)
    told, free = Direction(3, 5, TEXT), Direction(3, 5)
    with torch.no_grad():
        for parameter in (*told.parameters(), *free.parameters()):
            parameter.mul_(size)
    for w in (told.w(texts(4)), free.w(texts(4))):
        assert torch.allclose(w.norm(dim=-1), torch.ones(w.shape[:-1]), atol=1e-5)


def test_fun_gives_the_embedding_nothing_and_dir_gives_h_and_s_nothing() -> None:
    direction, h = Direction(2, 5, TEXT), torch.randn(4, 2, 5, requires_grad=True)
    assert direction.embed is not None
    embedding = [direction.embed.weight, direction.embed.bias]
    split = direction.split(h, texts(4))
    fun = torch.autograd.grad(split.fun.sum(), [h, direction.log_scale, *embedding], allow_unused=True)
    assert fun[0] is not None and fun[0].abs().sum() > 0
    assert fun[1] is not None and fun[1].abs().sum() > 0
    assert fun[2] is None and fun[3] is None
    split = direction.split(h, texts(4))
    along = torch.autograd.grad(split.dir.sum(), [h, direction.log_scale, *embedding], allow_unused=True)
    assert along[0] is None and along[1] is None
    assert along[2] is not None and along[2].abs().sum() > 0


def test_the_gradient_of_dir_is_orthogonal_to_w() -> None:
    direction = Direction(3, 6)
    assert direction.raw is not None
    split = direction.split(torch.randn(4, 3, 6), texts(4))
    (gradient,) = torch.autograd.grad(split.dir.mean(), [direction.raw])
    assert gradient.norm() > 0.01
    assert torch.allclose((gradient * direction.w(texts(4))[0]).sum(-1), torch.zeros(3), atol=1e-6)


@pytest.mark.parametrize("text", [0, TEXT])
def test_the_generators_score_is_the_discriminators_fun(text: int) -> None:
    direction, h, t = Direction(2, 5, text), torch.randn(4, 2, 5), texts(4)
    split = direction.split(h, t)
    assert torch.allclose(direction(h, t), split.fun)
    assert torch.allclose(split.fun, split.dir)


def test_the_directions_norm_stays_1_after_a_step() -> None:
    torch.manual_seed(0)
    expert = SanDiscriminator([4, 8], 0, width=8)
    raw = expert.direction.raw
    assert raw is not None
    optimiser = torch.optim.Adam(expert.parameters(), lr=0.1)
    before = raw.detach().clone()
    for _ in range(3):
        loss, penalty = expert.losses(pyramid(4), pyramid(4), texts(4), 2.0)
        optimiser.zero_grad()
        (loss + penalty).backward()
        optimiser.step()
        assert (raw.norm(dim=-1) - 1).abs().max() > 1e-4
        expert.renormalise()
        assert torch.allclose(raw.norm(dim=-1), torch.ones(2), atol=1e-6)
    assert not torch.allclose(raw, before, atol=1e-3)


def test_an_experts_embedding_learns_from_dir_alone_and_its_features_from_fun_and_the_penalty() -> None:
    torch.manual_seed(0)
    expert = SanDiscriminator([4, 8], TEXT, width=8)
    embed = expert.direction.embed
    assert embed is not None
    real, fake, t = pyramid(4), pyramid(4), texts(4)
    loss, penalty = expert.losses(real, fake, t, 2.0)
    (through_loss,) = torch.autograd.grad(loss, [embed.weight], retain_graph=True)
    h, far = expert.h(real).detach(), expert.h(fake).detach()
    w, other = (F.normalize(embed(scaled(text)).view(-1, 2, 8), dim=-1) for text in (t, t.roll(1, 0)))
    s = expert.direction.scale.detach()
    by_hand = -((h * w).sum(-1) * s).mean()
    by_hand = by_hand + (((far * w).sum(-1) * s).mean() + ((h * other).sum(-1) * s).mean()) / 2
    (expected,) = torch.autograd.grad(by_hand, [embed.weight])
    assert torch.allclose(through_loss, expected, atol=1e-3, rtol=1e-2)  # spectral norms move a little each pass
    (through_penalty,) = torch.autograd.grad(penalty, [embed.weight], allow_unused=True)
    assert through_penalty is None


def test_the_san_loss_is_its_formula() -> None:
    real, fake, wrong = (Split(torch.tensor([a]), torch.tensor([b])) for a, b in ((0.5, 0.3), (-0.2, 0.1), (2.0, 0.7)))
    assert san_discriminator(real, fake).item() == pytest.approx(0.5 - 0.3 + 0.8 + 0.1)
    expected = 0.5 - 0.3 + (0.8 + 0.1 + 3.0 + 0.7) / 2
    assert san_discriminator(real, fake, wrong).item() == pytest.approx(expected)
    confident = Split(torch.tensor([5.0]), torch.tensor([0.0]))
    assert san_discriminator(confident, Split(-confident.fun, confident.dir)).item() == 0


def test_an_unconditional_expert_ignores_the_text_and_a_conditional_one_does_not() -> None:
    features = pyramid(3)
    for text, ignores in ((0, True), (TEXT, False)):
        expert = SanDiscriminator([4, 8], text, width=8).eval()
        score, h = expert.score(features, texts(3))
        other, same = expert.score(features, texts(3))
        assert score.shape == (3, 2)
        assert h.shape == (3, 2, 8)
        assert torch.equal(h, same)
        assert torch.allclose(score, other) is ignores


def test_projections_are_fixed() -> None:
    depth = Depth(4, 8, strided=True, text=TEXT)
    assert not depth.project.weight.requires_grad
    assert all(p.requires_grad for name, p in depth.named_parameters() if not name.startswith("project"))


def test_the_baseline_looks_at_the_text() -> None:
    d = HingeDiscriminator([4, 8], TEXT, width=8).eval()
    features, t = pyramid(2), texts(2)
    assert d.score(features, t)[0].shape == (2, 2)
    assert not torch.allclose(d.score(features, t)[0], d.score(features, t.roll(1, 0))[0])
    loss, penalty = d.losses(features, features, t, 2.0)
    assert loss.isfinite() and penalty > 0


@pytest.mark.parametrize("related", [True, False])
def test_q_finds_the_noise_where_it_is_and_nothing_where_it_is_not(related: bool) -> None:
    torch.manual_seed(0)
    noise, width = 4, 8
    mixing = torch.linalg.qr(torch.randn(width, width))[0][:, :noise]
    q = Recovery(width, noise, width=64)
    optimiser = torch.optim.Adam(q.parameters(), lr=3e-3)

    def loss() -> torch.Tensor:
        z = torch.randn(256, noise)
        x = z @ mixing.T if related else torch.randn(256, width)
        return mutual_information(q(x), z)

    for _ in range(400):
        optimiser.zero_grad()
        loss().backward()
        optimiser.step()
    with torch.no_grad():
        reached = torch.stack([loss() for _ in range(20)]).mean().item()
    assert reached < 0.05 if related else 0.9 < reached < 1.1


def test_recovery_passes_gradients_to_the_picture_and_to_q() -> None:
    q, h = Recovery(6, 3, width=8), torch.randn(4, 6, requires_grad=True)
    mutual_information(q(h), torch.randn(4, 3)).backward()
    assert h.grad is not None and h.grad.abs().sum() > 0
    assert all(p.grad is not None for p in q.parameters())


def test_hinge_is_zero_beyond_the_margin_and_counts_each_part() -> None:
    far, zero = torch.tensor([2.0, 3.0]), torch.zeros(2)
    assert hinge_discriminator(far, -far, -far) == 0
    assert hinge_discriminator(zero, zero, zero) == 2.0
    assert hinge_discriminator(far, zero, -far) == 0.5


def test_the_penalty_of_a_linear_discriminator_is_the_power_of_its_gradient() -> None:
    w = torch.tensor([0.6, 0.8])
    x = torch.randn(5, 2, requires_grad=True)
    t = torch.randn(5, 1, requires_grad=True)
    logits = x @ w + 2 * t[:, 0]
    expected = 2 * (0.6**2 + 0.8**2 + 2**2) ** 3
    assert gradient_penalty(logits, [x, t]).item() == pytest.approx(expected, rel=1e-5)


def test_alignment_is_minus_the_cosine() -> None:
    a = F.normalize(torch.randn(4, 8), dim=1)
    assert alignment(a, a).item() == pytest.approx(-1)
    assert alignment(a, -a).item() == pytest.approx(1)
