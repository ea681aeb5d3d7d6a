"""Hidden repeats: an earlier battle of the same rater, sides swapped, whose names were not told before."""

import time
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from hub.battle import Slot
from hub.errors import BattleError
from hub.gates import GATES
from hub.schema import Criterion, Outcome, Side, Vote
from hub.votes import VOTES, find_vote
from hub.votes.open_battles import MARGIN
from tests.hub.battle.fakes import ADA, BEN, Hall, drawn, guard

PATIENCE = 60  # battles after which a repeat has come, but for one chance in 2**59


def cast(hall: Hall, token: str, outcome: Outcome = Outcome.a) -> Vote:
    """Vote on a battle; a repeat has nothing to draw."""
    hall.draw(token)
    return hall.battles.vote(token, ADA, outcome)


def repeat(hall: Hall, criterion: Criterion = Criterion.quality) -> str:
    """The token of a battle that is shown again."""
    for _ in range(PATIENCE):
        token = hall.start(criterion=criterion, again=True)
        if not hall.battles.jobs(token, ADA):
            return token
    raise AssertionError("no battle was shown again")


def published(data: Path) -> set[str]:
    """Ids of the votes in shards."""
    return {id for path in VOTES.shards(data) for id in pq.read_table(path)["id"].to_pylist()}


def test_a_repeat_shows_the_same_pictures_with_the_sides_swapped(tmp_path: Path) -> None:
    hall = Hall(tmp_path, repeats=1.0, guard=guard([GATES["repeats"]]))
    first = cast(hall, hall.start(criterion=Criterion.variety))
    cast(hall, hall.start(criterion=Criterion.variety))
    token = repeat(hall, Criterion.variety)
    assert hall.battles.ready(token, ADA)
    shown = hall.battles.pictures(token, ADA)
    assert len(shown) == 8
    for number, sample in enumerate(first.b):
        assert shown[Slot(Side.a, number)] == sample.sha256
    again = hall.battles.vote(token, ADA, Outcome.b)
    assert (again.a, again.b, again.repeat_of, again.seeds) == (first.b, first.a, first.id, first.seeds)
    assert again.excluded == ()  # the arena asked twice, not the rater
    assert find_vote(tmp_path, again.id) == again


def test_the_names_of_a_battle_that_is_shown_again_are_told_with_the_repeat_and_not_before(tmp_path: Path) -> None:
    hall = Hall(tmp_path, repeats=1.0)
    tokens = [hall.finished(), hall.finished()]
    first, second = (hall.battles.vote(token, ADA, Outcome.a) for token in tokens)
    assert hall.battles.told(tokens[0], ADA) == hall.battles.told(tokens[1], ADA) == ()
    token = repeat(hall)
    again = hall.battles.vote(token, ADA, Outcome.b)
    assert (again.repeat_of, again.names_withheld) == (first.id, True)
    assert hall.battles.told(token, ADA) == (again, first)
    assert hall.battles.told(tokens[0], ADA) == (first,)
    assert hall.battles.told(tokens[1], ADA) == ()
    assert second.repeat_of is None


def test_names_that_were_asked_for_are_told_and_their_battle_is_not_shown_again(tmp_path: Path) -> None:
    hall = Hall(tmp_path, repeats=1.0)
    token = hall.finished()
    first = hall.battles.vote(token, ADA, Outcome.a)
    assert hall.battles.told(token, ADA, asked=True) == (first,)
    shown: set[str | None] = {first.repeat_of}
    for _ in range(20):
        shown.add(cast(hall, hall.start(again=True)).repeat_of)
    assert len(shown) > 1
    assert first.id not in shown


def test_a_repeat_whose_names_were_asked_for_while_it_was_open_says_that_its_rater_could_know(tmp_path: Path) -> None:
    hall = Hall(tmp_path, repeats=1.0)
    before = hall.finished()
    first = hall.battles.vote(before, ADA, Outcome.a)
    cast(hall, hall.start())
    token = repeat(hall)
    assert hall.battles.told(before, ADA, asked=True) == (first,)
    again = hall.battles.vote(token, ADA, Outcome.b)
    assert (again.repeat_of, again.names_withheld) == (first.id, False)


def test_a_vote_that_was_published_is_not_shown_again_and_its_names_are_still_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hall = Hall(tmp_path, repeats=1.0, minutes=1, open_seconds=60)
    log = hall.log
    token = hall.finished()
    first = hall.battles.vote(token, ADA, Outcome.a)
    cast(hall, hall.start())
    log.seal()
    assert VOTES.shards(tmp_path) == []
    now = time.monotonic() + 61 + MARGIN
    monkeypatch.setattr(time, "monotonic", lambda: now)
    log.seal()
    assert first.id in published(tmp_path)
    for _ in range(PATIENCE):
        assert hall.battles.jobs(hall.start(again=True), ADA)
    with pytest.raises(BattleError, match="expired"):
        hall.battles.told(token, ADA)
    assert hall.battles.told(token, ADA, asked=True) == (first,)
    log.close()


def test_a_vote_is_not_published_while_it_is_shown_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    hall = Hall(tmp_path, repeats=1.0, minutes=10, open_seconds=600)
    log = hall.log
    first = cast(hall, hall.start())
    cast(hall, hall.start())
    start = time.monotonic()
    monkeypatch.setattr(time, "monotonic", lambda: start + 590)  # at the end of the first one's time
    token = repeat(hall)
    monkeypatch.setattr(time, "monotonic", lambda: start + 590 + 595)  # its time and the margin are over
    log.seal()
    assert first.id not in published(tmp_path)
    again = cast(hall, token, Outcome.b)
    assert (again.repeat_of, again.names_withheld) == (first.id, True)
    log.seal()
    assert first.id in published(tmp_path)
    log.close()


@pytest.mark.parametrize("other", [{"prompt": "a dog"}, {"criterion": Criterion.alignment}])
def test_names_are_told_when_the_rater_went_on_to_something_else(tmp_path: Path, other: dict[str, Any]) -> None:
    hall = Hall(tmp_path, repeats=1.0)
    first = cast(hall, hall.start())
    token = hall.finished(**other)
    hall.battles.vote(token, ADA, Outcome.tie)
    assert hall.battles.told(token, ADA) == (first,)


def test_no_name_is_told_before_the_vote_nor_to_another(tmp_path: Path) -> None:
    hall = Hall(tmp_path)
    token = hall.finished()
    for asked in (False, True):
        with pytest.raises(BattleError, match="after the vote"):
            hall.battles.told(token, ADA, asked)
        with pytest.raises(BattleError, match="another browser session"):
            hall.battles.told(token, BEN, asked)
    vote = hall.battles.vote(token, ADA, Outcome.a)
    assert hall.battles.told(token, ADA) == (vote,)


def test_each_battle_is_repeated_once_and_a_repeat_never_and_never_the_last(tmp_path: Path) -> None:
    hall = Hall(tmp_path, repeats=1.0)
    votes = [cast(hall, hall.start(again=True)) for _ in range(40)]
    places = {vote.id: place for place, vote in enumerate(votes)}
    repeats = {place: places[vote.repeat_of] for place, vote in enumerate(votes) if vote.repeat_of}
    assert len(repeats) >= 8
    assert len(set(repeats.values())) == len(repeats)
    assert not set(repeats) & set(repeats.values())
    assert all(place - original >= 2 for place, original in repeats.items())
    assert all(votes[place].names_withheld for place in repeats)


@pytest.mark.parametrize(
    "asked",
    [
        {"again": False},
        {"again": True, "prompt": "a dog"},
        {"again": True, "criterion": Criterion.alignment},
        {"again": True, "rater": BEN},
    ],
    ids=["not asked", "another prompt", "another question", "another rater"],
)
def test_no_repeat(tmp_path: Path, asked: dict[str, object]) -> None:
    hall = Hall(tmp_path, repeats=1.0)
    for _ in range(3):
        cast(hall, hall.start())
    asked = {"rater": ADA} | asked
    for _ in range(20):
        token = hall.start(**asked)  # type: ignore[arg-type]
        assert len(hall.battles.jobs(token, asked["rater"])) == 2  # type: ignore[arg-type]


def test_no_repeat_by_default_and_about_the_share_asked_for(tmp_path: Path) -> None:
    for share, least, most in ((0.0, 0, 0), (0.25, 10, 40), (0.5, 30, 50), (1.0, 30, 50)):
        hall = Hall(tmp_path / str(share), repeats=share)
        votes = [cast(hall, hall.start(again=True)) for _ in range(100)]
        assert least <= sum(vote.repeat_of is not None for vote in votes) <= most
        assert [vote for vote in votes if vote.names_withheld] == [vote for vote in votes if vote.repeat_of]


def test_a_battle_whose_picture_is_gone_is_not_repeated(tmp_path: Path) -> None:
    hall = Hall(tmp_path, repeats=1.0)
    first = cast(hall, hall.start())
    cast(hall, hall.start())
    hall.store.image(first.a[0].sha256).unlink()
    for _ in range(20):
        jobs = hall.battles.jobs(hall.start(again=True), ADA)
        assert len(jobs) == 2
        assert {drawn(job).sample.seed for job in jobs.values()} != set(first.seeds)


def test_a_repeat_does_not_count_as_a_meeting_of_its_pair(tmp_path: Path) -> None:
    hall = Hall(tmp_path, repeats=1.0)
    pairs = []
    for _ in range(40):
        vote = cast(hall, hall.start(again=True))
        if vote.repeat_of is None:
            pairs.append(frozenset((vote.a[0].generator, vote.b[0].generator)))
    counts = [pairs.count(pair) for pair in set(pairs)]
    assert max(counts) - min(counts) <= 1
