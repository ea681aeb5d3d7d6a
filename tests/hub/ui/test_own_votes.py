"""A rater's own votes: counted, rated by themselves alone, saved, taken back; nobody else's, and no name too early."""

import csv
import io
import time
from pathlib import Path

import pytest

from eval.votes.ledger import read_ledger
from hub.errors import BattleError
from hub.language.catalogue import ENGLISH
from hub.raters import KnownBy, Rater
from hub.schema import Outcome
from hub.ui.battle.own_panel import make_csv, render_streak
from hub.ui.battle.own_votes import DAY, LEAST, OwnVotes, count_days_in_row, count_raters
from hub.ui.battle.verdict_counts import VerdictCounts
from hub.votes import TABLE, make_table, read_votes
from tests.hub.battle.fakes import ADA, BEN, Hall
from tests.hub.ui import fakes
from tests.hub.ui.served import FAKES, Page, served
from tests.hub.votes.made import vote


def opened(hall: Hall) -> OwnVotes:
    """The own votes of an arena that has just begun."""
    before = read_votes(hall.data).table if hall.data.exists() else TABLE.empty_table()
    return OwnVotes(hall.data, hall.log, count_raters(before), VerdictCounts(before, hall.log))


def test_there_is_no_board_of_few_votes_and_then_one_of_a_raters_own_alone(tmp_path: Path) -> None:
    hall = Hall(tmp_path)
    for number in range(LEAST):
        own = opened(hall)
        assert (own.count(ADA), list(own.rate(ADA))) == (number, [])
        token = hall.finished(prompt=f"cat {number % 7}")
        names = [
            hall.battles._known.find(token, ADA).corners[slot].job.name for slot in hall.battles.pictures(token, ADA)
        ]
        best = Outcome.a if names[0] < names[1] else Outcome.b  # who comes first in the alphabet
        hall.battles.vote(token, ADA, best)
        hall.voted(Outcome.b if best is Outcome.a else Outcome.a, BEN, prompt=f"cat {number % 7}")
    own = opened(hall)
    (question,) = own.rate(ADA)
    assert question.counts.used == LEAST
    assert question.ratings[0].generator == "ink"
    assert own.count(BEN) == LEAST


def test_votes_whose_names_are_not_told_are_counted_and_not_read(tmp_path: Path) -> None:
    hall = Hall(tmp_path, open_seconds=3600)
    token = hall.finished()
    hall.battles.vote(token, ADA, Outcome.a, undoable=True)
    own = opened(hall)
    assert (own.count(ADA), own.read(ADA).num_rows) == (1, 0)
    hall.battles.settle(token, ADA)
    assert own.read(ADA).num_rows == 1
    assert own.read(BEN).num_rows == 0


def test_all_of_a_raters_votes_are_taken_back_and_nobody_elses(tmp_path: Path) -> None:
    hall = Hall(tmp_path)
    for rater in (ADA, BEN, ADA):
        hall.voted(rater=rater)
    own = opened(hall)
    assert own.withdraw(ADA) == 2
    assert (own.count(ADA), own.count(BEN), own.withdraw(ADA)) == (0, 1, 0)
    table = read_votes(tmp_path).table
    counted = table.filter(read_ledger(table).counts)
    assert counted["rater"].to_pylist() == ["ben"]
    assert opened(hall).count(ADA) == 0  # nor after a start


def test_of_no_votes_none_are_read_or_taken_back(tmp_path: Path) -> None:
    own = opened(Hall(tmp_path / "nothing yet"))
    assert (own.read(ADA).num_rows, list(own.rate(ADA)), own.withdraw(ADA)) == (0, [], 0)


def test_who_keeps_no_cookie_sees_nobodys_votes(tmp_path: Path) -> None:
    hall, page = Hall(tmp_path), Rater("pages", "a session", "a house", KnownBy.page)
    hall.voted(rater=page)
    own = opened(hall)
    assert own.count(page) == 0
    for look in (own.read, own.rate, own.withdraw):
        with pytest.raises(BattleError, match="keeps no cookie"):
            look(page)
    assert read_votes(tmp_path).table["excluded"].to_pylist() == ["no-cookie"]


def test_one_reading_at_a_time_and_no_more_wait(tmp_path: Path) -> None:
    own = opened(Hall(tmp_path))
    with own._reading, pytest.raises(BattleError, match="try again in a moment"):
        own.read(ADA)


@pytest.mark.parametrize(
    ("hours", "west", "days"),
    [
        ((), 0, 0),
        ((1,), 0, 1),
        ((1, 2, 25, 49), 0, 3),
        ((25, 49), 0, 2),  # not yet today
        ((49, 73), 0, 0),  # nor yesterday
        ((1, 49), 0, 1),
        ((0, 12), 0, 1),  # both today by UTC, whose day is 20 hours old
        ((0, 12), -9 * 60, 2),  # where it is 5 in the morning
        ((0, 12), 10 * 60, 2),  # and where it is 10
    ],
)
def test_days_in_a_row_are_those_of_the_raters_own_clock(hours: tuple[int, ...], west: int, days: int) -> None:
    now = 100 * DAY + 20 * 3600
    assert count_days_in_row([now - 3600 * ago for ago in hours], now, west) == days


def test_two_days_in_a_row_are_told_and_one_is_not() -> None:
    votes = [vote("today", time=time.time()), vote("yesterday", time=time.time() - DAY)]
    assert "You voted on 2 days in a row." in render_streak(make_table(votes), 0, ENGLISH)
    assert render_streak(make_table(votes[:1]), 0, ENGLISH) == ""


def test_a_saved_file_has_the_votes_and_no_formula(tmp_path: Path) -> None:
    hall = Hall(tmp_path)
    hall.voted(prompt="=1+1")
    (row,) = csv.DictReader(io.StringIO(make_csv(opened(hall).read(ADA))))
    assert (row["prompt"], row["outcome"]) == ("'=1+1", "a")


def test_the_panel_shows_saves_and_takes_back_the_votes_of_its_own_browser(tmp_path: Path) -> None:
    with served(tmp_path, FAKES, fakes.NAMES) as arena, Page(arena.url) as ada, Page(arena.url) as ben:

        def panel(page: Page, name: str, **said: str) -> str:
            return page.http.post(f"/gradio_api/run/{name}", json=page.body(name, [], said)).text

        for number in range(3):
            ada.draw(f"a boat {number}")
            ada.vote("a")
        assert "3 votes of yours" in panel(ada, "own")
        assert "0 votes of yours" in panel(ben, "own", open="yes")
        shown = panel(ada, "own", open="yes")
        assert "your own board is here" in shown
        assert "my-votes.csv" in shown
        assert "1 vote" not in panel(ben, "withdraw")
        assert "3 votes of yours" in panel(ada, "own")
        assert "0 votes of yours" in panel(ada, "withdraw")
        table = read_votes(arena.data).table
        assert table["excluded"].to_pylist() == ["withdrawn"] * 3
