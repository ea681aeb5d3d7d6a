"""The diffusion model: sampling, guidance, batch independence, two steps of training in the real format."""

import json
from pathlib import Path

import pytest
import torch
from safetensors import safe_open

from hub.errors import Stopped
from hub.methods.diffusion.model import (
    CaptionPipeline,
    DiffusionConfig,
    build_scheduler,
    build_unet,
    build_vae,
    read_pipeline,
)
from hub.methods.diffusion.train import TrainConfig, shifted, train, v_loss
from hub.training_progress import read_lines

SMALL = DiffusionConfig(vae_width=8, widths=(32, 32), head_dim=16)


@pytest.fixture(scope="module")
def pipeline() -> CaptionPipeline:
    torch.manual_seed(0)
    made = CaptionPipeline(build_unet(SMALL).eval(), build_vae(SMALL).eval(), build_scheduler())
    made.set_progress_bar_config(disable=True)
    return made


def seeded(*seeds: int) -> list[torch.Generator]:
    return [torch.Generator().manual_seed(seed) for seed in seeds]


def test_images_are_in_range_and_steps_are_reported(pipeline: CaptionPipeline) -> None:
    done: list[int] = []
    out = pipeline(torch.randn(2, 384), seeded(0, 1), 3, on_step=done.append)
    assert out.shape == (2, 3, 64, 64)
    assert out.abs().max() <= 1
    assert done == [1, 2, 3]


def test_the_same_seed_gives_the_same_image_whatever_the_batch(pipeline: CaptionPipeline) -> None:
    t = torch.randn(3, 384)
    together, alone = pipeline(t, seeded(5, 6, 7), 3), pipeline(t[1:2], seeded(6), 3)
    assert torch.allclose(together[1], alone[0], atol=1e-5)


def test_guidance_of_one_is_conditional_and_of_zero_ignores_the_caption(pipeline: CaptionPipeline) -> None:
    a, b = torch.randn(1, 384), torch.randn(1, 384)
    assert torch.equal(pipeline(a, seeded(0), 2, 0.0), pipeline(b, seeded(0), 2, 0.0))
    assert not torch.allclose(pipeline(a, seeded(0), 2, 1.0), pipeline(b, seeded(0), 2, 1.0))


def test_v_loss_is_zero_for_the_true_v() -> None:
    class Oracle(torch.nn.Module):
        """Knows the clean latents and solves for v."""

        def __init__(self, x: torch.Tensor) -> None:
            super().__init__()
            self.x = x

        def forward(self, noisy: torch.Tensor, steps: torch.Tensor, encoder_hidden_states: torch.Tensor) -> object:
            alpha = build_scheduler().alphas_cumprod[steps].view(-1, 1, 1, 1)
            noise = (noisy - alpha.sqrt() * self.x) / (1 - alpha).sqrt()
            v = alpha.sqrt() * noise - (1 - alpha).sqrt() * self.x
            return type("Out", (), {"sample": v})

    x = torch.randn(4, 8, 8, 8)
    loss = v_loss(Oracle(x), x, torch.randn(4, 384), torch.Generator().manual_seed(0))
    assert loss.item() < 1e-6


def test_shifts_bring_in_white_and_keep_the_size() -> None:
    x = -torch.ones(1, 3, 8, 8)
    moved = [shifted(x, torch.Generator().manual_seed(i)) for i in range(20)]
    assert {m.shape for m in moved} == {x.shape}
    assert all(set(m.unique().tolist()) <= {-1.0, 1.0} for m in moved)
    assert any((m == 1).any() for m in moved)


def test_training_writes_a_pipeline_that_diffusers_loads(pack: Path, tmp_path: Path) -> None:
    config = TrainConfig(vae_images=8, images=8, batch=4, vae_batch=4, every=2, model=SMALL)
    folder = train(config, pack, tmp_path)
    loaded = read_pipeline(folder)
    assert loaded.vae.config.scaling_factor != 1.0
    assert torch.isfinite(loaded(torch.randn(1, 384), seeded(0), 2)).all()
    with safe_open(folder / "unet" / "diffusion_pytorch_model.safetensors", "pt") as file:
        facts = json.loads(file.metadata()["training"])
    assert facts["images_seen"] == 8
    more = TrainConfig(**{**vars(config), "images": 16})
    train(more, pack, tmp_path)
    assert len((tmp_path / "unet.csv").read_text().splitlines()) == 1 + 2


def test_a_stop_between_the_stages_ends_both_and_the_run_goes_on(pack: Path, tmp_path: Path) -> None:
    config = TrainConfig(vae_images=8, images=8, batch=4, vae_batch=4, every=2, model=SMALL)
    (tmp_path / "stop").touch()
    with pytest.raises(Stopped, match="Training the vae was stopped at step 1 of 2"):
        train(config, pack, tmp_path)
    assert not (tmp_path / "unet.csv").exists()
    assert (train(config, pack, tmp_path) / "model_index.json").exists()
    lines = read_lines(tmp_path)
    assert [(line.title, line.preview) for line in lines if line.step == line.of] == [
        ("Training the vae", "vae.png"),
        ("Training the unet", "grid.png"),
    ]
