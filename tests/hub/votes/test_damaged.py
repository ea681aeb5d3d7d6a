"""A damaged file is told and left out, never read as something else, and stops nothing."""

import hashlib
import logging
import os
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from hub.errors import DataError
from hub.votes import SAMPLES, VOTES, Pictures, VoteLog, find_vote, read_votes
from hub.votes import shard_damage as sound_module
from hub.watch.readings import read_oldest
from tests.attacks.flips import cases, fill, flipped
from tests.hub.votes.made import drawing, vote

COUNT = 150


@pytest.mark.parametrize("name", ["a shard", "a shard, by all else that reads it", "a segment"])
def test_a_flipped_bit_gives_the_right_votes_or_a_problem(tmp_path: Path, name: str) -> None:
    path, look = cases(tmp_path)[name]
    came = flipped(path, COUNT, look)
    assert came["silent"] == came["fault"] == 0
    assert came["told"] == (0 if "all else" in name else COUNT)


def flip(path: Path, place: int = 200) -> None:
    content = bytearray(path.read_bytes())
    content[place] ^= 4
    path.write_bytes(content)


def test_a_damaged_shard_is_named_and_the_others_are_read(tmp_path: Path) -> None:
    bad = fill(tmp_path)
    log = VoteLog(tmp_path)
    log.append(vote("other", time=99.0))
    log.close()
    flip(bad)
    read = read_votes(tmp_path)
    assert read.table["id"].to_pylist() == ["other"]
    assert read.problems == (
        f"{bad} is left out, it is damaged: its SHA-256 is not its name. Restore it, or remove it and pull it again.",
    )
    assert find_vote(tmp_path, "other").id == "other"
    with pytest.raises(DataError, match=r"There is no vote 'v00'.*1 shards could not be looked at, the first: "):
        find_vote(tmp_path, "v00")
    assert set(Pictures(tmp_path).of_votes) == {"other"}
    assert read_oldest(bad) is None


@pytest.mark.parametrize("place", [0, 100, -5, -60, -400])
def test_a_damaged_shard_stops_no_start(tmp_path: Path, place: int) -> None:
    bad = fill(tmp_path)
    segment = tmp_path / "log" / "dead.jsonl"
    segment.parent.mkdir(exist_ok=True)
    segment.write_bytes(vote("late", time=99.0).model_dump_json().encode() + b"\n")
    flip(bad, place)
    log = VoteLog(tmp_path)
    assert log.recovered == ()
    log.close()
    assert read_votes(tmp_path).table["id"].to_pylist() == ["late"]


def test_a_shard_is_read_for_its_digest_once_and_again_when_it_changed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, read = fill(tmp_path), []
    real = hashlib.file_digest

    def counting(file: object, name: str) -> object:
        read.append(file)
        return real(file, name)  # type: ignore[arg-type]

    monkeypatch.setattr("hub.votes.shard_damage.hashlib.file_digest", counting)
    for _ in range(3):
        assert read_votes(tmp_path).problems == ()
    assert len(read) == 1
    os.utime(path, (1, 1))
    assert read_votes(tmp_path).problems == ()
    assert len(read) == 2


def test_pages_of_a_shard_under_another_name_are_checked(tmp_path: Path) -> None:
    shard = fill(tmp_path)
    other = tmp_path / "votes.parquet"
    other.write_bytes(shard.read_bytes())
    facts = pq.read_metadata(shard).row_group(0)
    page = next(facts.column(n) for n in range(facts.num_columns) if facts.column(n).path_in_schema == "outcome")
    flip(other, page.data_page_offset + page.total_compressed_size // 2)
    read = read_votes(other)
    assert (len(read.table), len(read.problems)) == (0, 1)
    assert "is left out, it is damaged or no shard of votes" in read.problems[0]


def test_a_shard_without_rows_has_no_oldest_vote(tmp_path: Path) -> None:
    path = tmp_path / "empty.parquet"
    pq.ParquetWriter(path, VOTES.schema).close()
    assert read_oldest(path) is None


def test_a_damaged_shard_of_samples_is_not_taken_for_a_segments_own(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    content = drawing("d").model_dump_json().encode() + b"\n"
    for _ in range(2):
        segment = tmp_path / "log" / "dead.jsonl"
        segment.parent.mkdir(exist_ok=True)
        segment.write_bytes(content)
        with caplog.at_level(logging.WARNING):
            VoteLog(tmp_path).close()
        (path,) = [one for one in SAMPLES.shards(tmp_path) if sound_module.find_damage(one) is None]
        if len(SAMPLES.shards(tmp_path)) == 1:
            original = path.read_bytes()
            damaged = path.with_name(f"{'0' * 64}.parquet")
            damaged.write_bytes(original[:50] + b"x" + original[51:])
            path.unlink()
    assert len(SAMPLES.shards(tmp_path)) == 2
