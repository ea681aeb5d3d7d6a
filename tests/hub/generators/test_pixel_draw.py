"""What draws with a pixel diffusion pipeline: one or many, as its sampling says, and folders that are none."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from hub.errors import HubError
from hub.generators import DrawsMany, Placement, Sampling, ignore_progress
from hub.generators.entries.diffusion import Diffusion
from hub.generators.kinds.caption_diffusion import CaptionDiffusion
from hub.generators.load_diffusion import PixelDraw, load_pipeline
from hub.methods.training import save_weights
from hub.pixel_pipeline_folder import UNET
from tests.asking import asking, noting
from tests.hub.methods.diffusion_made import made_pipeline

FEW = replace(Diffusion.sampling, steps=3)
ASKED = [asking("a red apple", 5), asking("a cat, in Noto style", 6), asking("a red apple", 7)]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A small pipeline with the facts of a training."""
    pipeline = made_pipeline()
    pipeline.save_pretrained(tmp_path / "pipeline")
    facts = {"styles": [], "minutes": 0.1}
    save_weights(tmp_path / "pipeline" / UNET, pipeline.unet.state_dict(), dict(pipeline.unet.config), facts)
    return tmp_path / "pipeline"


def draw(drawing: PixelDraw, number: int = 0) -> np.ndarray:
    """One picture as numbers."""
    return np.asarray(drawing(ASKED[number], {}, ignore_progress), np.int16)


def test_many_pictures_are_those_drawn_one_by_one_and_steps_are_told(folder: Path) -> None:
    drawing, told = load_pipeline(folder, "cpu", FEW), list[float]()
    assert isinstance(drawing, DrawsMany)
    many = [np.asarray(one, np.int16) for one in drawing.draw_many(ASKED)]
    assert all(np.abs(many[number] - draw(drawing, number)).max() <= 1 for number in range(3))
    drawing(ASKED[0], {}, noting(told))
    assert told == pytest.approx([1 / 3, 2 / 3, 1])


@pytest.mark.parametrize(
    "other",
    [
        replace(FEW, steps=4),
        replace(FEW, guidance_scale=1.0),
        replace(FEW, scheduler="DDIMScheduler"),
        replace(FEW, parameters={**FEW.parameters, "guidance_stop": 1.0}),
        replace(FEW, parameters={**FEW.parameters, "tolerance": 0.0}),
        replace(FEW, parameters={**FEW.parameters, "passes": 0}),
    ],
)
def test_everything_that_sampling_says_is_done(folder: Path, other: Sampling) -> None:
    assert np.abs(draw(load_pipeline(folder, "cpu", FEW)) - draw(load_pipeline(folder, "cpu", other))).max() > 1


def test_an_old_pipeline_and_a_torn_one_are_refused_in_one_sentence(folder: Path) -> None:
    entry = CaptionDiffusion(kind="caption-diffusion", name="ours", title="Ours", licence="MIT", model=str(folder))
    entry.check_model()
    index, whole = folder / "model_index.json", (folder / UNET).read_bytes()
    right = json.loads(index.read_text())
    index.write_text(json.dumps({**right, "_class_name": "CaptionPipeline", "vae": ["diffusers", "AutoencoderTiny"]}))
    refused = []
    for spoil, said in (
        (lambda: None, "is a latent diffusion pipeline, as versions up to 0.6 wrote them: train it anew"),
        (lambda: (index.write_text(json.dumps(right)), (folder / UNET).write_bytes(whole[:-9])), "is damaged"),
    ):
        spoil()
        for use in (entry.check_model, lambda: entry.load_draw(Placement("cpu"))):
            with pytest.raises(HubError, match=said) as error:
                use()
            refused.append(str(error.value))
    assert not any("\n" in text for text in refused)
