"""DINOv2's distances stand first, in a scoring and in a report, where its weights are at hand."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner

from eval import score as score_module
from eval.encoders import ENCODERS, Checkpoint
from eval.encoders.find_weights import EMBEDDED, list_default_encoders
from eval.features.feature_store import FeatureStore
from eval.features.reference_features import Reference, read_reference
from eval.measure import Row, Table
from eval.metrics import Measured
from eval.picture_frames import score_frame
from eval.render.metric_tables import kinds
from hub.command import make_command
from hub.errors import MissingFile
from tests.eval import made


class Optional(made.Pixels):
    """DINOv2's place, taken by coarse pixels; its weights are at hand where ``there`` says so."""

    there = True

    def checkpoint(self, folder: Path | None) -> Checkpoint:
        """None is needed, where they are at hand."""
        if not self.there:
            raise MissingFile("The weights are missing.")
        return super().checkpoint(folder)


@pytest.fixture
def dino(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Optional:
    """It, beside the embedded encoders, and a cache of its own."""
    ENCODERS.discover()
    own = Optional("dinov2", "DINOv2", 2)
    monkeypatch.setattr(ENCODERS, "_items", {**made.encoders(), "dinov2": own})
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return own


def noise(folder: Path, number: int, seed: int) -> Path:
    """A folder of noise."""
    folder.mkdir()
    rng = np.random.default_rng(seed)
    for i in range(number):
        Image.fromarray(rng.integers(0, 256, (8, 8, 3), dtype=np.uint8)).save(folder / f"{i}.png")
    return folder


def spaces_of(*arguments: Any) -> list[str]:
    """The spaces of a scoring's FD, in its order."""
    result = CliRunner().invoke(make_command(score_module.main, "example"), [*map(str, arguments), "--json"])
    assert result.exit_code == 0, result.stderr
    figures = json.loads(result.stdout)["figures"]
    found = [one["space"] for one in figures if one["metric"].startswith("FD (")]
    assert found == [one["space"] for one in figures if one["metric"].startswith("KID (")]
    return found


def test_a_scoring_without_named_encoders_has_dinov2_first_where_its_weights_are_at_hand(
    tmp_path: Path, dino: Optional
) -> None:
    x, y = noise(tmp_path / "x", 12, 0), noise(tmp_path / "y", 12, 1)
    embedded = ["EfficientNet-Lite2", "witness", "embedded judge"]
    assert spaces_of(x, "--reference", y) == ["DINOv2", *embedded]
    assert spaces_of(x, "--reference", y, "--encoders", "witness,dinov2") == ["witness", "DINOv2"]
    dino.there = False
    assert spaces_of(x, "--reference", y) == embedded


def test_a_frame_is_scored_by_dinov2_first_too(dino: Optional) -> None:
    pandas = pytest.importorskip("pandas")
    rng = np.random.default_rng(0)
    images = [Image.fromarray(rng.integers(0, 256, (8, 8, 3), dtype=np.uint8)) for _ in range(12)]
    assert score_frame(pandas.DataFrame({"image": images})).space[0] == "DINOv2"


def test_the_real_test_images_are_compared_with_by_those_that_know_them(
    tmp_path: Path, dino: Optional, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = made.reference_file(tmp_path / "reference.safetensors")
    for module in ("eval.scored_sets", "eval.score_images"):
        monkeypatch.setattr(f"{module}.read_reference", lambda: read_reference(path))
    assert spaces_of(noise(tmp_path / "x", 12, 0), "--reference", "test") == [
        "EfficientNet-Lite2",
        "witness",
        "embedded judge",
    ]


def test_an_arena_without_such_an_encoder_has_the_embedded_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    ENCODERS.discover()
    monkeypatch.setattr(ENCODERS, "_items", made.encoders())
    assert list_default_encoders() == EMBEDDED


def test_a_report_measures_by_dinov2_first_where_its_reference_has_it(tmp_path: Path, dino: Optional) -> None:
    whole = read_reference(made.reference_file(tmp_path / "reference.safetensors"))
    features = {**whole.features, "dinov2": np.zeros((len(whole.captions), 12), np.float32)}
    reference = Reference(
        whole.captions, whole.concepts, whole.paraphrases, features, {**whole.encoders, "dinov2": "d"}
    )
    store = FeatureStore(tmp_path / "features.sqlite")
    assert [space.encoder.name for space in reference.spaces(store)] == ["dinov2", *sorted(EMBEDDED)]
    assert [space.encoder.name for space in whole.spaces(store)] == sorted(EMBEDDED)


def test_a_table_of_metrics_has_dinov2_before_all_other_spaces() -> None:
    spaces = ("CLIP ViT-L/14", "DINOv2", "EfficientNet-Lite2")
    rows = [Row("a", Measured(metric, 1, 0, 2, 20, "e@1", None, space)) for space in spaces for metric in ("KID", "FD")]
    (quality,) = kinds(Table(tuple(rows)))
    wanted = [(metric, space) for metric in ("FD", "KID") for space in (spaces[1], spaces[0], spaces[2])]
    assert [tuple(name) for name in quality.metrics] == wanted
