"""The receipts of all votes: from the log, out of shards without a data folder, and of none whose setup is lost."""

from pathlib import Path
from unittest.mock import Mock

import pytest

from hub.errors import MissingFile
from hub.receipt import receipt
from hub.receipt.of_votes import VoteReceipts
from hub.schema import Vote
from hub.votes import VOTES, ContentStore
from hub.votes.shards import write_entries
from tests.eval import made
from tests.eval.bundle.test_bundle import SETUP, with_setup


def some_votes(number: int = 5) -> list[Vote]:
    """Votes whose pictures were drawn by one known setup."""
    return [with_setup(made.vote(i)) for i in range(number)]


def write_log(data: Path, votes: list[Vote]) -> None:
    """A data folder's log of these votes."""
    (data / "log").mkdir(parents=True, exist_ok=True)
    (data / "log" / "a.jsonl").write_text("".join(f"{vote.model_dump_json()}\n" for vote in votes), encoding="utf-8")


def test_receipts_of_the_log_are_those_of_single_votes(tmp_path: Path) -> None:
    store = ContentStore(tmp_path)
    store.write_setup(SETUP)
    votes = some_votes()
    write_log(tmp_path, [*votes, votes[0]])
    assert list(VoteReceipts(tmp_path).read()) == [receipt(vote, store) for vote in votes]
    assert list(VoteReceipts(tmp_path / "log" / "a.jsonl").read()) == [receipt(vote, store) for vote in votes]


def test_a_shard_alone_has_its_setups(tmp_path: Path) -> None:
    store, votes = ContentStore(tmp_path / "data"), some_votes()
    store.write_setup(SETUP)
    write_entries(tmp_path / "data", VOTES, votes, "a")
    (shard,) = VOTES.shards(tmp_path / "data")
    alone = tmp_path / "alone.parquet"
    alone.write_bytes(shard.read_bytes())
    assert list(VoteReceipts(alone).read()) == [receipt(vote, store) for vote in votes]
    alone.write_bytes(shard.read_bytes()[:-100])
    assert list(VoteReceipts(alone).read()) == []


def test_a_vote_whose_setup_is_lost_has_no_receipt(tmp_path: Path) -> None:
    ContentStore(tmp_path).write_setup(SETUP)
    known, lost = some_votes(1), made.vote(7)
    write_log(tmp_path, [lost, *known])
    assert [one.vote for one in VoteReceipts(tmp_path).read()] == ["vote-0"]
    ContentStore(tmp_path).setup(SETUP.digest).write_text("{}")
    assert list(VoteReceipts(tmp_path).read()) == []


def test_a_setup_that_is_lost_is_looked_for_once_and_taken_from_any_vote_that_has_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    reading = Mock(side_effect=MissingFile("it is lost"))
    monkeypatch.setattr(ContentStore, "read_setup", reading)
    write_log(tmp_path, some_votes())
    assert list(VoteReceipts(tmp_path).read()) == []
    reading.assert_called_once_with(SETUP.digest)
    monkeypatch.undo()
    other = tmp_path / "other"
    ContentStore(other).write_setup(SETUP)
    write_entries(other, VOTES, some_votes(7)[5:], "a")
    (shard,) = VOTES.shards(other)
    place = tmp_path / "data" / "votes" / shard.name
    place.parent.mkdir(parents=True)
    place.write_bytes(shard.read_bytes())
    assert [one.vote for one in VoteReceipts(tmp_path).read()][-2:] == ["vote-5", "vote-6"]
