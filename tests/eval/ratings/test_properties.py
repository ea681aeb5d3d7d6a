"""What ratings must not depend on, and the likelihood equations, over random votes."""

import math
from collections.abc import Sequence
from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eval.ratings.bradley_terry import fit
from eval.ratings.counts import code_votes, count_votes
from eval.ratings.sandwich import cluster_sandwich
from eval.ratings.tie_rules import TieRule
from hub.errors import DataError
from hub.schema import Outcome
from tests.eval.made import table
from tests.eval.ratings.made import counts_of

NAMES = st.sampled_from(["A", "B", "C", "D"])
ROWS = st.lists(st.tuples(NAMES, NAMES, st.sampled_from([o.value for o in Outcome])), min_size=1, max_size=40)
SWAPPED = {"a": "b", "b": "a", "tie": "tie", "both_bad": "both_bad"}


def thetas(
    rows: Sequence[tuple[str, str, str]], rule: TieRule, position: bool, sign: int = 1
) -> dict[str, tuple[float, float]]:
    """Theta and its standard error by generator, the position term times ``sign``, and the tie parameter.

    Empty where there is no fit.
    """
    try:
        fitted = fit(count_votes(table(rows)), rule, position=position)
    except DataError:
        return {}
    errors = np.sqrt(np.diag(fitted.covariance))
    found = {name: (float(t), float(e)) for name, t, e in zip(fitted.names, fitted.theta, errors, strict=False)}
    if fitted.position:
        found["left"] = sign * fitted.position[0], fitted.position[1]
    return found | {"tie": (fitted.tie or 0.0, 0.0)}


def same(a: dict[str, tuple[float, float]], b: dict[str, tuple[float, float]]) -> bool:
    """Equal but for rounding, with finite figures only."""
    assert all(math.isfinite(x) for pair in a.values() for x in pair)
    return a.keys() == b.keys() and all(np.allclose(a[name], b[name], atol=1e-7) for name in a)


EVERY = pytest.mark.parametrize(
    ("rule", "position"), [(rule, position) for rule in TieRule for position in (False, True)]
)


@EVERY
@settings(deadline=None, max_examples=40)
@given(rows=ROWS, random=st.randoms(use_true_random=False))
def test_order_of_votes_does_not_matter(
    rows: list[tuple[str, str, str]], random: Random, rule: TieRule, position: bool
) -> None:
    shuffled = list(rows)
    random.shuffle(shuffled)
    assert same(thetas(rows, rule, position), thetas(shuffled, rule, position))


@EVERY
@settings(deadline=None, max_examples=40)
@given(rows=ROWS)
def test_swapping_sides_turns_the_position_term_and_no_more(
    rows: list[tuple[str, str, str]], rule: TieRule, position: bool
) -> None:
    swapped = [(b, a, SWAPPED[outcome]) for a, b, outcome in rows]
    assert same(thetas(rows, rule, position), thetas(swapped, rule, position, sign=-1))


@EVERY
@settings(deadline=None, max_examples=40)
@given(rows=ROWS)
def test_names_do_not_matter(rows: list[tuple[str, str, str]], rule: TieRule, position: bool) -> None:
    new = {"A": "z", "B": "y", "C": "x", "D": "w"}
    renamed = thetas([(new[a], new[b], outcome) for a, b, outcome in rows], rule, position)
    assert same({new.get(name, name): pair for name, pair in thetas(rows, rule, position).items()}, renamed)


RATED = st.lists(
    st.tuples(NAMES, NAMES, st.sampled_from([o.value for o in Outcome]), st.integers(0, 3), st.integers(0, 3)),
    min_size=2, max_size=40,
)  # fmt: skip
Rated = list[tuple[str, str, str, int, int]]


def widths(rows: Rated, rule: TieRule, position: bool, both: bool) -> dict[str, tuple[float, float]]:
    """Theta and half its interval by generator, where votes are clustered by rater, or by prompt too."""
    made = code_votes(table([row[:3] for row in rows]))
    groups = [np.array([row[place] for row in rows])[made.rows] for place in ((3, 4) if both else (3,))]
    try:
        fitted = fit(made.counts, rule, position=position)
        errors = cluster_sandwich(fitted, made, groups).half_widths
    except DataError:
        return {}
    return {name: (float(t), float(e)) for name, t, e in zip(fitted.names, fitted.theta, errors, strict=False)}


@EVERY
@pytest.mark.parametrize("both", [False, True])
@settings(deadline=None, max_examples=25)
@given(rows=RATED, random=st.randoms(use_true_random=False))
def test_clustered_intervals_do_not_depend_on_order_names_sides_or_numbers_of_groups(
    rows: Rated, random: Random, rule: TieRule, position: bool, both: bool
) -> None:
    told = widths(rows, rule, position, both)
    shuffled = list(rows)
    random.shuffle(shuffled)
    assert same(told, widths(shuffled, rule, position, both))
    assert same(told, widths([(b, a, SWAPPED[o], r, p) for a, b, o, r, p in rows], rule, position, both))
    assert same(told, widths([(a, b, o, 3 - r, 10**9 * p) for a, b, o, r, p in rows], rule, position, both))
    new = {"A": "z", "B": "y", "C": "x", "D": "w"}
    renamed = widths([(new[a], new[b], o, r, p) for a, b, o, r, p in rows], rule, position, both)
    assert same({new[name]: pair for name, pair in told.items()}, renamed)


@settings(deadline=None, max_examples=30)
@given(st.lists(st.tuples(st.integers(0, 50), st.integers(0, 50)), min_size=3, max_size=3))
def test_fit_is_stationary(pairs: list[tuple[int, int]]) -> None:
    """Expected wins equal wins, for each generator: the likelihood equations."""
    wins = np.zeros((3, 3))
    for (i, j), (won, lost) in zip([(0, 1), (0, 2), (1, 2)], pairs, strict=True):
        wins[i, j], wins[j, i] = won + 1, lost + 1
    theta = fit(counts_of("ABC", wins)).theta
    p = 1 / (1 + np.exp(theta[None, :] - theta[:, None]))
    assert ((wins + wins.T) * p).sum(1) - np.diag(wins + wins.T) / 2 == pytest.approx(wins.sum(1), abs=1e-8)
