"""Evidence that holds whenever one looks: its law under the hypothesis, few false claims, and votes saved."""

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from eval.ratings import simulate as module
from eval.ratings.bets import settle_by_raters
from eval.ratings.bradley_terry import SCALE, fit
from eval.ratings.counts import Votes
from eval.ratings.settled import (
    LEVEL,
    claim_threshold,
    close_claims,
    expected_information,
    find_telling_pair,
    log_evidence,
    settle,
    settle_order,
)
from eval.ratings.simulate import PUBLISHED, Choice, Goal, simulate, step_estimates
from hub.command import make_command
from tests.benchmarks.coverage_votes import Case
from tests.benchmarks.settling import by_raters
from tests.eval.ratings.made import counts_of

app = make_command(module.main, "")


def evidence(won: int, lost: int) -> float:
    """The e-value of "first better than second"."""
    return float(np.exp(log_evidence(np.array([[0.0, won], [lost, 0.0]]))[0, 1]))


@settings(deadline=None)
@given(won=st.integers(0, 60), lost=st.integers(0, 60), p=st.floats(0, 0.5))
def test_one_more_vote_is_expected_to_add_nothing_where_the_first_is_no_better(won: int, lost: int, p: float) -> None:
    """The defining property: a supermartingale under the hypothesis, a martingale at its edge, begun at 1."""
    now = evidence(won, lost)
    after = p * evidence(won + 1, lost) + (1 - p) * evidence(won, lost + 1)
    assert after <= now * (1 + 1e-9)
    edge = (evidence(won + 1, lost) + evidence(won, lost + 1)) / 2
    assert edge == pytest.approx(now, rel=1e-9)
    assert evidence(0, 0) == pytest.approx(1)


def test_evidence_is_seldom_ever_large_between_equals() -> None:
    """Ville's inequality over 3,000 votes, at 1 / level."""
    steps = np.random.default_rng(0).integers(0, 2, (600, 3000)).cumsum(axis=1)
    votes = np.arange(1, 3001)
    wins = np.zeros((600, 300, 2, 2))
    wins[..., 0, 1], wins[..., 1, 0] = steps[:, 9::10], (votes - steps)[:, 9::10]
    reached = (log_evidence(wins)[..., 0, 1] >= np.log(1 / LEVEL)).any(axis=1)
    assert 0.005 < reached.mean() <= LEVEL


def test_claims_follow_from_one_another() -> None:
    claims = np.zeros((4, 4), dtype=bool)
    claims[0, 1] = claims[1, 2] = claims[2, 3] = True
    assert (close_claims(claims) == np.triu(np.ones((4, 4), dtype=bool), 1)).all()
    assert (close_claims(np.stack((claims, claims * False))).sum(axis=(1, 2)) == [6, 0]).all()


def test_a_clear_order_is_settled_and_a_close_one_is_not() -> None:
    counts = counts_of("ABC", np.array([[0, 80, 95], [20, 0, 52], [5, 48, 0.0]]))
    found = settle_order(counts.names, settle(counts.wins), fit(counts).theta)
    assert (found.order, found.first, found.whole, found.open) == (("A", "B", "C"), True, False, (("B", "C"),))
    assert find_telling_pair(settle(counts.wins), fit(counts).theta) == (1, 2)
    assert find_telling_pair(settle(counts.wins), fit(counts).theta, "first") is None
    assert claim_threshold(3) == pytest.approx(np.log(6 / 0.05))


def test_more_votes_for_the_same_never_unsettle() -> None:
    assert not settle(np.array([[0, 5.0], [1, 0]])).any()
    assert settle(np.array([[0, 50.0], [10, 0]]))[0, 1]
    assert not settle(np.array([[0, 500.0], [500, 0]])).any()


def test_the_pair_that_tells_most_is_a_neighbour_of_most_information_for_its_seconds() -> None:
    theta, nothing = np.array([1.0, 0.4, -0.5, -0.9]), np.zeros((4, 4))
    growth = expected_information(theta, settle(nothing), "order")
    p = 1 / (1 + np.exp(-0.9))
    assert growth[1, 2] == pytest.approx(np.log(2) + p * np.log(p) + (1 - p) * np.log(1 - p))
    assert find_telling_pair(settle(nothing), theta) == (1, 2)
    assert find_telling_pair(settle(nothing), theta, "first") == (0, 3)
    assert find_telling_pair(settle(nothing), theta, seconds=np.array([0.1, 0.1, 9.0, 9.0])) == (0, 1)


def test_the_simulation_estimates_as_the_fit_does() -> None:
    wins = np.array([[0, 30, 44], [20, 0, 33], [6, 17, 0.0]])
    theta = np.zeros((1, 3))
    for _ in range(20):
        theta = step_estimates(wins[None], theta)
    smoothed = counts_of("ABC", wins + 0.25 * (1 - np.eye(3)))
    assert theta[0] == pytest.approx(fit(smoothed).theta, abs=1e-8)


@pytest.mark.parametrize("goal", list(Goal))
def test_choosing_actively_saves_a_third_of_the_votes_and_more(goal: Goal) -> None:
    ratings = np.array(PUBLISHED)
    active, uniform = (simulate(ratings, goal, choice, 30, 1, 40_000) for choice in Choice)
    assert active.mean <= 0.65 * uniform.mean
    assert (active.unsettled, uniform.unsettled) == (0, 0)
    assert max(active.wrong, uniform.wrong) <= LEVEL


@pytest.mark.parametrize("ratings", [[1000.0] * 4, [1001.0, 1000.0, 999.0], [1100.0, 1000.0, 1000.0, 900.0]])
@pytest.mark.parametrize("goal", list(Goal))
def test_equal_and_nearly_equal_generators_are_seldom_told_apart_wrongly(ratings: list[float], goal: Goal) -> None:
    found = simulate(np.array(ratings), goal, Choice.active, 400, 2, 1_000, ties=0.2)
    assert found.wrong <= LEVEL


def test_ties_do_not_move_the_strengths() -> None:
    """A tie as half a win gives back the strengths that the simulated voters were made from."""
    ratings, ties = np.array(PUBLISHED), module.TIES
    p = 1 / (1 + np.exp((ratings[None, :] - ratings[:, None]) / SCALE))
    tied = np.full((6, 6), 1e6 * ties) * (1 - np.eye(6))
    counts = counts_of("ABCDEF", 1e6 * (p - ties / 2) * (1 - np.eye(6)), tied)
    assert SCALE * fit(counts).theta + ratings.mean() == pytest.approx(ratings, abs=1e-6)


def test_the_command_prints_a_table_or_json() -> None:
    done = CliRunner().invoke(app, ["--ratings", "1200,1000", "--runs", "20", "--json"])
    lines = json.loads(done.output)
    assert [(one["goal"], one["choice"]) for one in lines] == [
        ("order", "uniform"), ("order", "active"), ("first", "uniform"), ("first", "active")
    ]  # fmt: skip
    assert all(one["unsettled"] == 0 for one in lines)
    assert "fewer" in CliRunner().invoke(app, ["--ratings", "1200,1000", "--runs", "5"]).output
    for wrong in ("1200,x", "1200", "1900,1000"):
        done = CliRunner().invoke(app, ["--ratings", wrong, "--runs", "5"])
        assert done.exit_code == 2
        assert "Traceback" not in done.output
    assert "Example" in CliRunner().invoke(app, ["--help"]).output


def opinionated(seed: int, number: int, a_rater: int, taste: float, lead: float = 0.0) -> tuple[Votes, np.ndarray]:
    """Votes on two generators by raters with tastes of their own, N(lead, taste) logits; and whose each is."""
    rng = np.random.default_rng(seed)
    rater = rng.permutation(np.repeat(np.arange(number // a_rater), a_rater))
    chance = 1 / (1 + np.exp(-rng.normal(lead, taste, number // a_rater)))[rater]
    first, left = rng.random(number) < chance, rng.integers(0, 2, number)
    return Votes(("A", "B"), left, 1 - left, (first != (left == 0)).astype(np.int64), np.arange(number)), rater


def ever_settled(votes: Votes, rater: np.ndarray, looks: int = 10) -> bool:
    """Whether a claim is made at any of so many looks."""
    none = np.full(len(rater), -1)
    seen = (np.arange(n) for n in np.linspace(len(rater) / looks, len(rater), looks).astype(int))
    return any(settle_by_raters(votes.where(rows), rater[rows], none[rows], none[rows]).any() for rows in seen)


@pytest.mark.parametrize(("taste", "a_rater"), [(0.3, 20), (0.7, 20), (0.3, 100), (0.7, 100)])
def test_raters_tastes_do_not_settle_what_is_equal(taste: float, a_rater: int) -> None:
    runs = [opinionated(seed, 1000, a_rater, taste) for seed in range(60)]
    assert np.mean([ever_settled(*run) for run in runs]) <= LEVEL
    by_vote = np.mean([settle(votes.counts.wins).any() for votes, _ in runs])
    if (taste, a_rater) == (0.7, 100):
        assert by_vote > 3 * LEVEL


def test_raters_of_one_vote_are_independent_votes() -> None:
    votes, _ = opinionated(0, 400, 1, 0.0, 0.5)
    none = np.full(400, -1)
    for rater in (np.arange(400), none):
        for n in range(20, 400, 20):
            rows = np.arange(n)
            some = settle_by_raters(votes.where(rows), rater[rows], none[rows], none[rows])
            evidence = log_evidence(votes.where(rows).counts.wins)
            assert (some == (evidence >= claim_threshold(2) - np.log(0.8))).all()
    assert some[0, 1]


def test_many_votes_of_a_rater_tell_more_than_the_first_and_one_rater_settles_nothing() -> None:
    assert all(ever_settled(*opinionated(seed, 1000, 20, 0.2, 1.0)) for seed in range(5))
    votes, rater = opinionated(1, 1000, 1000, 0.0, 3.0)
    assert settle(votes.counts.wins)[0, 1]
    assert not ever_settled(votes, rater)


def test_prompts_in_common_and_raters_of_one_network_settle_little() -> None:
    votes, _ = opinionated(2, 300, 1, 0.0, 1.5)
    raters, none = np.arange(300), np.full(300, -1)
    assert settle_by_raters(votes, raters, none, none)[0, 1]
    assert not settle_by_raters(votes, raters, raters % 4, none).any()
    crowd = np.where(raters < 280, 0, raters)  # 280 raters of one network, 20 of networks of their own
    mixed = Votes(votes.names, votes.left, votes.right, np.where(raters < 280, votes.left, raters % 2), votes.rows)
    assert settle_by_raters(mixed, raters, none, none)[0, 1]
    assert not settle_by_raters(mixed, raters, none, crowd).any()
    assert settle_by_raters(votes, raters, none, none * 0)[0, 1]  # one network for all says nothing


@pytest.mark.parametrize(("raters", "taste"), [(200, 0.0), (10, 2.0), (3, 2.0)])
def test_one_look_after_each_vote_is_what_the_benchmark_of_settling_takes(raters: int, taste: float) -> None:
    votes, rater, prompt = Case(raters, 200, 200, taste).drawn(np.random.default_rng(raters))
    unknown = np.full(200, -1)
    each = [
        bool(settle_by_raters(votes.where(np.arange(end)), rater[:end], prompt[:end], unknown[:end]).any())
        for end in range(1, 201)
    ]
    assert by_raters(votes, rater, prompt).tolist() == each
