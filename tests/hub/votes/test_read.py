"""Reading votes back: one table whatever form they are in, each id once, and everything unusable told."""

import os
import re
from functools import partial
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from hub.errors import DataError, StorageError
from hub.files import file_sha256
from hub.schema import Criterion, Outcome
from hub.votes import (
    SAMPLES,
    TABLE,
    VOTES,
    VOTES_SCHEMA,
    ContentStore,
    VoteLog,
    find_vote,
    make_table,
    read_votes,
    write_votes_shard,
)
from hub.votes.read import Unread
from tests.benchmarks import log
from tests.hub.votes.made import PNG, drawing, setup, vote

ALL = (
    vote("c", time=3.0, criterion=Criterion.variety, outcome=Outcome.both_bad, left="diffusion", pair_probability=0.3),
    vote("b", time=1.0, criterion=Criterion.alignment, outcome=Outcome.tie, repeat_of="c", excluded=("speed",)),
    vote("a", time=1.0, excluded=("speed", "streak"), unchecked=("limit",), prompt="größe\x00🍎", seeds=(2**62,)),
)


def sealed(data: Path, *votes: object) -> Path:
    """A data folder with one shard of votes."""
    ContentStore(data).write_image(PNG)
    ContentStore(data).write_setup(setup())
    log = VoteLog(data)
    for one in votes:
        log.append(one)  # type: ignore[arg-type]
    log.close()
    return data


def imported(id: str) -> pa.Table:
    """A row of a vote of which only what was answered is known."""
    known = {"id": id, "outcome": "a", "generator_a": "left", "generator_b": "right", "source": "elsewhere"}
    return pa.Table.from_pylist([known], VOTES_SCHEMA)


def test_one_table_whether_votes_are_in_memory_in_segments_or_in_shards(tmp_path: Path) -> None:
    log = VoteLog(tmp_path)
    for one in ALL:
        log.append(one)
    log.append(drawing())
    tables = [make_table((ALL[2], ALL[1], ALL[0])), read_votes(tmp_path).table]
    (segment,) = (tmp_path / "log").glob("*.jsonl")
    tables.append(read_votes(segment).table)
    log.close()
    tables += [read_votes(tmp_path).table, read_votes(VOTES.shards(tmp_path)[0]).table]
    for table in tables:
        assert table.schema.equals(TABLE)
        assert table.to_pylist() == tables[0].to_pylist()
        assert {column.num_chunks for column in table.columns} == {1}
    row = tables[-1].to_pylist()[0]
    assert row == {
        "id": "a",
        "time": 1.0,
        "criterion": "quality",
        "outcome": "a",
        "generator_a": "left",
        "generator_b": "right",
        "prompt": "größe\x00🍎",
        "wording": None,
        "seeds": str(2**62),
        "rater": "rater",
        "network": None,
        "prompt_set": None,
        "prompt_category": None,
        "repeat_of": None,
        "names_withheld": False,
        "excluded": "speed+streak",
        "unchecked": "limit",
        "seconds": 2.5,
        "source": "arena",
        "pair_probability": None,
        "tags": None,
    }
    assert tables[-1]["seeds"].to_pylist()[2] == "3,4,5,6"
    assert tables[-1]["pair_probability"].to_pylist() == [None, None, 0.3]
    assert tables[-1]["excluded"].to_pylist() == ["speed+streak", "speed", None]


def test_the_set_of_a_prompt_comes_back_from_segment_and_shard(tmp_path: Path) -> None:
    log, told = VoteLog(tmp_path), vote("a", prompt_set="parti", prompt_category="Food & Beverage")
    log.append(told)
    log.append(vote("b", time=2.0))
    for _ in range(2):
        found = read_votes(tmp_path).table
        assert found["prompt_set"].to_pylist() == ["parti", None]
        assert found["prompt_category"].to_pylist() == ["Food & Beverage", None]
        assert find_vote(tmp_path, "a") == told
        log.close()  # and once more from the shard
    assert "prompt_set" not in vote("b").model_dump(mode="json")


def before(shard: Path) -> Path:
    """The shard as it was written before votes said whether names were withheld."""
    rows = pq.read_table(shard).drop_columns(["names_withheld"])
    pq.write_table(rows, shard)
    return shard.rename(shard.with_name(f"{file_sha256(shard)}.parquet"))


def test_a_shard_of_before_names_were_withheld_is_read_and_does_not_say_it(tmp_path: Path) -> None:
    old = before(*VOTES.shards(sealed(tmp_path, vote("old", repeat_of="c", names_withheld=True))))
    assert VOTES.knows(pq.read_schema(old))
    sealed(tmp_path, vote("new", time=2.0, repeat_of="c", names_withheld=True))
    read = read_votes(tmp_path)
    assert read.problems == ()
    assert read.table["names_withheld"].to_pylist() == [None, True]
    assert find_vote(tmp_path, "old") == vote("old", repeat_of="c")
    assert find_vote(tmp_path, "new").names_withheld


def test_votes_made_for_the_benchmarks_are_votes_of_today(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log, "ROWS", 50)
    log.make_shard(tmp_path, np.random.default_rng(0))
    read = read_votes(tmp_path)
    assert (read.table.num_rows, read.problems) == (50, ())
    assert all(read.table[field.name].null_count == 0 for field in TABLE if field.name in ("rater", "network"))


def test_no_votes_yet(tmp_path: Path) -> None:
    read = read_votes(tmp_path)
    assert (len(read.table), read.problems, read.left_out) == (0, (), {})
    assert read.table.schema.equals(TABLE)
    assert make_table([]).schema.equals(TABLE)


def test_paths_that_hold_no_votes_are_refused(tmp_path: Path) -> None:
    (tmp_path / "votes.csv").write_text("id\n")
    for path in (tmp_path / "nowhere", tmp_path / "nowhere.jsonl", tmp_path / "votes.csv"):
        with pytest.raises(DataError, match=r"There are no votes at .*: give the data folder"):
            read_votes(path)


def test_a_folder_that_cannot_be_read_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    log = VoteLog(tmp_path)
    log.append(vote("one"))

    def closed(*_: object) -> int:
        raise PermissionError(13, os.strerror(13), "segment")

    with monkeypatch.context() as patch:
        patch.setattr(os, "open", closed)
        with pytest.raises(DataError, match=r"can't be read: Permission denied; mend that \(segment\)"):
            read_votes(tmp_path)
    log.close()


def test_an_id_in_two_shards_counts_once_and_is_told(tmp_path: Path) -> None:
    sealed(tmp_path, *ALL)
    sealed(tmp_path, vote("a", time=9.0), vote("d", time=9.0))
    read = read_votes(tmp_path)
    assert read.table["id"].to_pylist() in (["a", "b", "c", "d"], ["b", "c", "a", "d"])
    (problem,) = read.problems
    assert problem.endswith("votes left out because their ids were counted already: 1.")
    assert read.left_out == {Unread.repeated: 1}


def test_a_segments_vote_that_its_shard_says_differently_is_told(tmp_path: Path) -> None:
    sealed(tmp_path, *ALL)
    log = VoteLog(tmp_path)
    log.append(ALL[0])  # the same: its segment has just become a shard, as far as a reader can tell
    assert read_votes(tmp_path).problems == ()
    assert len(read_votes(tmp_path).table) == 3
    log.append(vote("a", time=9.0))
    read = read_votes(tmp_path)
    assert read.left_out == {Unread.repeated: 1}
    assert read.table["time"].to_pylist() == [1.0, 3.0, 9.0]  # the log's word counts
    log.close()


def test_what_is_no_shard_of_votes_is_left_out_and_told(tmp_path: Path) -> None:
    sealed(tmp_path, *ALL, drawing())
    folder = VOTES.folder(tmp_path)
    whole = VOTES.shards(tmp_path)[0].read_bytes()
    (folder / "torn.parquet").write_bytes(whole[:-100])
    (folder / "damaged.parquet").write_bytes(whole[:4] + bytes(len(whole) // 2) + whole[len(whole) // 2 + 4 :])
    (folder / "empty.parquet").write_bytes(b"")
    (folder / "other.parquet").write_bytes(SAMPLES.shards(tmp_path)[0].read_bytes())
    read = read_votes(tmp_path)
    assert read.table["id"].to_pylist() == ["a", "b", "c"]
    assert sorted(Path(problem.split(" is left out")[0]).name for problem in read.problems) == [
        "damaged.parquet",
        "empty.parquet",
        "other.parquet",
        "torn.parquet",
    ]
    assert find_vote(tmp_path, "a") == ALL[2]
    log = VoteLog(tmp_path)  # such files keep nothing from being sealed
    log.append(vote("d", time=4.0))
    log.seal()
    log.close()
    assert len(read_votes(tmp_path).table) == 4


def test_shards_that_others_wrote_are_read_by_what_their_columns_mean(tmp_path: Path) -> None:
    (path,) = VOTES.shards(sealed(tmp_path / "one", *ALL))
    rows = pq.read_table(path).replace_schema_metadata(None)
    large = pa.schema([(f.name, pa.large_string() if f.type == pa.string() else f.type) for f in rows.schema])
    (tmp_path / "two").mkdir()
    pq.write_table(rows.cast(large), tmp_path / "two" / "votes.parquet", store_schema=False)
    read = read_votes(tmp_path / "two" / "votes.parquet")
    assert read.problems == ()
    assert read.table.to_pylist() == read_votes(path).table.to_pylist()


def test_imported_votes_have_nulls_for_what_is_unknown(tmp_path: Path) -> None:
    sealed(tmp_path, *ALL)
    write_votes_shard(tmp_path, imported("z"))
    read = read_votes(tmp_path)
    assert read.problems == ()
    row = read.table.to_pylist()[-1]  # an unknown time comes last
    assert {name for name, value in row.items() if value is not None} == {
        "id",
        "outcome",
        "generator_a",
        "generator_b",
        "seeds",
        "source",
    }
    assert (row["seeds"], row["source"]) == ("", "elsewhere")


def test_any_vote_is_found_and_what_is_none_is_said(tmp_path: Path) -> None:
    sealed(tmp_path, *ALL[:2])
    log = VoteLog(tmp_path)
    log.append(ALL[2])
    write_votes_shard(tmp_path, imported("z"))
    assert [find_vote(tmp_path, one.id) for one in ALL] == list(ALL)
    log.close()
    with pytest.raises(DataError, match="There is no vote 'q'"):
        find_vote(tmp_path, "q")
    with pytest.raises(DataError, match="'z' was imported"):
        find_vote(tmp_path, "z")


@pytest.mark.parametrize("name", ["log", "data/votes"])
def test_a_folder_that_can_not_be_read_is_not_taken_for_an_empty_one(tmp_path: Path, name: str) -> None:
    data = sealed(tmp_path / "data", *ALL)
    folder = data / name
    folder.rename(tmp_path / "aside")
    folder.write_text("no folder")
    said = re.escape(f"{folder} can't be read: Not a directory; mend that")
    for reading in (read_votes, partial(find_vote, id="a")):
        with pytest.raises(StorageError, match=said):
            reading(data)
    (data / "log").mkdir(exist_ok=True) if name != "log" else None
    (data / "log" / "a.jsonl").write_text("") if name != "log" else None
    (sentence,) = VoteLog(data).recovered
    assert re.match(said, sentence)
    folder.unlink()
    (tmp_path / "aside").rename(folder)
    assert read_votes(data).table["id"].to_pylist() == ["a", "b", "c"]
