"""Tie rules and the position term against published tables, closed forms, numerical maxima and derivatives."""

import numpy as np
import pytest
import scorio.rank
from scipy.optimize import linprog, minimize

from eval.ratings.bradley_terry import PRIOR, PRIOR_WITH_TIES, SCALE, fit, rate
from eval.ratings.counts import BOTH_BAD, TIE, A, B, Counts, count_votes, tally
from eval.ratings.existence import needs_prior
from eval.ratings.graph import find_components
from eval.ratings.newton import Form
from eval.ratings.tie_rules import TERMS, TieRule
from eval.votes.fastchat import read_fastchat
from hub.errors import DataError
from hub.schema import Outcome
from tests.eval.made import table
from tests.eval.ratings.made import BATTLES, CASES, counts_of, published, pudding, voted

RULES = list(TieRule)
MODELLED = [rule for rule in RULES if rule.modelled]


def test_outcomes_have_the_places_that_counts_give_them() -> None:
    order = list(Outcome)
    assert [order.index(o) for o in (Outcome.a, Outcome.b, Outcome.tie, Outcome.both_bad)] == [A, B, TIE, BOTH_BAD]


def test_davidson_published_estimates() -> None:
    """As printed by R's PlackettLuce, whose vignette stops after seven iterations to have Davidson's (1970) table."""
    fitted = fit(counts_of("123456", *pudding()), TieRule.davidson)
    strengths = np.exp(fitted.theta) / np.exp(fitted.theta).sum()
    stopped = [0.1388005, 0.1729985, 0.1617420, 0.1653930, 0.1586805, 0.2023855]
    assert strengths == pytest.approx(stopped, abs=3e-5)
    assert fitted.tie == pytest.approx(0.7468147, abs=1e-5)


def test_tie_models_agree_with_scorio() -> None:
    """scorio takes Rao and Kupper's kappa as given: at our estimate its strengths must be ours."""
    solved = (np.random.default_rng(3).random((5, 60, 4)) < np.array([0.3, 0.45, 0.5, 0.6, 0.75])[:, None, None]) + 0
    wins = np.array([[(a > b).sum() for b in solved] for a in solved], dtype=float)
    ties = np.array([[(a == b).sum() * (i != j) for j, b in enumerate(solved)] for i, a in enumerate(solved)]) * 1.0
    counts = counts_of("12345", wins, ties)
    kupper, davidson = fit(counts, TieRule.rao_kupper), fit(counts, TieRule.davidson)
    theirs = (
        (kupper, scorio.rank.rao_kupper(solved, tie_strength=kupper.tie, return_scores=True)[1]),
        (davidson, scorio.rank.bradley_terry_davidson(solved, return_scores=True)[1]),
    )
    for ours, strengths in theirs:
        theta = np.log(strengths)
        assert ours.theta == pytest.approx(theta - theta.mean(), abs=1e-4)


def test_two_generators_in_closed_form_with_ties() -> None:
    won, lost, tied = 30.0, 12.0, 18.0
    counts = counts_of("AB", np.array([[0, won], [lost, 0]]), np.array([[0, tied], [tied, 0]]))
    davidson, kupper = fit(counts, TieRule.davidson), fit(counts, TieRule.rao_kupper)
    assert np.ptp(davidson.theta) == pytest.approx(np.log(won / lost))
    assert davidson.tie == pytest.approx(tied / np.sqrt(won * lost))
    other = (lost + tied) / won, (won + tied) / lost  # kappa exp(-d), kappa exp(d)
    assert kupper.tie == pytest.approx(np.sqrt(other[0] * other[1]))
    assert np.ptp(kupper.theta) == pytest.approx(np.log(other[1] / other[0]) / 2)


def test_position_of_two_generators_in_closed_form() -> None:
    cells = np.zeros((2, 2, 4))
    cells[0, 1, :2], cells[1, 0, :2] = (30, 10), (20, 25)
    fitted = fit(Counts(("A", "B"), cells), position=True)
    first, second = np.log(3), np.log(20 / 25)
    assert fitted.theta[0] - fitted.theta[1] == pytest.approx((first - second) / 2)
    assert fitted.position == pytest.approx(((first + second) / 2, np.sqrt(1 / 30 + 1 / 10 + 1 / 20 + 1 / 25) / 2))


@pytest.mark.parametrize("position", [False, True])
@pytest.mark.parametrize("rule", RULES)
def test_a_general_maximiser_finds_the_same(rule: TieRule, position: bool) -> None:
    counts = voted(np.array([0.6, 0.1, -0.2, -0.5]), 400, 3, position=0.2).counts
    fitted = fit(counts, rule, position=position)
    form, judged = Form(4, rule, position), counts.judged

    def cost(free: np.ndarray) -> float:
        at = np.concatenate(([-free[:3].sum()], free))
        seen = judged > 0
        value = float((judged[seen] * form.terms(at).loglik[seen]).sum())
        return -value if np.isfinite(value) else 1e12

    start = np.concatenate((np.zeros(3 + position), np.full(int(rule.modelled), 0.3)))
    best = minimize(cost, start, method="Nelder-Mead", options={"xatol": 1e-9, "fatol": 1e-12, "maxiter": 20_000})
    assert fitted.at[1:] == pytest.approx(best.x, abs=2e-5)
    assert fitted.prior is None


@pytest.mark.parametrize("rule", RULES)
def test_derivatives_are_those_of_the_likelihood(rule: TieRule) -> None:
    d, tie, h = np.linspace(-3, 3, 7), 0.7, 1e-5
    up, down, at = TERMS[rule](d + h, tie), TERMS[rule](d - h, tie), TERMS[rule](d, tie)
    more, less = TERMS[rule](d, tie + h), TERMS[rule](d, tie - h)
    assert at.by_d == pytest.approx((up.loglik - down.loglik) / (2 * h), abs=1e-8)
    assert at.by_tie == pytest.approx((more.loglik - less.loglik) / (2 * h), abs=1e-8)
    assert at.dd == pytest.approx(-(up.by_d - down.by_d) / (2 * h), abs=1e-8)
    assert at.dt == pytest.approx(-(more.by_d - less.by_d) / (2 * h), abs=1e-8)
    assert at.tt == pytest.approx(-(more.by_tie - less.by_tie) / (2 * h), abs=1e-8)


@pytest.mark.parametrize("rule", MODELLED)
def test_models_of_ties_give_probabilities(rule: TieRule) -> None:
    assert np.exp(TERMS[rule](np.linspace(-30, 30, 13), 0.4).loglik).sum(axis=-1) == pytest.approx(1)


@pytest.mark.parametrize("position", [False, True])
@pytest.mark.parametrize("rule", RULES)
def test_the_sandwich_is_the_sum_over_votes(rule: TieRule, position: bool) -> None:
    votes = voted(np.array([0.4, 0.0, -0.4]), 200, 1)
    fitted = fit(votes.counts, rule, position=position)
    form, meat = fitted.form, np.zeros((fitted.form.size,) * 2)
    terms = form.terms(fitted.at)
    for left, right, outcome in zip(votes.left, votes.right, votes.outcome, strict=True):
        x = np.zeros(form.size)
        x[left], x[right] = 1, -1
        if position:
            x[3] = 1
        score = x * terms.by_d[left, right, outcome]
        if rule.modelled:
            score[-1] = terms.by_tie[left, right, outcome]
        meat += np.outer(score, score)
    inverse = np.linalg.pinv(fitted.information)
    assert fitted.covariance == pytest.approx(inverse @ meat @ inverse, abs=1e-9)


def test_gaps_of_genai_arena_by_tie_rule() -> None:
    gaps = published()["gap_first_to_last_by_tie_rule"]
    found = read_fastchat(BATTLES).table
    rows = np.array([source.endswith("(generation)") for source in found["source"].to_pylist()])
    rows &= ~np.array(found["excluded"].is_valid().to_pylist())
    counts = count_votes(found, rows)
    ours = {"half": fit(counts), "both_bad_dropped": fit(counts.without_both_bad()),
            "no_ties": fit(counts, TieRule.dropped), "davidson": fit(counts, TieRule.davidson)}  # fmt: skip
    assert {name: round(SCALE * float(np.ptp(one.theta))) for name, one in ours.items()} == gaps


@pytest.mark.parametrize("rule", MODELLED)
def test_votes_without_ties_are_plain_bradley_terry(rule: TieRule) -> None:
    counts = counts_of("ABC", np.array([[0, 5, 3], [2, 0, 4], [1, 2, 0.0]]))
    fitted = fit(counts, rule)
    assert fitted.theta == pytest.approx(fit(counts).theta)
    assert fitted.tie == (0.0 if rule is TieRule.davidson else 1.0)


@pytest.mark.parametrize("position", [False, True])
@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("rows", [
    [("A", "B", "a")] * 9,
    [("A", "B", "a"), ("B", "A", "tie"), ("B", "C", "a"), ("A", "C", "a")],
    [("A", "B", "a"), ("A", "B", "b"), ("B", "A", "a")],
    [("A", "B", "a"), ("B", "A", "a"), ("B", "C", "a"), ("C", "B", "tie"), ("C", "A", "b")],
])  # fmt: skip
def test_sparse_votes_stay_finite_by_a_stated_prior(
    rows: list[tuple[str, str, str]], rule: TieRule, position: bool
) -> None:
    counts = count_votes(table(rows))
    fitted = fit(counts, rule, position=position)
    assert np.isfinite(fitted.at).all()
    assert all(np.isfinite([row.rating, row.low, row.high, row.win_rate]).all() for row in rate(fitted))
    if needs_prior(counts.judged, rule, position):
        assert fitted.prior == (PRIOR_WITH_TIES if rule.modelled else PRIOR)
    else:
        assert fitted.prior is None


@pytest.mark.parametrize("rule", RULES)
def test_where_no_prior_is_said_to_be_needed_the_maximum_is_far_from_infinity(rule: TieRule) -> None:
    """Random sparse votes: the rule that asks for a prior never lets one through that has no maximum."""
    rng, let_through = np.random.default_rng(0), 0
    for _ in range(400):
        number = int(rng.integers(3, 12))
        left = rng.integers(0, 3, number)
        right = (left + rng.integers(1, 3, number)) % 3
        judged = Counts(("A", "B", "C"), tally(left, right, rng.integers(0, 3, number), 3)).judged
        position = bool(rng.integers(2))
        used = judged[..., :2] if rule is TieRule.dropped else judged
        if (used.sum(axis=-1) + used.sum(axis=-1).T).any(axis=1).all() and not needs_prior(judged, rule, position):
            let_through += 1
            cells = np.concatenate((judged, np.zeros((3, 3, 1))), axis=-1)
            assert np.abs(fit(Counts(("A", "B", "C"), cells), rule, position=position).at).max() < 8
    assert let_through > 10


def test_ties_that_join_nothing_without_them() -> None:
    counts = count_votes(table([("A", "B", "a"), ("B", "A", "a"), ("B", "C", "tie"), ("C", "D", "a")]))
    with pytest.raises(DataError, match=r"\(A and B\) and \(C and D\)"):
        fit(counts, TieRule.dropped)
    assert fit(counts).prior == PRIOR
    joined = fit(count_votes(table([("A", "B", "a"), ("B", "A", "a"), ("B", "C", "tie")])))
    assert joined.prior is None
    assert [row.high - row.low > 400 for row in rate(joined)] == [True, True, True]
    with pytest.raises(DataError, match="No vote prefers a side"):
        fit(count_votes(table([("A", "B", "tie")])), TieRule.dropped)


def test_both_bad_is_a_tie_unless_taken_out() -> None:
    rows = [("A", "B", "a")] * 5 + [("B", "A", "a")] * 3 + [("A", "B", "both_bad")] * 4
    counts = count_votes(table(rows))
    assert fit(counts, TieRule.davidson).tie == pytest.approx(4 / np.sqrt(15))
    assert counts.without_both_bad().used == 8
    assert np.ptp(fit(counts).theta) < np.ptp(fit(counts.without_both_bad()).theta)


def test_codes_out_of_range_and_battles_with_oneself_are_refused() -> None:
    one, two = np.array([0, 1], np.int8), np.array([1, 0], np.int8)
    for left, right, outcome in ((one, two, two + 3), (one - 1, two, one), (one, two + 1, one)):
        with pytest.raises(DataError, match="not in 0 to"):
            tally(left, right, outcome, 2)
    with pytest.raises(DataError, match="both sides"):
        tally(one, one, one, 2)


def test_counting_narrow_codes_equals_counting_wide_ones() -> None:
    votes = voted(np.linspace(1, -1, 150), 70_000, 0)
    narrow = tally(votes.left.astype(np.int16), votes.right.astype(np.int16), votes.outcome.astype(np.int8), 150)
    assert (narrow == votes.counts.cells).all()
    assert narrow[votes.left[0], votes.right[0], votes.outcome[0]] >= 1
    assert votes.counts.used == 70_000


def directions(judged: np.ndarray, rule: TieRule, position: bool) -> bool:
    """Whether a linear programme finds a direction (z, h, t) that never lowers the likelihood of votes (n, n, 3)."""
    n, rows = len(judged), []
    left, right, tie = np.moveaxis(judged > 0, -1, 0)
    tie = tie & (rule is not TieRule.dropped)
    modelled = rule.modelled and bool(tie.any())

    def bound(i: int, j: int, side: int, ties: int) -> None:
        row = np.zeros(n + 2)
        row[[i, j, n, n + 1]] = side, -side, side, ties
        rows.append(row)

    for seen, sides in ((left, (1,)), (right, (-1,)), (tie, (1, -1))):
        for (i, j), side in ((pair, side) for pair in np.argwhere(seen).tolist() for side in sides):
            bound(i, j, side, int(modelled and seen is tie))
            if modelled and seen is not tie:
                bound(i, j, side, -1)
    limits = [(0, 0), *[(-1, 1)] * (n - 1), (-position, position), (-modelled, modelled)]
    goals = [sign * row for row in np.eye(n + 2)[1:] for sign in (1, -1)]
    least = (linprog(goal, -np.array(rows), np.zeros(len(rows)), bounds=limits).fun for goal in goals)
    return any(found < -1e-7 for found in least)


@pytest.mark.parametrize("position", [False, True])
@pytest.mark.parametrize("rule", RULES)
def test_a_prior_is_used_where_and_only_where_a_linear_programme_finds_no_maximum(
    rule: TieRule, position: bool
) -> None:
    rng, found = np.random.default_rng(7), {True: 0, False: 0}
    for _ in range(60):
        n = int(rng.integers(2, 5))
        number = int(rng.integers(n, 4 * n))
        left = rng.integers(0, n, number)
        right = (left + rng.integers(1, n, number)) % n
        outcome = rng.choice(3, number, p=(0.4, 0.35, 0.25) if rng.random() < 0.5 else (0.3, 0.1, 0.6))
        judged = Counts(tuple("ABCDE"[:n]), tally(left, right, outcome, n)).judged
        used = judged[..., :2] if rule is TieRule.dropped else judged
        if len(find_components((used.sum(axis=-1) + used.sum(axis=-1).T) > 0)) == 1:
            none = directions(judged, rule, position)
            found[none] += 1
            assert needs_prior(judged, rule, position) == none
    assert min(found.values()) > 2


@pytest.mark.parametrize(
    ("name", "rule", "expected"), [("davidson-16.json", TieRule.davidson, [315, 885, 886, 1456, 1459])]
)
def test_few_votes_that_have_a_maximum_are_rated_by_it(name: str, rule: TieRule, expected: list[int]) -> None:
    path = CASES / name
    if not path.exists():
        pytest.skip("the cases are not beside the repository")
    fitted = fit(count_votes(read_fastchat(path).table), rule)
    assert fitted.prior is None
    assert sorted(round(row.rating) for row in rate(fitted)) == expected


def test_a_long_cycle_is_found_soon() -> None:
    """A cycle of 300 generators, each a win over the next, and ties: only the whole cycle bounds the tie parameter."""
    n = 300
    i = np.arange(n)
    cells = np.zeros((n, n, 4))
    cells[i, (i + 1) % n, 0] = cells[0, 1, 2] = 1
    assert not needs_prior(Counts(tuple(map(str, i)), cells).judged, TieRule.davidson, False)
    cells[i, (i + 1) % n] = (0, 0, 1, 0)
    cells[0, 1] = (1, 0, 0, 0)  # one win, and ties around that it can't outweigh
    assert needs_prior(Counts(tuple(map(str, i)), cells).judged, TieRule.davidson, False)


def test_predicted_wins() -> None:
    fitted = fit(counts_of("ABC", np.array([[0, 6, 9], [2, 0, 6], [3, 2, 0.0]])))
    p = 1 / (1 + np.exp(fitted.theta[None, :] - fitted.theta[:, None]))
    assert fitted.predicted == pytest.approx(p)
    assert fitted.win_rates == pytest.approx((p.sum(axis=1) - 0.5) / 2)
    assert fitted.win_rates.mean() == pytest.approx(0.5)


def test_counts_by_pair_follow_from_the_cells() -> None:
    cells = np.zeros((2, 2, 4))
    cells[0, 1], cells[1, 0] = (5, 1, 2, 1), (4, 3, 0, 2)
    counts = Counts(("A", "B"), cells)
    assert counts.wins.tolist() == [[0, 8], [5, 0]]
    assert counts.ties.tolist() == [[0, 5], [5, 0]]
    assert counts.halved.tolist() == [[0, 10.5], [7.5, 0]]
    assert (counts.battles[0, 1], counts.used) == (18, 18)
    assert counts.judged[1, 0].tolist() == [4, 3, 2]


@pytest.mark.parametrize("rule", RULES)
def test_the_prior_is_half_a_win_each_way_and_half_a_tie_where_ties_are_modelled(rule: TieRule) -> None:
    fitted = fit(count_votes(table([("A", "B", "a")] * 3)), rule)
    if rule is not TieRule.rao_kupper:
        assert np.ptp(fitted.theta) == pytest.approx(np.log(3.5 / 0.5))
    assert fitted.added.sum() == (1.5 if rule.modelled else 1.0)


@pytest.mark.parametrize("rule", RULES)
def test_one_is_preferred_as_often_as_the_other_is_not(rule: TieRule) -> None:
    predicted = fit(counts_of("123456", *pudding()), rule).predicted
    assert predicted + predicted.T == pytest.approx(np.ones((6, 6)))
