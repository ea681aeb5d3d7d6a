"""Image guidance as a step callback: the closed forms of its move, on the schedulers of diffusers."""

import math
from typing import Any

import diffusers
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from hub.errors import RequestError
from hub.methods.diffusion.model import build_scheduler, fold
from hub.methods.image_guidance import WEIGHT, ImageGuidance, ends_step, move_towards, read_weight, share_of_one
from tests.asking import asking
from tests.hub.methods.diffusion_made import made_pipeline, seeded

SCALED = ("DDIMScheduler", "DDPMScheduler", "DPMSolverMultistepScheduler", "UniPCMultistepScheduler", "PNDMScheduler")
GROWING = ("EulerDiscreteScheduler", "EulerAncestralDiscreteScheduler", "HeunDiscreteScheduler")
shares = st.floats(0, 1)


def scheduler_of(name: str, **more: Any) -> Any:
    """A scheduler on this project's schedule."""
    return getattr(diffusers, name).from_config(build_scheduler().config, **more)


class Unmoving:
    """A pipeline whose scheduler has times from T - 1 to 0, and a reverse step that leaves the sample as it is."""

    order = 1

    def __init__(self, steps: int, times: int = 1000) -> None:
        self.timesteps = torch.arange(times // steps - 1, times, times // steps).flip(0)
        self.num_inference_steps = steps
        self.scheduler = self

    def scale_model_input(self, sample: Tensor, time: object) -> Tensor:
        return sample

    def walk(self, guidance: ImageGuidance, x: Tensor) -> Tensor:
        for number, time in enumerate(self.timesteps):
            x = guidance(self, number, time, {"latents": x})["latents"]
        return x


@settings(deadline=None)
@given(shares, st.integers(0, 2**31))
def test_a_move_is_the_share_of_the_way_and_rests_at_the_guide(share: float, seed: int) -> None:
    x, z = torch.randn(2, 1, 3, 4, 4, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
    assert torch.allclose(move_towards(x, z, [share]) - x, share * (z - x), atol=1e-12)
    assert torch.equal(move_towards(z, z, [share]), z)
    assert torch.equal(move_towards(x, z, [0.0]), x)
    both = move_towards(torch.cat([x, x]), z, [0.0, share])
    assert torch.equal(both[:1], x) and torch.equal(both[1:], move_towards(x, z, [share]))


@settings(deadline=None, max_examples=30)
@given(st.floats(0, 1), st.sampled_from([1, 10, 50, 250, 1000]))
def test_under_an_identity_step_what_is_left_of_the_way_is_the_product(weight: float, steps: int) -> None:
    x, z = torch.randn(2, 1, 3, 2, 2, generator=torch.Generator().manual_seed(steps), dtype=torch.float64)
    left = math.prod(1 - min(1.0, weight * 1000 / steps * step / steps) for step in range(steps))
    assert torch.allclose(Unmoving(steps).walk(ImageGuidance(z, [weight]), x) - z, left * (x - z), atol=1e-9)


def test_at_all_times_of_training_the_share_is_the_papers_and_the_last_step_moves_nothing() -> None:
    whole = Unmoving(1000)
    assert all(share_of_one(whole, number) == pytest.approx((999 - number) / 1000) for number in (0, 1, 500, 998))
    x, z = torch.zeros(1, 3, 2, 2), torch.ones(1, 3, 2, 2)
    for scheduler in (whole, Unmoving(50), Unmoving(1)):
        last = len(scheduler.timesteps) - 1
        told = ImageGuidance(z, [0.5])(scheduler, last, scheduler.timesteps[last], {"latents": x})
        assert torch.equal(told["latents"], x)
    assert share_of_one(Unmoving(50), 9) == pytest.approx(1000 / 50 * 0.8)


@pytest.mark.parametrize("name", SCALED + GROWING)
def test_on_every_scheduler_a_whole_step_moves_by_the_formula_and_w_of_0_changes_no_bit(name: str) -> None:
    pipeline, condition = made_pipeline(), torch.randn(1, 384, generator=torch.Generator().manual_seed(1))
    pipeline.scheduler = scheduler_of(name)
    guide = fold(torch.rand(1, 3, 64, 64, generator=torch.Generator().manual_seed(2)) * 2 - 1, pipeline.unet)
    moved = list[int]()

    def check(pipe: Any, number: int, time: Tensor, told: dict[str, Tensor]) -> dict[str, Tensor]:
        x, out = told["latents"], ImageGuidance(guide, [0.02])(pipe, number, time, told)["latents"]
        if not ends_step(pipe.scheduler, number):
            assert out is x
            return told
        moved.append(number)
        scale = (1 + pipe.scheduler.sigmas[pipe.scheduler.step_index] ** 2) ** 0.5 if name in GROWING else 1.0
        reached = float(pipe.scheduler.timesteps[number + 1]) + 1 if len(moved) < 6 else 0.0
        share = min(1.0, 0.02 * 1000 / 6 * reached / 1000)
        assert torch.allclose(out - x, share * (guide * scale - x), rtol=1e-3, atol=1e-4 * float(scale))
        return {"latents": out}

    plain = pipeline(condition, seeded(0), 6)
    guided = pipeline(condition, seeded(0), 6, None, check)
    assert len(moved) == 6, "one move a step, whatever the calls in it"
    assert not torch.equal(plain, guided)
    assert torch.equal(pipeline(condition, seeded(0), 6, None, ImageGuidance(guide, [0.0])), plain)


def test_a_scheduler_whose_samples_grow_with_noise_is_guided_as_the_same_solver_in_the_other_scale() -> None:
    """DDIM is Euler's method on samples divided by sqrt(sigma^2 + 1) (arXiv 2206.00364, appendix C)."""
    pipeline, condition = made_pipeline(), torch.zeros(1, 384)
    guide = torch.full((1, 12, 32, 32), 0.5)

    def drawn(name: str, **more: Any) -> Tensor:
        pipeline.scheduler = scheduler_of(name, timestep_spacing="trailing", **more)
        return pipeline(condition, seeded(3), 8, None, ImageGuidance(guide, [0.02]))

    ddim = drawn("DDIMScheduler", clip_sample=False, set_alpha_to_one=True)
    assert (ddim - drawn("EulerDiscreteScheduler")).abs().mean() < 0.01


def test_more_guidance_brings_the_picture_nearer_to_the_guide() -> None:
    pipeline, condition = made_pipeline(), torch.zeros(1, 384)
    guide = torch.full((1, 12, 32, 32), -0.25)
    distances = [
        (pipeline(condition, seeded(0), 10, None, ImageGuidance(guide, [weight])) + 0.25).square().mean().item()
        for weight in (0.0, 0.001, 0.005, 0.02, 0.1)
    ]
    assert distances == sorted(distances, reverse=True)


def test_a_request_says_w_or_gets_the_papers_and_without_a_picture_nothing_guides() -> None:
    guided = asking("a cat", 1, image="0" * 64)
    assert read_weight(guided) == WEIGHT
    assert read_weight(asking("a cat", 1, image="0" * 64, parameters={"guidance": 0.02})) == 0.02
    assert read_weight(asking("a cat", 1, parameters={"guidance": 0.02})) == 0
    for bad in (-0.001, 1.5, float("nan"), float("inf")):
        with pytest.raises(RequestError, match="is not from 0 to 1"):
            read_weight(guided.model_copy(update={"parameters": {"guidance": bad}}))
