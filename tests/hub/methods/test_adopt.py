"""A UNet that was trained elsewhere becomes a run, whose pipeline can be installed and drawn with."""

import json
from pathlib import Path

import pytest
import torch
from safetensors import safe_open

from hub.errors import DataError
from hub.methods.diffusion.adopt import adopt
from hub.methods.diffusion.pixel_pipeline import read_pipeline
from hub.methods.training import save_weights
from hub.pixel_pipeline_folder import UNET
from tests.hub.methods.diffusion_made import made_unet, seeded

FACTS = {"device": "a card", "minutes": 6.84, "images_seen": 896_000, "seed": 0, "split": "train", "styles": "all four"}


def write(path: Path, facts: dict[str, object]) -> Path:
    """Write a small network with these facts of its training."""
    unet = made_unet()
    save_weights(path, unet.state_dict(), dict(unet.config), facts)
    return path


def test_a_unets_file_becomes_a_pipeline_that_draws_the_same(tmp_path: Path) -> None:
    folder = adopt(write(tmp_path / "unet.safetensors", FACTS), tmp_path / "run")
    assert folder == tmp_path / "run" / "pipeline"
    with safe_open(folder / UNET, "pt") as file:
        assert {file.get_slice(key).get_dtype() for key in file.keys()} == {"F16"}  # noqa: SIM118 - not a mapping
        training = json.loads(file.metadata()["training"])
    assert training["command"] == "python -m hub.methods.diffusion --pack emoji.safetensors --images 896000"
    assert (training["minutes"], training["styles"], training["losses"]) == (6.84, [], [])
    pipeline, condition = read_pipeline(folder), torch.randn(1, 384)
    half = made_unet().half().float()
    again = type(pipeline)(half, pipeline.scheduler)
    assert torch.equal(pipeline(condition, seeded(0), 2), again(condition, seeded(0), 2))


def test_a_file_that_does_not_say_how_it_was_trained_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path / "unet.safetensors", {"seed": 0, "split": "train", "minutes": 1.0})
    with pytest.raises(DataError, match="does not say its training's device, images_seen"):
        adopt(path, tmp_path / "run")
    assert not (tmp_path / "run").exists()
