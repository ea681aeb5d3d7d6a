"""Frozen leaderboards: published with the votes, so that their links outlive the machine, and never taken of others."""

import gzip
import hashlib
from collections.abc import Callable
from pathlib import Path

import pytest
from pydantic import SecretStr

from hub.dataset import Patience, pull_shards, push_shards
from hub.dataset.board_files import LARGEST, list_boards, read_board, unpack_board, write_board
from hub.errors import DataError, MissingFile
from hub.settings import Settings
from tests.hub.dataset.conftest import DATASET
from tests.hub.dataset.server import FakeHub

Make = Callable[..., Settings]
TEXT = b'{"form": 1, "votes": 3}'
SEAL = "a secret of forty letters, or thereabouts"


@pytest.fixture
def ours(settings_of: Make) -> Make:
    """Settings of the arena that has the secret."""
    return lambda data: settings_of(data, secret=SecretStr(SEAL))


def test_a_frozen_board_is_published_and_comes_back_on_another_machine(
    hub: FakeHub, data: Path, tmp_path: Path, ours: Make, patience: Patience
) -> None:
    name = write_board(data, TEXT, SEAL)
    assert write_board(data, TEXT, SEAL) == name
    file = f"boards/{name}.json.gz"
    assert file in push_shards(data, ours(data), patience=patience).files
    assert hub.repos[DATASET].head.title == "Add 4 shards and 1 frozen leaderboard"
    assert push_shards(data, ours(data), patience=patience).files == ()
    new = tmp_path / "new"
    assert file in pull_shards(new, ours(new), patience=patience).files
    assert read_board(new, name, SEAL) == TEXT
    (new / file).write_bytes(b"x")  # one that was damaged here is fetched again
    assert pull_shards(new, ours(new), patience=patience).files == (file,)
    assert read_board(new, name, SEAL) == TEXT
    (new / file).write_bytes(b"x")  # or frozen again
    assert (write_board(new, TEXT, SEAL), read_board(new, name, SEAL)) == (name, TEXT)


def test_a_board_that_another_wrote_is_not_let_in_whatever_its_name(
    hub: FakeHub, data: Path, tmp_path: Path, ours: Make, patience: Patience
) -> None:
    push_shards(data, ours(data), patience=patience)
    evil = b'{"views": {"quality": "<script>alert(1)</script>"}}'
    theirs = write_board(tmp_path / "theirs", evil, "another secret, as long as it has to be")
    plain = hashlib.sha256(evil).hexdigest()[:32]
    names = [f"boards/{name}.json.gz" for name in (theirs, plain)]
    hub.repos[DATASET].add("forged", {name: (gzip.compress(evil), False) for name in names})
    new = tmp_path / "new"
    pulled = pull_shards(new, ours(new), patience=patience)
    assert [problem.split()[0] for problem in pulled.problems] == sorted(names)
    assert not (new / "boards").exists()


def test_only_boards_of_this_arena_that_were_not_changed_are_published(data: Path, ours: Make) -> None:
    name, changed = write_board(data, TEXT, SEAL), write_board(data, b"{}", SEAL)
    (data / "boards" / f"{changed}.json.gz").write_bytes(gzip.compress(b"other"))
    before = hashlib.sha256(b"frozen before").hexdigest()[:32]
    (data / "boards" / f"{before}.json.gz").write_bytes(gzip.compress(b"frozen before"))
    assert list(list_boards(data, ours(data))) == [f"boards/{name}.json.gz"]
    assert read_board(data, before, SEAL) == b"frozen before"  # as its link was given out


@pytest.mark.parametrize(
    "packed",
    [
        b"",
        b"plain",
        gzip.compress(TEXT, mtime=0)[:-9],
        gzip.compress(TEXT, mtime=0)[:12] + b"\xff" * 9,
    ],
)
def test_a_damaged_file_is_one_sentence(tmp_path: Path, packed: bytes) -> None:
    name = write_board(tmp_path, TEXT, SEAL)
    (tmp_path / "boards" / f"{name}.json.gz").write_bytes(packed)
    with pytest.raises(DataError, match="its file was changed"):
        read_board(tmp_path, name, SEAL)
    with pytest.raises(MissingFile, match="No report was frozen"):
        read_board(tmp_path, "../../secret", SEAL)


def test_a_small_file_that_unpacks_to_very_much_is_refused() -> None:
    with pytest.raises(DataError):
        unpack_board(gzip.compress(bytes(LARGEST + 1), compresslevel=1))
