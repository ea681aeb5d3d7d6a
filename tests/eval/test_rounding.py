"""Figures that are equal but for rounding are level: in orders, ranks, first places, fronts and correlations."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eval.agreement import find_pareto, measure_agreement, vote_accuracy
from eval.ratings.bradley_terry import fit, rank_generators
from eval.ratings.draws import draw_normal
from eval.ratings.settled import find_telling_pair, settle, settle_order
from eval.rounding import find_first_highest, is_above, number_levels, round_off, sort_best_first
from tests.eval.ratings.made import counts_of, voted

BIT = 1e-15


def test_level_figures_share_a_level_and_others_do_not() -> None:
    assert number_levels([3.0, 1.0, 1.0 + BIT, 3.0 - BIT, 2.0]).tolist() == [2, 0, 0, 2, 1]
    assert number_levels([1e-5, 1e-5 + 1e-16, 1.1e-5]).tolist() == [0, 0, 1]
    assert number_levels([1e-16, -1e-16, 0.5], 1.0).tolist() == [0, 0, 1]
    assert number_levels([[1.0, 2.0], [1.0 + BIT, 1.0]], axis=0).tolist() == [[0, 1], [0, 0]]
    assert number_levels([1.0, 2e-14, 1e-14, 1e-12]).tolist() == [
        2,
        0,
        0,
        1,
    ]  # of a set's largest, next to nothing is level
    assert number_levels([]).tolist() == []
    assert [bool(is_above(a, 1.0)) for a in (1.0 + BIT, 1.0 + 1e-6, 1.0)] == [False, True, False]
    assert sort_best_first([1.0, 1.0 + BIT, 2.0], "bac") == [2, 1, 0]
    assert find_first_highest([[1.0, 1.0 + BIT, 0.5], [0.0, 1.0, 1.0]]).tolist() == [0, 1]
    assert [round_off(x) for x in (-1e-14, 0.625 - 1e-15, 1 / 3)] == [0.0, 0.625, 0.3333333333]


@settings(deadline=None, max_examples=50)
@given(st.lists(st.integers(-4, 4), min_size=2, max_size=8), st.integers(0, 10**6))
def test_levels_are_the_ranks_of_what_was_rounded(figures: list[int], seed: int) -> None:
    x = np.array(figures) / 3
    moved = x + np.random.default_rng(seed).uniform(-1e-13, 1e-13, len(x))
    exact = np.unique(figures, return_inverse=True)[1]
    assert number_levels(moved, 1.0).tolist() == number_levels(x, 1.0).tolist() == exact.tolist()


@pytest.mark.parametrize("bit", [BIT, -BIT])
def test_no_order_follows_a_last_bit(bit: float) -> None:
    theta = np.array([0.5, -0.25, -0.25 + bit])
    wins = np.array([[0, 3, 3], [1, 0, 2], [1, 2, 0.0]])
    found = settle_order(("A", "B", "C"), settle(wins), theta)
    assert found.order == ("A", "B", "C")
    assert find_telling_pair(settle(wins), theta) == find_telling_pair(settle(wins), np.array([0.5, -0.25, -0.25]))
    rows = rank_generators(("b", "a"), np.array([1000.0, 1000 + 1e6 * bit]), np.array([990.0, 1000 + 1e6 * bit]),
                  np.array([1000.0, 1010.0]), np.ones(2), np.ones(2))  # fmt: skip
    assert [(row.generator, row.rank) for row in rows] == [("a", 1), ("b", 1)]


@pytest.mark.parametrize("bit", [BIT, -BIT])
def test_no_correlation_front_or_accuracy_follows_a_last_bit(bit: float) -> None:
    scores, ratings = np.array([1.0, 2.0, 3.0, 4.0]), np.array([0.1, 0.2, 0.2 + bit, 0.5])
    one, other = (measure_agreement(scores, y, np.tile(y, (5, 1)), np.tile(scores, (5, 1)))
                  for y in (ratings, np.array([0.1, 0.2, 0.2, 0.5])))  # fmt: skip
    assert one == other
    assert find_pareto(np.array([[1.0, 2.0], [1.0 + bit, 2.0]]), ["higher", "lower"]).tolist() == [True, True]
    difference, outcome = np.tile([0.3, -0.3, 0.1 + 0.2], 20), np.tile([0, 1, 2], 20)
    assert vote_accuracy(difference, outcome) == vote_accuracy(np.tile([0.3, -0.3, 0.3], 20), outcome)


def test_draws_do_not_depend_on_the_signs_of_eigenvectors(monkeypatch: pytest.MonkeyPatch) -> None:
    fitted = fit(voted(np.array([0.4, 0.0, -0.4]), 200, 0).counts)
    eigh, before = np.linalg.eigh, draw_normal(fitted, 10, 0)

    def turned(x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        values, vectors = eigh(x)
        return values, vectors * np.array([-1, 1, -1])

    monkeypatch.setattr(np.linalg, "eigh", turned)
    assert draw_normal(fitted, 10, 0) == pytest.approx(before, abs=1e-12)


def test_equal_generators_stand_by_name_in_every_place() -> None:
    counts = counts_of("ba", np.array([[0, 3], [3, 0.0]]))
    assert settle_order(counts.names, settle(counts.wins), np.array([1e-17, -1e-17])).order == ("a", "b")
