"""The data set's concepts, split, drawing, fetching and packing."""

import hashlib
import json
import shutil
import subprocess
import tarfile
from io import BytesIO
from pathlib import Path

import datasets
import numpy as np
import pytest
import torch

from hub.errors import DataError, MissingFile
from hub.methods.data import packages
from hub.methods.data.build import rasterise
from hub.methods.data.concepts import family, key_of, load_split, make_split, wording
from hub.methods.data.pack import read_pack
from hub.methods.data.packages import Package, fetch


def test_keys_drop_the_variation_selector() -> None:
    assert key_of("1F6A3-200D-2642-FE0F") == "1f6a3-200d-2642"
    assert wording(":hot_dog:") == "hot dog"


def test_families_fold_gender_person_and_direction() -> None:
    man, woman = "1f468-200d-1f9af", "1f469-200d-1f9af-200d-27a1"
    assert family(man) == family(woman) == family("1f9d1-200d-1f9af")
    assert family("1f34e") != family("1f34f")


def test_the_committed_split_is_the_one_the_rule_makes() -> None:
    split = load_split()
    counts = {name: list(split.values()).count(name) for name in ("train", "validation", "test")}
    assert counts == {"train": 1286, "validation": 100, "test": 200}
    assert {key: name for name, keys in make_split(split).items() for key in keys} == split


def test_no_family_is_in_two_parts_of_the_split() -> None:
    parts: dict[str, set[str]] = {}
    for key, name in load_split().items():
        parts.setdefault(family(key), set()).add(name)
    assert all(len(names) == 1 for names in parts.values())


def test_an_icon_is_drawn_on_white() -> None:
    icons = {"width": 10, "height": 10, "icons": {"dot": {"body": '<rect x="5" width="5" height="10" fill="#f00"/>'}}}
    image = np.asarray(rasterise(icons, "dot"))
    assert image.shape == (64, 64, 3)
    assert image[32, 5].tolist() == [255, 255, 255]
    assert image[32, 60].tolist() == [255, 0, 0]


def archive_of(folder: Path, digest: str | None = None) -> Package:
    """A tiny npm archive on disk, pinned by its own hash or by ``digest``."""
    blob = json.dumps({"a": 1}).encode()
    path = folder / "scope-thing-1.0.0.tgz"
    with tarfile.open(path, "w:gz") as tar:
        info = tarfile.TarInfo("package/chars.json")
        info.size = len(blob)
        tar.addfile(info, BytesIO(blob))
    return Package("@scope/thing", "1.0.0", digest or hashlib.sha256(path.read_bytes()).hexdigest())


def test_a_package_on_disk_is_used_and_read(tmp_path: Path) -> None:
    package = archive_of(tmp_path)
    assert packages.read_json(fetch(package, tmp_path), "chars.json") == {"a": 1}


def test_an_altered_package_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"is not @scope/thing 1\.0\.0"):
        fetch(archive_of(tmp_path, "0" * 64), tmp_path)


def test_without_npm_the_package_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(MissingFile, match=r"@scope/thing 1\.0\.0 can't be fetched: the npm client is not installed"):
        fetch(Package("@scope/thing", "1.0.0", ""), tmp_path)


def test_a_refusing_npm_is_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> subprocess.CompletedProcess[str]:
        return subprocess.CompletedProcess([], 1, "", "npm error code E404\nmore")

    monkeypatch.setattr(shutil, "which", lambda _: "npm")
    monkeypatch.setattr(subprocess, "run", refuse)
    with pytest.raises(MissingFile, match=r"can't be fetched by npm: npm error code E404$"):
        fetch(Package("@scope/thing", "1.0.0", ""), tmp_path)


def test_a_pack_gives_back_the_pixels_and_the_texts(rows: datasets.Dataset, pack: Path) -> None:
    read = read_pack(pack, "train", ("twemoji",))
    wanted = [row for row in rows if row["split"] == "train" and row["style"] == 1]
    assert read.captions == tuple(row["caption"] for row in wanted)
    for picture, row in zip(read.images, wanted, strict=True):
        assert np.array_equal(picture.permute(1, 2, 0).numpy(), np.asarray(row["image"]))
    assert len(read.texts) == sum(1 + len(row["paraphrases"]) for row in wanted)
    assert torch.allclose(read.first.norm(dim=1), torch.ones(len(read)), atol=1e-3)


def test_random_wordings_are_always_of_their_own_row(pack: Path) -> None:
    read = read_pack(pack, "train")
    rng = torch.Generator().manual_seed(0)
    chosen = torch.stack([read.text_rows(torch.arange(len(read)), rng) for _ in range(50)])
    assert (chosen >= read.text_offsets[:-1]).all()
    assert (chosen < read.text_offsets[1:]).all()
    assert len(chosen.unique()) == len(read.texts)


def test_packs_that_are_none_are_refused(pack: Path, tmp_path: Path) -> None:
    with pytest.raises(MissingFile, match="build --pack"):
        read_pack(tmp_path / "gone", "train")
    with pytest.raises(DataError, match="no style cubist"):
        read_pack(pack, "train", ("cubist",))
