"""Ratings against published tables, other packages and the model's symmetries."""

import json
import math
from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pytest

from eval.ratings.bradley_terry import PRIOR, SCALE, fit, rate
from eval.ratings.counts import Counts, count_votes
from eval.ratings.graph import find_components
from hub.errors import DataError
from tests.eval.made import table
from tests.eval.ratings.made import BATTLES, counts_of, published

TEAMS = ("Baltimore", "Boston", "Cleveland", "Detroit", "Milwaukee", "New York", "Toronto")
BASEBALL = [  # Agresti, Categorical Data Analysis: wins of row over column
    [0, 1, 7, 4, 2, 3, 1],
    [12, 0, 7, 2, 6, 7, 6],
    [6, 6, 0, 4, 4, 6, 5],
    [9, 11, 9, 0, 6, 5, 7],
    [11, 7, 9, 7, 0, 7, 9],
    [10, 6, 7, 8, 6, 0, 6],
    [12, 7, 8, 6, 4, 7, 0],
]
ESTIMATES = [1.1077, 0.6839, 1.4364, 1.5814, 1.2476, 1.2945]  # against Baltimore
ERRORS = [0.3339, 0.3319, 0.3396, 0.3433, 0.3359, 0.3367]


def counts(wins: Sequence[Sequence[float]], ties: Sequence[Sequence[float]] | None = None) -> Counts:
    """Counts of generators A, B, ... from matrices."""
    matrix = np.array(wins, dtype=float)
    return counts_of("ABCDEFGHIJ"[: len(matrix)], matrix, None if ties is None else np.array(ties, dtype=float))


@pytest.mark.parametrize("kind", ["anonymous", "full"])
def test_genai_arena_published_ratings(kind: str) -> None:
    expected = published()[f"bradley_terry_{kind}"]
    outcomes = {"model_a": "a", "model_b": "b", "tie": "tie", "tie (bothbad)": "both_bad"}
    rows = [
        (row["model_a"].split("_")[1], row["model_b"].split("_")[1], outcomes[row["winner"]])
        for row in json.loads(BATTLES.read_text())
        if row["model_a"].endswith("_generation")
        and row["model_b"].endswith("_generation")
        and (row["anony"] or kind == "full")
    ]
    fitted = fit(count_votes(table(rows)))
    ratings = {row.generator: row.rating for row in rate(fitted)}
    assert fitted.prior is None
    assert ratings == pytest.approx(expected, abs=0.2)
    assert list(ratings) == sorted(expected, key=expected.__getitem__, reverse=True)


def test_worked_example() -> None:
    wins = np.zeros((4, 4))
    for winner, loser, number in ("AB2", "BA3", "AD1", "DA4", "BC5", "CB3", "CD1", "DC3"):
        wins["ABCD".index(winner), "ABCD".index(loser)] = int(number)
    strengths = np.exp(fit(counts(wins.tolist())).theta)
    assert strengths == pytest.approx([0.640, 1.043, 0.660, 2.270], abs=5e-4)


def test_agresti_baseball_estimates_and_errors() -> None:
    fitted = fit(counts(BASEBALL))
    assert fitted.theta[1:] - fitted.theta[0] == pytest.approx(ESTIMATES, abs=6e-5)
    contrasts = np.eye(7)[1:] - np.eye(7)[0]
    inverse = np.linalg.pinv(fitted.information)
    assert np.sqrt(np.diag(contrasts @ inverse @ contrasts.T)) == pytest.approx(ERRORS, abs=6e-5)
    sandwich = np.sqrt(np.diag(contrasts @ fitted.covariance @ contrasts.T))
    assert sandwich == pytest.approx(ERRORS, rel=0.25)  # another estimate of the same errors


def test_choix_and_evalica_agree() -> None:
    choix, evalica = pytest.importorskip("choix"), pytest.importorskip("evalica")
    theta = fit(counts(BASEBALL)).theta
    pairs = [(i, j) for i in range(7) for j in range(7) for _ in range(BASEBALL[i][j])]
    assert theta == pytest.approx(choix.mm_pairwise(7, pairs, alpha=0, tol=1e-14), abs=1e-9)
    xs, ys = [TEAMS[i] for i, _ in pairs], [TEAMS[j] for _, j in pairs]
    result = evalica.bradley_terry(xs, ys, [evalica.Winner.X] * len(pairs), tolerance=1e-14, limit=10_000)
    logs = np.log([result.scores[team] for team in TEAMS])
    assert theta == pytest.approx(logs - logs.mean(), abs=1e-9)


def test_evalica_agrees_with_ties_as_half_a_win() -> None:
    evalica = pytest.importorskip("evalica")
    rng = np.random.default_rng(0)
    names, outcomes = list("PQRS"), ["a", "b", "tie"]
    rows = [(*rng.choice(names, 2, replace=False).tolist(), str(rng.choice(outcomes))) for _ in range(400)]
    winner = {"a": evalica.Winner.X, "b": evalica.Winner.Y, "tie": evalica.Winner.Draw}
    xs, ys, winners = [r[0] for r in rows], [r[1] for r in rows], [winner[r[2]] for r in rows]
    result = evalica.bradley_terry(xs, ys, winners, win_weight=1.0, tie_weight=0.5, tolerance=1e-14, limit=10_000)
    logs = np.log([result.scores[name] for name in names])
    assert fit(count_votes(table(rows))).theta == pytest.approx(logs - logs.mean(), abs=1e-9)


def test_sandwich_equals_the_sum_over_votes() -> None:
    rows = [
        ("A", "B", "a"),
        ("A", "B", "b"),
        ("B", "C", "a"),
        ("C", "B", "tie"),
        ("A", "C", "b"),
        ("C", "A", "both_bad"),
    ]
    rows += [("A", "C", "a"), ("B", "C", "b")]
    fitted = fit(count_votes(table(rows)))
    bread, meat = np.zeros((2, 3, 3))
    for a, b, outcome in rows:
        d = np.eye(3)["ABC".index(a)] - np.eye(3)["ABC".index(b)]
        p = 1 / (1 + math.exp(-d @ fitted.theta))
        y = {"a": 1.0, "b": 0.0}.get(outcome, 0.5)
        bread += p * (1 - p) * np.outer(d, d)
        meat += (y - p) ** 2 * np.outer(d, d)
    inverse = np.linalg.pinv(bread)
    assert fitted.covariance == pytest.approx(inverse @ meat @ inverse, abs=1e-9)
    first = rate(fitted)[0]
    variance = (inverse @ meat @ inverse)["ABC".index(first.generator), "ABC".index(first.generator)]
    assert first.high - first.rating == pytest.approx(1.959964 * SCALE * math.sqrt(variance), rel=1e-6)


def test_two_generators_in_closed_form() -> None:
    best, worst = rate(fit(counts([[0, 30], [10, 0]])))
    assert best.rating - worst.rating == pytest.approx(400 * math.log10(3))
    assert (best.rating + worst.rating) / 2 == pytest.approx(1000)
    half = 1.959964 * SCALE * math.sqrt(1 / 30 + 1 / 10) / 2  # the log odds' standard error, halved by centring
    assert best.high - best.rating == pytest.approx(half, rel=1e-6)
    assert (best.rank, worst.rank, best.battles) == (1, 2, 40)


def test_ranks_share_where_intervals_overlap() -> None:
    assert [row.rank for row in rate(fit(counts([[0, 6], [5, 0]])))] == [1, 1]


@pytest.mark.parametrize("kind", ["tie", "both_bad"])
def test_ties_of_both_kinds_are_half_a_win_each_way(kind: str) -> None:
    rows = [("A", "B", "a")] * 5 + [("A", "B", "b")] * 2
    tied = fit(count_votes(table([*rows, *[("A", "B", kind)] * 4])))
    assert tied.theta == pytest.approx(fit(count_votes(table([*rows, *rows[:2], *rows[-2:]]))).theta)


@pytest.mark.parametrize(
    "rows",
    [
        [("A", "B", "a")],
        [("A", "B", "tie")],
        [("A", "B", "a")] * 500,
        [("A", "B", "a"), ("B", "A", "a"), ("B", "C", "a")],
        [("A", "B", "a"), ("B", "A", "a"), ("B", "C", "both_bad")],
    ],
)
def test_votes_without_a_maximum_get_a_stated_prior_and_all_an_interval(rows: list[tuple[str, str, str]]) -> None:
    """Those that ties alone join have a maximum, and the model's interval."""
    fitted = fit(count_votes(table(rows)))
    assert fitted.prior == (None if rows[-1][2] in {"tie", "both_bad"} else PRIOR)
    for row in rate(fitted):
        assert math.isfinite(row.rating)
        assert row.high - row.low > 20


def test_many_votes_and_extreme_odds_converge() -> None:
    best, worst = rate(fit(counts([[0, 10**6], [1, 0]])))
    assert best.rating - worst.rating == pytest.approx(2400)


def test_a_long_chain_of_generators_converges() -> None:
    n = 60
    wins = np.diag(np.full(n - 1, 9.0), 1) + np.diag(np.full(n - 1, 1.0), -1)
    theta = fit(counts_of([str(i) for i in range(n)], wins)).theta
    assert np.diff(theta) == pytest.approx(np.full(n - 1, -math.log(9)))


def test_disconnected_groups_are_named() -> None:
    rows = table([("A", "B", "a"), ("C", "D", "tie")])
    with pytest.raises(DataError, match=r"\(A and B\) and \(C and D\)"):
        fit(count_votes(rows))
    assert find_components(np.zeros((2, 2), dtype=bool)) == [[0], [1]]


def test_no_votes_is_said() -> None:
    with pytest.raises(DataError, match="no votes yet"):
        fit(count_votes(table([])))


def test_a_generator_against_itself_is_not_counted() -> None:
    counted = count_votes(table([("A", "A", "a"), ("A", "B", "a"), ("B", "A", "a")]))
    assert (counted.used, counted.wins.tolist()) == (2, [[0, 1], [1, 0]])
    assert count_votes(table([("A", "A", "a")])).used == 0


def test_columns_in_chunks_with_dictionaries_of_their_own_count_as_one() -> None:
    rows = [("A", "B", "a"), ("C", "A", "b"), ("B", "C", "tie"), ("B", "A", "both_bad")]
    parts = pa.concat_tables([table(rows[:1]), table([]), table(rows[1:3]), table(rows[3:])])
    plain = parts.cast(pa.schema([field.with_type(pa.string()) if field.name == "generator_a" else field
                                  for field in parts.schema]))  # fmt: skip
    whole = count_votes(table(rows))
    for other in (count_votes(parts), count_votes(plain)):
        assert other.names == whole.names == ("A", "B", "C")
        assert (other.wins == whole.wins).all()
        assert (other.ties == whole.ties).all()
