"""Verifying: each kind of damage is found, and nothing else is told."""

import hashlib
import io
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from hub.dataset import Patience, push_shards, verify_shards
from hub.dataset.shard_names import CARD, list_local_shards
from hub.errors import DataError
from hub.settings import Settings
from hub.votes import VOTES_SCHEMA
from tests.hub.dataset.conftest import DATASET
from tests.hub.dataset.made import fill
from tests.hub.dataset.server import FakeHub

Make = Callable[..., Settings]


def first(data: Path, config: str = "votes") -> tuple[str, Path]:
    """A shard of this config."""
    return next((name, path) for name, path in list_local_shards(data).items() if config in name)


def rewrite(data: Path, column: str, value: object) -> str:
    """Change a cell of a shard and name it by its new content."""
    _, path = first(data)
    rows = pq.read_table(path).to_pylist()
    rows[0][column] = value
    buffer = io.BytesIO()
    pq.write_table(pa.Table.from_pylist(rows, VOTES_SCHEMA), buffer)
    path.unlink()
    new = path.with_name(f"{hashlib.sha256(buffer.getvalue()).hexdigest()}.parquet")
    new.write_bytes(buffer.getvalue())
    return new.relative_to(data).as_posix()


def test_a_sound_folder_has_no_problems(data: Path) -> None:
    reported: list[tuple[int, int]] = []
    found = verify_shards(data, Settings(), report=lambda *now: reported.append(now))
    assert (found.shards, found.votes, found.lost, found.problems) == (4, 3, 0, ())
    assert reported == [(1, 4), (2, 4), (3, 4), (4, 4)]


@pytest.mark.parametrize("config", ["votes", "samples"])
@pytest.mark.parametrize("where", [0, 1000, -1])
def test_a_flipped_bit_is_found(data: Path, config: str, where: int) -> None:
    name, path = first(data, config)
    content = bytearray(path.read_bytes())
    content[where] ^= 1
    path.write_bytes(content)
    (problem,) = verify_shards(data, Settings()).problems
    assert problem.startswith(f"{name}: its SHA-256 is not its name")


def test_a_picture_that_is_not_its_rows_is_found(data: Path) -> None:
    name = rewrite(data, "images_b", [{"bytes": b"another", "path": "x.png"}])
    (problem,) = verify_shards(data, Settings()).problems
    assert problem.startswith(f"{name}: row 1: a picture is not the one of SHA-256")


def test_a_lost_picture_is_counted(data: Path) -> None:
    rewrite(data, "images_b", [None])
    found = verify_shards(data, Settings())
    assert (found.lost, found.problems) == (1, ())


def test_a_row_that_is_no_vote_is_found(data: Path) -> None:
    name = rewrite(data, "generator_a", None)
    assert verify_shards(data, Settings()).problems == (f"{name}: row 1: this is none of the votes.",)


def test_a_vote_that_is_there_twice_is_found(data: Path) -> None:
    fill(data, "third", "another")
    assert verify_shards(data, Settings()).problems == ("The vote 'third' is there 2 times; it counts once.",)


def test_a_file_with_another_name_is_found(data: Path) -> None:
    (data / "data" / "votes" / "copy of a shard.parquet").write_bytes(first(data)[1].read_bytes())
    assert verify_shards(data, Settings()).problems == ("data/votes/copy of a shard.parquet: this is no shard's name.",)


def test_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="--data"):
        verify_shards(tmp_path / "nowhere", Settings())


def test_the_data_set_must_have_the_same_files(hub: FakeHub, data: Path, settings_of: Make, patience: Patience) -> None:
    settings = settings_of(data)
    assert verify_shards(data, settings, patience=patience).problems == (
        "There is no data set someone/votes: push first, or check HUB_DATASET.",
    )
    push_shards(data, settings, patience=patience)
    assert verify_shards(data, settings, patience=patience).problems == ()
    changed, gone, *_ = sorted(list_local_shards(data))
    (data / gone).unlink()
    fill(data, "fourth")
    new = sorted({*list_local_shards(data)} - {*hub.repos[DATASET].files})
    hub.repos[DATASET].add("evil", {changed: (b"evil", True), CARD: (b"evil", False), "data/evil": (b"", False)})
    assert verify_shards(data, settings, patience=patience).problems == tuple(
        told
        for _, told in sorted(
            [
                (CARD, f"{CARD} in the data set is another file: push it again."),
                (changed, f"{changed} in the data set is another file: push it again."),
                (gone, f"{gone!r} is only in the data set: pull brings it here, if it is a shard."),
                ("data/evil", "'data/evil' is only in the data set: pull brings it here, if it is a shard."),
                *((name, f"{name} is only here: push it.") for name in new),
            ]
        )
    )
