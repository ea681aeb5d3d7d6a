"""SSA-GAN and AttnGAN as entries: loaded from a run, the same picture each time, many as one by one, installed."""

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from hub.errors import MissingFile
from hub.generators import DrawsMany, Placement, ignore_progress, roster
from hub.generators.entries.contrastive import ContrastiveCheckpoint
from hub.generators.model_folder import read_model
from hub.methods.contrastive.config import ARMS
from hub.methods.contrastive.step import make_generator
from hub.methods.contrastive.train import command
from hub.methods.training import save_weights
from hub.schema import Request
from hub.weights.install import install
from tests.hub.methods.contrastive_made import TINY

FACTS = {"images_seen": 8, "seed": 0, "minutes": 0.1, "split": "train", "styles": ["noto"], "device": "CPU"}


@pytest.fixture(params=["ssagan", "attngan-contrastive"])
def run(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A run's folder with an untrained generator whose words and sentences count."""
    torch.manual_seed(0)
    model = make_generator(TINY[request.param].generator)
    for name, value in model.named_parameters():
        if "told" in name or name.endswith("gamma"):
            torch.nn.init.normal_(value, std=0.3)
    family = str(request.param).partition("-")[0]
    stored = {"family": family, **vars(TINY[request.param].generator)}
    path: Path = tmp_path / request.param / "model.safetensors"
    save_weights(path, model.state_dict(), stored, {**FACTS, "command": command(ARMS[request.param])})
    return path.parent


def to_array(image: Image.Image) -> np.ndarray:
    """Its levels as whole numbers that may be subtracted."""
    return np.asarray(image, np.int64)


def test_a_picture_is_of_its_prompt_and_seed_and_many_are_drawn_as_one_by_one(run: Path) -> None:
    draw = ContrastiveCheckpoint(run / "model.safetensors").load(Placement("cpu"))
    asked = [Request(prompt=text, seed=seed) for text, seed in (("a red apple", 1), ("a cat on a mat", 1), ("moon", 2))]
    alone = [to_array(draw(one, {}, ignore_progress)) for one in asked]
    assert alone[0].shape == (64, 64, 3)
    assert (to_array(draw(asked[0], {}, ignore_progress)) == alone[0]).all()
    assert (alone[0] != to_array(draw(asked[0].with_seed(9), {}, ignore_progress))).any()
    assert (alone[0] != to_array(draw(Request(prompt="a green apple", seed=1), {}, ignore_progress))).any()
    assert isinstance(draw, DrawsMany)
    for one, many in zip(alone, draw.draw_many(asked), strict=True):
        assert np.abs(one - to_array(many)).max() <= 1


def test_a_run_becomes_an_entry_of_the_kind_one_step(run: Path, tmp_path: Path) -> None:
    place = install(run, "drawn-here", weights=tmp_path / "weights")
    entry = read_model(place, "drawn-here")
    picture = entry.load(Placement("cpu"))(Request(prompt="a red apple", seed=0), {}, ignore_progress)
    assert picture.size == (64, 64)


def test_the_entry_meets_others_and_the_hidden_ones_are_drawn_when_they_are_named() -> None:
    assert set(ARMS) & {entry.name for entry in roster()} == {"ssagan-contrastive"}
    assert [entry.name for entry in roster(tuple(ARMS))] == list(ARMS)


def test_a_missing_checkpoint_is_said(tmp_path: Path) -> None:
    with pytest.raises(MissingFile, match="restore it"):
        ContrastiveCheckpoint(tmp_path / "x" / "model.safetensors").load(Placement("cpu"))
