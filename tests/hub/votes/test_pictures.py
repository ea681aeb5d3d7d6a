"""The pictures of votes: which vote has which, and where their bytes are found when the store has lost them."""

import shutil
from pathlib import Path

import pyarrow as pa
import pytest

from hub.errors import MissingFile
from hub.schema import Criterion
from hub.votes import VOTES_SCHEMA, ContentStore, Pictures, write_votes_shard
from hub.votes.pictures import SidePictures
from hub.votes.rows import Media, make_vote_row
from hub.votes.shards import VOTES, write_entries
from tests.hub.votes import made

LOST = "1" * 64


def filled(data: Path) -> Path:
    """A data folder with the picture, a segment with vote ``live`` and a shard with ``one`` and a set of four."""
    store = ContentStore(data)
    store.write_image(made.PNG)
    store.write_setup(made.setup())
    votes = [made.vote("one"), made.vote("four", criterion=Criterion.variety)]
    assert write_entries(data, VOTES, votes, "a segment") == ()
    (data / "log").mkdir()
    (data / "log" / "a.jsonl").write_text(made.vote("live").model_dump_json() + '\n{"torn": \n')
    return data


def test_every_vote_has_its_pictures_in_the_order_of_its_seeds(tmp_path: Path) -> None:
    pictures = Pictures(filled(tmp_path))
    single, four = (made.DIGEST,), (made.DIGEST,) * 4
    assert pictures.of_votes == {
        "live": SidePictures(single, single),
        "one": SidePictures(single, single),
        "four": SidePictures(four, four),
    }
    assert pictures.read(made.DIGEST) == made.PNG


def test_an_imported_vote_has_none(tmp_path: Path) -> None:
    row = {"id": "imported", "time": 1.0, "outcome": "a", "excluded": [], "unchecked": [], "source": "elsewhere"}
    write_votes_shard(tmp_path, pa.Table.from_pylist([row], VOTES_SCHEMA))
    assert Pictures(tmp_path).of_votes == {}


@pytest.mark.parametrize("damage", [lambda path: path.unlink(), lambda path: path.write_bytes(b"another picture")])
def test_what_the_store_has_lost_is_in_the_shard(tmp_path: Path, damage: object) -> None:
    damage(ContentStore(filled(tmp_path)).image(made.DIGEST))  # type: ignore[operator]
    assert Pictures(tmp_path).read(made.DIGEST) == made.PNG


def test_a_shard_alone_has_its_pictures(tmp_path: Path) -> None:
    (shard,) = VOTES.shards(filled(tmp_path / "data"))
    alone = Path(shutil.copy(shard, tmp_path / "votes.parquet"))
    pictures = Pictures(alone)
    assert set(pictures.of_votes) == {"one", "four"}
    assert pictures.read(made.DIGEST) == made.PNG


def test_a_picture_in_a_shard_that_is_another_is_not_taken(tmp_path: Path) -> None:
    store = ContentStore(tmp_path)
    store.write_image(made.PNG)
    row = make_vote_row(made.vote("one"), Media(store))
    for name in ("images_a", "images_b"):
        row[name] = [{"bytes": b"another", "path": "x.png"}]
    store.image(made.DIGEST).unlink()
    write_votes_shard(tmp_path, pa.Table.from_pylist([row], VOTES_SCHEMA))
    with pytest.raises(MissingFile):
        Pictures(tmp_path).read(made.DIGEST)


def test_files_of_a_data_folder_find_its_store(tmp_path: Path) -> None:
    data = filled(tmp_path)
    (shard,) = VOTES.shards(data)
    for path in (shard, data / "log" / "a.jsonl"):
        assert Pictures(path).read(made.DIGEST) == made.PNG


def test_what_is_nowhere_is_said(tmp_path: Path) -> None:
    data = filled(tmp_path)
    (shard,) = VOTES.shards(data)
    with pytest.raises(MissingFile, match="dataset pull"):
        Pictures(data).read(LOST)
    ContentStore(data).image(made.DIGEST).unlink()
    shard.write_bytes(b"no shard")
    pictures = Pictures(data)
    assert set(pictures.of_votes) == {"live"}
    with pytest.raises(MissingFile):
        pictures.read(made.DIGEST)


def test_a_shard_that_is_damaged_after_it_was_looked_at_gives_nothing_false(tmp_path: Path) -> None:
    data = filled(tmp_path)
    (shard,) = VOTES.shards(data)
    ContentStore(data).image(made.DIGEST).unlink()
    pictures = Pictures(data)
    with pytest.raises(MissingFile):
        pictures.read(LOST)  # the shards are looked at
    shard.unlink()
    with pytest.raises(MissingFile):
        pictures.read(made.DIGEST)
