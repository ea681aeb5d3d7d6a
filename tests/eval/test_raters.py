"""Raters measured: shares against published intervals, alpha against its definition, and which answers are compared."""

from collections.abc import Sequence
from random import Random
from typing import Any

import krippendorff
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eval.raters import RaterFigure, Raters
from eval.raters.alpha import expected_agreement, measure_alpha
from eval.raters.answers import Answers, count_shared_answers, find_repeats
from eval.raters.shares import design_effect, measure_share
from eval.render.notes import raters_notes
from eval.statistics import wilson
from eval.summary import summarise
from eval.votes.ledger import read_ledger
from hub.errors import DataError
from hub.language.catalogue import ENGLISH
from hub.schema import Criterion, Outcome, Vote
from hub.votes import make_table
from tests.eval.made import read, vote
from tests.eval.votes.test_ledger import with_column

SWAPPED = {"a": "b", "b": "a", "tie": "tie", "both_bad": "both_bad"}


def raters(made: Sequence[Vote]) -> Raters:
    """The raters behind these votes."""
    return summarise(read(made)).raters


def repeat(number: int, first: Vote, outcome: str, **fields: Any) -> Vote:
    """The battle of ``first`` shown again with its sides swapped; ``outcome`` names the side as it stood then."""
    same = {"rater": first.rater, "prompt": first.prompts[0], "seed": first.seeds[0], "criterion": first.criterion}
    names = {"a": first.b[0].generator, "b": first.a[0].generator}
    return vote(number, **{**names, **same, "outcome": outcome, "repeat_of": first.id, **fields})


def units(made: Sequence[Vote]) -> list[list[int]]:
    """Answers to battles that several raters were shown."""
    table = make_table(made)
    found: list[list[int]] = count_shared_answers(Answers(table, read_ledger(table))).tolist()
    return found


@pytest.mark.parametrize(
    ("hits", "n", "low", "high"),
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_wilson_intervals_are_those_that_newcombe_published(hits: int, n: int, low: float, high: float) -> None:
    """Newcombe, Statistics in Medicine 17 (1998), table I, method 3."""
    assert wilson(hits / n, n) == pytest.approx((low, high), abs=5e-5)


def test_raters_that_differ_widen_the_interval() -> None:
    rater = np.repeat([0, 1, 2, 3], 100)
    opposed = measure_share(rater < 2, rater)
    assert opposed is not None
    assert design_effect(rater < 2, rater) == pytest.approx(399 / 3)  # four raters, each of one mind
    assert (opposed.low, opposed.high) == pytest.approx(wilson(0.5, 400 * 3 / 399))
    alike = measure_share(np.arange(400) % 2 == 0, rater)
    assert alike is not None
    assert (alike.low, alike.high) == pytest.approx(wilson(0.5, 400))
    assert (alike.n, alike.raters) == (400, 4)


def test_intervals_hold_the_truth_as_often_as_they_say() -> None:
    rng, held = np.random.default_rng(0), 0
    rater = np.repeat(np.arange(60), 20)
    for _ in range(400):
        leaning = rng.beta(2, 2, 60)[rater]  # raters differ much
        share = measure_share(rng.random(len(rater)) < leaning, rater)
        held += share is not None and share.low <= 0.5 <= share.high
    assert held / 400 == pytest.approx(0.95, abs=0.03)


def test_alpha_is_krippendorffs_own_example() -> None:
    """Krippendorff, Computing Krippendorff's Alpha-Reliability (2011), C: nominal, four observers, .743."""
    coded = [
        [1, 2, 3, 3, 2, 1, 4, 1, 2, 0, 0, 0],
        [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, 0, 3],
        [0, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, 0],
        [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, 0],
    ]
    counted = np.array([[sum(row[unit] == value for row in coded) for value in range(1, 6)] for unit in range(11)])
    found = measure_alpha(counted)
    assert found.value == pytest.approx(0.743, abs=5e-4)
    assert found.low < found.value < found.high <= 1
    assert (found.units, found.answers) == (11, 40)


def test_the_interval_is_the_librarys_over_resampled_battles() -> None:
    rng = np.random.default_rng(1)
    counted = rng.multinomial(1, [0.4, 0.3, 0.2, 0.1], (60, 3)).sum(axis=1) + 2 * rng.multinomial(1, [0.25] * 4, 60)
    found = measure_alpha(counted)
    picked = rng.integers(0, 60, (1000, 60))
    alphas = [krippendorff.alpha(value_counts=counted[rows], level_of_measurement="nominal") for rows in picked]
    assert (found.low, found.high) == pytest.approx(np.quantile(alphas, (0.025, 0.975)), abs=0.02)


def test_samples_without_an_alpha_make_the_interval_wider() -> None:
    found = measure_alpha(
        np.array([[2, 0, 0, 0]] * 8 + [[0, 1, 1, 0]] * 4)
    )  # 8 in 1,000 samples hold the first kind only
    assert found.low < found.value < found.high < 1
    with pytest.raises(DataError, match="too few battles"):
        measure_alpha(np.array([[2, 0, 0, 0]] * 8 + [[0, 1, 1, 0]] * 3))


@pytest.mark.parametrize(
    ("counted", "reason"),
    [
        ([[1, 1, 0, 0]] * 9, "9, and 10 are needed"),
        ([], "0, and 10 are needed"),
        ([[2, 0, 0, 0]] * 20, "All answers are the same"),
        ([[2, 0, 0, 0]] * 20 + [[1, 1, 0, 0]], "too few battles"),
    ],
)
def test_an_alpha_that_cannot_be_had_is_refused(counted: list[list[int]], reason: str) -> None:
    with pytest.raises(DataError, match=reason):
        measure_alpha(np.array(counted, dtype=np.int64).reshape(-1, 4))


def test_repeats_are_compared_with_the_sides_swapped_back() -> None:
    firsts = [vote(i, outcome=outcome) for i, outcome in enumerate(["a", "b", "tie", "both_bad", "a", "a"])]
    answers = ["b", "a", "tie", "both_bad", "a", "tie"]  # the last two differ
    table = make_table([*firsts, *(repeat(10 + i, firsts[i], outcome) for i, outcome in enumerate(answers))])
    found = find_repeats(Answers(table, read_ledger(table)))
    assert (found.first == found.second).tolist() == [True] * 4 + [False] * 2
    assert found.first.tolist() == [0, 1, 2, 3, 0, 0]
    assert found.second.tolist() == [0, 1, 2, 3, 1, 2]


def test_self_consistency_with_its_interval_and_chance() -> None:
    rng = Random(0)
    firsts = [vote(i, rater=f"r{i % 40}", outcome=rng.choice("ab")) for i in range(40)]
    again = [repeat(100 + i, f, SWAPPED[f.outcome] if i % 4 else f.outcome.value) for i, f in enumerate(firsts)]
    found = raters([*firsts, *again])
    assert found.consistency is not None
    assert found.within is not None
    assert (found.consistency.value, found.consistency.n, found.consistency.raters) == (0.75, 40, 40)
    assert (found.consistency.low, found.consistency.high) == pytest.approx(wilson(0.75, 40))
    assert found.chance == found.within.chance
    assert found.within.value == pytest.approx(1 - (1 - 0.75) / (1 - found.within.chance))
    assert (found.raters, found.votes, found.median, found.most, found.repeats) == (40, 80, 2, 2, 40)


def test_the_report_tells_how_many_repeats_could_know_the_names() -> None:
    firsts = [vote(i, rater=f"r{i}") for i in range(5)]
    blind = [repeat(10 + i, first, "a", names_withheld=True) for i, first in enumerate(firsts[:3])]
    told = [repeat(20 + i, first, "a") for i, first in enumerate(firsts[3:])]
    found = raters([*firsts, *blind, *told])
    assert (found.repeats, found.repeats_told) == (5, 2)
    assert "Of 5 hidden repeats 2 were of battles whose names" in " ".join(raters_notes(found, ENGLISH))


def test_who_always_takes_the_left_side_never_answers_alike() -> None:
    firsts = [vote(i) for i in range(20)]
    found = raters([*firsts, *(repeat(100 + i, first, "a") for i, first in enumerate(firsts))])
    assert found.consistency is not None
    assert found.within is not None
    assert (found.consistency.value, found.left and found.left.value) == (0, 1)
    assert found.within.value < -0.9


@pytest.mark.parametrize(
    "spoilt",
    [
        {"repeat_of": "nobody's"},
        {"rater": "another"},
        {"criterion": Criterion.alignment},
        {"a": "three"},
        {"excluded": ("velocity",)},
        {"repeat_of": "vote-9"},
    ],
)
def test_a_repeat_without_its_own_first_vote_is_left_aside(spoilt: dict[str, Any]) -> None:
    first, out = vote(0), vote(9, excluded=("velocity",))
    found = raters([first, repeat(1, first, "b", **spoilt), out])
    assert found.consistency is None
    assert found.chance is None
    assert "hidden repeat" in found.missing[RaterFigure.consistency]
    assert raters([first, repeat(1, first, "b"), out]).consistency is not None


def test_a_battle_of_several_raters_is_one_unit_in_one_orientation() -> None:
    same: dict[str, Any] = {"prompt": "p", "seed": 5}
    made = [
        vote(0, "two", "one", "a", rater="x", **same),
        vote(1, "one", "two", "b", rater="y", **same),
        vote(2, "two", "one", "both_bad", rater="z", **same),
        vote(3, "one", "two", "a", rater="w", **same),
    ]
    assert units(made) == [[2, 1, 0, 1]]
    assert units([made[1], made[0]]) == [[2, 0, 0, 0]]  # by time, whatever the order


def test_only_first_answers_of_different_raters_to_the_same_battle_are_compared() -> None:
    same: dict[str, Any] = {"prompt": "p", "seed": 5}
    first = vote(0, rater="x", **same)
    others = [
        vote(1, rater="x", outcome="b", **same),  # the same rater
        vote(2, rater="y", prompt="p", seed=6),
        vote(3, rater="y", prompt="q", seed=5),
        vote(4, "one", "three", rater="y", **same),
        vote(5, rater="y", criterion=Criterion.alignment, **same),
        vote(6, rater="y", excluded=("velocity",), **same),
        vote(7, rater="y", repeat_of="vote-0", **same),
        vote(8, "one", "one", rater="y", **same),
    ]
    assert units([first, *others]) == []
    assert units([first, *others, vote(9, rater="y", outcome="tie", **same)]) == [[1, 0, 1, 0]]


def test_votes_whose_seeds_are_unknown_are_no_same_battle() -> None:
    table = make_table([vote(0, rater="x", prompt="p"), vote(1, rater="y", prompt="p")])
    table = with_column(table, "seeds", ["", ""])
    assert len(count_shared_answers(Answers(table, read_ledger(table)))) == 0


ROWS = st.lists(st.tuples(*map(st.sampled_from, ("ABC", "ABC", tuple(SWAPPED), "xyz", "pq"))), min_size=1, max_size=60)


@settings(deadline=None, max_examples=60)
@given(ROWS)
def test_neither_names_nor_sides_change_the_agreement(rows: list[tuple[str, ...]]) -> None:
    def made(rename: dict[str, str], mirror: bool) -> list[Vote]:
        sides = [(b, a, SWAPPED[o]) if mirror else (a, b, o) for a, b, o, _, _ in rows]
        return [
            vote(i, rename[a], rename[b], outcome, rater=row[3], prompt=row[4])
            for i, ((a, b, outcome), row) in enumerate(zip(sides, rows, strict=True))
        ]

    plain = units(made({"A": "A", "B": "B", "C": "C"}, False))
    assert sorted(units(made({"A": "z", "B": "y", "C": "x"}, False))) == sorted(plain)
    assert sorted([b, a, t, bad] for a, b, t, bad in units(made({"A": "A", "B": "B", "C": "C"}, True))) == sorted(plain)


def test_agreement_between_raters_reaches_the_report() -> None:
    rng = Random(1)
    made = []
    for battle in range(60):
        truth = rng.choice(["a", "b", "tie"])
        for number, rater in enumerate(("x", "y", "z")):
            outcome = truth if rng.random() < 0.8 else rng.choice([o.value for o in Outcome])
            sides = ("two", "one", SWAPPED[outcome]) if rng.random() < 0.5 else ("one", "two", outcome)
            made.append(vote(3 * battle + number, *sides, rater=rater, prompt=f"p{battle}"))
    found = raters(made)
    assert found.between is not None
    assert (found.between.units, found.between.answers) == (60, 180)
    assert 0.3 < found.between.low < found.between.value < found.between.high < 0.9
    assert set(found.missing) == {RaterFigure.consistency, RaterFigure.within}


def test_what_cannot_be_had_is_said() -> None:
    found = raters([vote(0, outcome="tie")])
    assert (found.left, found.consistency, found.within, found.between) == (None, None, None, None)
    assert set(found.missing) == set(RaterFigure)
    said = " ".join(raters_notes(found, ENGLISH))
    assert all(reason in said for reason in found.missing.values())
    assert raters([]).raters == 0


@pytest.mark.parametrize(
    ("outcomes", "said"),
    [
        ("aaaaaaaaaaaa", "lean to the left"),
        ("bbbbbbbbbbbb", "lean to the right"),
        ("abab", "no leaning to a side"),
    ],
)
def test_position_bias_is_said_in_words(outcomes: str, said: str) -> None:
    found = raters([vote(i, outcome=outcome) for i, outcome in enumerate(outcomes)])
    assert said in " ".join(raters_notes(found, ENGLISH))


def test_expected_agreement_is_drawn_without_putting_back() -> None:
    assert expected_agreement(np.array([2, 1, 1, 0])) == pytest.approx(2 / 12)
