"""What the next vote on each pair would tell: level with what is settled, what is new and what a battle takes."""

import itertools
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from eval.ratings.bets import settle_by_raters
from eval.ratings.counts import Counts, code_votes
from eval.ratings.live_information import LiveInformation
from eval.ratings.newton import Form
from eval.ratings.pair_choice import HELPS, NEW, bracket_new, estimate_smoothed, inform_pairs, measure_use
from eval.ratings.settled import expected_growth
from eval.ratings.tie_rules import TieRule
from eval.ratings.weights import code_origins
from hub.schema import Criterion, Outcome, Vote
from hub.votes import TABLE, VoteLog, make_table, read_votes
from tests.hub.votes.made import sample, vote

Q = Criterion.quality
NAMES = ("ink", "oil", "wax", "yew")
PAIRS = tuple(itertools.combinations(NAMES, 2))
UNSURE = np.zeros((4, 4), dtype=bool)


def given(number: int, seed: int = 0, **changes: Any) -> list[Vote]:
    """Votes of raters of five each, who prefer the earlier names."""
    rng = random.Random(seed)
    found = []
    for place in range(number):
        a, b = rng.sample(range(4), 2)
        outcome = Outcome.a if rng.random() < 1 / (1 + np.exp((a - b) * 0.8)) else Outcome.b
        found.append(
            vote(f"{seed}-{place}", time=place, prompt=f"a boat {place}", left=NAMES[a], right=NAMES[b],
                 outcome=outcome, rater=f"{seed}-{place // 5}", **changes)
        )  # fmt: skip
    return found


def test_smoothed_strengths_are_those_of_a_fit_of_the_votes_and_the_prior() -> None:
    won = code_votes(make_table(given(200))).counts.halved
    theta = np.zeros(4)
    for _ in range(5):
        theta, variance = estimate_smoothed(won, theta)
    wins = won + (1 - np.eye(4)) / 3
    form = Form(4, TieRule.half, False)
    judged = Counts(NAMES, np.dstack((wins, np.zeros((4, 4, 3))))).judged
    terms = form.terms(theta)
    assert np.abs(form.score(judged, terms)).max() < 1e-6
    covariance = form.inverse(form.information(judged, terms))
    assert variance[0, 2] == pytest.approx(covariance[0, 0] + covariance[2, 2] - 2 * covariance[0, 2])


def test_many_arenas_at_once_are_each_as_alone() -> None:
    won = np.random.default_rng(0).integers(0, 30, (5, 4, 4)) * (1 - np.eye(4))
    sure = np.zeros((5, 4, 4), dtype=bool)
    sure[2, 0, 1] = True
    told, theta = inform_pairs(won, sure, np.zeros((5, 4)))
    for place in range(5):
        alone, own = inform_pairs(won[place], sure[place], np.zeros(4))
        assert told[place] == pytest.approx(alone)
        assert theta[place] == pytest.approx(own)


def test_information_knows_how_little_is_known_of_a_difference() -> None:
    theta, known, unknown = np.zeros(4), np.full((4, 4), 0.01), np.full((4, 4), 4.0)
    assert expected_growth(theta)[0, 1] == 0
    less, more = (expected_growth(theta, variance)[0, 1] for variance in (known, unknown))
    assert 0 < less < more
    assert less == pytest.approx(0.01 / 8, rel=0.01)


def list_useful(theta: list[float], sure: tuple[tuple[int, int], ...] = ()) -> set[tuple[int, int]]:
    """The pairs that are of use by strengths without error."""
    n, settled = len(theta), np.zeros((len(theta), len(theta)), dtype=bool)
    for one, other in sure:
        settled[one, other] = True
    use = measure_use(np.array(theta), settled, np.zeros((n, n)))
    assert use == pytest.approx(use.T)
    growth = expected_growth(np.array(theta))
    assert use[use > 0] == pytest.approx(growth[use > 0])
    return {(i, j) for i, j in np.argwhere(use > 0).tolist() if i < j}


def test_of_use_are_neighbours_and_two_that_who_is_between_does_not_help_to_part() -> None:
    assert list_useful([0.3, 0.2, 0.1, 0.0]) == {(0, 1), (1, 2), (2, 3)}
    level = [0.2, 0.1, 0.099, 0.0]
    assert list_useful(level) == {(0, 1), (0, 2), (1, 2), (1, 3), (2, 3)}  # and not 0 against 3, as 1 and 2 help
    assert list_useful(level, ((0, 1), (2, 3))) == {(0, 2), (1, 2), (1, 3)}
    assert list_useful(level, ((1, 2),)) == {(0, 1), (2, 3)}  # what is settled helps at once
    third = HELPS**0.5  # growth is about the square of the difference over 8
    assert list_useful([0.03, 0.03 * (1 - 1.1 * third), 0.0]) == {(0, 1), (1, 2)}
    assert list_useful([0.03, 0.03 * (1 - 0.9 * third), 0.0]) == {(0, 1), (0, 2), (1, 2)}


def test_a_new_entry_meets_the_strongest_and_the_weakest_first_and_then_its_neighbours() -> None:
    won = code_votes(make_table(given(400))).counts.halved
    six = np.zeros((7, 7))
    six[:4, :4] = won
    six[4:6, :4] = six[:4, 4:6] = won[:2, :4].mean()  # two more, known and in the middle; the last is new
    told, theta = inform_pairs(six, np.zeros((7, 7), dtype=bool), np.zeros(7))
    order = np.argsort(-theta[:6])
    ends = {*order[:2].tolist(), *order[-2:].tolist()}
    assert {(i, j) for i, j in np.argwhere(told > 0).tolist() if i > j} == {(6, j) for j in ends}
    six[6, :6] = NEW / 6
    told, theta = inform_pairs(six, np.zeros((7, 7), dtype=bool), theta)
    order = np.argsort(-theta)
    assert (told[order[:-1], order[1:]] > 0).all()


def test_nothing_is_told_while_all_are_new_nor_of_what_is_settled() -> None:
    told, _ = inform_pairs(np.zeros((4, 4)), UNSURE, np.zeros(4))
    assert not told.any()
    assert not bracket_new(np.zeros(4), np.array([True, True, True, False])).any()
    told, _ = inform_pairs(np.full((4, 4), 10.0) * (1 - np.eye(4)), ~UNSURE, np.zeros(4))
    assert not told.any()


@pytest.fixture
def before(tmp_path: Path) -> Iterator[Path]:
    """A folder of 300 votes."""
    log = VoteLog(tmp_path)
    for one in [*given(300), *given(20, 1, excluded=("speed",)), *given(20, 2, repeat_of="0-1")]:
        log.append(one)
    log.close()
    yield tmp_path


def test_votes_that_are_told_and_votes_of_before_say_the_same_and_what_does_not_count_says_nothing(
    before: Path,
) -> None:
    recalled, followed = LiveInformation(read_votes(before).table), LiveInformation(TABLE.empty_table())
    for one in [*given(300), *given(20, 1, excluded=("speed",)), *given(20, 2, repeat_of="0-1")]:
        followed.add(one)
    assert recalled(PAIRS, Q) == pytest.approx(followed(PAIRS, Q))
    assert any(recalled(PAIRS, Q))
    assert not any(recalled(PAIRS, Criterion.variety))


def test_what_is_settled_is_what_the_report_says() -> None:
    counted = make_table(given(1000))
    votes = code_votes(counted)
    sure = settle_by_raters(votes, *code_origins(counted))
    settled = {tuple(sorted((votes.names[i], votes.names[j]))) for i, j in np.argwhere(sure).tolist()}
    assert {("ink", "oil"), ("oil", "wax")} <= settled  # neighbours, of which a vote would tell something else
    assert ("wax", "yew") not in settled
    told = dict(zip(PAIRS, LiveInformation(counted)(PAIRS, Q), strict=True))
    assert {pair for pair, growth in told.items() if growth > 0} == {("wax", "yew")}
    anew, _ = inform_pairs(votes.counts.halved, np.zeros_like(sure), np.zeros(4))
    assert all(
        anew[votes.names.index(one), votes.names.index(other)] > 0 for one, other in [("ink", "oil"), ("oil", "wax")]
    )


def test_what_a_battle_takes_divides_what_it_tells() -> None:
    seconds = {"ink": 1.0, "oil": 3.0, "wax": None, "yew": 2.0}
    found = {}
    for name, live in {
        "equal": LiveInformation(TABLE.empty_table()),
        "timed": LiveInformation(TABLE.empty_table(), lambda name: seconds[name], 5),
    }.items():
        for criterion in (Q, Criterion.variety):
            for one in given(300, seconds=4.0):
                names = {side: getattr(one, side)[0].generator for side in "ab"}
                sets = {side: tuple(sample(who, seed=seed) for seed in range(4)) for side, who in names.items()}
                asked = {"criterion": criterion} | (sets if criterion is not Q else {})
                live.add(one.model_copy(update=asked))
            found[name, criterion] = np.array(live(PAIRS, criterion))
    taken = {("ink", "oil"): 4, ("ink", "wax"): 3, ("ink", "yew"): 3, ("oil", "wax"): 5, ("oil", "yew"): 5,
             ("wax", "yew"): 4}  # fmt: skip
    drawn = np.array([taken[pair] for pair in PAIRS])
    assert found["timed", Q] * (4 + drawn) == pytest.approx(found["equal", Q] * 4)
    variety = Criterion.variety
    assert found["timed", variety] * (4 + 5 * drawn) == pytest.approx(found["equal", variety] * 4)


def test_an_entry_that_comes_without_votes_is_asked_about_at_once() -> None:
    live = LiveInformation(TABLE.empty_table())
    for one in given(300):
        live.add(one)
    five = tuple(itertools.combinations((*NAMES, "zinc"), 2))
    told = dict(zip(five, live(five, Q), strict=True))
    assert {pair for pair, value in told.items() if value} == {("ink", "zinc"), ("yew", "zinc")}
