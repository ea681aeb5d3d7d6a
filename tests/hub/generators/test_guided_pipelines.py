"""Diffusers pipelines guided by a picture in their latents: small ones with random weights, in the real format."""

import inspect
from collections.abc import Callable
from pathlib import Path
from typing import Any

import diffusers  # after conftest, by which its imports are mended
import numpy as np
import pytest
import torch
from PIL import Image

from hub.engine.local_engine import LocalEngine
from hub.errors import Cancelled, RequestError
from hub.files import png_bytes
from hub.generators import GENERATORS, Draw, Placement, generator_for
from hub.generators.contract import ignore_progress
from hub.generators.kinds.diffusers import GUIDED
from hub.generators.latent_guide import encode_guide, find_coder
from hub.methods.image_guidance import ImageGuidance
from tests.asking import asking
from tests.hub.generators.conftest import Add
from tests.hub.generators.made import LINES, WRITERS
from tests.hub.generators.test_diffusers import line

Pipeline = Callable[[str], Path]
CPU, SHA = Placement("cpu"), "a" * 64
FAMILIES = ("sd", "sdxl", "kandinsky")
SCHEDULERS = (
    "DDIMScheduler",
    "DDPMScheduler",
    "EulerDiscreteScheduler",
    "EulerAncestralDiscreteScheduler",
    "HeunDiscreteScheduler",
    "DPMSolverMultistepScheduler",
    "PNDMScheduler",
    "UniPCMultistepScheduler",
)


def guide_picture(size: tuple[int, int] = (96, 80), seed: int = 0) -> Image.Image:
    """A picture of coarse blocks of colour."""
    blocks = np.random.default_rng(seed).integers(0, 256, (4, 4, 3), dtype=np.uint8)
    return Image.fromarray(blocks).resize(size, Image.Resampling.NEAREST)


def guide_bytes() -> bytes:
    """The guide picture as a PNG."""
    return png_bytes(guide_picture())


def draw_guided(draw: Draw, guidance: float | None, picture: Image.Image | None = None) -> Image.Image:
    """The picture of a request, guided where a weight is given."""
    if guidance is None:
        return draw(asking("a cat", 1), {}, ignore_progress)
    request = asking("a cat", 1, image=SHA, parameters={"guidance": guidance})
    return draw(request, {SHA: picture or guide_picture()}, ignore_progress)


class Spy:
    """What the guidance was given and made, in place of its call."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.moves = list[tuple[torch.Tensor, torch.Tensor, torch.Tensor]]()
        real = ImageGuidance.__call__

        def call(guidance: ImageGuidance, part: Any, number: int, time: Any, told: dict[str, Any]) -> dict[str, Any]:
            made = real(guidance, part, number, time, told)
            self.moves.append((told["latents"].clone(), guidance.guide, made["latents"].clone()))
            return made

        monkeypatch.setattr(ImageGuidance, "__call__", call)


@pytest.mark.parametrize("family", FAMILIES)
def test_a_guided_family_says_so_and_a_weight_of_0_is_the_unguided_picture(
    family: str, pipeline: Pipeline, add: Add
) -> None:
    entry = add(line(pipeline(family), LINES[family]))
    assert (entry.accepts.image, dict(entry.accepts.parameters)) == (True, {"guidance": float})
    draw = entry.load(CPU)
    plain, none, some = (draw_guided(draw, weight).tobytes() for weight in (None, 0.0, 0.02))
    assert plain == none
    assert some != plain
    assert draw_guided(draw, 0.02).tobytes() == some
    assert draw_guided(draw, None).tobytes() == plain, "a guide leaves no trace"


@pytest.mark.parametrize("family", ["pixart", "flux"])
def test_other_families_refuse_a_picture_by_the_contracts_sentence(family: str, pipeline: Pipeline, add: Add) -> None:
    add(line(pipeline(family), LINES[family]))
    with pytest.raises(RequestError, match="tiny can't start from an image: leave it out"):
        generator_for("tiny", asking("a cat", 1, image=SHA))
    with pytest.raises(RequestError, match="tiny takes no parameter 'guidance'"):
        generator_for("tiny", asking("a cat", 1, parameters={"guidance": 0.1}))


def test_a_model_that_is_not_here_is_not_known_to_take_a_picture(tmp_path: Path, add: Add) -> None:
    assert not add(line(tmp_path / "gone", LINES["sd"])).accepts.image


@pytest.mark.parametrize("name", sorted(GUIDED))
def test_every_guided_class_tells_of_its_steps_and_lets_latents_be_changed(name: str) -> None:
    cls = getattr(diffusers, name)
    assert {"prompt", "callback_on_step_end"} <= inspect.signature(cls.__call__).parameters.keys()
    assert {"vae", "movq"} & inspect.signature(cls.__init__).parameters.keys()


def test_unclip_of_diffusers_has_no_step_callback_and_so_is_no_guided_class() -> None:
    assert "callback_on_step_end" not in inspect.signature(diffusers.UnCLIPPipeline.__call__).parameters
    assert "deprecated" in diffusers.UnCLIPPipeline.__module__


@pytest.mark.parametrize("scheduler", SCHEDULERS)
def test_on_every_scheduler_latents_move_towards_the_guides_and_more_weight_moves_them_further(
    scheduler: str, pipeline: Pipeline, add: Add, monkeypatch: pytest.MonkeyPatch
) -> None:
    draw = add(line(pipeline("sd"), f'steps = 5, guidance_scale = 2.0, scheduler = "{scheduler}"')).load(CPU)
    spy, distances = Spy(monkeypatch), list[float]()
    for weight in (0.001, 0.02, 0.2):
        spy.moves.clear()
        draw_guided(draw, weight)
        (_, guide, last), moved = spy.moves[-1], [not torch.equal(before, after) for before, _, after in spy.moves]
        assert sum(moved) == 4, "each step but the last"
        assert guide.shape == last.shape == (1, 4, 16, 16)
        distances.append((last - guide).square().mean().item())
    assert distances == sorted(distances, reverse=True)


@pytest.mark.parametrize("family", FAMILIES)
def test_the_guide_is_encoded_in_the_scale_of_latents_so_that_its_own_decoder_gives_it_back(
    family: str, pipeline: Pipeline
) -> None:
    """Only its scale: a random decoder undoes no random encoder."""
    pipe = diffusers.DiffusionPipeline.from_pretrained(pipeline(family))
    coder = find_coder(pipe)
    z = encode_guide(coder, guide_picture((16, 16)), torch.zeros(1, 4, 8, 8))
    x = torch.from_numpy(np.asarray(guide_picture((16, 16)), dtype=np.float32)).permute(2, 0, 1)[None] / 127.5 - 1
    with torch.no_grad():
        if family == "kandinsky":
            assert torch.equal(z, coder.encode(x).latents)
        else:
            assert torch.allclose(z / coder.config.scaling_factor, coder.encode(x).latent_dist.mode(), atol=1e-6)


def test_a_vae_with_a_mean_and_deviation_of_its_latents_is_undone_as_sdxl_does(pipeline: Pipeline) -> None:
    coder = diffusers.DiffusionPipeline.from_pretrained(pipeline("sdxl")).vae
    plain = encode_guide(coder, guide_picture(), torch.zeros(1, 4, 8, 8)) / coder.config.scaling_factor
    coder.register_to_config(latents_mean=[1.0] * 4, latents_std=[2.0] * 4)
    scaled = encode_guide(coder, guide_picture(), torch.zeros(1, 4, 8, 8))
    assert torch.allclose(scaled * 2 / coder.config.scaling_factor + 1, plain, atol=1e-5)


def test_a_guide_of_any_shape_covers_the_picture_and_is_cut_to_it(pipeline: Pipeline) -> None:
    coder = diffusers.DiffusionPipeline.from_pretrained(pipeline("sd")).vae
    wide = Image.new("RGB", (300, 20), (255, 0, 0))
    wide.paste((0, 0, 255), (130, 0, 170, 20))  # the middle, which is all that is left of it
    blue = Image.new("RGB", (32, 32), (0, 0, 255))
    z = encode_guide(coder, wide, torch.zeros(1, 4, 16, 16))
    assert z.shape == (1, 4, 16, 16)
    assert torch.allclose(z, encode_guide(coder, blue, torch.zeros(1, 4, 16, 16)), atol=1e-3)


def test_a_weight_beyond_its_range_is_told_before_a_step_is_taken(pipeline: Pipeline, add: Add) -> None:
    draw = add(line(pipeline("sd"), LINES["sd"])).load(CPU)
    with pytest.raises(RequestError, match="Image guidance of 3 is not from 0 to 1"):
        draw(asking("a cat", 1, image=SHA, parameters={"guidance": 3}), {SHA: guide_picture()}, Fail())


class Fail:
    """Progress that there must not be."""

    def __call__(self, share: float, preview: object = None) -> None:
        raise AssertionError("a step was taken")


def test_a_guided_drawing_that_is_cancelled_leaves_no_trace(pipeline: Pipeline, add: Add) -> None:
    draw = add(line(pipeline("sd"), LINES["sd"])).load(CPU)
    whole = draw_guided(draw, 0.1).tobytes()

    def leave(share: float, preview: object = None) -> None:
        raise Cancelled("Nobody waits.")

    with pytest.raises(Cancelled):
        draw(asking("a cat", 1, image=SHA, parameters={"guidance": 0.1}), {SHA: guide_picture()}, leave)
    assert draw_guided(draw, 0.1).tobytes() == whole


def test_a_scheduler_of_the_entrys_is_the_decoders_too(pipeline: Pipeline, add: Add) -> None:
    own = add(line(pipeline("kandinsky"), LINES["kandinsky"], "own")).load(CPU)
    more = ', scheduler = "DDIMScheduler"'
    other = add(line(pipeline("kandinsky"), LINES["kandinsky"], "other", more)).load(CPU)
    assert draw_guided(own, None).tobytes() != draw_guided(other, None).tobytes()


def test_the_writers_of_guided_families_are_of_guided_classes(pipeline: Pipeline) -> None:
    for family in WRITERS:
        name = type(diffusers.DiffusionPipeline.from_pretrained(pipeline(family))).__name__
        assert (name in GUIDED) == (family in FAMILIES)


def test_an_engine_draws_a_guided_picture_and_the_same_again(pipeline: Pipeline, add: Add) -> None:
    add(line(pipeline("sd"), LINES["sd"]))
    assert GENERATORS["tiny"].accepts.image
    request = asking("a cat", 5, image=SHA, parameters={"guidance": 0.05})
    engine = LocalEngine("cpu")
    first, again = (engine.draw_from("tiny", request, ignore_progress, lambda _: guide_bytes()) for _ in range(2))
    assert first.png == again.png
    assert first.png != engine.draw("tiny", asking("a cat", 5), ignore_progress).png
