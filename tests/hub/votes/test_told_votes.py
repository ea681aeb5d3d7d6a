"""Votes are told of when the names of their battle are, and no sooner."""

import threading
import time
from pathlib import Path

import pytest

from hub.errors import StorageError
from hub.schema import Vote
from hub.votes import VoteLog
from hub.votes.open_battles import MARGIN
from hub.votes.segment import Segment
from tests.hub.votes.made import vote


def follow(log: VoteLog) -> list[str]:
    """The ids of the votes that are told, as they are."""
    told: list[str] = []
    log.told.follow(lambda one: told.append(one.id))
    return told


def test_a_vote_is_told_once_it_is_on_disk_and_its_names_are(tmp_path: Path) -> None:
    log = VoteLog(tmp_path, battle_seconds=100)
    told = follow(log)
    log.append(vote("shown"))
    assert told == ["shown"]
    log.append(vote("kept back"), names_withheld=True)
    assert (told, log.told.untold) == (["shown"], ("kept back",))
    log.tell("kept back")
    assert told == ["shown", "kept back"]
    assert not log.told.untold
    log.tell("kept back")
    assert told == ["shown", "kept back"]


def test_a_vote_that_is_being_written_is_untold_and_one_that_could_not_be_is_never_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = VoteLog(tmp_path, battle_seconds=100)
    told, seen = follow(log), list[tuple[str, ...]]()
    append = Segment.append

    def slow(segment: Segment, lines: bytes, entries: int) -> None:
        append(segment, lines, entries)
        seen.append(log.told.untold)

    monkeypatch.setattr(Segment, "append", slow)
    log.append(vote("slow"))
    assert (seen, told) == ([("slow",)], ["slow"])

    def broken(segment: Segment, lines: bytes, entries: int) -> None:
        raise OSError(28, "full")

    monkeypatch.setattr(Segment, "append", broken)
    with pytest.raises(StorageError):
        log.append(vote("lost"))
    log.told.look()
    assert told == ["slow"]
    assert log.told.untold == ("lost",)
    monkeypatch.setattr(Segment, "append", append)
    log.append(vote("lost"))  # given again
    assert told == ["slow", "lost"]
    assert not log.told.untold


def test_a_vote_whose_names_are_never_told_is_told_when_its_battle_is_over_by_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = VoteLog(tmp_path, battle_seconds=100)
    told = follow(log)
    log.append(vote("kept back"), names_withheld=True)
    log.told.look()
    assert told == []
    now = time.monotonic()
    monkeypatch.setattr("hub.votes.open_battles.time.monotonic", lambda: now + 100 + MARGIN / 2)
    log.told.look()
    assert told == []
    monkeypatch.setattr("hub.votes.open_battles.time.monotonic", lambda: now + 110 + MARGIN)
    log.told.look()
    assert told == ["kept back"]


def test_every_vote_of_many_threads_is_told_once(tmp_path: Path) -> None:
    log, told = VoteLog(tmp_path, battle_seconds=100), list[str]()
    log.told.follow(lambda one: told.append(one.id))
    names = [f"{thread}-{number}" for thread in range(8) for number in range(20)]

    def work(mine: list[Vote]) -> None:
        for one in mine:
            log.append(one, names_withheld=True)
            log.tell(one.id)
            log.told.look()

    threads = [threading.Thread(target=work, args=([vote(name) for name in names[i::8]],)) for i in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(told) == sorted(names)
    assert log.told.untold == ()


def test_the_log_names_the_segments_that_it_holds(tmp_path: Path) -> None:
    log = VoteLog(tmp_path, battle_seconds=100)
    assert log.segments == ()
    log.append(vote("open"), names_withheld=True)
    assert log.segments == tuple(path.name for path in (tmp_path / "log").iterdir())
    log.seal()  # stays behind: its battle is open
    assert log.segments == tuple(path.name for path in (tmp_path / "log").iterdir())
    log.tell("open")
    log.seal()
    assert log.segments == ()
