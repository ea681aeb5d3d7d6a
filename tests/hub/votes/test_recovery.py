"""What dead processes leave: torn lines are set aside, the rest is kept, and nothing is made twice or touched early."""

import errno
import json
import os
import zlib
from collections.abc import Callable
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from hub.errors import StorageError
from hub.votes import SAMPLES, VOTES, ContentStore, VoteLog, compaction, disk, read_votes, shards
from hub.votes.segment import Segment, make_line
from tests.hub.votes.made import DIGEST, PNG, drawing, setup, vote


def left(data: Path, *lines: bytes, name: str = "dead") -> Path:
    """A segment of a dead process."""
    path = data / "log" / f"{name}.jsonl"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"".join(lines))
    return path


def line(id: str, **changes: object) -> bytes:
    """A vote's line."""
    return vote(id, **changes).model_dump_json().encode() + b"\n"  # type: ignore[arg-type]


def stored(data: Path) -> list[str]:
    """Ids in the shards, with repeats."""
    return sorted(id for path in VOTES.shards(data) for id in pq.read_table(path)["id"].to_pylist())


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A data folder with the picture and the setup that votes are made of."""
    ContentStore(tmp_path).write_image(PNG)
    ContentStore(tmp_path).write_setup(setup())
    return tmp_path


@pytest.mark.parametrize("length", [1, 10, 300, len(line("torn")) - 1])
def test_a_torn_last_line_is_set_aside_and_everything_before_it_kept(data: Path, length: int) -> None:
    start = line("one") + line("two", time=2.0) + drawing().model_dump_json().encode() + b"\n"
    torn = line("torn")[:length]
    path = left(data, start, torn)
    read = read_votes(data)
    assert read.table["id"].to_pylist() == ["one", "two"]
    assert len(read.problems) == sum(read.left_out.values()) == 1
    assert f"{path}: the last line is unfinished" in read.problems[0]
    log = VoteLog(data)
    aside = data / "log" / "torn" / f"dead-{len(start)}.txt"
    assert log.recovered == (f"{path}: its process died while it wrote the last line, which is set aside as {aside}.",)
    assert aside.read_bytes() == torn
    assert not path.exists()
    assert stored(data) == ["one", "two"]
    assert len(SAMPLES.shards(data)) == 1
    assert read_votes(data).problems == ()
    log.close()
    assert VoteLog(data).recovered == ()


@pytest.mark.parametrize(
    "bad",
    [
        b"not json",
        b'{"id": "torn',
        b'\xff\xfe{"id": 1}',
        b"\x00\x00\x00",
        line("x").rstrip().replace(b'"outcome":"a"', b'"outcome":"left"'),
        line("x").rstrip().replace(b'"id":', b'"unknown":1,"id":'),
        line("x").rstrip().replace(b'"time":1.0', b'"time":"1.0"'),
        line("x").rstrip().replace(b'"schema_version":5', b'"schema_version":6'),
        line("x").rstrip().replace(b'"kind":"vote"', b'"kind":"note"'),
        line("one", time=9.0).rstrip(),
        make_line(line("x").rstrip()).rstrip().replace(b'"outcome":"a"', b'"outcome":"b"'),
        make_line(line("x").rstrip()).rstrip()[:-3] + b'x"}',
        make_line(line("x").rstrip()).rstrip().replace(b"crc32", b"crc33"),
    ],
)
def test_a_bad_line_is_set_aside_and_told_never_dropped(data: Path, bad: bytes) -> None:
    path = left(data, line("one"), bad, b"\n\n", line("two", time=2.0))
    read = read_votes(data)
    assert read.table["id"].to_pylist() == ["one", "two"]
    assert len(read.problems) == sum(read.left_out.values()) == 1
    log = VoteLog(data)
    (sentence,) = log.recovered
    aside = data / "log" / "torn" / f"dead-{len(line('one'))}.txt"
    assert sentence.startswith(f"{path}, line 2 ")
    assert sentence.endswith(f"it is set aside as {aside}.")
    assert aside.read_bytes() == bad
    assert stored(data) == ["one", "two"]
    assert read_votes(data).problems == ()


def test_lines_with_and_without_a_checksum_are_read_from_one_segment(data: Path) -> None:
    left(data, line("old"), make_line(line("new", time=2.0).rstrip()), line("older", time=3.0))
    assert read_votes(data).table["id"].to_pylist() == ["old", "new", "older"]
    log = VoteLog(data)
    assert log.recovered == ()
    log.append(vote("now", time=4.0))
    (path,) = (data / "log").glob("*.jsonl")
    written = json.loads(path.read_bytes())
    checksum = written.pop("crc32")
    assert checksum == f"{zlib.crc32(vote('now', time=4.0).model_dump_json().encode()[:-1]):08x}"
    assert written == json.loads(vote("now", time=4.0).model_dump_json())
    log.close()
    assert stored(data) == ["new", "now", "old", "older"]


def test_a_line_that_says_the_same_again_is_one_vote(data: Path) -> None:
    left(data, line("one"), line("one"), drawing().model_dump_json().encode() + b"\n")
    assert VoteLog(data).recovered == ()
    assert stored(data) == ["one"]


def test_an_empty_segment_and_one_of_bad_lines_go_away(data: Path) -> None:
    left(data, name="empty")
    left(data, b"bad\n", name="bad")
    assert len(VoteLog(data).recovered) == 1
    assert [path.name for path in (data / "log").iterdir()] == ["torn"]
    assert stored(data) == []


def test_segments_of_living_processes_are_left_alone(data: Path) -> None:
    log = VoteLog(data)
    log.append(vote("one"))
    (path,) = (data / "log").glob("*.jsonl")
    with path.open("ab") as file:
        file.write(line("half")[:50])  # as a reader sees it who comes in the middle of a write
    assert read_votes(data).problems == ()
    other = VoteLog(data)
    assert other.recovered == ()
    other.append(vote("two", time=2.0))
    other.close()
    assert path.exists()
    log.close()
    assert stored(data) == ["one", "two"]


def breaks(target: object, name: str) -> Callable[[pytest.MonkeyPatch], None]:
    """A breakage: this call fails."""

    def broken(*_: object, **__: object) -> None:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    return lambda patch: patch.setattr(target, name, broken)


def corrupts(patch: pytest.MonkeyPatch) -> None:
    """A breakage: what is written is not what is read back."""
    real = shards._write_batches

    def fill(path: Path, *arguments: object) -> None:
        real(path, *arguments)  # type: ignore[arg-type]
        content = path.read_bytes()
        path.write_bytes(content.replace(b"rater", b"later"))

    patch.setattr(shards, "_write_batches", fill)


def forgets(patch: pytest.MonkeyPatch) -> None:
    """A breakage: a row is lost."""
    real = shards._make_batches
    patch.setattr(shards, "_make_batches", lambda kind, entries, media: real(kind, entries[1:], media))


def bugs(patch: pytest.MonkeyPatch) -> None:
    """A breakage: an error that nobody thought of."""
    patch.setattr(shards, "holds_entries", lambda *_: 1 / 0)


BREAKAGES = {
    "fsync": breaks(os, "fsync"),
    "rename": breaks(Path, "replace"),
    "remove": breaks(Path, "unlink"),
    "open": breaks(disk, "create_held_file"),
    "folder": breaks(disk, "make_folder"),
    "parquet": breaks(pq, "ParquetWriter"),
    "samples": lambda patch: patch.setattr(SAMPLES.__class__, "folder", lambda kind, data: data / "data" / "x\0"),
    "read": breaks(pq, "ParquetFile"),
    "corrupt": corrupts,
    "forget": forgets,
    "bug": bugs,
}


@pytest.mark.parametrize("breakage", BREAKAGES.values(), ids=BREAKAGES)
def test_what_fails_to_become_a_shard_still_counts_and_becomes_one_later(
    data: Path, monkeypatch: pytest.MonkeyPatch, breakage: Callable[[pytest.MonkeyPatch], None]
) -> None:
    log = VoteLog(data)
    for number in range(3):
        log.append(vote(f"v{number}"))
        log.append(drawing(f"d{number}"))
    with monkeypatch.context() as patch:
        breakage(patch)
        with pytest.raises(StorageError, match=r"could not be made into shards.*tried again"):
            log.seal()
    read = read_votes(data)
    assert read.table["id"].to_pylist() == ["v0", "v1", "v2"]
    assert read.problems == ()
    log.append(vote("v3"))
    log.seal()
    log.close()
    assert list((data / "log").glob("*.jsonl")) == []
    assert stored(data) == ["v0", "v1", "v2", "v3"]
    assert sum(pq.read_metadata(path).num_rows for path in SAMPLES.shards(data)) == 3


@pytest.mark.parametrize("breakage", BREAKAGES.values(), ids=BREAKAGES)
def test_what_fails_to_be_recovered_is_said_and_recovered_later(
    data: Path, monkeypatch: pytest.MonkeyPatch, breakage: Callable[[pytest.MonkeyPatch], None]
) -> None:
    path = left(data, line("one"), drawing().model_dump_json().encode() + b"\n")
    with monkeypatch.context() as patch:
        breakage(patch)
        log = VoteLog(data)
        assert len(log.recovered) == 1
        assert str(path) in log.recovered[0]
    assert read_votes(data).table["id"].to_pylist() == ["one"]
    log.seal()
    log.close()
    assert not path.exists()
    assert stored(data) == ["one"]
    assert len(SAMPLES.shards(data)) == 1


def test_a_torn_line_that_cannot_be_set_aside_waits_for_the_next_time(
    data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = left(data, line("one"), b'{"id":')
    with monkeypatch.context() as patch:
        breaks(disk, "create_held_file")(patch)
        (sentence,) = VoteLog(data).recovered
    assert sentence.startswith(f"{path}, left by a dead process, can't be recovered: Input/output error")
    assert path.read_bytes() == line("one") + b'{"id":'
    assert len(VoteLog(data).recovered) == 1
    assert stored(data) == ["one"]


@pytest.mark.parametrize("kinds", [("votes",), ("votes", "samples")])
def test_a_crash_between_shards_and_the_segments_removal_doubles_nothing(
    data: Path, monkeypatch: pytest.MonkeyPatch, kinds: tuple[str, ...]
) -> None:
    path = left(data, line("one"), line("two", time=2.0), drawing().model_dump_json().encode() + b"\n")
    content = path.read_bytes()
    segment = Segment.take(path)
    assert segment
    compaction.compact(data, segment, {})
    path.write_bytes(content)  # as if the segment had not been removed
    if "samples" not in kinds:
        SAMPLES.shards(data)[0].unlink()
    read = read_votes(data)
    assert read.table["id"].to_pylist() == ["one", "two"]
    assert read.problems == ()
    ContentStore(data).image(DIGEST).unlink()  # so that the shard would have other bytes now
    VoteLog(data).close()
    assert stored(data) == ["one", "two"]
    assert len(SAMPLES.shards(data)) == 1
    assert not path.exists()


def test_a_shard_that_only_looks_like_a_segments_is_not_trusted(data: Path) -> None:
    content = left(data, line("one"), line("two", time=2.0)).read_bytes()
    VoteLog(data).close()
    left(data, content, line("three", time=3.0))
    VoteLog(data).close()
    assert read_votes(data).table["id"].to_pylist() == ["one", "two", "three"]
