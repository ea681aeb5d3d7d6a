"""One drawing in three renderings: built, packed apart, and in no generator's training."""

import io
import json
import tarfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import datasets
import numpy as np
import pytest
from PIL import Image
from safetensors import safe_open

from hub.errors import DataError, MissingFile
from hub.files import WEIGHTS
from hub.methods.data import renderings
from hub.methods.data.concepts import LABELS_FILE, Concept, load_labels, load_split
from hub.methods.data.pack import RENDERINGS_FORMAT, join_packs, read_pack, write_pack
from hub.methods.data.packages import RENDERINGS, STYLES, Package
from hub.methods.data.renderings import FLAT, GRADIENT, SOLID, build_renderings
from hub.methods.diffusion.config import TrainConfig
from hub.methods.diffusion.train import train as train_diffusion
from hub.methods.encoder.train import EncoderConfig, train
from hub.methods.scad.config import ARMS
from hub.methods.scad.train import train as train_scad
from hub.methods.unclip.config import TranslationConfig, told_pictures
from hub.methods.unclip.train import train as train_unclip
from hub.progress import track_items
from tests.hub.methods.made import fake_encoder

UNET_FILE = "diffusion_pytorch_model.safetensors"
TARGETS = {GRADIENT.name, SOLID.name}
CONCEPTS = [
    Concept("1f34e", "red apple", ("apple",), {"fluent": "red-apple"}),
    Concept("1f408", "cat", (), {"fluent": "cat"}),
    Concept("1f426-200d-1f525", "phoenix", (), {"fluent": "phoenix"}),  # not among the 3D ones
]


def archive(path: Path, files: dict[str, bytes]) -> Path:
    """An npm archive of these files."""
    with tarfile.open(path, "w:gz") as tar:
        for name, content in files.items():
            info = tarfile.TarInfo(f"package/{name}")
            info.size = len(content)
            tar.addfile(info, io.BytesIO(content))
    return path


def icons(colour: str) -> bytes:
    """An Iconify set in which every icon is a square of one colour."""
    square = {"body": f'<rect width="32" height="32" fill="{colour}"/>'}
    return json.dumps({"width": 32, "height": 32, "icons": {one.icons["fluent"]: square for one in CONCEPTS}}).encode()


def webp(colour: tuple[int, int, int, int]) -> bytes:
    """A picture of 256 px of one colour."""
    buffer = io.BytesIO()
    Image.new("RGBA", (256, 256), colour).save(buffer, "webp", lossless=True)
    return buffer.getvalue()


@pytest.fixture
def built(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> datasets.Dataset:
    """The renderings of made archives."""
    made = {
        FLAT.package: archive(tmp_path / "flat.tgz", {"icons.json": icons("#f00")}),
        GRADIENT.package: archive(tmp_path / "gradient.tgz", {"icons.json": icons("#0f0")}),
        SOLID.package: archive(
            tmp_path / "3d.tgz",
            {
                "assets/1f34e.webp": webp((0, 0, 255, 255)),
                "assets/1f408-fe0f.webp": webp((0, 0, 0, 0)),
                "README.md": b"",
            },
        ),
    }

    def fetch(package: Package, folder: Path) -> Path:
        return made.get(package, tmp_path / "none")

    monkeypatch.setattr(renderings, "fetch", fetch)
    monkeypatch.setattr(renderings, "join", lambda archives: CONCEPTS)
    monkeypatch.setattr(renderings, "load_split", lambda: {"1f34e": "train", "1f408": "validation"})
    return build_renderings(tmp_path / "cache", track_items)


def test_a_concept_in_all_three_is_one_drawing_thrice(built: datasets.Dataset) -> None:
    assert [(row["concept"], built.features["style"].int2str(row["style"])) for row in built] == [
        (concept.key, style.name) for style in RENDERINGS for concept in CONCEPTS[:2]
    ]
    colours = [np.asarray(row["image"])[32, 32].tolist() for row in built]
    assert colours[::2] == [[255, 0, 0], [0, 255, 0], [0, 0, 255]]
    assert colours[5] == [255, 255, 255], "what is clear is white, the pictures' page"
    assert built[4]["caption"] == "red apple, 3D, glossy, soft light"
    assert {"apple, 3D, glossy, soft light", "red apple, 3D"} <= set(built[4]["paraphrases"])
    assert built["split"][:] == ["train", "validation"] * 3, "each concept's split is that of the training data"


def test_the_pack_of_renderings_is_read_where_it_is_asked_for_alone(
    built: datasets.Dataset, pack: Path, tmp_path: Path
) -> None:
    path = tmp_path / "renderings.safetensors"
    write_pack(built, path, fake_encoder, track_items, RENDERINGS_FORMAT)
    read = read_pack(path, "train", format=RENDERINGS_FORMAT)
    assert len(read) == 3
    both = join_packs(read_pack(pack, "train"), read)
    assert len(both) == 16 + 3
    assert both.captions[-1] == "red apple, 3D, glossy, soft light"
    assert both.style.unique().tolist() == [0, 1, 2, 3, 4]
    assert both.first[-1].tolist() == read.first[-1].tolist()
    with pytest.raises(DataError, match=r"is no vernissage-pack-1 file: write one by .* --pack FILE"):
        read_pack(path, "train")
    with pytest.raises(DataError, match=r"is no vernissage-renderings-1 file: write one by .* --renderings FILE"):
        read_pack(pack, "train", format=RENDERINGS_FORMAT)


def test_no_generators_training_takes_the_targets(built: datasets.Dataset, tmp_path: Path) -> None:
    path = tmp_path / "renderings.safetensors"
    write_pack(built, path, fake_encoder, track_items, RENDERINGS_FORMAT)
    trainings: list[Callable[[], Path]] = [
        lambda: train_scad(ARMS["scad"], path, tmp_path / "run"),
        lambda: train_diffusion(TrainConfig(), path, tmp_path / "run"),
        lambda: train_unclip(TranslationConfig(), path, tmp_path / "run", WEIGHTS / "unclip" / "decoder" / UNET_FILE),
        lambda: train_diffusion(told_pictures(TrainConfig()), path, tmp_path / "run"),
    ]
    for training in trainings:
        with pytest.raises(DataError, match="is no vernissage-pack-1 file"):
            training()


def test_the_trainer_of_encoders_alone_asks_for_the_renderings() -> None:
    methods = Path(renderings.__file__).parents[1]
    asking = {
        path.parent.name
        for path in methods.rglob("*.py")
        if any(name in path.read_text(encoding="utf-8") for name in ("RENDERINGS_FORMAT", "load_renderings"))
    }
    assert asking == {"data", "encoder"}


def test_no_generators_checkpoint_was_trained_on_the_targets() -> None:
    assert not {style.name for style in STYLES} & TARGETS
    for path in WEIGHTS.rglob("*.safetensors"):
        with safe_open(path, "numpy") as file:
            training = json.loads((file.metadata() or {}).get("training", "{}"))
        assert not set(training.get("styles") or ()) & TARGETS, path


def test_an_encoder_of_both_packs_begins_with_the_guide_and_says_so(
    built: datasets.Dataset, pack: Path, tmp_path: Path
) -> None:
    path = tmp_path / "renderings.safetensors"
    write_pack(built, path, fake_encoder, track_items, RENDERINGS_FORMAT)
    small = EncoderConfig("style-guide", "test_convnext", 32, dim=8, epochs=1, batch=8, renderings=True)
    with pytest.raises(MissingFile, match=r"renderings\.safetensors is missing: write it by .* --renderings"):
        train(small, pack, tmp_path / "run")
    assert set(train(small, pack, tmp_path / "run", path)) == {"r1", "r5"}
    with safe_open(tmp_path / "run" / "model.safetensors", "pt") as file:
        told = json.loads(file.metadata()["training"])
    assert told["command"].endswith("style-guide --pack emoji.safetensors --renderings renderings.safetensors")
    begun = replace(small, timm_model="convnext_zepto_rms_ols", image_size=64, dim=256, lr=0.0, start="guide")
    train(begun, pack, tmp_path / "begun", path)
    guide = weights_of(WEIGHTS / "guide")
    same = weights_of(tmp_path / "begun")
    assert all(np.allclose(same[key], guide[key], atol=1e-3) for key in ("text.proj.weight", "visual.head.proj.weight"))


def weights_of(folder: Path) -> dict[str, np.ndarray]:
    """The tensors of a folder's checkpoint."""
    with safe_open(folder / "model.safetensors", "numpy") as file:
        return {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118 - not a mapping


def test_the_committed_labels_are_those_of_the_training_concepts() -> None:
    labels = json.loads(LABELS_FILE.read_text(encoding="utf-8"))
    assert sorted(labels) == sorted(key for key, split in load_split().items() if split == "train")
    assert labels["1f34f"] == "green apple" if "1f34f" in labels else len(load_labels()) > 1000
