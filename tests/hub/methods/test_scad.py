"""The GAN: shapes, losses against closed forms, two steps of training, resuming."""

from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from hub.methods.scad.loss import alignment, hinge_discriminator, matching_aware_penalty
from hub.methods.scad.model import Affine, Discriminator, Generator, GeneratorConfig
from hub.methods.scad.train import GanConfig, train

SMALL = GeneratorConfig(cond=16, widths=(16, 16, 8, 8))


def test_the_generator_draws_64_pixels_that_follow_noise_and_text() -> None:
    torch.manual_seed(0)
    model = Generator(SMALL).eval()
    for affine in (m for m in model.modules() if isinstance(m, Affine)):
        torch.nn.init.normal_(affine.linear.weight, std=0.1)
    z, t = torch.randn(2, 100), torch.randn(2, 384)
    out = model(z, t)
    assert out.shape == (2, 3, 64, 64)
    assert not torch.allclose(out[0], model(z[:1], t[1:])[0], atol=1e-4)
    assert not torch.allclose(out[0], model(z[1:], t[:1])[0], atol=1e-4)


def test_an_image_does_not_depend_on_its_batch() -> None:
    model = Generator(SMALL).eval()
    z, t = torch.randn(3, 100), torch.randn(3, 384)
    assert torch.allclose(model(z, t)[1], model(z[1:2], t[1:2])[0], atol=1e-5)


def test_the_shipped_generator_is_small_enough() -> None:
    assert sum(p.numel() for p in Generator(GeneratorConfig()).parameters()) * 2 < 5_000_000


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
    assert matching_aware_penalty(logits, [x, t]).item() == pytest.approx(expected, rel=1e-5)


def test_alignment_is_minus_the_cosine() -> None:
    a = torch.nn.functional.normalize(torch.randn(4, 8), dim=1)
    assert alignment(a, a).item() == pytest.approx(-1)
    assert alignment(a, -a).item() == pytest.approx(1)


def test_the_discriminator_looks_at_the_text_and_keeps_its_projections() -> None:
    d = Discriminator([4, 8], width=8).eval()
    f = [torch.randn(2, 4, 8, 8), torch.randn(2, 8, 4, 4)]
    t = torch.randn(2, 384)
    assert d(f, t).shape == (2, 2)
    assert not torch.allclose(d(f, t), d(f, t.roll(1, 0)))
    assert not [name for name, p in d.named_parameters() if "project" in name and p.requires_grad]


def test_training_stops_and_goes_on(pack: Path, tmp_path: Path) -> None:
    config = GanConfig(images=8, batch=4, every=1, feature_size=32, generator=SMALL)
    first = load_file(train(config, pack, tmp_path))
    again = load_file(train(GanConfig(**{**vars(config), "images": 16}), pack, tmp_path))
    assert first.keys() == again.keys()
    assert any(not torch.equal(first[key], again[key]) for key in first)
    assert all(torch.isfinite(value).all() for value in again.values())
    rows = (tmp_path / "log.csv").read_text().splitlines()
    assert len(rows) == 1 + 4
    assert (tmp_path / "grid.png").exists()
