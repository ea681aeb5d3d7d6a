"""The vote log and the image store: what is acknowledged is on disk, what is not does not count."""

import errno
import hashlib
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.errors import DataError, StorageError
from hub.schema import Outcome, Sample, Vote
from hub.votes import ImageStore, VoteLog, read_votes

DIGEST = "0" * 64


def vote(name: str, time: float = 1.0, prompt: str = "a cat") -> Vote:
    """A vote with this id."""
    a, b = (
        Sample(generator=generator, revision="r1", prompt=prompt, seed=3, sha256=DIGEST, seconds=0.5)
        for generator in ("left", "right")
    )
    return Vote(id=name, time=time, outcome=Outcome.a, a=a, b=b)


def segment(data: Path) -> Path:
    """The only segment of a data folder."""
    (path,) = (data / "votes").glob("*.jsonl")
    return path


def test_votes_come_back_in_time_order(tmp_path: Path) -> None:
    log = VoteLog(tmp_path)
    for name, time in (("late", 3.0), ("early", 1.0), ("middle", 2.0)):
        log.append(vote(name, time))
    log.close()
    log.append(vote("last", 4.0))
    read = read_votes(tmp_path)
    assert [v.id for v in read.votes] == ["early", "middle", "late", "last"]
    assert read.problems == ()
    assert len(list((tmp_path / "votes").iterdir())) == 2


@given(prompt=st.text(min_size=1))
def test_any_prompt_survives_the_round_trip(tmp_path_factory: pytest.TempPathFactory, prompt: str) -> None:
    data = tmp_path_factory.mktemp("votes")
    log = VoteLog(data)
    log.append(vote("one", prompt=prompt))
    log.close()
    assert read_votes(data).votes[0].a.prompt == prompt


@pytest.mark.parametrize(
    "bad",
    [
        b"not json",
        b'{"id": "torn',
        b'\xff\xfe{"id": 1}',
        b"\x00\x00\x00",
        vote("x").model_dump_json().replace('"outcome":"a"', '"outcome":"left"').encode(),
        vote("x").model_dump_json().replace('"id":', '"unknown":1,"id":').encode(),
        vote("x").model_dump_json().replace('"time":1.0', '"time":"1.0"').encode(),
        vote("x").model_dump_json().replace('"schema_version":1', '"schema_version":2').encode(),
        vote("same").model_dump_json().encode(),
    ],
)
@pytest.mark.parametrize("end", [b"", b"\n"])
def test_a_bad_line_is_told_and_the_others_are_kept(tmp_path: Path, bad: bytes, end: bytes) -> None:
    log = VoteLog(tmp_path)
    log.append(vote("same"))
    log.append(vote("other", 2.0))
    log.close()
    path = segment(tmp_path)
    path.write_bytes(path.read_bytes() + bad + end)
    for place in (tmp_path, path):
        read = read_votes(place)
        assert [v.id for v in read.votes] == ["same", "other"]
        (problem,) = read.problems
        assert f"{path}, line 3" in problem


def test_no_votes_yet_and_no_such_path(tmp_path: Path) -> None:
    read = read_votes(tmp_path)
    assert read.votes == ()
    assert read.problems == ()
    with pytest.raises(DataError, match="There are no votes at"):
        read_votes(tmp_path / "nowhere")


@pytest.mark.parametrize("call", ["write", "fsync"])
@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EIO])
def test_a_failed_vote_leaves_no_trace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str, code: int) -> None:
    log = VoteLog(tmp_path)
    log.append(vote("before"))
    real = os.write

    def half(fd: int, data: memoryview) -> int:
        real(fd, bytes(data)[:10])
        raise OSError(code, os.strerror(code))

    def never(fd: int) -> None:
        raise OSError(code, os.strerror(code))

    with monkeypatch.context() as patch:
        patch.setattr(os, call, half if call == "write" else never)
        with pytest.raises(StorageError, match=r"Your vote was not saved: .*vote again"):
            log.append(vote("lost"))
    log.append(vote("after", 2.0))
    read = read_votes(tmp_path)
    assert [v.id for v in read.votes] == ["before", "after"]
    assert read.problems == ()


def test_a_line_that_cannot_be_cut_is_left_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    log = VoteLog(tmp_path)
    log.append(vote("before"))
    real = os.write

    def half(fd: int, data: memoryview) -> int:
        real(fd, bytes(data)[:10])
        raise OSError(errno.ENOSPC, "full")

    def stuck(fd: int, length: int) -> None:
        raise OSError(errno.EIO, "stuck")

    with monkeypatch.context() as patch:
        patch.setattr(os, "write", half)
        patch.setattr(os, "ftruncate", stuck)
        with pytest.raises(StorageError, match="disk is full"):
            log.append(vote("lost"))
    log.append(vote("after", 2.0))
    read = read_votes(tmp_path)
    assert [v.id for v in read.votes] == ["before", "after"]
    assert len(read.problems) == 1


FILL = """
import resource, signal, sys
from pathlib import Path
from hub.errors import StorageError
from hub.votes import VoteLog
from tests.hub.test_votes import vote
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (2000, resource.RLIM_INFINITY))
log, saved = VoteLog(Path(sys.argv[1])), 0
try:
    for number in range(100):
        log.append(vote(f"v{number}"))
        saved += 1
except StorageError as error:
    print(saved, error)
"""


def test_a_real_full_file_counts_exactly_what_was_acknowledged(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", FILL, str(tmp_path)], capture_output=True, text=True, check=True, cwd=Path.cwd()
    )
    saved, message = done.stdout.split(" ", 1)
    assert message.startswith("Your vote was not saved: the disk is full")
    read = read_votes(tmp_path)
    assert len(read.votes) == int(saved) > 0
    assert read.problems == ()


def test_threads_and_processes_never_mix_lines(tmp_path: Path) -> None:
    code = (
        "import sys, threading\nfrom pathlib import Path\nfrom hub.votes import VoteLog\n"
        "from tests.hub.test_votes import vote\nlog = VoteLog(Path(sys.argv[1]))\n"
        "work = lambda n: [log.append(vote(f'{sys.argv[2]}-{n}-{i}')) for i in range(10)]\n"
        "threads = [threading.Thread(target=work, args=(n,)) for n in range(5)]\n"
        "[t.start() for t in threads]; [t.join() for t in threads]\n"
    )
    running = [subprocess.Popen([sys.executable, "-c", code, str(tmp_path), name]) for name in ("p", "q")]
    assert [process.wait(120) for process in running] == [0, 0]
    read = read_votes(tmp_path)
    assert read.problems == ()
    assert len(read.votes) == 100
    assert len(list((tmp_path / "votes").iterdir())) == 2


def test_images_are_stored_once_under_their_digest(tmp_path: Path) -> None:
    store = ImageStore(tmp_path)
    threads = [threading.Thread(target=store.write, args=(b"a picture",)) for _ in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    digest = hashlib.sha256(b"a picture").hexdigest()
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert files == [tmp_path / "images" / digest[:2] / f"{digest}.png"]
    assert files[0].read_bytes() == b"a picture"
    assert store.path(digest) == files[0]


def test_an_image_that_does_not_fit_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(fd: int, data: memoryview) -> int:
        raise OSError(errno.ENOSPC, "full")

    monkeypatch.setattr(os, "write", full)
    with pytest.raises(StorageError, match="disk is full"):
        ImageStore(tmp_path).write(b"a picture")
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]
