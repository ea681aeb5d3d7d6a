"""Who meets: pairs drawn by what their vote would tell, each with a chance that is known, kept with its vote alone."""

import random
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from hub.battle.pairing import AGAIN, FLOOR, MOST, PairInformation, Pairs, find_chances
from hub.log_entries import Drawing
from hub.schema import Criterion, Outcome
from hub.votes import find_vote, read_votes
from hub.votes.segment import parse_lines
from tests.hub.battle.fakes import ADA, Hall
from tests.hub.battle.test_ahead import Studio

Q, V = Criterion.quality, Criterion.variety
INFORMATION = {("ink", "oil"): 0.5, ("ink", "wax"): 0.3, ("oil", "wax"): 0.2}
CHANCES = {pair: FLOOR / 3 + (1 - FLOOR) * share for pair, share in INFORMATION.items()}


def known(pairs: Sequence[tuple[str, str]], criterion: Criterion) -> list[float]:
    """What is told of three generators."""
    return [INFORMATION[pair] for pair in pairs]


def nothing(pairs: Sequence[tuple[str, str]], criterion: Criterion) -> list[float]:
    """Nothing is known."""
    return [0.0] * len(pairs)


@given(st.lists(st.floats(0, 1e6, allow_subnormal=False), min_size=1, max_size=30))
def test_chances_sum_up_to_one_and_no_pair_is_out_or_sure(told: list[float]) -> None:
    chances = find_chances(np.array(told))
    assert chances.sum() == pytest.approx(1)
    assert (chances >= FLOOR * (1 - MOST) / len(told) - 1e-12).all()
    if len(told) > 1:
        assert chances.max() <= max(MOST, 1 / len(told)) + 1e-12
    order = np.argsort(told)
    assert (np.diff(chances[order]) >= -1e-12).all()


def test_chances_are_the_floor_and_shares_of_the_rest() -> None:
    assert find_chances(np.array([0.5, 0.3, 0.2])) == pytest.approx(list(CHANCES.values()))
    assert find_chances(np.zeros(4)) == pytest.approx(np.full(4, 0.25))
    held = find_chances(np.array([[9.0, 0.0, 0.0], [1.0, 1.0, 1.0]]))
    assert held == pytest.approx(np.array([[MOST, 0.25, 0.25], [1 / 3] * 3]))


@pytest.mark.parametrize("information", [known, nothing])
def test_pairs_are_drawn_as_often_as_they_say(information: PairInformation) -> None:
    pairs = Pairs(("ink", "oil", "wax"), random.Random(0), {}, information=information)
    drawn = [pairs.next(Q) for _ in range(6000)]
    told = {tuple(sorted(one.names)): one.probability for one in drawn}
    counts = Counter(tuple(sorted(one.names)) for one in drawn)
    expected = [6000 * told[pair] for pair in sorted(told)]  # type: ignore[operator]
    assert stats.chisquare([counts[pair] for pair in sorted(told)], expected).pvalue > 1e-4
    left = Counter(one.names[0] < one.names[1] for one in drawn)
    assert stats.binomtest(left[True], 6000).pvalue > 1e-4


def test_a_pair_that_is_away_shares_its_chance_out_among_the_others() -> None:
    pairs = Pairs(("ink", "oil", "wax"), random.Random(0), {}, lambda: ("wax",), known)
    assert pairs.next(Q).probability == 1.0
    seen: list[tuple[Sequence[tuple[str, str]], Criterion]] = []

    def watched(pairs: Sequence[tuple[str, str]], criterion: Criterion) -> list[float]:
        seen.append((pairs, criterion))
        return nothing(pairs, criterion)

    Pairs(("ink", "oil", "wax"), random.Random(0), {}, lambda: ("oil",), watched).next(V)
    assert seen == [([("ink", "wax")], V)]


def test_pairs_that_met_least_have_no_chance_to_tell(tmp_path: Path) -> None:
    hall = Hall(tmp_path)
    assert find_vote(tmp_path, hall.voted()).pair_probability is None


def test_a_vote_tells_the_chance_of_its_pair_and_nothing_before_it_does(tmp_path: Path) -> None:
    hall = Hall(tmp_path, information=known)
    token = hall.finished()
    (segment,) = (tmp_path / "log").glob("*.jsonl")
    lines = [line.entry for line in parse_lines(segment.read_bytes())]
    assert len(lines) == 2
    assert all(isinstance(line, Drawing) for line in lines)
    assert b"probability" not in segment.read_bytes()
    vote = hall.battles.vote(token, ADA, Outcome.a)
    pair = tuple(sorted((vote.a[0].generator, vote.b[0].generator)))
    assert vote.pair_probability == pytest.approx(CHANCES[pair])  # type: ignore[index]
    hall.log.close()
    assert find_vote(tmp_path, vote.id) == vote
    assert read_votes(tmp_path).table["pair_probability"].to_pylist() == [vote.pair_probability]


def test_a_repeat_has_no_chance_and_a_vote_anew_that_of_the_battle_taken_back(tmp_path: Path) -> None:
    hall = Hall(tmp_path, repeats=0.5, information=known)
    chances = {True: set[float | None](), False: set[float | None]()}
    for _ in range(60):
        token = hall.start(again=True)
        if hall.battles.jobs(token, ADA):
            hall.draw(token)
        vote = hall.battles.vote(token, ADA, Outcome.a)
        chances[vote.repeat_of is not None].add(vote.pair_probability)
    assert chances[True] == {None}
    assert None not in chances[False]
    first = hall.battles.vote(token := hall.finished(), ADA, Outcome.a, undoable=True)
    again, taken = hall.battles.undo(token, ADA)
    assert taken == first
    assert hall.battles.vote(again, ADA, Outcome.b).pair_probability == first.pair_probability


def test_a_battle_drawn_ahead_keeps_the_chance_with_which_it_was_drawn(tmp_path: Path) -> None:
    studio = Studio(tmp_path, information=known)
    studio.work()
    studio.hall.battles._pairs._information = nothing  # by the time it is somebody's, the votes say something else
    for _ in range(3):
        vote = studio.hall.battles.vote(studio.adopt(studio.ahead.take(Q), Criterion.alignment), ADA, Outcome.a)
        pair = tuple(sorted((vote.a[0].generator, vote.b[0].generator)))
        assert vote.pair_probability == pytest.approx(CHANCES[pair])  # type: ignore[index]


def test_a_pair_that_its_rater_had_before_is_drawn_less_and_another_rater_has_it_as_ever() -> None:
    pairs = Pairs(("ink", "oil", "wax"), random.Random(0), {}, information=known)
    first = tuple(sorted(pairs.next(Q, rater="ada").names))
    told = np.array([INFORMATION[pair] * (AGAIN if pair == first else 1) for pair in INFORMATION])
    second = pairs.next(Q, rater="ada")
    chances = dict(zip(INFORMATION, find_chances(told).tolist(), strict=True))
    assert second.probability == pytest.approx(chances[tuple(sorted(second.names))])  # type: ignore[index]
    for one in (pairs.next(Q, rater="ben"), pairs.next(V, rater="ada"), pairs.next(Q)):
        assert one.probability == pytest.approx(CHANCES[tuple(sorted(one.names))])  # type: ignore[index]
