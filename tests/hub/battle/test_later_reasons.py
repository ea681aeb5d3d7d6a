"""Reasons after a vote: given while its names are untold, never after, and read in place of those that came with it."""

from pathlib import Path

import pytest

from hub.battle.voting import CHANGES, GRACE, UNDO
from hub.errors import BattleError, StorageError
from hub.log_entries import Reasons
from hub.schema import Outcome, Tag, Vote
from hub.votes import REASONS, VOTES, WITHDRAWALS, VoteLog, find_vote, read_votes
from hub.votes.shards import read_entries
from hub.votes.vote_finder import VoteFinder
from tests.hub.battle.fakes import ADA, BEN, Hall
from tests.hub.battle.test_undo import counted, later

SHARP, BRIGHT = Tag.sharpness, Tag.colours


@pytest.fixture
def hall(tmp_path: Path) -> Hall:
    return Hall(tmp_path, open_seconds=3600)


def voted(hall: Hall, *tags: Tag) -> tuple[str, Vote]:
    """The token of a battle whose vote can be taken back, and the vote."""
    token = hall.finished()
    return token, hall.battles.vote(token, ADA, Outcome.a, tags, undoable=True)


def reasons_of(data: Path, vote: Vote) -> tuple[Tag, ...]:
    """The reasons of a vote as they are read."""
    return VoteFinder(data).find({vote.id: vote.time})[vote.id].tags


def test_the_last_reasons_are_read_in_place_of_those_of_the_vote_which_stays(hall: Hall) -> None:
    token, vote = voted(hall, SHARP)
    _, other = voted(hall, SHARP)
    assert reasons_of(hall.data, vote) == (SHARP,)
    for given in ((BRIGHT, SHARP, BRIGHT), (BRIGHT,), ()):
        hall.battles.give_reasons(token, ADA, given)
        assert set(reasons_of(hall.data, vote)) == set(given)
    hall.battles.give_reasons(token, ADA, (BRIGHT, SHARP))
    for settle in (None, hall.log.close):
        if settle:
            settle()
        assert reasons_of(hall.data, vote) == (SHARP, BRIGHT)  # in the order of the page
        assert reasons_of(hall.data, other) == (SHARP,)
        assert find_vote(hall.data, vote.id) == vote
        assert counted(hall.data) == [vote.id, other.id]
        assert read_votes(hall.data).problems == ()
    (shard,) = REASONS.shards(hall.data)
    assert len(read_entries(shard, REASONS)) == 4
    assert VoteLog(hall.data).recovered == ()


def test_reasons_stay_unpublished_as_long_as_the_names_are_untold(hall: Hall) -> None:
    token, _ = voted(hall)
    hall.battles.give_reasons(token, ADA, (SHARP,))
    hall.log.seal()
    assert (VOTES.shards(hall.data), REASONS.shards(hall.data)) == ([], [])
    hall.battles.settle(token, ADA)
    hall.log.seal()
    assert (len(VOTES.shards(hall.data)), len(REASONS.shards(hall.data))) == (1, 1)


def test_no_reason_is_taken_once_the_names_may_be_told_nor_from_anybody_else(
    hall: Hall, monkeypatch: pytest.MonkeyPatch
) -> None:
    told, undone, late, at_once = hall.finished(), hall.finished(), hall.finished(), hall.finished()
    with pytest.raises(BattleError, match="not saved"):
        hall.battles.give_reasons(told, ADA, (SHARP,))  # there is no vote
    for token in (told, undone, late):
        hall.battles.vote(token, ADA, Outcome.a, undoable=True)
    hall.battles.vote(at_once, ADA, Outcome.a)
    with pytest.raises(BattleError, match="another browser"):
        hall.battles.give_reasons(late, BEN, (SHARP,))
    with pytest.raises(BattleError, match="not for the question"):
        hall.battles.give_reasons(late, ADA, (Tag.layouts,))
    hall.battles.settle(told, ADA)
    hall.battles.undo(undone, ADA)
    later(monkeypatch, UNDO + GRACE + 1)
    for token in (told, undone, late, at_once):
        with pytest.raises(BattleError, match="the time for them was over"):
            hall.battles.give_reasons(token, ADA, (SHARP,))
    hall.log.close()
    assert REASONS.shards(hall.data) == []


def test_the_names_wait_for_a_reason_as_for_the_vote_and_other_votes_do_not(
    hall: Hall, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[Vote] = []
    hall.log.told.follow(told.append)
    token, vote = voted(hall)
    _, other = voted(hall)
    later(monkeypatch, UNDO)
    hall.battles.give_reasons(token, ADA, (SHARP,))
    later(monkeypatch, GRACE + 1)  # later than that
    hall.battles.settle_due()
    assert told == [other]
    with pytest.raises(BattleError, match="told after the vote"):
        hall.battles.told(token, ADA)
    later(monkeypatch, UNDO + GRACE)
    hall.battles.settle_due()
    assert told == [other, vote]


def test_a_vote_that_is_taken_back_takes_its_reasons_along(hall: Hall) -> None:
    token, vote = voted(hall, SHARP)
    hall.battles.give_reasons(token, ADA, (BRIGHT,))
    again, _ = hall.battles.undo(token, ADA)
    second = hall.battles.vote(again, ADA, Outcome.b)
    hall.log.close()
    assert (len(REASONS.shards(hall.data)), len(WITHDRAWALS.shards(hall.data))) == (1, 1)
    assert counted(hall.data) == [second.id]
    assert reasons_of(hall.data, second) == ()
    assert reasons_of(hall.data, vote) == (BRIGHT,)  # which nothing counts


def test_a_vote_has_its_reasons_changed_some_times_and_not_for_ever(hall: Hall) -> None:
    token, vote = voted(hall)
    for number in range(CHANGES):
        hall.battles.give_reasons(token, ADA, (SHARP,) if number % 2 else (BRIGHT,))
    with pytest.raises(BattleError, match="often enough"):
        hall.battles.give_reasons(token, ADA, ())
    assert reasons_of(hall.data, vote) == (SHARP,)


def test_reasons_that_are_overtaken_by_later_ones_do_not_take_their_place(hall: Hall) -> None:
    token, vote = voted(hall)
    for turn, tag in ((1, SHARP), (3, BRIGHT), (2, Tag.composition)):
        hall.battles.give_reasons(token, ADA, (tag,), turn)
    assert reasons_of(hall.data, vote) == (BRIGHT,)


def test_a_disk_that_refuses_leaves_the_reasons_before(hall: Hall, monkeypatch: pytest.MonkeyPatch) -> None:
    token, vote = voted(hall, SHARP)

    def refuse(fd: int) -> None:
        raise OSError(28, "full")

    with monkeypatch.context() as patch:
        patch.setattr("hub.votes.segment.os.fsync", refuse)
        with pytest.raises(StorageError, match="What you say why"):
            hall.battles.give_reasons(token, ADA, (BRIGHT,))
    assert reasons_of(hall.data, vote) == (SHARP,)


def test_a_hidden_repeat_takes_reasons_as_any_vote_does(tmp_path: Path) -> None:
    hall = Hall(tmp_path, repeats=0.5, open_seconds=3600)
    tokens = [hall.finished() for _ in range(6)]
    for token in tokens:
        hall.battles.vote(token, ADA, Outcome.a, undoable=True)
        hall.battles.give_reasons(token, ADA, (SHARP,))
        hall.battles.settle(token, ADA)
        with pytest.raises(BattleError, match="the time for them was over"):  # names come later
            hall.battles.give_reasons(token, ADA, ())
    assert any(not hall.battles.told(token, ADA) for token in tokens)


def test_a_damaged_shard_of_reasons_leaves_votes_as_they_were_given(hall: Hall) -> None:
    token, vote = voted(hall, SHARP)
    hall.battles.give_reasons(token, ADA, (BRIGHT,))
    hall.log.close()
    (shard,) = REASONS.shards(hall.data)
    shard.write_bytes(shard.read_bytes()[:-9])
    assert reasons_of(hall.data, vote) == (SHARP,)


def test_the_line_of_reasons_says_what_it_says_in_every_version(tmp_path: Path) -> None:
    line = '{"kind":"reasons","schema_version":5,"vote":"one","time":1.0,"rater":"ada","tags":["colours"]}'
    assert Reasons.model_validate_json(line) == Reasons(vote="one", time=1.0, rater="ada", tags=(BRIGHT,))
    assert Reasons.model_validate_json(line).model_dump_json() == line
