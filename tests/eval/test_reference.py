"""The reference file and the judge's own encoder."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from eval.features import Cache, load_judge, read_reference
from eval.files import write_whole
from eval.reference import build
from hub.errors import MissingFile, StorageError
from hub.packaged import WEIGHTS
from hub.prompts import REFERENCE


class Sums:
    """An encoder of colour sums."""

    trunk = "sums@1"

    def features(self, images: list[Image.Image]) -> "np.ndarray[tuple[int, int], np.dtype[np.float32]]":
        """Mean colour, (N, 3)."""
        return np.stack([np.asarray(image, np.float32).mean((0, 1)) for image in images])


def test_reference_file_holds_the_rows_in_order(tmp_path: Path) -> None:
    datasets = pytest.importorskip("datasets")
    columns = datasets.Features(
        {
            "image": datasets.Image(),
            "caption": datasets.Value("string"),
            "concept": datasets.Value("string"),
            "style": datasets.ClassLabel(names=["flat", "line"]),
        }
    )
    images = [Image.new("RGB", (4, 4), (i, 0, 0)) for i in range(70)]
    captions, concepts = [f"caption {i} é" for i in range(70)], [f"c{i // 2}" for i in range(70)]
    rows = {"image": images, "caption": captions, "concept": concepts, "style": [i % 2 for i in range(70)]}
    path = tmp_path / "test.safetensors"
    write_whole(path, build(datasets.Dataset.from_dict(rows, features=columns), Sums()))  # type: ignore[arg-type]
    reference = read_reference(path)
    assert reference.features[:, 0].tolist() == list(range(70))
    assert reference.captions == tuple(captions)
    assert reference.concepts == tuple(concepts)
    assert reference.encoder == "sums@1"


def test_a_file_that_cant_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    with pytest.raises(StorageError, match="can't be written"):
        write_whole(tmp_path / "folder", b"x")
    assert [path.name for path in tmp_path.iterdir()] == ["folder"]


def test_a_missing_judge_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("eval.features.WEIGHTS", tmp_path)
    with pytest.raises(MissingFile, match="--no-metrics"):
        Cache(tmp_path, None)  # type: ignore[arg-type]


@pytest.mark.filterwarnings("ignore")
def test_judge_embeds_as_its_whole_model_does() -> None:
    if not (WEIGHTS / "judge" / "model.safetensors").exists():
        pytest.skip("the judge's checkpoint is not there")
    judge = load_judge()
    rng = np.random.default_rng(0)
    images = [Image.fromarray(rng.integers(0, 255, (64, 64, 3), dtype=np.uint8)) for _ in range(3)]
    features = judge.features(images)
    assert features.shape == (3, 1280)
    whole = np.asarray(judge._encoder.images(images))  # type: ignore[attr-defined]
    assert judge.head(features) == pytest.approx(whole, abs=1e-5)
    assert np.linalg.norm(judge.texts(["a cat", "a red apple, in Noto style"]), axis=1) == pytest.approx(1, abs=1e-5)
    assert judge.trunk.startswith("efficientnet-lite2@9656183e")


def test_committed_reference_is_whole() -> None:
    if not REFERENCE.exists():
        pytest.skip("the reference is not there")
    reference = read_reference()
    assert reference.features.shape == (800, 1280)
    assert len(set(reference.concepts)) == 200
    assert np.isfinite(reference.features).all()
