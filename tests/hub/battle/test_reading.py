"""A Japanese prompt of a battle: one reading for both sides, looked at by the filters, known by nobody's name."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from hub.errors import BattleError, PromptError
from hub.generators import GENERATORS, Accepts
from hub.japanese.read_requests import reading_of
from hub.japanese.reader import Reading
from hub.moderation import Moderation
from hub.schema import Criterion, Outcome
from hub.votes import find_vote
from tests.hub.battle.fakes import ADA, BEN, Hall


@pytest.fixture
def hall(tmp_path: Path) -> Iterator[Hall]:
    """Battles in a folder of their own."""
    opened = Hall(tmp_path)
    yield opened
    opened.log.close()


def test_both_sides_draw_one_reading_that_the_vote_keeps(hall: Hall) -> None:
    token = hall.start(prompt=" 赤いりんごと静物 ", criterion=Criterion.variety)
    assert {job.request.read_as for job in hall.battles.jobs(token, ADA).values()} == {"red apple"}
    assert [*map(reading_of, hall.battles.requests(token, ADA))] == [Reading("red apple", ("静物",))]
    hall.draw(token)
    vote = hall.battles.vote(token, ADA, Outcome.a)
    kept = find_vote(hall.data, vote.id)
    assert kept is not None
    assert {sample.read_as for sample in (*kept.a, *kept.b)} == {"red apple"}
    assert kept.prompts == ("赤いりんごと静物",)
    with pytest.raises(BattleError):
        hall.battles.requests(token, BEN)


def test_an_english_prompt_has_no_reading(hall: Hall) -> None:
    token = hall.start(prompt="a cat")
    assert {job.request.read_as for job in hall.battles.jobs(token, ADA).values()} == {""}
    assert [*map(reading_of, hall.battles.requests(token, ADA))] == [Reading()]


def test_what_cannot_be_read_is_refused(hall: Hall) -> None:
    with pytest.raises(PromptError, match="Nothing of this prompt could be read"):
        hall.start(prompt="静物")


def test_filters_look_at_the_prompt_and_at_its_reading(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[str] = []
    moderation = Moderation(("none",))
    monkeypatch.setattr(moderation, "check_prompt", seen.append)
    Hall(tmp_path, moderation=moderation).start(prompt="赤いりんご")
    assert seen == ["赤いりんご", "red apple"]


def test_a_reading_depends_on_the_roster_and_not_on_who_meets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Else it would tell a rater whether one of the two sides reads English alone."""
    monkeypatch.setattr(type(GENERATORS["mock"]), "accepts", Accepts(any_language=True))
    monkeypatch.setitem(GENERATORS._items, "ink", GENERATORS["mock"])
    hall = Hall(tmp_path)
    read = set()
    for _ in range(12):
        token = hall.start(prompt="赤いりんご")
        read |= {job.request.read_as for job in hall.battles.jobs(token, ADA).values()}
    assert read == {"red apple"}
