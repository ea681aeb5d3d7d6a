"""The leaderboard tells nothing of a battle whose names are not told yet: whoever looks at it names no side by it."""

from pathlib import Path

import pytest

from eval.leaderboard.counted_votes import CountedVotes
from hub.errors import BattleError
from hub.schema import Outcome, Vote
from tests.hub.battle.fakes import ADA, BEN, Hall


def names_told(hall: Hall, tokens: dict[str, str]) -> set[str]:
    """Ids of the votes whose names their raters could be told now, without asking for more."""
    told: set[str] = set()
    for token in tokens.values():
        told |= {one.id for one in hall.battles.told(token, ADA)}
    return told


@pytest.fixture
def hall(tmp_path: Path) -> Hall:
    return Hall(tmp_path, repeats=0.5, open_seconds=3600)


def counted_ids(votes: CountedVotes) -> set[str]:
    """The ids that are counted."""
    return set(votes.read.table["id"].to_pylist())


def test_the_board_counts_exactly_the_votes_whose_names_are_told(hall: Hall) -> None:
    told: list[Vote] = []
    hall.log.told.follow(told.append)
    board = CountedVotes(hall.data, lambda: hall.log.segments, lambda: hall.log.told.untold)
    tokens: dict[str, str] = {}
    kept_back = 0
    for number in range(80):
        token = hall.start(again=number % 5 > 0, prompt=f"a cat {number // 10}")
        hall.draw(token)
        cast = hall.battles.vote(token, ADA, tuple(Outcome)[number % 4])
        tokens[cast.id] = token
        board.add(told)
        told.clear()
        assert counted_ids(board) == names_told(hall, tokens)
        fresh = CountedVotes(hall.data, lambda: hall.log.segments, lambda: hall.log.told.untold)  # begun just now
        assert counted_ids(fresh) == counted_ids(board)
        kept_back += cast.id not in counted_ids(board)
    assert kept_back > 10


def test_a_rater_who_asks_for_names_has_the_vote_counted_and_others_learn_no_more(hall: Hall) -> None:
    told: list[Vote] = []
    hall.log.told.follow(told.append)
    tokens = {}
    for _ in range(20):
        token = hall.finished()
        tokens[hall.battles.vote(token, ADA, Outcome.a).id] = token
    kept = [id for id in tokens if id not in {one.id for one in told}]
    assert kept
    with pytest.raises(BattleError):
        hall.battles.told(tokens[kept[0]], BEN, asked=True)
    assert kept[0] not in {one.id for one in told}
    hall.battles.told(tokens[kept[0]], ADA, asked=True)
    assert kept[0] in {one.id for one in told}
    assert not {one.id for one in told} & set(kept[1:])
