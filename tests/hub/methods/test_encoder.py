"""The encoders' loss and retrieval score, and training of a few steps."""

import json
import math
from pathlib import Path

import pytest
import torch
import torch.nn.functional as F
from safetensors import safe_open
from safetensors.torch import load_file

from hub.errors import Stopped
from hub.methods.encoder.loss import info_nce, recall_at
from hub.methods.encoder.score import recalls
from hub.methods.encoder.train import EncoderConfig, train


def test_info_nce_of_equal_rows_is_ln_n_and_of_matched_orthogonal_rows_near_zero() -> None:
    same = F.normalize(torch.ones(8, 4), dim=1)
    assert abs(info_nce(same, same, torch.tensor(10.0)).item() - math.log(8)) < 1e-5
    basis = torch.eye(8)
    assert info_nce(basis, basis, torch.tensor(100.0)).item() < 1e-6


def test_recall_counts_ties_against_the_image() -> None:
    basis = torch.eye(4)
    assert recall_at(basis, basis, 1).all()
    assert not recall_at(basis, basis.roll(1, 0), 1).any()
    assert not recall_at(torch.ones(4, 4) / 2, torch.ones(4, 4) / 2, 1).any()
    assert recall_at(torch.ones(4, 4) / 2, torch.ones(4, 4) / 2, 4).all()


def test_recall_is_within_a_style() -> None:
    style = torch.arange(4).repeat_interleave(3)
    basis = torch.eye(3).repeat(4, 1)
    assert recalls(basis, basis, style) == [[1.0, 1.0]] * 4


def test_training_writes_only_the_trained_part(pack: Path, tmp_path: Path) -> None:
    config = EncoderConfig("guide", "test_convnext", 32, dim=8, epochs=2, batch=8)
    assert set(train(config, pack, tmp_path)) == {"r1", "r5"}
    with safe_open(tmp_path / "model.safetensors", "pt") as file:
        keys = list(file.keys())
        stored = json.loads(file.metadata()["config"])
    assert not [key for key in keys if key.startswith("text.transformer.")]
    assert stored["training"]["epochs"] == 2


def test_a_stopped_training_ends_as_the_unbroken_one_when_it_goes_on(pack: Path, tmp_path: Path) -> None:
    config = EncoderConfig("guide", "test_convnext", 32, dim=8, epochs=4, batch=8)
    (tmp_path / "stopped").mkdir()
    (tmp_path / "stopped" / "stop").touch()
    with pytest.raises(Stopped):
        train(config, pack, tmp_path / "stopped")
    assert not (tmp_path / "stopped" / "model.safetensors").exists()
    scores = [train(config, pack, tmp_path / name) for name in ("stopped", "unbroken", "unbroken")]
    assert scores[0] == scores[1] == scores[2]
    stopped, unbroken = (load_file(tmp_path / name / "model.safetensors") for name in ("stopped", "unbroken"))
    assert all(torch.equal(stopped[key], unbroken[key]) for key in unbroken)
    assert len((tmp_path / "unbroken" / "log.csv").read_text().splitlines()) == 1 + 2
