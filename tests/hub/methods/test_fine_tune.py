"""Training on at low noise: its batches, one step of DDIM, a run made of a run, and one that goes on after a stop."""

from pathlib import Path

import pytest
import torch
from safetensors import safe_open

from hub.errors import MissingFile, Stopped
from hub.methods.data.pack import read_pack
from hub.methods.diffusion import fine_tune as tuning
from hub.methods.diffusion.adopt import adopt
from hub.methods.diffusion.fine_tune import LowNoiseStep, fine_tune, step_down
from hub.methods.diffusion.model import build_scheduler, read_unet
from hub.methods.diffusion.pixel_pipeline import read_pipeline
from hub.pixel_pipeline_folder import UNET
from tests.hub.methods.diffusion_made import SMALL, made_unet
from tests.hub.methods.test_adopt import FACTS, write
from tests.hub.methods.test_pixel_pipeline import KnowsThePicture


@pytest.fixture(autouse=True)
def few_pictures(monkeypatch: pytest.MonkeyPatch) -> None:
    """Batches of four, a row each step."""
    monkeypatch.setattr(tuning, "BATCH", 4)
    monkeypatch.setattr(tuning, "EVERY", 1)


@pytest.fixture
def run(tmp_path: Path) -> Path:
    """A run that was trained."""
    adopt(write(tmp_path / "unet.safetensors", FACTS), tmp_path / "run")
    return tmp_path / "run"


def test_a_step_of_a_network_that_knows_the_picture_leaves_its_noise_at_the_other_time() -> None:
    alphas, clean, noise = build_scheduler().alphas_cumprod, torch.rand(12, 32, 32) * 2 - 1, torch.randn(12, 32, 32)

    def noised(time: int) -> torch.Tensor:
        return torch.sqrt(alphas[time]) * clean[None] + torch.sqrt(1 - alphas[time]) * noise[None]

    oracle = KnowsThePicture(clean, alphas)
    oracle_of_one = type("One", (), {"__call__": lambda _, x, t, **told: oracle(x, t[0], **told)})()
    out = step_down(oracle_of_one, noised(200), (torch.tensor([200]), torch.tensor([133])), torch.zeros(1, 384))
    assert torch.allclose(out, noised(133), atol=1e-3)


def test_half_of_a_batch_is_at_the_samplers_times_and_comes_from_the_average(pack: Path) -> None:
    step = LowNoiseStep(made_unet(SMALL), read_pack(pack, "train"), torch.device("cpu"))
    x, noisy, times, condition = step.draw_batch()
    assert x.shape == noisy.shape == (4, 12, 32, 32)
    assert condition.shape == (4, 384)
    assert all(tuning.LEAST <= int(time) < tuning.MOST for time in times[:2])
    assert set(times[2:].tolist()) <= set(tuning.STEPS[:-1])
    assert not noisy.requires_grad


def test_a_run_becomes_another_that_tells_both_trainings_and_stays_as_it_is(run: Path, pack: Path) -> None:
    before = (run / "pipeline" / UNET).read_bytes()
    made = fine_tune(run, pack, run.parent / "fine", images=8, minutes=0)
    assert (run / "pipeline" / UNET).read_bytes() == before
    unet, told = read_unet(made / UNET)
    assert told["images_seen"] == FACTS["images_seen"]
    assert told["fine_tuned"]["images_seen"] == 8
    old = read_unet(run / "pipeline" / UNET)[0].state_dict()
    assert any(not torch.equal(value, old[name]) for name, value in unet.state_dict().items())
    assert torch.isfinite(read_pipeline(made)(torch.zeros(1, 384), num_inference_steps=2)).all()
    with safe_open(made / UNET, "pt") as file:
        assert {file.get_tensor(name).dtype for name in file.keys()} == {torch.float16}  # noqa: SIM118 - not a mapping


def test_a_stopped_one_goes_on_to_the_same_network(run: Path, pack: Path) -> None:
    whole = fine_tune(run, pack, run.parent / "whole", images=12, minutes=0)
    parts = run.parent / "parts"
    parts.mkdir()
    (parts / "stop").touch()
    with pytest.raises(Stopped):
        fine_tune(run, pack, parts, images=12, minutes=0)
    (parts / "stop").unlink(missing_ok=True)
    again = fine_tune(run, pack, parts, images=12, minutes=0)
    assert read_unet(again / UNET)[1]["fine_tuned"]["images_seen"] == 12
    one, other = (read_unet(folder / UNET)[0].state_dict() for folder in (whole, again))
    assert all(torch.allclose(value, other[name], atol=2e-3) for name, value in one.items())


def test_a_folder_without_a_pipeline_is_said(tmp_path: Path, pack: Path) -> None:
    with pytest.raises(MissingFile, match="There is no checkpoint"):
        fine_tune(tmp_path, pack, tmp_path / "out", images=4, minutes=0)
