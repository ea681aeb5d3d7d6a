"""Whose votes they are: no rater and no network counts for more than it may, and intervals know of both."""

from dataclasses import replace

import numpy as np
import pytest

from eval.ratings.board import Intervals, Rule, make_board
from eval.ratings.bradley_terry import SCALE, fit
from eval.ratings.counts import Votes, code_votes
from eval.ratings.sandwich import cluster_sandwich
from eval.ratings.tie_rules import TieRule
from eval.ratings.weights import NETWORK, NO_RATER, ONE_RATER, RATER, code_origins, find_weights, weigh_votes
from eval.summary import summarise
from tests.eval.made import read, vote
from tests.eval.ratings.made import voted
from tests.eval.votes.test_ledger import imported, with_column

THETA = np.array([0.5, 0.2, 0.0, -0.2, -0.5])


def attacked(cookies: int, each: int) -> tuple[Votes, np.ndarray, np.ndarray]:
    """1,000 votes of 100 honest raters, then a bot's for the last generator; their raters and networks."""
    honest, bot = voted(THETA, 1000, 0), voted(THETA * 0, cookies * each, 1)
    last = len(THETA) - 1
    sure = np.where(bot.left == last, 0, np.where(bot.right == last, 1, bot.outcome))
    left, right = np.append(honest.left, bot.left), np.append(honest.right, bot.right)
    votes = Votes(honest.names, left, right, np.append(honest.outcome, sure), np.arange(len(left)))
    rater = np.append(np.arange(1000) % 100, 100 + np.arange(len(sure)) % cookies)
    return votes, rater, np.minimum(rater, 100)


@pytest.mark.parametrize(("cookies", "each"), [(1, 236), (20, 12), (20, 236)])
def test_a_bots_cookies_behind_one_address_move_their_favourite_by_under_50_points(cookies: int, each: int) -> None:
    votes, rater, network = attacked(cookies, each)
    honest = fit(votes.where(np.arange(1000)).counts).theta[-1]
    without = fit(votes.counts).theta[-1]
    capped = fit(replace(votes, weight=find_weights(rater, network)).counts).theta[-1]
    assert SCALE * (without - honest) > 50
    assert SCALE * (capped - honest) < 50


def test_no_rater_and_no_network_weighs_more_than_it_may() -> None:
    _, rater, network = attacked(20, 236)
    weight = find_weights(rater, network)
    assert weight is not None
    assert weight.max() == 1 and (weight[:1000] == 1).all()
    assert weight[network == 100].sum() == pytest.approx(NETWORK)
    alone = find_weights(rater, np.full(len(rater), -1))
    assert alone is not None
    assert np.bincount(rater, alone).max() == pytest.approx(max(RATER, 0.01 * len(rater)))


@pytest.mark.parametrize("raters", [1, 6, 100])
def test_votes_that_are_all_alike_weigh_one(raters: int) -> None:
    """Six raters of a study, one rater, and many; from one network, or from networks of their own."""
    rater = np.arange(600) % raters
    for network in (np.zeros(600, dtype=np.int64), np.full(600, -1), rater):
        assert find_weights(rater, network) is None


@pytest.mark.parametrize("rule", list(TieRule))
def test_weighed_votes_are_as_votes_given_so_often(rule: TieRule) -> None:
    """Twice as much weight for some is the fit, though not the spread, of giving them twice."""
    votes = voted(THETA, 600, 3)
    twice = np.arange(600) % 3 == 0
    doubled = votes.where(np.repeat(np.arange(600), np.where(twice, 2, 1)))
    weighed = replace(votes, weight=np.where(twice, 1.0, 0.5))
    expected, found = fit(doubled.counts, rule), fit(weighed.counts, rule)
    assert found.at == pytest.approx(expected.at, abs=1e-8)
    assert found.battles.tolist() == votes.counts.battles.sum(axis=1).tolist()
    alone = cluster_sandwich(found, weighed, [np.arange(600)])
    by_vote = cluster_sandwich(expected, doubled, [np.repeat(np.arange(600), np.where(twice, 2, 1))])
    assert np.diag(alone.by[0][0]) == pytest.approx(np.diag(by_vote.by[0][0]), rel=0.01)
    assert np.diag(found.covariance) == pytest.approx(np.diag(alone.by[0][0]), rel=0.01)
    drawn, plain = (make_board(weighed, Rule(rule, intervals=how)).ratings for how in Intervals)
    for one, other in zip(drawn, plain, strict=True):
        assert one.high - one.low == pytest.approx(other.high - other.low, rel=0.2)


def test_a_report_says_whose_votes_it_rests_on() -> None:
    by = {
        "few": [f"r{i % 3}" for i in range(30)],
        "one": ["bot"] * 300 + [f"r{i % 40}" for i in range(200)],
        "all": ["bot"] * 30,
    }
    said = {}
    for name, raters in by.items():
        made = [vote(i, "A", "B", "a" if i % 3 else "b", rater=rater, prompt=f"p{i}") for i, rater in enumerate(raters)]
        (question, *_) = summarise(read(made)).answered
        said[name] = question.notes
    assert any("300 votes weigh less than one" in note for note in said["one"])
    assert ONE_RATER in said["all"]
    assert any("3 raters, who tell as much of how raters differ as 3.0" in note for note in said["few"])
    nobody = imported([vote(i, "A", "B", "a" if i % 3 else "b", prompt=f"p{i}") for i in range(30)], "other")
    nobody = with_column(nobody, "rater", [None] * 30)
    assert weigh_votes(code_votes(nobody), code_origins(nobody)).notes == (NO_RATER,)


@pytest.mark.parametrize(("raters", "prompts", "said"), [(6, 200, "6 raters"), (40, 5, "5 prompts"), (40, 200, "")])
def test_what_simulations_say_of_few_raters_or_prompts_stands_beside_the_ratings(
    raters: int, prompts: int, said: str
) -> None:
    votes = voted(THETA, 400, 0)
    place = np.arange(400)
    found = weigh_votes(votes, (place % raters, place // 2 % prompts, np.full(400, -1))).notes
    told = [note for note in found if "held the truth" in note]
    assert [said in note for note in told] == ([True] if said else [])


def test_unequal_raters_are_few() -> None:
    """Thirty of whom each gave half as many votes as the one before."""
    votes = voted(THETA, 400, 0)
    rater = np.minimum(29, np.floor(-np.log2(np.random.default_rng(0).random(400))).astype(np.int64))
    note, *_ = weigh_votes(votes, (rater, np.arange(400), np.full(400, -1))).notes
    assert "95 to 100 of 100" in note
