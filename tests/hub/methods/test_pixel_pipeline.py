"""The diffusers pipeline of the pixel UNet: schedulers, guidance, callbacks, batches, folders good and bad."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import diffusers
import pytest
import torch
from torch import Tensor

from hub.errors import DataError, HubError, MissingFile
from hub.methods.diffusion.config import DiffusionConfig
from hub.methods.diffusion.model import build_scheduler, fold, read_unet, unfold
from hub.methods.diffusion.pixel_pipeline import PixelPipeline, guide_classifier_free, predict_clean, read_pipeline
from hub.methods.training import save_weights
from hub.pixel_pipeline_folder import UNET
from tests.hub.methods.diffusion_made import SMALL, made_pipeline, made_unet, seeded, write_unet

SCHEDULERS = (
    "DDIMScheduler",
    "DDPMScheduler",
    "EulerDiscreteScheduler",
    "EulerAncestralDiscreteScheduler",
    "HeunDiscreteScheduler",
    "DPMSolverMultistepScheduler",
    "UniPCMultistepScheduler",
)


class KnowsThePicture(torch.nn.Module):
    """A network that knows the one clean picture (12, h, w) and solves for v.

    ``asked`` are its batches' sizes, ``noises`` the standard deviations of the noise that it was shown.
    """

    def __init__(self, clean: Tensor, alphas: Tensor) -> None:
        super().__init__()
        self.clean, self.alphas = clean, alphas
        self.asked, self.noises = list[int](), list[float]()
        self.device = clean.device
        self.config = diffusers.configuration_utils.FrozenDict(in_channels=len(clean), sample_size=clean.shape[-1])

    def forward(self, x: Tensor, time: Tensor, **told: object) -> object:
        self.asked.append(len(x))
        sigmas = ((1 - self.alphas) / self.alphas).sqrt().double()
        low, high = sigmas[int(time.floor())], sigmas[int(time.ceil())]  # Euler's times lie between two
        sigma = torch.lerp(low, high, float(time - time.floor())).float()
        a = 1 / (1 + sigma**2)
        noise = (x - a.sqrt() * self.clean) / (1 - a).sqrt()
        self.noises.append(noise.std().item())
        return type("Out", (), {"sample": a.sqrt() * noise - (1 - a).sqrt() * self.clean})


def known(name: str = "DPMSolverMultistepScheduler") -> tuple[PixelPipeline, KnowsThePicture, Tensor]:
    """A pipeline with another scheduler of which the picture that it must draw is known."""
    picture = torch.rand(1, 3, 64, 64, generator=torch.Generator().manual_seed(1)) * 2 - 1
    scheduler = getattr(diffusers, name).from_config(build_scheduler().config)
    oracle = KnowsThePicture(torch.nn.functional.pixel_unshuffle(picture, 2)[0], build_scheduler().alphas_cumprod)
    pipeline = made_pipeline()
    pipeline.unet, pipeline.scheduler = oracle, scheduler
    return pipeline, oracle, picture


@pytest.mark.parametrize("name", SCHEDULERS)
def test_every_scheduler_of_diffusers_draws_the_picture_that_the_network_knows(name: str) -> None:
    pipeline, network, picture = known(name)
    out = pipeline(torch.zeros(2, 384), seeded(0, 1), 20)
    assert all(0.95 < noise < 1.05 for noise in network.noises[:10])  # scaled as it was in training
    assert out.shape == (2, 3, 64, 64)
    assert (out - picture).abs().max() < 0.05  # an ancestral step ends with a little noise


@pytest.mark.parametrize("name", SCHEDULERS)
def test_a_picture_depends_on_its_own_generator_alone_whatever_the_batch(name: str) -> None:
    pipeline = made_pipeline()
    pipeline.scheduler = getattr(diffusers, name).from_config(build_scheduler().config)
    condition = torch.randn(3, 384, generator=torch.Generator().manual_seed(0))
    together, alone = pipeline(condition, seeded(5, 6, 7), 3), pipeline(condition[1:2], seeded(6), 3)
    assert (together[1] - alone[0]).abs().mean() < 1e-4
    assert (together[0] - pipeline(condition[:1], seeded(6), 3)[0]).abs().mean() > 0.1


def test_guidance_of_one_is_conditional_and_of_zero_ignores_the_condition() -> None:
    pipeline, (a, b) = made_pipeline(), torch.randn(2, 1, 384)

    def drawn(condition: Tensor, scale: float | None) -> Tensor:
        return pipeline(condition, seeded(0), 2, None if scale is None else guide_classifier_free(scale))

    assert torch.equal(drawn(a, 0.0), drawn(b, 0.0))
    assert torch.equal(drawn(a, 1.0), drawn(a, None))
    assert not torch.allclose(drawn(a, 1.0), drawn(b, 1.0))
    assert not torch.allclose(drawn(a, 3.0), drawn(a, 1.0))


def test_the_second_pass_is_made_only_in_the_steps_that_are_guided() -> None:
    pipeline, oracle, _ = known()
    for guider, asked in (
        (None, [2] * 10),
        (guide_classifier_free(1.0), [2] * 10),
        (guide_classifier_free(3.0), [4] * 10),
        (guide_classifier_free(3.0, 0.2, 0.7), [2] * 2 + [4] * 5 + [2] * 3),
    ):
        oracle.asked.clear()
        pipeline(torch.zeros(2, 384), seeded(0, 1), 10, guider)
        assert oracle.asked == asked


def test_the_callback_is_told_of_steps_and_previews_and_may_change_what_is_drawn() -> None:
    pipeline, _, picture = known()
    heard: list[tuple[int, int]] = []
    previews: list[Tensor] = []

    def hear(pipe: PixelPipeline, number: int, time: Tensor, told: dict[str, Tensor]) -> dict[str, Tensor]:
        assert pipe is pipeline
        heard.append((number, int(time)))
        previews.append(unfold(told["predicted"], made_unet()))
        return {}

    plain = pipeline(torch.zeros(1, 384), seeded(0), 4)
    watched = pipeline(torch.zeros(1, 384), seeded(0), 4, None, hear, ("predicted",))
    assert torch.equal(plain, watched)
    assert [number for number, _ in heard] == [0, 1, 2, 3]
    assert [time for _, time in heard] == sorted((time for _, time in heard), reverse=True)
    assert all((one - picture).abs().max() < 1e-2 for one in previews)

    def whiten(pipe: PixelPipeline, number: int, time: Tensor, told: dict[str, Tensor]) -> dict[str, Tensor]:
        return {"latents": torch.ones_like(told["latents"])} if number == 3 else told

    assert (pipeline(torch.zeros(1, 384), seeded(0), 4, None, whiten) == 1).all()


def test_an_error_of_the_callback_ends_the_drawing_and_the_next_one_is_whole() -> None:
    pipeline, condition = made_pipeline(), torch.randn(1, 384)
    plain = pipeline(condition, seeded(0), 3)

    def refuse(*told: object) -> dict[str, Tensor]:
        raise RuntimeError("nobody waits")

    with pytest.raises(RuntimeError, match="nobody waits"):
        pipeline(condition, seeded(0), 3, None, refuse)
    assert torch.equal(pipeline(condition, seeded(0), 3), plain)


def test_the_clean_picture_follows_from_v_at_times_of_training_and_between() -> None:
    alphas, clean, noise = build_scheduler().alphas_cumprod, torch.randn(1, 12, 4, 4), torch.randn(1, 12, 4, 4)
    for time in (0.0, 400.0, 400.5, 998.25):
        a = torch.lerp(alphas[int(time)], alphas[min(999, int(time) + 1)], time - int(time))
        x, v = a.sqrt() * clean + (1 - a).sqrt() * noise, a.sqrt() * noise - (1 - a).sqrt() * clean
        assert torch.allclose(predict_clean(alphas, x, v, torch.tensor(time)), clean, atol=1e-4)


def test_folding_makes_channels_of_pixels_and_unfolding_undoes_it() -> None:
    unet, x = made_unet(), torch.randn(2, 3, 64, 64)
    assert fold(x, unet).shape == (2, 12, 32, 32)
    assert torch.equal(unfold(fold(x, unet), unet), x)


def test_a_saved_pipeline_is_read_again_by_diffusers_own_format(tmp_path: Path) -> None:
    pipeline, condition = made_pipeline(), torch.randn(1, 384)
    pipeline.save_pretrained(tmp_path / "saved")
    again = read_pipeline(tmp_path / "saved")
    assert json.loads((tmp_path / "saved" / "model_index.json").read_text())["_class_name"] == "PixelPipeline"
    assert torch.equal(again(condition, seeded(0), 2), pipeline(condition, seeded(0), 2))
    assert isinstance(diffusers.UNet2DConditionModel.from_pretrained(tmp_path / "saved" / "unet"), torch.nn.Module)


@pytest.mark.parametrize("width", [16, 384])
def test_a_network_told_another_vector_is_read_from_the_one_file_that_a_gpu_run_leaves(
    tmp_path: Path, width: int
) -> None:
    config = DiffusionConfig(**{**vars(SMALL), "condition": width})
    unet, training = read_unet(write_unet(tmp_path / "unet.safetensors", config))
    assert training["images_seen"] == 8
    drawn = PixelPipeline(unet, build_scheduler())(torch.randn(1, width), seeded(0), 2)
    assert torch.isfinite(drawn).all()
    half = made_unet(config).half().float()
    assert all(torch.equal(one, half.state_dict()[name]) for name, one in unet.state_dict().items())


def _tear(folder: Path) -> None:
    (folder / UNET).write_bytes((folder / UNET).read_bytes()[:-9])


def _reshape(folder: Path) -> None:
    other = made_pipeline(DiffusionConfig(**{**vars(SMALL), "widths": (16, 48)}))
    other.unet.save_pretrained(folder / "other")
    shutil.copyfile(folder / "other" / Path(UNET).name, folder / UNET)


def _change_index(folder: Path, **change: object) -> None:
    path = folder / "model_index.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), **change}))


BAD: dict[str, tuple[Callable[[Path], object], str]] = {
    "old": (lambda f: _change_index(f, vae=["diffusers", "AutoencoderTiny"]), "is a latent diffusion pipeline"),
    "other": (
        lambda f: _change_index(f, _class_name="DDPMPipeline"),
        "is no pipeline of hub.methods.diffusion, but a DDPM",
    ),
    "foreign": (lambda f: _change_index(f, unet=["evil", "Evil"]), "is no pipeline of hub.methods.diffusion"),
    "more": (lambda f: _change_index(f, more=["evil", "Evil"]), "is no pipeline of hub.methods.diffusion"),
    "schedule": (lambda f: _change_index(f, scheduler=["evil", "Evil"]), "is no pipeline of hub.methods.diffusion"),
    "none": (lambda f: (f / "model_index.json").unlink(), "it has no model_index.json"),
    "no json": (lambda f: (f / "model_index.json").write_text("["), "can't be read"),
    "no weights": (lambda f: (f / UNET).unlink(), "is missing"),
    "torn": (_tear, "can't be read"),
    "shape": (_reshape, "can't be read"),
}


@pytest.mark.parametrize("how", BAD)
def test_a_folder_that_is_no_such_pipeline_gives_one_sentence(tmp_path: Path, how: str) -> None:
    spoil, said = BAD[how]
    made_pipeline().save_pretrained(tmp_path / "saved")
    spoil(tmp_path / "saved")
    with pytest.raises(HubError, match=said) as refused:
        read_pipeline(tmp_path / "saved")
    assert "\n" not in str(refused.value) and len(str(refused.value)) < 500


def test_a_single_file_that_is_torn_missing_or_of_another_shape_gives_one_sentence(tmp_path: Path) -> None:
    path = write_unet(tmp_path / "unet.safetensors")
    whole = path.read_bytes()
    path.write_bytes(whole[:-9])
    with pytest.raises(MissingFile, match="is damaged"):
        read_unet(path)
    with pytest.raises(MissingFile, match="There is no checkpoint"):
        read_unet(tmp_path / "none.safetensors")
    unet = made_unet(DiffusionConfig(**{**vars(SMALL), "widths": (16, 48)}))
    save_weights(path, unet.state_dict(), dict(made_unet().config), {})
    with pytest.raises(DataError, match="does not hold the UNet") as refused:
        read_unet(path)
    assert "\n" not in str(refused.value)
