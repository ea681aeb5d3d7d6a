"""A slim pack: the rows of training and validation as they were, of the parts that are wanted alone."""

from pathlib import Path

import pytest
import torch
from safetensors import safe_open
from safetensors.torch import load_file, save_file

from hub.errors import DataError
from hub.methods.data.pack import read_captions, read_pack
from hub.methods.data.slim_pack import PARTS, slim_pack


@pytest.mark.parametrize("parts", [("images", "texts"), ("images", "tokens"), PARTS])
@pytest.mark.parametrize("split", ["train", "validation"])
def test_its_rows_are_those_of_the_whole_pack(pack: Path, tmp_path: Path, parts: tuple[str, ...], split: str) -> None:
    slim_pack(pack, tmp_path / "slim", parts)
    whole, slim = read_pack(pack, split), read_pack(tmp_path / "slim", split)
    assert torch.equal(slim.images, whole.images)
    assert torch.equal(slim.text_offsets, whole.text_offsets) and torch.equal(slim.style, whole.style)
    assert slim.captions == whole.captions == read_captions(tmp_path / "slim", split)
    alike = whole.concept[:, None] == whole.concept[None]
    assert torch.equal(slim.concept[:, None] == slim.concept[None], alike)
    if "texts" in parts:
        assert torch.equal(slim.texts, whole.texts)
    assert slim.tokens is None or (whole.tokens is not None and torch.equal(slim.tokens, whole.tokens))
    assert (slim.tokens is not None) == ("tokens" in parts)


def test_the_test_pictures_and_what_is_not_wanted_stay_here(pack: Path, tmp_path: Path) -> None:
    slim_pack(pack, tmp_path / "slim", ())
    with safe_open(tmp_path / "slim", "pt") as file:
        assert not {*PARTS, "offsets"} & set(file.keys())
    assert read_captions(tmp_path / "slim", "test") == ()
    assert read_captions(tmp_path / "slim", "train") == read_captions(pack, "train")
    with pytest.raises(DataError, match="it was packed for runs that read none"):
        read_pack(tmp_path / "slim", "train")


def test_a_pack_of_an_older_build_is_said(pack: Path, tmp_path: Path) -> None:
    tensors = {name: value for name, value in load_file(pack).items() if name != "tokens"}
    with safe_open(pack, "pt") as file:
        save_file(tensors, tmp_path / "old", file.metadata())
    with pytest.raises(DataError, match="has no tokens, which these runs need: build it again"):
        slim_pack(tmp_path / "old", tmp_path / "slim", ("images", "tokens"))
