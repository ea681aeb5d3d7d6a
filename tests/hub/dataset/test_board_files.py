"""Frozen leaderboards: published with the votes, so that their links outlive the machine."""

import gzip
from collections.abc import Callable
from pathlib import Path

import pytest

from hub.dataset import Patience, pull_shards, push_shards, verify_shards
from hub.dataset.board_files import LARGEST, list_boards, read_board, unpack_board, write_board
from hub.errors import DataError, MissingFile
from hub.settings import Settings
from tests.hub.dataset.conftest import DATASET
from tests.hub.dataset.server import FakeHub

Make = Callable[..., Settings]
TEXT = b'{"form": 1, "votes": 3}'


def test_a_frozen_board_is_published_and_comes_back_on_another_machine(
    hub: FakeHub, data: Path, tmp_path: Path, settings_of: Make, patience: Patience
) -> None:
    name = write_board(data, TEXT)
    assert write_board(data, TEXT) == name
    file = f"boards/{name}.json.gz"
    assert file in push_shards(data, settings_of(data), patience=patience).files
    assert hub.repos[DATASET].head.title == "Add 4 shards and 1 frozen leaderboard"
    assert push_shards(data, settings_of(data), patience=patience).files == ()
    assert verify_shards(data, settings_of(data), patience=patience).problems == ()
    new = tmp_path / "new"
    assert file in pull_shards(new, settings_of(new), patience=patience).files
    assert read_board(new, name) == TEXT
    (new / file).write_bytes(b"x")  # one that was damaged here is fetched again
    assert pull_shards(new, settings_of(new), patience=patience).files == (file,)
    assert read_board(new, name) == TEXT


def test_a_board_that_is_not_what_its_name_says_is_neither_published_nor_let_in(
    hub: FakeHub, data: Path, tmp_path: Path, settings_of: Make, patience: Patience
) -> None:
    name = write_board(data, TEXT)
    file = f"boards/{name}.json.gz"
    push_shards(data, settings_of(data), patience=patience)
    (data / file).write_bytes(gzip.compress(TEXT + b" "))
    assert any(file in problem for problem in verify_shards(data, Settings(data=data)).problems)
    there = "f" * 32
    write_board(data, b"{}")
    for path in (data / "boards").iterdir():
        path.write_bytes(gzip.compress(b"other"))
    assert len(push_shards(data, settings_of(data), patience=patience).problems) == 2
    hub.repos[DATASET].add("forged", {f"boards/{there}.json.gz": (gzip.compress(TEXT), False)})
    new = tmp_path / "new"
    pulled = pull_shards(new, settings_of(new), patience=patience)
    assert [problem for problem in pulled.problems if there in problem]
    assert list(list_boards(new)) == [file]


PACKED = gzip.compress(TEXT, mtime=0)


@pytest.mark.parametrize("packed", [b"", b"plain", PACKED[:-9], PACKED[:12] + b"\xff" * 9])
def test_a_damaged_file_is_one_sentence(tmp_path: Path, packed: bytes) -> None:
    name = write_board(tmp_path, TEXT)
    (tmp_path / "boards" / f"{name}.json.gz").write_bytes(packed)
    with pytest.raises(DataError, match="its file was changed"):
        read_board(tmp_path, name)
    with pytest.raises(MissingFile, match="No report was frozen"):
        read_board(tmp_path, "../../secret")


def test_a_small_file_that_unpacks_to_very_much_is_refused() -> None:
    with pytest.raises(DataError):
        unpack_board(gzip.compress(bytes(LARGEST + 1), compresslevel=1))
