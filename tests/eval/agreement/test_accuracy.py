"""Votes joined with metrics: tie calibration against a search of all thresholds, tau and rho against scipy."""

from dataclasses import asdict, astuple
from itertools import permutations
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from eval.agreement import (
    KIN,
    PAIRS,
    direction_sign,
    draw_metric,
    find_beaten,
    find_pareto,
    measure_agreement,
    vote_accuracy,
    witness_function,
)
from eval.agreement.accuracy import FEWEST_RATERS, FEWEST_VOTES, THRESHOLDS
from eval.metrics import METRICS, Array
from eval.metrics.kernel_distance import kernel_distance
from eval.ratings.counts import BOTH_BAD, TIE, A, B
from eval.statistics import DRAWS, wilson
from hub.errors import DataError, UnknownName
from hub.schema import Criterion

Drawn = tuple[np.ndarray, np.ndarray]
SWAPPED = np.array([B, A, TIE, BOTH_BAD])
seeds = st.integers(0, 10**6)
few = settings(max_examples=25, deadline=None)


def made(seed: int, n: int = 200, grid: float = 0.1, noise: float = 1.0, tied: float = 0.4) -> Drawn:
    """Votes on a quality that a metric sees through noise, in steps of ``grid``, so that it has ties of its own."""
    rng = np.random.default_rng(seed)
    quality = rng.normal(size=n)
    metric = np.round((quality + noise * rng.normal(size=n)) / grid) * grid
    neither = TIE + rng.integers(2, size=n)
    return metric, np.where(np.abs(quality) < tied, neither, np.where(quality > 0, A, B))


def search(difference: np.ndarray, outcome: np.ndarray) -> tuple[float, float]:
    """Best accuracy over every threshold there is, and the least threshold that has it."""
    best = (-1.0, 0.0)
    for epsilon in sorted({0.0, *np.abs(difference).tolist()}):
        said = np.where(np.abs(difference) <= epsilon, TIE, np.where(difference > 0, A, B))
        share = float((said == np.minimum(outcome, TIE)).mean())
        if share > best[0]:
            best = (share, epsilon)
    return best


def draws(x: np.ndarray, spread: float, seed: int = 0) -> np.ndarray:
    """Normal draws about x."""
    return np.asarray(x + spread * np.random.default_rng(seed).normal(size=(400, len(x))))


def agreed(x: Any, y: Any, spread: float = 0.1) -> Any:
    """Agreement of two lists, their draws about them."""
    x, y = np.array(x, dtype=float), np.array(y, dtype=float)
    return measure_agreement(x, y, draws(y, spread, 1), draws(x, spread, 2))


@few
@given(seeds, st.integers(30, 300), st.sampled_from([1e-9, 0.1, 1.0]), st.sampled_from([0.0, 0.3, 5.0]))
def test_epsilon_is_the_best_of_all_thresholds(seed: int, n: int, grid: float, tied: float) -> None:
    difference, outcome = made(seed, n, grid, tied=tied)
    found = vote_accuracy(difference, outcome)
    assert (found.accuracy, found.epsilon) == pytest.approx(search(difference, outcome), abs=1e-12)
    assert 0 <= found.low <= found.accuracy <= found.high <= 1


def test_a_worked_example() -> None:
    """Ten each: tied at 0.1, right at 1, wrong at 2, right at 3; at 0.1 tied and right are right, 30 of 40."""
    difference = np.repeat([0.1, 1, -2, 3], 10)
    found = vote_accuracy(difference, np.repeat([BOTH_BAD, A, A, A], 10))
    assert (found.votes, found.raters, found.accuracy, found.epsilon) == (40, None, 0.75, 0.1)
    assert (found.decided, found.decided_accuracy) == (30, 20 / 30)
    assert (found.chance, found.majority) == (0.375, 0.75)
    nearly = vote_accuracy(np.where(difference == 1, 0, difference), np.repeat([BOTH_BAD, A, A, A], 10))
    assert nearly.decided_accuracy == 0.5  # nothing said is half right


def test_a_threshold_of_many_is_exact_for_the_figure_and_near_in_the_draws() -> None:
    difference, outcome = made(1, 3000, 1e-9)
    assert len(np.unique(np.abs(difference))) > 10 * THRESHOLDS
    found = vote_accuracy(difference, outcome)
    assert (found.accuracy, found.epsilon) == pytest.approx(search(difference, outcome), abs=1e-12)
    decided = outcome < TIE
    assert found.decided_accuracy == ((difference > 0) == (outcome == A))[decided].mean()
    rng = np.random.default_rng(5)
    reached = [search(difference[rows], outcome[rows])[0] for rows in rng.integers(3000, size=(12, 3000))]
    assert found.accuracy + found.optimism == pytest.approx(np.mean(reached), abs=0.012)


@pytest.mark.parametrize("clustered", [False, True])
def test_intervals_hold_the_figure_of_a_large_sample(clustered: bool) -> None:
    """Quality and noise shared within a rater where clustered; without raters the intervals are then far too short."""

    def sample(rng: np.random.Generator, groups: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        rater = np.repeat(np.arange(groups), 10)
        quality = rng.normal(size=len(rater))
        able = rng.random(groups)[rater] < 0.5 if clustered else rng.random(len(rater)) < 0.5
        metric = np.where(able, quality, rng.normal(size=len(rater)))
        return metric, np.where(np.abs(quality) < 0.3, TIE, np.where(quality > 0, A, B)), rater

    truth = vote_accuracy(*sample(np.random.default_rng(0), 20_000)[:2])
    hits = np.zeros(4)
    for seed in range(60):
        difference, outcome, rater = sample(np.random.default_rng(seed + 1), 40)
        for place, raters in ((0, rater), (2, None)):
            found = vote_accuracy(difference, outcome, raters)
            hits[place] += found.low <= truth.accuracy <= found.high
            assert found.decided_low is not None and found.decided_high is not None
            assert truth.decided_accuracy is not None
            hits[place + 1] += found.decided_low <= truth.decided_accuracy <= found.decided_high
    assert (hits[:2] >= 53).all()  # 57 expected, 53 or fewer with a chance of 4 %
    assert (hits[2:] < 53).all() if clustered else (hits[2:] >= 53).all()


def test_intervals_are_about_the_figure_on_new_votes() -> None:
    """A metric that knows nothing, whose accuracy with a chosen epsilon is above chance in every sample."""
    hits, above, shift = 0, 0, 0.0
    for seed in range(60):
        found = vote_accuracy(*made(seed, 60, noise=1e6, grid=1e-3, tied=0.43))  # a third are ties
        hits += found.low <= 1 / 3 <= found.high
        above += found.accuracy > 1 / 3
        shift += (found.accuracy - (found.low + found.high) / 2) / 60
    assert hits >= 53
    assert shift > 0.02
    assert above >= 50


def test_a_rater_a_vote_is_as_good_as_none() -> None:
    difference, outcome = made(3, 1000)
    alone = vote_accuracy(difference, outcome)
    for raters in (np.arange(1000), np.full(1000, -1)):
        each = vote_accuracy(difference, outcome, raters)
        assert each.raters == 1000
        assert (each.low, each.high) == pytest.approx((alone.low, alone.high), abs=0.004)


def test_copies_of_a_vote_by_one_rater_tell_no_more() -> None:
    difference, outcome = made(4, 100)
    once = vote_accuracy(difference, outcome, np.arange(100))
    often = vote_accuracy(np.tile(difference, 20), np.tile(outcome, 20), np.tile(np.arange(100), 20))
    # once can't have more than 100 votes' worth, often can
    assert (often.low, often.high) == pytest.approx((once.low, once.high), abs=0.02)
    assert often.optimism == pytest.approx(once.optimism, abs=1e-9)


@few
@given(seeds, st.booleans())
def test_swapping_sides_order_and_names_of_raters_change_nothing(seed: int, by_rater: bool) -> None:
    rng = np.random.default_rng(seed)
    difference, outcome = made(seed, 120)
    raters = rng.integers(15, size=120) if by_rater else None
    found = vote_accuracy(difference, outcome, raters)
    assert vote_accuracy(-difference, SWAPPED[outcome], raters) == found
    some = rng.random(120) < 0.5
    swapped = vote_accuracy(np.where(some, -difference, difference), np.where(some, SWAPPED[outcome], outcome), raters)
    assert {**asdict(swapped), "majority": 0} == {**asdict(found), "majority": 0}
    order = rng.permutation(120)
    moved = vote_accuracy(difference[order], outcome[order], None if raters is None else raters[order])
    assert asdict(moved) == pytest.approx(asdict(found), abs=1e-12)
    if raters is not None:
        assert vote_accuracy(difference, outcome, 7 * raters + 100) == found


@few
@given(seeds, st.floats(0.01, 100))
def test_the_scale_of_a_metric_moves_epsilon_alone(seed: int, factor: float) -> None:
    difference, outcome = made(seed)
    found, scaled = (asdict(vote_accuracy(d, outcome)) for d in (difference, difference * factor))
    assert scaled.pop("epsilon") == pytest.approx(found.pop("epsilon") * factor)
    assert scaled == pytest.approx(found, abs=1e-12)


@few
@given(seeds, st.sampled_from([0.0, 0.5, 1.0]))
def test_a_perfect_metric_is_always_right(seed: int, tied: float) -> None:
    difference, outcome = made(seed, noise=0, grid=1e-12, tied=tied)
    found = vote_accuracy(difference, outcome)
    assert (found.accuracy, found.high, found.decided_accuracy) == (1, 1, 1)
    assert 0 <= found.optimism < 0.05 * tied + 1e-12  # the least epsilon of a sample is a little too small for others
    by_rater = vote_accuracy(difference, outcome, np.arange(200) % 20)
    for low, n in ((found.decided_low, found.decided), (by_rater.decided_low, 20)):
        fewer = n * (stats.norm.ppf(0.975) / stats.t.ppf(0.975, n - 1)) ** 2
        assert low == pytest.approx(wilson(1, fewer)[0], abs=1e-4)


def test_a_perfect_figure_ends_at_1() -> None:
    assert {vote_accuracy(np.ones(n), np.zeros(n, int)).decided_high for n in range(FEWEST_VOTES, 90)} == {1}


def test_a_metric_that_knows_nothing_reaches_chance() -> None:
    difference, outcome = made(7, 20_000, noise=1e6, grid=1e-3)
    found = vote_accuracy(difference, outcome)
    assert found.accuracy - found.optimism == pytest.approx(found.chance, abs=0.01)
    assert found.decided_accuracy == pytest.approx(0.5, abs=0.02)
    same = vote_accuracy(np.zeros(50), np.tile([A, B, TIE, BOTH_BAD, A], 10))
    assert (same.accuracy, same.epsilon, same.chance, same.majority) == (0.4, 0, 0.4, 0.4)
    assert (same.decided, same.decided_accuracy) == (30, 0.5)


def test_ten_raters_are_enough() -> None:
    assert vote_accuracy(*made(0), np.arange(200) % FEWEST_RATERS).raters == FEWEST_RATERS


def test_too_few_votes_for_a_side_leave_that_figure_out() -> None:
    found = vote_accuracy(np.arange(60.0), np.repeat([A, TIE], [29, 31]))
    assert (found.decided, found.decided_accuracy, found.decided_low, found.decided_high) == (29, None, None, None)


@pytest.mark.parametrize(
    ("difference", "outcome", "raters", "message"),
    [
        (np.ones(FEWEST_VOTES - 1), np.zeros(FEWEST_VOTES - 1, int), None, "Too few votes, 29: 30 or more"),
        (np.ones(40), np.zeros(40, int), np.arange(40) % (FEWEST_RATERS - 1), "Too few raters, 9: 10 or more"),
        (np.append(np.ones(39), np.nan), np.zeros(40, int), None, "1 differences of the metric are not finite"),
        (np.ones(40), np.full(40, 4), None, "not in 0 to 3"),
        (np.ones(40), np.full(40, -1), None, "not in 0 to 3"),
        (np.ones(40), np.zeros(39, int), None, "one length"),
        (np.ones(40), np.zeros(40, int), np.zeros(39, int), "one length"),
        (np.ones((40, 1)), np.zeros((40, 1), int), None, "one length"),
    ],
)
def test_votes_that_tell_nothing_are_refused(difference: Any, outcome: Any, raters: Any, message: str) -> None:
    with pytest.raises(DataError, match=message):
        vote_accuracy(difference, outcome, raters)


@few
@given(seeds, st.integers(4, 30), st.booleans())
def test_tau_and_rho_are_those_of_scipy(seed: int, n: int, ties: bool) -> None:
    rng = np.random.default_rng(seed)
    x = rng.normal(size=n)
    y = x + rng.normal(size=n)
    if ties:
        x, y = np.append(np.round(x[1:]), 9.0), np.append(np.round(y[1:]), -9.0)
    found = agreed(x, y)
    assert found.tau == pytest.approx(stats.kendalltau(x, y).statistic, abs=1e-12)
    assert found.rho == pytest.approx(stats.spearmanr(x, y).statistic, abs=1e-12)
    if n <= 8 and not ties:
        exact = stats.kendalltau(x, y, method="exact", alternative="greater")
        assert found.tau_p == pytest.approx(exact.pvalue, abs=1e-12)


@pytest.mark.parametrize("y", [[2, 1, 3, 4, 5, 6], [1, 1, 2, 2, 2, 3], [6, 5, 4, 3, 1, 2]])
def test_p_values_count_every_permutation(y: list[int]) -> None:
    x = [1, 2, 3, 3, 4, 9]
    found = agreed(x, y)
    for name, measure in (("tau", stats.kendalltau), ("rho", stats.spearmanr)):
        every = np.array([measure(order, y).statistic for order in permutations(x)])
        observed = getattr(found, name)
        assert getattr(found, f"{name}_p") == pytest.approx((every >= observed - 1e-9).mean(), abs=1e-12)
    assert found.exact


def test_many_generators_have_p_values_of_random_permutations() -> None:
    x = np.arange(12.0)
    y = np.array([3, 0, 7, 2, 1, 9, 4, 5, 11, 6, 8, 10.0])[np.argsort([2, 9, 4, 0, 1, 3, 5, 8, 6, 7, 11, 10])]
    found = agreed(x, y)
    assert not found.exact
    exact = stats.kendalltau(x, y, method="exact", alternative="greater")
    assert found.tau_p == pytest.approx(exact.pvalue, abs=0.03)
    assert agreed(x, x).tau_p == 1 / 2000  # never 0


@few
@given(seeds, st.integers(4, 12))
def test_monotone_transforms_and_renaming_change_no_agreement(seed: int, n: int) -> None:
    rng = np.random.default_rng(seed)
    x, y = rng.normal(size=n), rng.normal(size=n)
    of_x, of_y = draws(x, 0.5, seed), draws(y, 0.5, seed + 1)
    found = astuple(measure_agreement(x, y, of_y, of_x))
    assert astuple(measure_agreement(np.exp(x), y**3, of_y**3, np.exp(of_x))) == pytest.approx(found, abs=1e-12)
    order = rng.permutation(n)
    renamed = astuple(measure_agreement(x[order], y[order], of_y[:, order], of_x[:, order]))
    assert renamed == pytest.approx(found, abs=1e-12 if n <= 8 else 0.1)
    turned = measure_agreement(-x, y, of_y, -of_x)
    assert (turned.tau, turned.tau_low, turned.tau_high) == pytest.approx((-found[1], -found[3], -found[2]))
    assert measure_agreement(y, x, of_x, of_y).tau == pytest.approx(found[1], abs=1e-12)


def test_intervals_are_the_draws_percentiles() -> None:
    rng = np.random.default_rng(2)
    x, y = rng.normal(size=9), rng.normal(size=9)
    of_x, of_y = draws(x, 0.3, 3), draws(y, 0.3, 4)
    found = measure_agreement(x, y, of_y, of_x)
    for name, measure in (("tau", stats.kendalltau), ("rho", stats.spearmanr)):
        every = [measure(a, b).statistic for a, b in zip(of_x, of_y, strict=True)]
        value, low, high = (getattr(found, name + end) for end in ("", "_low", "_high"))
        wanted = np.quantile(every, (0.025, 0.975))
        assert (low, high) == pytest.approx((min(wanted[0], value), max(wanted[1], value)), abs=1e-12)
    still = measure_agreement(x, y, np.tile(y, (5, 1)), np.tile(x, (5, 1)))
    assert still.tau_low == still.tau == still.tau_high


def test_a_figure_outside_its_draws_stretches_the_interval() -> None:
    found = agreed(range(8), range(8), spread=20)
    assert (found.tau, found.tau_high) == (1, 1)
    assert found.tau_low < 0


@pytest.mark.parametrize(
    ("x", "y", "message"),
    [
        ([1, 2, 3], [1, 2, 3], "Too few generators, 3: .* once in 6"),
        ([1, 1, 1, 1], [1, 2, 3, 4], "one and the same figure"),
        ([1, 2, 3, 4], [5, 5, 5, 5], "one and the same figure"),
        ([1, 2, 3, np.nan], [1, 2, 3, 4], "not finite"),
        ([1, 2, 3, 4], [1, 2, 3, 4, 5], "same generators"),
    ],
)
def test_generators_without_an_order_are_refused(x: list[float], y: list[float], message: str) -> None:
    with pytest.raises(DataError, match=message):
        agreed(x, y)


def test_draws_must_be_of_the_same_generators() -> None:
    x = np.arange(5.0)
    for of_x, of_y in ((np.ones((9, 5)), np.ones((8, 5))), (np.ones((9, 4)),) * 2, (np.ones((0, 5)),) * 2):
        with pytest.raises(DataError, match="same generators"):
            measure_agreement(x, x, of_y, of_x)


def test_metric_draws_spread_as_the_interval_and_on_their_own() -> None:
    value, low, high = np.array([1.0, 0.0, 5.0]), np.array([0.0, 0.0, 5.0]), np.array([2.0, 1.0, 5.0])
    found = draw_metric(value, low, high)
    assert found.shape == (DRAWS, 3)
    assert found.mean(0) == pytest.approx(value, abs=0.07)
    assert found.std(0) == pytest.approx([0.51, 0.51, 0], abs=0.04)
    ratings = np.random.default_rng(0).standard_normal((DRAWS, 3))
    assert np.abs(np.corrcoef(found[:, 0], ratings[:, 0])[0, 1]) < 0.1
    assert np.array_equal(found, draw_metric(value, low, high))
    other = draw_metric(value, low, high, stream=2)
    assert np.abs(np.corrcoef(found[:, 0], other[:, 0])[0, 1]) < 0.1


def test_pairs_name_registered_metrics_with_their_direction() -> None:
    assert set(PAIRS) == set(Criterion)
    directions = {name: direction_sign(name) for names in PAIRS.values() for name in names}
    assert directions == {"FD": -1, "KID": -1, "image-text score": 1, "PPD": 1}
    registered = {metric.name for metric in METRICS}
    assert {name for names in (*PAIRS.values(), *KIN.values()) for name in names} <= registered
    with pytest.raises(UnknownName):
        direction_sign("beauty")


def test_pareto_keeps_what_nothing_beats() -> None:
    points = np.array([[1.0, 5], [2, 6], [2, 6], [3, 5], [1, 4], [4, 9]])
    assert find_pareto(points, ("lower", "higher")).tolist() == [True, True, True, False, False, True]
    assert find_pareto(np.empty((0, 2)), ("lower", "higher")).tolist() == []
    for broken, better in ((points, ("lower",)), (points, ("lower", "up")), (points * np.nan, ("lower", "lower"))):
        with pytest.raises(DataError, match="Points must be"):
            find_pareto(broken, better)


@few
@given(seeds, st.integers(1, 40), st.integers(1, 4))
def test_every_point_off_the_front_is_beaten_by_one_on_it(seed: int, n: int, k: int) -> None:
    points = np.random.default_rng(seed).integers(0, 5, size=(n, k)).astype(float)
    front = find_pareto(points, ["higher"] * k)
    assert front.any()
    assert np.array_equal(front, find_pareto(-points, ["lower"] * k))
    assert np.array_equal(front, find_pareto(np.stack([points, -points]), ["higher"] * k)[0])
    over = find_beaten(points, ["higher"] * k)
    assert np.array_equal(over.any(1), ~front)
    assert not (over & over.T).any()
    for point, on in zip(points, front, strict=True):
        better = [(other >= point).all() and (other > point).any() for other in points[front]]
        assert any(better) != on


def cubic(x: np.ndarray, y: np.ndarray) -> float:
    """The kernel of two pictures, written out."""
    return float((x @ y / len(x) + 1) ** 3)


@few
@given(seeds, st.integers(2, 12), st.integers(2, 12), st.integers(1, 6))
def test_the_witness_is_its_definition_and_adds_up_to_kid(seed: int, n: int, m: int, d: int) -> None:
    rng = np.random.default_rng(seed)
    x, real = rng.normal(size=(n, d)), rng.normal(0.5, 1, size=(m, d))
    found = witness_function(x, real)
    for i in range(n):
        to_real = np.mean([cubic(x[i], r) for r in real])
        to_others = np.mean([cubic(x[i], x[j]) for j in range(n) if j != i])
        assert found[i] == pytest.approx(to_real - to_others, rel=1e-9, abs=1e-9)
    assert witness_function(x, real, pool=n) == pytest.approx(found)
    if n > 2:
        drawn = np.sort(np.random.default_rng(0).choice(n, n - 1, replace=False)).tolist()
        others = [np.mean([cubic(x[i], x[j]) for j in drawn if j != i]) for i in range(n)]
        expected = [np.mean([cubic(one, r) for r in real]) - other for one, other in zip(x, others, strict=True)]
        assert witness_function(x, real, pool=n - 1) == pytest.approx(expected, rel=1e-9, abs=1e-9)
    of_real = -witness_function(real, x)  # the real ones' own, left out of themselves
    assert kernel_distance(x, real).value == pytest.approx(of_real.mean() - found.mean(), rel=1e-7, abs=1e-7)


def test_the_witness_tells_pictures_like_real_ones_and_refuses_what_it_cannot_tell() -> None:
    rng = np.random.default_rng(0)
    real, alike, other = (rng.normal(mean, 1, size=(60, 8)) for mean in (0, 0, 3))
    found = witness_function(np.concatenate([alike, other]), real)
    assert found[:60].min() > found[60:].max()
    for broken in (real[:1], real[:, :3], real * np.nan):
        with pytest.raises(DataError):
            witness_function(broken, real)


def test_intervals_hold_for_other_prompts_where_many_rate_the_same() -> None:
    """Twenty prompts that forty raters answer each: the truth is that of prompts without end."""
    rng, raters, prompts = np.random.default_rng(0), np.repeat(np.arange(40), 20), np.tile(np.arange(20), 40)

    def drawn(n: int) -> tuple[Array, Array]:
        lead = rng.normal(size=n)
        return 0.5 * lead + rng.normal(size=n), 1 / (1 + np.exp(-2 * lead))

    difference, chance = drawn(400_000)
    truth, held = np.where(difference > 0, chance, 1 - chance).mean(), 0
    for _ in range(40):
        difference, chance = drawn(20)
        outcome = np.where(rng.random(800) < chance[prompts], A, B)
        found = vote_accuracy(difference[prompts], outcome, raters, prompts)
        assert found.decided_low is not None and found.decided_high is not None
        held += found.decided_low <= truth <= found.decided_high
    assert held >= 36
    with pytest.raises(DataError, match="Too few prompts, 9"):
        vote_accuracy(difference[prompts], outcome, raters, prompts % 9)
    alone = vote_accuracy(difference[prompts], outcome, raters, np.arange(800))
    assert alone == vote_accuracy(difference[prompts], outcome, raters)
