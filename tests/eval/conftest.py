"""A small reference with encoders that need no weights, in the places of the committed ones."""

from pathlib import Path

import pytest

from eval import gather
from eval.encoders import ENCODERS
from eval.features.reference_features import Reference, read_reference
from tests.eval import made


@pytest.fixture
def encoders(monkeypatch: pytest.MonkeyPatch) -> dict[str, made.Pixels]:
    """Encoders of coarse pixels in place of the registered ones."""
    fakes = made.encoders()
    ENCODERS.discover()
    monkeypatch.setattr(ENCODERS, "_items", fakes)
    return fakes


@pytest.fixture
def reference(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, encoders: dict[str, made.Pixels]) -> Reference:
    """A small reference in the place of the committed one, and an empty cache."""
    path = made.reference_file(tmp_path / "test.safetensors")
    monkeypatch.setattr(gather, "read_reference", lambda: read_reference(path))
    monkeypatch.setattr(gather, "cache_dir", lambda: tmp_path / "cache")
    return read_reference(path)
