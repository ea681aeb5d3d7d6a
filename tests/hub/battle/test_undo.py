"""A vote can be taken back for some seconds, before its names are told and never after; the log keeps both."""

import time
from pathlib import Path

import pytest

from eval.leaderboard.counted_votes import CountedVotes
from eval.votes.ledger import read_ledger, sentence_of
from hub.battle.voting import GRACE, UNDO
from hub.errors import BattleError, StorageError
from hub.gates import GATES
from hub.log_entries import Withdrawal
from hub.schema import Outcome, Vote
from hub.votes import VOTES, WITHDRAWALS, VoteLog, find_vote, read_votes
from tests.hub.battle.fakes import ADA, BEN, Hall, guard
from tests.hub.battle.test_repeats import PATIENCE


@pytest.fixture
def hall(tmp_path: Path) -> Hall:
    return Hall(tmp_path, open_seconds=3600)


def counted(data: Path) -> list[str]:
    """The ids of the votes that count."""
    table = read_votes(data).table
    return [id for id, counts in zip(table["id"].to_pylist(), read_ledger(table).counts, strict=True) if counts]


def undone(hall: Hall, outcome: Outcome = Outcome.a) -> tuple[Vote, str]:
    """A vote that was taken back, and the token of the battle that takes another."""
    token = hall.finished()
    vote = hall.battles.vote(token, ADA, outcome, undoable=True)
    again, same = hall.battles.undo(token, ADA)
    assert same == vote
    return vote, again


def later(monkeypatch: pytest.MonkeyPatch, seconds: float) -> None:
    now = time.monotonic() + seconds
    monkeypatch.setattr("hub.battle.voting.time.monotonic", lambda: now)


def test_the_vote_that_is_given_instead_counts_and_the_first_stays_and_does_not(hall: Hall) -> None:
    first, again = undone(hall)
    second = hall.battles.vote(again, ADA, Outcome.b, undoable=True)
    assert (second.a, second.b, second.repeat_of) == (first.a, first.b, None)
    assert second.id != first.id
    assert second.seconds >= first.seconds
    assert find_vote(hall.data, first.id) == first
    read = read_votes(hall.data)
    assert read.problems == ()
    assert set(read.table["id"].to_pylist()) == {first.id, second.id}
    assert counted(hall.data) == [second.id]
    (reason,) = read_ledger(read.table).excluded()
    assert sentence_of(reason) == "taken back by its rater"


def test_a_vote_is_known_to_be_given_until_it_is_taken_back(hall: Hall) -> None:
    token = hall.finished()
    assert hall.battles.given(token, ADA) is None
    vote = hall.battles.vote(token, ADA, Outcome.a, undoable=True)
    assert hall.battles.given(token, ADA) == vote
    assert hall.battles.undoable(token, ADA)
    with pytest.raises(BattleError):
        hall.battles.given(token, BEN)
    hall.battles.undo(token, ADA)
    assert hall.battles.given(token, ADA) is None


def test_a_vote_that_was_taken_back_does_not_count_wherever_its_lines_have_gone(hall: Hall) -> None:
    token = hall.finished()
    vote = hall.battles.vote(token, ADA, Outcome.a, undoable=True)
    hall.log.seal()  # a segment of the vote alone, which waits as its names are not told
    assert VOTES.shards(hall.data) == []
    hall.battles.undo(token, ADA)
    for settle in (None, hall.log.seal, hall.log.close):
        if settle:
            settle()
        assert read_votes(hall.data).table["excluded"].to_pylist() == ["withdrawn"]
        assert counted(hall.data) == []
    assert (len(VOTES.shards(hall.data)), len(WITHDRAWALS.shards(hall.data))) == (1, 1)
    assert find_vote(hall.data, vote.id) == vote  # nothing was written anew
    assert VoteLog(hall.data).recovered == ()


def test_the_lines_of_a_killed_arena_say_the_same(hall: Hall) -> None:
    undone(hall)
    assert VoteLog(hall.data).recovered == ()  # as the next arena finds them
    assert counted(hall.data) == []
    hall.log.close()


def test_nobody_is_told_a_name_while_a_vote_can_be_taken_back(hall: Hall) -> None:
    told: list[Vote] = []
    hall.log.told.follow(told.append)
    token = hall.finished()
    vote = hall.battles.vote(token, ADA, Outcome.a, undoable=True)
    for asked in (False, True):
        with pytest.raises(BattleError, match="told after the vote"):
            hall.battles.told(token, ADA, asked=asked)
    assert told == []
    hall.log.seal()
    assert VOTES.shards(hall.data) == []
    assert hall.battles.settle(token, ADA) == vote
    assert hall.battles.told(token, ADA) == (vote,)
    assert told == [vote]


def test_no_vote_is_taken_back_once_its_names_were_told_or_its_time_is_over(
    hall: Hall, monkeypatch: pytest.MonkeyPatch
) -> None:
    tokens = [hall.finished() for _ in range(4)]
    with pytest.raises(BattleError, match="can't be taken back"):
        hall.battles.undo(tokens[0], ADA)  # there is none
    hall.battles.vote(tokens[0], ADA, Outcome.a)
    for token in tokens[1:]:
        hall.battles.vote(token, ADA, Outcome.a, undoable=True)
    hall.battles.settle(tokens[1], ADA)
    with pytest.raises(BattleError, match="another browser"):
        hall.battles.undo(tokens[3], BEN)
    hall.battles.undo(tokens[3], ADA)
    later(monkeypatch, UNDO + GRACE + 1)
    for token in tokens:
        with pytest.raises(BattleError, match="can't be taken back any more: 5 seconds"):
            hall.battles.undo(token, ADA)
    assert len(counted(hall.data)) == 3


def test_votes_of_who_left_are_settled_when_their_time_is_over(hall: Hall, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[Vote] = []
    hall.log.told.follow(told.append)
    tokens = [hall.finished() for _ in range(3)]
    votes = [hall.battles.vote(token, ADA, Outcome.a, undoable=True) for token in tokens]
    hall.battles.undo(tokens[1], ADA)
    hall.battles.settle_due()
    assert told == []
    later(monkeypatch, UNDO + GRACE + 1)
    hall.battles.settle_due()
    assert told == [votes[0], votes[2]]
    hall.battles.settle_due()
    assert len(told) == 2


def test_a_disk_that_refuses_the_withdrawal_leaves_the_vote(hall: Hall, monkeypatch: pytest.MonkeyPatch) -> None:
    token = hall.finished()
    vote = hall.battles.vote(token, ADA, Outcome.a, undoable=True)

    def refuse(fd: int) -> None:
        raise OSError(28, "full")

    with monkeypatch.context() as patch:
        patch.setattr("hub.votes.segment.os.fsync", refuse)
        with pytest.raises(StorageError):
            hall.battles.undo(token, ADA)
    assert counted(hall.data) == [vote.id]
    hall.battles.undo(token, ADA)
    assert counted(hall.data) == []


def test_the_board_counts_no_vote_that_was_taken_back_before_or_after_it_heard_of_it(hall: Hall) -> None:
    log = hall.log
    board = CountedVotes(hall.data, lambda: log.segments, lambda: log.told.untold, lambda: log.told.withdrawn)
    told: list[Vote] = []
    log.told.follow(told.append)
    _, again = undone(hall)
    second = hall.battles.vote(again, ADA, Outcome.b)
    hall.log.seal()  # the first is in a shard now, and no line of it in the board's hands
    assert board.add(told)
    assert read_ledger(board.read.table).counts.tolist() == [
        id == second.id for id in board.read.table["id"].to_pylist()
    ]
    assert board.read.table.to_pylist() == read_votes(hall.data).table.to_pylist()
    assert not board.add([])
    token = hall.finished()
    third = hall.battles.vote(token, ADA, Outcome.a)
    board.add(told[-1:])
    log.withdraw(Withdrawal(vote=third.id, time=1.0, rater="ada"))
    assert board.add([])
    assert counted(hall.data) == [second.id]
    marks = dict(zip(*(board.read.table[name].to_pylist() for name in ("id", "excluded")), strict=True))
    assert marks[third.id] == "withdrawn"


def test_a_vote_in_place_of_another_repeats_nothing_for_the_gates(tmp_path: Path) -> None:
    hall = Hall(tmp_path, guard=guard([GATES["repeats"], GATES["time-to-decide"]]))
    _, again = undone(hall)
    assert hall.battles.vote(again, ADA, Outcome.a).risk["repeats"] == 0


def test_hidden_repeats_go_on_with_votes_that_can_be_taken_back(tmp_path: Path) -> None:
    hall = Hall(tmp_path, repeats=1.0)
    first: Vote | None = None
    for _ in range(PATIENCE):
        token = hall.start(again=True)
        repeated = not hall.draw(token)
        vote = hall.battles.vote(token, ADA, Outcome.a, undoable=True)
        if repeated and first is None:
            first = vote
            again, _ = hall.battles.undo(token, ADA)
            vote = hall.battles.vote(again, ADA, Outcome.b, undoable=True)
            assert vote.repeat_of == first.repeat_of
            assert vote.names_withheld
            hall.battles.settle(again, ADA)
            assert {one.id for one in hall.battles.told(again, ADA)} >= {vote.id, first.repeat_of}
            break
        hall.battles.settle(token, ADA)
    assert first
