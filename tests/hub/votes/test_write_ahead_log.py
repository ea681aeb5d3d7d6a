"""The log: what is acknowledged is on disk, what is refused does not count, and nobody waits for shards."""

import errno
import logging
import os
import random
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from hub.errors import StorageError
from hub.schema import Vote
from hub.votes import SAMPLES, VOTES, VoteLog, compaction, read_votes, shards
from tests.hub.votes.made import drawing, vote

ROOT = Path(__file__).parents[3]


def ids(data: Path) -> list[str]:
    """Ids of the votes in a data folder, in the order of time; there must be no problem."""
    read = read_votes(data)
    assert read.problems == ()
    found: list[str] = read.table["id"].to_pylist()
    return found


def segments(data: Path) -> list[Path]:
    """Segments that are not shards yet."""
    return sorted((data / "log").glob("*.jsonl"))


def together(count: int, work: Callable[[int], None]) -> None:
    """Run ``work`` in so many threads."""
    threads = [threading.Thread(target=work, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
        assert not thread.is_alive()


def run(code: str, *arguments: object) -> str:
    """What a Python program prints."""
    command = [sys.executable, "-c", code, *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT).stdout


def test_votes_come_back_in_time_order_before_and_after_sealing(tmp_path: Path) -> None:
    log = VoteLog(tmp_path)
    for name, when in (("late", 3.0), ("early", 1.0), ("middle", 2.0)):
        log.append(vote(name, time=when))
    assert ids(tmp_path) == ["early", "middle", "late"]
    log.seal()
    assert segments(tmp_path) == []
    log.append(vote("last", time=4.0))
    assert ids(tmp_path) == ["early", "middle", "late", "last"]
    log.close()
    assert segments(tmp_path) == []
    log.append(vote("again", time=5.0))
    log.close()
    assert ids(tmp_path) == ["early", "middle", "late", "last", "again"]
    assert log.recovered == ()


def test_nothing_is_made_before_the_first_vote(tmp_path: Path) -> None:
    log = VoteLog(tmp_path / "data")
    log.seal()
    log.close()
    assert not (tmp_path / "data").exists()


def test_an_append_returns_only_when_its_line_is_synced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As a power cut would leave it: of each file only what was there at its last fsync."""
    synced: dict[int, int] = {}
    real = os.fsync

    def fsync(fd: int) -> None:
        status = os.fstat(fd)
        time.sleep(random.uniform(0, 0.002))
        real(fd)
        synced[status.st_ino] = status.st_size

    monkeypatch.setattr(os, "fsync", fsync)
    log = VoteLog(tmp_path, seal_rows=10**9)

    def work(thread: int) -> None:
        for number in range(20):
            log.append(vote(f"{thread}-{number}"))
            (path,) = segments(tmp_path)
            assert f'"{thread}-{number}"'.encode() in path.read_bytes()[: synced[path.stat().st_ino]]
            assert {folder.stat().st_ino for folder in (tmp_path, tmp_path / "log")} <= set(synced)

    failed = []

    def guarded(thread: int) -> None:
        try:
            work(thread)
        except BaseException as error:
            failed.append(error)

    together(8, guarded)
    log.close()
    assert failed == []
    assert len(ids(tmp_path)) == 160


def test_many_threads_share_a_write_and_none_waits_for_ever(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    syncs = []
    real = os.fsync

    def fsync(fd: int) -> None:
        syncs.append(fd)
        time.sleep(0.005)
        real(fd)

    def work(thread: int) -> None:
        for number in range(10):
            log.append(vote(f"{thread}-{number}"))

    log = VoteLog(tmp_path, seal_rows=10**9)
    log.append(vote("first"))
    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", fsync)
        together(50, work)
    log.close()
    assert len(ids(tmp_path)) == 501
    assert 10 <= len(syncs) < 250  # one for each append would be 500


@pytest.mark.parametrize("call", ["write", "fsync"])
@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EIO])
def test_a_failed_batch_leaves_no_trace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str, code: int) -> None:
    log = VoteLog(tmp_path)
    log.append(vote("before"))
    real = os.write
    refused: list[StorageError] = []

    def half(fd: int, data: memoryview) -> int:
        real(fd, bytes(data)[: len(data) - 10])
        raise OSError(code, os.strerror(code))

    def never(fd: int) -> None:
        time.sleep(0.01)
        raise OSError(code, os.strerror(code))

    def work(thread: int) -> None:
        try:
            log.append(vote(f"lost-{thread}") if thread % 2 else drawing())
        except StorageError as error:
            refused.append(error)

    with monkeypatch.context() as patch:
        patch.setattr(os, call, half if call == "write" else never)
        together(8, work)
        assert ids(tmp_path) == ["before"]
    assert len(refused) == 8
    texts = {str(error) for error in refused}
    why = "the disk is full; free some space" if code == errno.ENOSPC else "Input/output error; mend that"
    assert texts == {f"{what} was not saved: {why}, then try again." for what in ("Your vote", "The picture")}
    log.append(vote("after", time=2.0))
    assert ids(tmp_path) == ["before", "after"]
    log.close()
    assert ids(tmp_path) == ["before", "after"]
    assert SAMPLES.shards(tmp_path) == []


@pytest.mark.parametrize("call", ["write", "fsync"])
def test_a_batch_that_cannot_be_cut_away_does_not_count_either(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    log = VoteLog(tmp_path)
    log.append(vote("before"))
    real = os.write

    def all_but(fd: int, data: memoryview) -> int:
        real(fd, bytes(data)[:10])
        raise OSError(errno.ENOSPC, "full")

    def stuck(*_: object) -> None:
        raise OSError(errno.EIO, "stuck")

    with monkeypatch.context() as patch:
        patch.setattr(os, call, all_but if call == "write" else stuck)
        patch.setattr(os, "ftruncate", stuck)
        with pytest.raises(StorageError):
            log.append(vote("lost"))
    log.append(vote("after", time=2.0))
    log.seal()
    assert ids(tmp_path) == ["before", "after"]
    log.close()


def test_a_segment_that_cannot_be_made_is_said_and_tried_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    log = VoteLog(tmp_path)
    real = os.open

    def closed(path: Path, flags: int, *mode: int) -> int:
        if flags & os.O_CREAT:
            raise OSError(errno.EACCES, os.strerror(errno.EACCES))
        return real(path, flags, *mode)

    with monkeypatch.context() as patch:
        patch.setattr(os, "open", closed)
        with pytest.raises(StorageError, match="Permission denied"):
            log.append(vote("lost"))
    log.append(vote("kept"))
    assert ids(tmp_path) == ["kept"]
    log.close()


FILL = """
import resource, signal, sys
from pathlib import Path
from hub.errors import StorageError
from hub.votes import VoteLog
from tests.hub.votes.made import vote
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
log, saved = VoteLog(Path(sys.argv[1])), 0
resource.setrlimit(resource.RLIMIT_FSIZE, (5000, resource.RLIM_INFINITY))
try:
    for number in range(100):
        log.append(vote(f"v{number}"))
        saved += 1
except StorageError as error:
    print(saved, error)
try:
    log.seal()
except StorageError as error:
    print(error)
"""


def test_a_real_full_file_counts_exactly_what_was_acknowledged(tmp_path: Path) -> None:
    appended, sealed = run(FILL, tmp_path).splitlines()
    saved, message = appended.split(" ", 1)
    assert message.startswith("Your vote was not saved: the disk is full")
    assert "could not be made into shards" in sealed
    assert len(ids(tmp_path)) == int(saved) > 0
    log = VoteLog(tmp_path)
    assert [sentence.split(":")[0] for sentence in log.recovered] == [
        "pictures left out of a shard",
        "setups left out of a shard",
    ]
    assert segments(tmp_path) == []
    assert len(ids(tmp_path)) == int(saved)


def test_rows_and_age_seal_in_the_background(tmp_path: Path) -> None:
    log = VoteLog(tmp_path, seal_rows=10, seal_seconds=0.2)
    for number in range(25):
        log.append(vote(f"v{number:02}"))
    end = time.monotonic() + 30
    while segments(tmp_path) and time.monotonic() < end:
        time.sleep(0.01)
    assert sorted(pq.read_metadata(path).num_rows for path in VOTES.shards(tmp_path)) == [5, 10, 10]
    assert ids(tmp_path) == [f"v{number:02}" for number in range(25)]
    log.close()


def test_appends_do_not_wait_for_shards(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    go = threading.Event()
    real = shards.write_entries

    def slow(*arguments: object) -> tuple[str, ...]:
        assert go.wait(60)
        return real(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(compaction, "write_entries", slow)
    log = VoteLog(tmp_path, seal_rows=5)
    sealer = threading.Thread(target=log.seal)
    for number in range(25):
        log.append(vote(f"v{number:02}"))
        if number == 10:
            sealer.start()
    assert VOTES.shards(tmp_path) == []
    assert len(ids(tmp_path)) == 25
    go.set()
    sealer.join(60)
    log.close()
    assert segments(tmp_path) == []
    assert len(ids(tmp_path)) == 25


def test_an_interrupted_leader_leaves_nobody_waiting(tmp_path: Path) -> None:
    log = VoteLog(tmp_path)

    class Interrupting:
        def model_dump_json(self) -> str:
            return vote("interrupted").model_dump_json()

    def interrupt(batch: object) -> None:
        ends.append(threading.Thread(target=attempt))
        ends[0].start()
        while len(batch.lines) < 2:  # type: ignore[attr-defined]
            time.sleep(0.001)
        raise KeyboardInterrupt

    def attempt() -> None:
        try:
            log.append(vote("follower"))
        except StorageError as error:
            refused.append(str(error))

    ends: list[threading.Thread] = []
    refused: list[str] = []
    real = log._shut
    log._shut = lambda batch: interrupt(batch) if not ends else real(batch)  # type: ignore[method-assign]
    with pytest.raises(KeyboardInterrupt):
        log.append(vote("leader"))
    ends[0].join(60)
    assert refused == ["Your vote was not saved: the write was interrupted; mend that, then try again."]
    log.append(vote("after"))
    log.close()
    assert ids(tmp_path) == ["after"]


TWO = """
import sys, threading
from pathlib import Path
from hub.votes import VoteLog
from tests.hub.votes.made import vote
log = VoteLog(Path(sys.argv[1]), seal_rows=20)
work = lambda n: [log.append(vote(f"{sys.argv[2]}-{n}-{i}")) for i in range(30)]
threads = [threading.Thread(target=work, args=(n,)) for n in range(5)]
[t.start() for t in threads]; [t.join() for t in threads]
log.close()
print(*log.recovered)
"""


def test_threads_and_processes_never_mix_lines(tmp_path: Path) -> None:
    outputs: list[str] = []
    together(3, lambda number: outputs.append(run(TWO, tmp_path, f"p{number}")))
    assert [text.strip() for text in outputs] == ["", "", ""]
    assert len(ids(tmp_path)) == 450
    assert segments(tmp_path) == []
    assert sum(pq.read_metadata(path).num_rows for path in VOTES.shards(tmp_path)) == 450


FORK = """
import os, sys, time
from pathlib import Path
from hub.votes import VoteLog, read_votes
from tests.hub.votes.made import vote
data = Path(sys.argv[1])
log = VoteLog(data)
log.append(vote("parent", time=1.0))
(mine,) = (data / "log").glob("*.jsonl")
child = os.fork()
if child == 0:
    log.append(vote("child", time=2.0))
    log.close()
    other = VoteLog(data)  # must not take the living parent's segment
    assert other.recovered == ()
    assert [path for path in (data / "log").glob("*.jsonl")] == [mine]
    os._exit(0)
assert os.waitpid(child, 0)[1] == 0
assert mine.read_bytes().count(b"\\n") == 1
log.append(vote("later", time=3.0))
assert mine.read_bytes().count(b"\\n") == 2
second = os.fork()
if second == 0:
    time.sleep(60)
    os._exit(0)
print(second)
sys.stdout.flush()
os._exit(0)  # dies without closing, while its child lives
"""


def test_a_forked_child_writes_a_segment_of_its_own(tmp_path: Path) -> None:
    command = [sys.executable, "-c", FORK, str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=ROOT, text=True) as process:
        assert process.stdout
        child = int(process.stdout.readline())
        try:
            assert process.wait(60) == 0
            assert ids(tmp_path) == ["parent", "child", "later"]
            log = VoteLog(tmp_path)
            assert segments(tmp_path) == []
            log.close()
        finally:
            os.kill(child, 9)
    assert ids(tmp_path) == ["parent", "child", "later"]


def test_a_failing_seal_is_logged_in_the_background(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: object) -> tuple[str, ...]:
        raise OSError(errno.EIO, "stuck")

    log = VoteLog(tmp_path)
    log.append(vote("one"))
    with monkeypatch.context() as patch, caplog.at_level(logging.WARNING):
        patch.setattr(compaction, "write_entries", broken)
        log.close()
    assert "could not be made into shards: stuck; mend that" in caplog.text
    assert ids(tmp_path) == ["one"]


def test_votes_are_read_while_they_are_written(tmp_path: Path) -> None:
    """A reader beside the log sees each acknowledged vote once, at any moment, and no problem."""
    log = VoteLog(tmp_path, seal_rows=15)
    done: list[Vote] = []

    def write() -> None:
        for number in range(150):
            log.append(vote(f"v{number}"))
            done.append(vote(f"v{number}"))

    writer = threading.Thread(target=write)
    writer.start()
    while writer.is_alive():
        before = {one.id for one in done}
        found = ids(tmp_path)
        assert len(set(found)) == len(found)
        assert before <= set(found)
    log.close()
    assert len(ids(tmp_path)) == 150
