"""Votes found again by id and time: in the log and in shards, reading only those of their time."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from hub.schema import Vote
from hub.votes import VOTES, VoteLog, vote_finder, write_votes_shard
from hub.votes.read import find_stored_votes
from hub.votes.vote_finder import VoteFinder
from tests.hub.votes.made import vote
from tests.hub.votes.test_read import imported, sealed


def times(*votes: Vote) -> dict[str, float]:
    """The time of each vote by its id."""
    return {one.id: one.time for one in votes}


def test_votes_are_found_in_shards_and_in_the_log_of_now(tmp_path: Path) -> None:
    old, new = [[vote(f"{when}{n}", time=when * 100.0 + n) for n in range(5)] for when in (1, 2)]
    sealed(tmp_path, *old)
    log = VoteLog(tmp_path)
    for one in new:
        log.append(one)
    assert VoteFinder(tmp_path).find(times(*old, *new)) == {one.id: one for one in (*old, *new)}
    assert VoteFinder(tmp_path).find(times(old[3])) == {"13": old[3]}
    assert VoteFinder(tmp_path).find({"nowhere": 101.0}) == {}
    log.close()


def test_only_shards_of_the_time_are_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for when in range(6):
        sealed(tmp_path, *(vote(f"{when}-{n}", time=when * 100.0 + n) for n in range(3)))
    read: list[Path] = []

    def note(path: Path, ids: list[str]) -> Iterator[Vote]:
        read.append(path)
        return find_stored_votes(path, ids)

    monkeypatch.setattr(vote_finder, "find_stored_votes", note)
    finder = VoteFinder(tmp_path)
    assert finder.find({"4-1": 401.0})["4-1"].time == 401
    assert len(VOTES.shards(tmp_path)) == 6
    assert len(read) == 1


def test_a_damaged_shard_hides_its_votes_alone(tmp_path: Path) -> None:
    kept, lost = vote("kept", time=1.0), vote("lost", time=2.0)
    sealed(tmp_path, lost)
    (shard,) = VOTES.shards(tmp_path)
    shard.write_bytes(shard.read_bytes()[:-50])
    sealed(tmp_path, kept)
    assert VoteFinder(tmp_path).find(times(kept, lost)) == {"kept": kept}


def test_a_shard_without_times_is_looked_into(tmp_path: Path) -> None:
    sealed(tmp_path, vote("a", time=5.0))
    write_votes_shard(tmp_path, imported("elsewhere"))  # whose time is unknown
    assert VoteFinder(tmp_path).find({"a": 5.0}).keys() == {"a"}
