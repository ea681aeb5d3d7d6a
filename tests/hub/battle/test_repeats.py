"""Hidden repeats: an earlier battle of the same rater, sides swapped, each at most once."""

from pathlib import Path

import pytest

from hub.battle import Slot
from hub.gates import GATES
from hub.schema import Criterion, Outcome, Side, Vote
from hub.votes import find_vote
from tests.hub.battle.fakes import ADA, BEN, Hall, drawn, guard


def cast(hall: Hall, token: str, outcome: Outcome = Outcome.a) -> Vote:
    """Vote on a battle; a repeat has nothing to draw."""
    hall.draw(token)
    return hall.battles.vote(token, ADA, outcome)


def test_a_repeat_shows_the_same_pictures_with_the_sides_swapped(tmp_path: Path) -> None:
    hall = Hall(tmp_path, repeats=1.0, guard=guard([GATES["repeats"]]))
    first = cast(hall, hall.start(criterion=Criterion.variety))
    cast(hall, hall.start(criterion=Criterion.variety, seed=50))
    token = hall.start(criterion=Criterion.variety, seed=90, again=True)
    assert hall.battles.jobs(token, ADA) == {}
    assert hall.battles.ready(token, ADA)
    shown = hall.battles.shown(token, ADA)
    assert len(shown) == 8
    for number, sample in enumerate(first.b):
        assert shown[Slot(Side.a, number)] == hall.store.read_image(sample.sha256)
    again = hall.battles.vote(token, ADA, Outcome.b)
    assert (again.a, again.b, again.repeat_of, again.seeds) == (first.b, first.a, first.id, first.seeds)
    assert again.excluded == ()  # the arena asked twice, not the rater
    assert find_vote(tmp_path, again.id) == again


def test_each_battle_is_repeated_once_and_a_repeat_never_and_never_the_last(tmp_path: Path) -> None:
    hall = Hall(tmp_path, repeats=1.0)
    votes: list[Vote] = []
    for seed in range(12):
        votes.append(cast(hall, hall.start(seed=seed, again=True)))
    places = {vote.id: place for place, vote in enumerate(votes)}
    repeats = {place: places[vote.repeat_of] for place, vote in enumerate(votes) if vote.repeat_of}
    assert len(repeats) >= 4
    assert len(set(repeats.values())) == len(repeats)
    assert not set(repeats) & set(repeats.values())
    assert all(place - original >= 2 for place, original in repeats.items())


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
    for seed in range(3):
        cast(hall, hall.start(seed=seed))
    asked = {"rater": ADA, "seed": 9} | asked
    token = hall.start(**asked)  # type: ignore[arg-type]
    assert len(hall.battles.jobs(token, asked["rater"])) == 2  # type: ignore[arg-type]


def test_no_repeat_by_default_and_about_the_share_asked_for(tmp_path: Path) -> None:
    for share, least, most in ((0.0, 0, 0), (0.25, 10, 40)):
        hall = Hall(tmp_path / str(share), repeats=share)
        votes = [cast(hall, hall.start(seed=seed, again=True)) for seed in range(100)]
        assert least <= sum(vote.repeat_of is not None for vote in votes) <= most


def test_a_battle_whose_picture_is_gone_is_not_repeated(tmp_path: Path) -> None:
    hall = Hall(tmp_path, repeats=1.0)
    first = cast(hall, hall.start())
    cast(hall, hall.start(seed=50))
    hall.store.image(first.a[0].sha256).unlink()
    token = hall.start(seed=60, again=True)
    jobs = hall.battles.jobs(token, ADA)
    assert len(jobs) == 2
    assert {drawn(job).sample.seed for job in jobs.values()} == {60}


def test_a_repeat_does_not_count_as_a_meeting_of_its_pair(tmp_path: Path) -> None:
    hall = Hall(tmp_path, repeats=1.0)
    pairs = []
    for seed in range(40):
        vote = cast(hall, hall.start(seed=seed, again=True))
        if vote.repeat_of is None:
            pairs.append(frozenset((vote.a[0].generator, vote.b[0].generator)))
    counts = [pairs.count(pair) for pair in set(pairs)]
    assert max(counts) - min(counts) <= 1
