"""What others do to the log's files while it runs costs nothing: they are made whole again, and it is told."""

import logging
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from hub.errors import StorageError
from hub.votes import SAMPLES, VOTES, VoteLog, read_votes
from hub.votes.disk import PartialFile
from tests.hub.votes.made import drawing, vote
from tests.hub.votes.test_kills import ROOT
from tests.hub.votes.test_write_ahead_log import ids, segments


def removed(data: Path) -> None:
    shutil.rmtree(data / "log", ignore_errors=True)  # a log that is written meanwhile may be there again already


def unlinked(data: Path) -> None:
    for path in segments(data):
        path.unlink()


def moved(data: Path) -> None:
    (data / "log").rename(data / "log-of-before")


def replaced(data: Path) -> None:
    shutil.copytree(data / "log", data / "copy")
    removed(data)
    with suppress(OSError):
        (data / "copy").rename(data / "log")


def emptied(data: Path) -> None:
    for path in segments(data):
        os.truncate(path, 0)


def cut(data: Path) -> None:
    for path in segments(data):
        os.truncate(path, path.stat().st_size * 2 // 3)


LATE = 400  # entries after which a log that looks untouched had mended itself before one could look
DAMAGES = [removed, unlinked, moved, replaced, emptied, cut]
named = pytest.mark.parametrize("damage", DAMAGES, ids=lambda damage: damage.__name__)


@named
def test_what_was_acknowledged_is_written_again_and_told(
    tmp_path: Path, damage: Callable[[Path], None], caplog: pytest.LogCaptureFixture
) -> None:
    log = VoteLog(tmp_path)
    for number in range(3):
        log.append(vote(f"before-{number}", time=number))
    damage(tmp_path)
    with caplog.at_level(logging.WARNING):
        log.append(vote("after", time=9.0))
    assert ids(tmp_path) == ["before-0", "before-1", "before-2", "after"]
    (line,) = caplog.messages
    assert "was removed, replaced or cut while the arena ran: its 3 acknowledged entries were written again" in line
    log.append(vote("later", time=10.0))
    assert len(caplog.messages) == 1
    log.close()
    assert ids(tmp_path)[-1] == "later"
    assert len(ids(tmp_path)) == 5


@named
def test_shards_are_whole_though_nothing_came_after_the_damage(
    tmp_path: Path, damage: Callable[[Path], None], caplog: pytest.LogCaptureFixture
) -> None:
    log = VoteLog(tmp_path, battle_seconds=60)
    log.append(vote("one"))
    log.append(drawing("open"))
    damage(tmp_path)
    with caplog.at_level(logging.WARNING):
        log.seal()
    assert "none of its entries is lost" in caplog.text
    assert len(segments(tmp_path)) == 1
    log.close()
    assert ids(tmp_path) == ["one"]
    assert (len(VOTES.shards(tmp_path)), len(SAMPLES.shards(tmp_path)), segments(tmp_path)) == (1, 1, [])


def test_what_can_not_be_written_again_is_not_acknowledged_and_nothing_else_is_lost(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = VoteLog(tmp_path)
    log.append(vote("before"))
    removed(tmp_path)

    def full(*_: object) -> None:
        raise OSError(28, os.strerror(28))

    with monkeypatch.context() as patch:
        patch.setattr(PartialFile, "place", full)
        with pytest.raises(StorageError, match="the disk is full"):
            log.append(vote("refused"))
    log.append(vote("after", time=2.0))
    log.close()
    assert ids(tmp_path) == ["before", "after"]


@named
def test_a_kill_after_the_damage_loses_nothing(tmp_path: Path, damage: Callable[[Path], None]) -> None:
    command = [sys.executable, "-m", "tests.hub.votes.killed"]
    got: list[str] = []
    with subprocess.Popen(command, cwd=ROOT, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as starter:
        assert starter.stdin
        assert starter.stdout
        print(f"{tmp_path}\t{10**6}\tx", file=starter.stdin, flush=True)
        starter.stdin.close()
        pid, left, enough = 0, set[int](), 0
        for line in starter.stdout:
            word, rest = line.split()
            pid = int(rest) if word == "pid" else pid
            if word == "got":
                got.append(rest)
            if len(got) == 40 and not enough:
                damage(tmp_path)
                left = {path.stat().st_ino for path in segments(tmp_path)}
                enough = 60
            mended = any(p.stat().st_ino not in left for p in segments(tmp_path)) or len(got) > LATE
            if enough and len(got) >= enough and pid and mended:
                os.kill(pid, signal.SIGKILL)  # something was acknowledged since
                pid = 0
    VoteLog(tmp_path).close()
    votes = {id for id in got if int(id.rsplit("-", 1)[1]) % 4 != 3}
    read = read_votes(tmp_path)
    assert votes <= set(read.table["id"].to_pylist())
    assert read.problems == ()
