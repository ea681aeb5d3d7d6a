"""A small reference with an encoder that needs no weights, in the places of the committed ones."""

import json
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save_file

from eval import features, join, report
from eval.features import Reference, read_reference
from tests.eval.join.made import PIXELS
from tests.eval.made import CONCEPTS, STYLES, Pixels


@pytest.fixture
def reference(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Reference:
    """A small reference and judge's checkpoint in the places of the committed ones, and an empty cache."""
    path, weights = tmp_path / "test.safetensors", tmp_path / "weights"
    concepts = [f"concept {i}" for _ in range(STYLES) for i in range(CONCEPTS)]
    captions = [f"{concept}, style {row // CONCEPTS}" for row, concept in enumerate(concepts)]
    rows = np.random.default_rng(0).random((len(captions), 48)).astype(np.float16)
    about = {"captions": json.dumps(captions), "concepts": json.dumps(concepts), "encoder": Pixels.trunk}
    save_file({"features": rows}, path, about)
    (weights / "judge").mkdir(parents=True)
    (weights / "judge" / "model.safetensors").write_bytes(b"a checkpoint")
    monkeypatch.setattr(features, "WEIGHTS", weights)
    monkeypatch.setattr(report, "read_reference", lambda: read_reference(path))
    monkeypatch.setattr(report, "cache_dir", lambda: tmp_path / "cache")
    monkeypatch.setattr(features, "load_judge", Pixels)
    monkeypatch.setattr(join, "ENCODERS", PIXELS)
    return read_reference(path)
