"""The reference file: what it holds and where it comes from."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from eval.encoders import ENCODERS
from eval.features.feature_space import FeatureSpace
from eval.features.feature_store import FeatureStore
from eval.features.reference_features import read_reference
from eval.reference import MEANINGS, WORDINGS, build, pick_wordings
from hub.errors import DataError, StorageError
from hub.files import write_whole
from hub.prompts import REFERENCE, load_captions
from tests.eval.made import Pixels


def rows(images: list[Any]) -> Any:
    """A data set of the test split's form."""
    datasets = pytest.importorskip("datasets")
    columns = datasets.Features(
        {
            "image": datasets.Image(),
            "caption": datasets.Value("string"),
            "concept": datasets.Value("string"),
            "style": datasets.ClassLabel(names=["flat", "line"]),
            "paraphrases": datasets.List(datasets.Value("string")),
        }
    )
    number = len(images)
    table = {"image": images, "caption": [f"caption {i} é" for i in range(number)], "style": [0] * number}
    table["concept"] = [f"c{i // 2}" for i in range(number)]
    table["paraphrases"] = [["otherwise said"] if i > 3 else [] for i in range(number)]
    return datasets.Dataset.from_dict(table, features=columns)


def test_reference_file_holds_the_rows_in_order(tmp_path: Path, encoders: dict[str, Pixels]) -> None:
    store = FeatureStore(tmp_path / "features.sqlite")
    spaces = [FeatureSpace(encoders[name], store) for name in ("efficientnet-lite2", "witness")]
    path = tmp_path / "test.safetensors"
    write_whole(path, build(rows([Image.new("RGB", (4, 4), (i, 0, 0)) for i in range(70)]), spaces))
    reference = read_reference(path)
    assert (reference.features["witness"][:, 0] * 255).round().tolist() == list(range(70))
    assert {name: one.shape for name, one in reference.features.items()} == {
        "efficientnet-lite2": (70, 48),
        "witness": (70, 27),
    }
    assert reference.captions == tuple(f"caption {i} é" for i in range(70))
    assert reference.concepts[:3] == ("c0", "c0", "c1")
    assert reference.encoders["witness"] == f"witness@{'1' * 12}"
    assert reference.paraphrases[0] == ("caption 4 é", "otherwise said")
    assert [space.encoder.name for space in reference.spaces(store)] == ["efficientnet-lite2", "judge", "witness"]


def test_wordings_take_styles_in_turn_and_leave_short_codes_out() -> None:
    captions = [f"{concept}, {style}" for style in ("flat", "line") for concept in "abcd"]
    said = {"a": ["one", "two", "three", "four"], "b": ["b2"], "c": [], "d": ["5", "dee"]}
    others = [[f"{text}, {style}" for text in said[concept]] for style in ("flat", "line") for concept in "abcd"]
    assert pick_wordings(captions, list("abcd") * 2, others) == [
        ["a, flat", "one, flat", "two, flat", "three, flat"],
        ["d, line", "dee, line"],
    ]


def test_a_file_that_cant_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    with pytest.raises(StorageError, match="can't be written"):
        write_whole(tmp_path / "folder", b"x")
    assert [path.name for path in tmp_path.iterdir()] == ["folder"]


def test_committed_reference_is_whole() -> None:
    reference = read_reference(REFERENCE)
    assert {name: one.shape for name, one in reference.features.items()} == {
        "efficientnet-lite2": (800, 1280),
        "witness": (800, 512),
    }
    assert len(set(reference.concepts)) == 200
    assert all(np.isfinite(one).all() for one in reference.features.values())
    assert reference.captions == load_captions()
    assert len(reference.paraphrases) == MEANINGS
    assert all(2 <= len(group) == len(set(group)) <= WORDINGS for group in reference.paraphrases)
    rows = [reference.captions.index(group[0]) for group in reference.paraphrases]
    assert len({reference.concepts[row] for row in rows}) == MEANINGS
    assert np.bincount([row // 200 for row in rows]).tolist() == [25] * 4  # styles


def test_the_committed_reference_fits_the_checkpoints(tmp_path: Path) -> None:
    reference = read_reference(REFERENCE)
    for space in reference.spaces(FeatureStore(tmp_path / "features.sqlite")):
        if space.trunk is None:
            assert reference.encoded(space).shape[0] == 800


def test_real_images_of_the_reference_are_near_their_captions(tmp_path: Path) -> None:
    judge = FeatureSpace(ENCODERS["judge"], FeatureStore(tmp_path / "features.sqlite"))
    reference = read_reference(REFERENCE)
    embedded, texts = reference.encoded(judge), judge.texts(reference.captions[:8])
    assert np.linalg.norm(embedded, axis=1) == pytest.approx(1, abs=1e-5)
    assert (embedded[:8] * texts).sum(1).mean() > 0.2


def test_a_test_picture_that_cant_be_read_is_said(tmp_path: Path, encoders: dict[str, Pixels]) -> None:
    space = FeatureSpace(encoders["witness"], FeatureStore(tmp_path / "features.sqlite"))
    with pytest.raises(DataError, match=r"row 1 can't be read .*build the data again"):
        build(rows([Image.new("RGB", (4, 4)), Image.new("F", (4, 4))]), [space])
