"""Battles from a picture: only who takes one meets, the vote names it; and pictures of a battle that has its vote."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from hub.battle import Slot
from hub.errors import BattleError
from hub.generators import GENERATORS
from hub.generators.entries.mock import Mock
from hub.schema import Criterion, Outcome, Side
from tests.hub.battle.fakes import ADA, BEN, NAMES, Hall

PICTURE = "5" * 64
TAKING = (*NAMES, "chalk", "tempera")


@pytest.fixture
def hall(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hall]:
    """Battles of three that take no picture and of two that do."""
    assert GENERATORS["mock"]
    for name in TAKING[-2:]:
        mock = Mock()
        mock.name = name
        monkeypatch.setitem(GENERATORS._items, name, mock)
    opened = Hall(tmp_path, TAKING)
    yield opened
    opened.log.close()


def test_only_those_meet_who_take_the_picture_and_all_draw_from_it(hall: Hall) -> None:
    assert hall.battles.takes_images()
    for _ in range(12):
        jobs = hall.battles.jobs(hall.start(image=PICTURE), ADA)
        assert {job.name for job in jobs.values()} == set(TAKING[-2:])
        assert {job.request.image for job in jobs.values()} == {PICTURE}
    met = {job.name for _ in range(60) for job in hall.battles.jobs(hall.start(), ADA).values()}
    assert met == set(TAKING), "without a picture everybody meets"


def test_a_vote_on_it_names_the_picture(hall: Hall) -> None:
    token = hall.finished(image=PICTURE)
    vote = hall.battles.vote(token, ADA, Outcome.a)
    assert {sample.image for sample in (*vote.a, *vote.b)} == {PICTURE}


def test_with_fewer_than_two_there_is_no_such_battle(tmp_path: Path) -> None:
    hall = Hall(tmp_path)
    assert not hall.battles.takes_images()
    with pytest.raises(BattleError, match="Fewer than two"):
        hall.start(image=PICTURE)
    assert hall.start()
    hall.log.close()


def test_who_is_absent_takes_no_picture(tmp_path: Path, hall: Hall) -> None:
    away = Hall(tmp_path / "away", TAKING, absent=lambda: ["chalk"])
    assert not away.battles.takes_images()
    away.log.close()


@pytest.mark.parametrize("criterion", [Criterion.quality, Criterion.variety])
def test_a_picture_of_ones_own_battle_can_be_had_after_the_vote_and_not_before(
    hall: Hall, criterion: Criterion
) -> None:
    token = hall.finished(criterion=criterion)
    pictures = hall.battles.pictures(token, ADA)
    with pytest.raises(BattleError, match="Vote on the battle first"):
        hall.battles.voted_picture(token, ADA, Side.a)
    hall.battles.vote(token, ADA, Outcome.tie)
    for side in Side:
        assert hall.battles.voted_picture(token, ADA, side) == pictures[Slot(side, 0)]
    with pytest.raises(BattleError, match="another browser session"):
        hall.battles.voted_picture(token, BEN, Side.a)
