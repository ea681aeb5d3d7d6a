"""Clustered sandwiches, draws and bootstraps, held against sums by hand and full refits."""

import itertools

import numpy as np
import pytest

from eval.ratings import clusters
from eval.ratings.bradley_terry import Fit, fit, rate
from eval.ratings.clusters import number_groups, score_votes
from eval.ratings.counts import Counts, Votes
from eval.ratings.draws import (
    bootstrap,
    bootstrap_groups,
    draw_normal,
    percentile_intervals,
)
from eval.ratings.freedom import find_degrees, group_shape
from eval.ratings.sandwich import Sandwich, cluster_sandwich, half_widths
from eval.ratings.tie_rules import TieRule
from eval.statistics import t95
from hub.errors import DataError
from tests.eval.ratings.made import voted

THETA = np.array([0.6, 0.2, -0.1, -0.7])
RULES = list(TieRule)


def errors(covariance: np.ndarray) -> np.ndarray:
    """Standard errors."""
    return np.sqrt(np.diag(covariance))


def by(fitted: Fit, votes: Votes, keys: np.ndarray) -> np.ndarray:
    """The covariance clustered by one grouping."""
    ((found, _),) = cluster_sandwich(fitted, votes, [keys]).by
    return found


def half(fitted: Fit, votes: Votes, *keys: np.ndarray) -> np.ndarray:
    """Half the width of intervals by these groupings."""
    return cluster_sandwich(fitted, votes, keys).half_widths


def groups_drawn(fitted: Fit, votes: Votes, keys: np.ndarray, draws: int) -> np.ndarray:
    """The bootstrap of groups."""
    inverse = fitted.form.inverse(fitted.information)
    return bootstrap_groups(fitted.at, inverse, score_votes(fitted, votes), keys, draws, 11)


def coded(names: tuple[str, ...], rows: np.ndarray) -> Votes:
    """Votes from rows of left, right and outcome."""
    return Votes(names, rows[:, 0], rows[:, 1], rows[:, 2], np.arange(len(rows)))


def repeated(votes: Votes, times: np.ndarray) -> Votes:
    """The votes, each so many times."""
    left, right, outcome = (np.repeat(codes, times) for codes in (votes.left, votes.right, votes.outcome))
    return Votes(votes.names, left, right, outcome, np.arange(len(left)))


@pytest.mark.parametrize("position", [False, True])
@pytest.mark.parametrize("rule", RULES)
def test_votes_of_their_own_are_clusters_of_one(rule: TieRule, position: bool) -> None:
    votes = voted(THETA, 500, 0)
    fitted = fit(votes.counts, rule, position=position)
    for alone in (np.full(500, -1), np.arange(500), 10**12 * np.arange(500)):
        assert by(fitted, votes, alone) == pytest.approx(fitted.covariance * 500 / 499, rel=1e-9, abs=1e-12)
    summed = score_votes(fitted, votes).summed(np.arange(500), 500).sum(axis=0)
    assert summed == pytest.approx(np.zeros(fitted.form.size), abs=1e-7)


def test_copied_votes_tell_no_more() -> None:
    votes = voted(THETA, 400, 1)
    thrice = repeated(votes, np.full(400, 3))
    wide = by(fit(thrice.counts), thrice, np.repeat(np.arange(400), 3))
    assert wide == pytest.approx(by(fit(votes.counts), votes, np.arange(400)), rel=1e-9, abs=1e-12)
    assert errors(fit(thrice.counts).covariance) == pytest.approx(errors(fit(votes.counts).covariance) / np.sqrt(3))


def test_two_ways_at_once_add_what_each_has_above_the_votes_alone() -> None:
    votes, rater = opinionated(60, 3000)
    prompt = np.random.default_rng(0).integers(0, 80, 3000)
    fitted = fit(votes.counts)
    found = cluster_sandwich(fitted, votes, [rater, prompt])
    plain, one, other = (np.diag(part) for part in (fitted.covariance, *(part for part, _ in found.by)))
    variance = plain + np.maximum(one - plain, 0) + np.maximum(other - plain, 0)
    assert (np.diag(found.whole) >= variance - 1e-12).all()
    assert (found.half_widths >= 1.959 * np.sqrt(variance)).all()
    assert (found.half_widths >= np.maximum(half(fitted, votes, rater), half(fitted, votes, prompt)) - 1e-12).all()
    assert np.sqrt(np.diag(found.drawn_from)) == pytest.approx(found.half_widths / 1.959964, rel=1e-6)


def test_groups_that_do_not_differ_narrow_no_interval() -> None:
    """Two raters alike, 6 to 4 each; and ten raters on eight prompts, whose usual sum for two ways is negative."""
    rows = np.array(([(0, 1, 0)] * 6 + [(0, 1, 1)] * 4) * 2)
    votes = coded(("A", "B"), rows)
    fitted = fit(votes.counts)
    alike, single = half(fitted, votes, np.repeat([0, 1], 10)), 1.959964 * errors(fitted.covariance)
    assert alike == pytest.approx(single)
    assert by(fitted, votes, np.repeat([0, 1], 10)) == pytest.approx(np.zeros((2, 2)), abs=1e-12)
    rng = np.random.default_rng(5)
    for _ in range(20):
        votes = voted(np.zeros(2), 100, int(rng.integers(1000)))
        fitted = fit(votes.counts)
        both = half(fitted, votes, rng.integers(0, 10, 100), rng.integers(0, 8, 100))
        assert (both >= 1.959963 * errors(fitted.covariance)).all()


@pytest.mark.parametrize("sizes", [(1, 1), (5, 5, 5, 5), (1, 2, 3, 40), (100, 1, 1, 1, 1, 1)])
def test_the_shape_of_groups_is_that_of_a_mean_with_deviations_of_their_own(sizes: tuple[int, ...]) -> None:
    group = np.repeat(np.arange(len(sizes)), sizes)
    p = np.array(sizes) / sum(sizes)
    away = np.eye(len(p)) - np.outer(np.ones(len(p)), p)  # of deviations from their weighted mean
    middle = away.T @ np.diag(p**2) @ away
    times, freedom = group_shape(group)
    assert times == pytest.approx((p**2).sum() / np.trace(middle))
    if len(set(sizes)) == 1:
        assert (times, freedom) == pytest.approx((len(sizes) / (len(sizes) - 1), len(sizes) - 1))


@pytest.mark.parametrize("sizes", [(4, 2, 1), (32, 16, 8, 4, 2, 1), (10, 10, 1, 1, 1, 1, 1), (3, 5, 5, 7, 8, 11, 11)])
def test_students_t_of_unequal_groups_holds_a_mean_of_theirs_in_95_of_100(sizes: tuple[int, ...]) -> None:
    """And Satterthwaite's degrees of the variance alone hold it in 99 where one group has half of the votes."""
    p, rng = np.array(sizes) / sum(sizes), np.random.default_rng(0)
    times, freedom = group_shape(np.repeat(np.arange(len(p)), sizes))
    deviations = rng.standard_normal((100_000, len(p)))
    mean = deviations @ p
    error = np.sqrt(times * (deviations - mean[:, None]) ** 2 @ p**2)
    assert np.mean(np.abs(mean) <= t95(freedom) * error) == pytest.approx(0.95, abs=0.004)


@pytest.mark.parametrize("freedom", [1.0, 1.4, 2.741, 7.9, 8.5, 29.0, 400.0])
def test_degrees_of_freedom_are_those_of_their_point(freedom: float) -> None:
    assert find_degrees(t95(freedom)) == pytest.approx(freedom, rel=1e-6)


def test_a_groups_share_counts_for_no_more_than_all_groups() -> None:
    assert group_shape(np.repeat(np.arange(4), (1, 2, 3, 40)))[1] == 3
    assert group_shape(np.repeat(np.arange(2), (99, 1)))[1] == 1
    weighed = group_shape(np.arange(6), np.array([32.0, 16, 8, 4, 2, 1]))
    assert weighed == pytest.approx(group_shape(np.repeat(np.arange(6), (32, 16, 8, 4, 2, 1))), rel=1e-9)


def test_a_grouping_that_shows_nothing_counts_for_nothing_unless_it_is_of_few() -> None:
    """Variances by two groupings: below the votes' own, at it but for rounding, and above."""
    plain = np.full(4, 1.0)
    low, level, high = 0.9, 1 + 1e-12, 2.0
    one, other = np.array([low, level, high, high]), np.array([low, low, level, high])
    half = half_widths(plain, [(one, 9.0), (other, 11.0)])
    both = 3.0**2 / (high**2 / 9 + high**2 / 11)
    expected = [1.959964, 1.959964, t95(9) * np.sqrt(2), t95(both) * np.sqrt(3)]
    assert half == pytest.approx(np.array(expected), rel=1e-6)
    few = half_widths(plain, [(one, 2.0)])
    assert few == pytest.approx(t95(2) * np.sqrt(one), rel=1e-6)
    assert half_widths(plain, []) == pytest.approx(np.full(4, 1.959964))


DIFFER = (0.0, 0.25, 1.0, 4.0, 100.0)  # times the votes' own variance that groups add


@pytest.mark.parametrize(
    ("groups", "most"), [((2,), 0.995), ((3,), 0.99), ((6,), 0.977), ((10,), 0.972), ((30,), 0.966), ((10, 10), 0.985)]
)
def test_intervals_hold_the_truth_however_much_groups_differ(groups: tuple[int, ...], most: float) -> None:
    """Of an estimate N(0, 1 + what groups add), and variances by each grouping as groups of equal shares tell them."""
    rng, found = np.random.default_rng(0), []
    for differ in itertools.product(DIFFER, repeat=len(groups)):
        freedom = [g - 1.0 for g in groups]
        parts = [((1 + d) * rng.chisquare(f, 20_000) / f, f) for d, f in zip(differ, freedom, strict=True)]
        half = half_widths(np.ones(20_000), parts)
        found.append(float(np.mean(np.abs(rng.standard_normal(20_000)) * np.sqrt(1 + sum(differ)) <= half)))
    assert 0.955 < found[0] < most
    assert min(found) > 0.94


def opinionated(raters: int, number: int) -> tuple[Votes, np.ndarray]:
    """Votes of raters with tastes of their own, a fifth of them ties, and whose each is."""
    rng = np.random.default_rng(3)
    rater = rng.integers(0, raters, number)
    taste = rng.normal(0, 0.8, (raters, 4))
    left = rng.integers(0, 4, number)
    right = (left + rng.integers(1, 4, number)) % 4
    d = (THETA + taste[rater])[np.arange(number), left] - (THETA + taste[rater])[np.arange(number), right]
    decided = (rng.random(number) > 1 / (1 + np.exp(-d))).astype(np.int64)
    outcome = np.where(rng.random(number) < 0.2, 2, decided)
    return Votes(tuple("ABCD"), left, right, outcome, np.arange(number)), rater


def test_raters_of_one_mind_widen_intervals() -> None:
    votes, rater = opinionated(40, 4000)
    fitted = fit(votes.counts)
    wide = by(fitted, votes, rater)
    assert (errors(wide) > 1.6 * errors(fitted.covariance)).all()
    drawn = groups_drawn(fitted, votes, rater, 600)[:, :4]
    assert drawn.std(axis=0) == pytest.approx(errors(wide), rel=0.15)


def test_one_group_tells_nothing_of_groups() -> None:
    votes = voted(THETA, 50, 0)
    with pytest.raises(DataError, match="one group"):
        by(fit(votes.counts), votes, np.zeros(50, dtype=np.int64))


def test_numbering_gives_unknown_ones_groups_of_their_own() -> None:
    found = number_groups(np.array([7, -1, 7, -1, 3]))
    assert len(set(found.tolist())) == 4
    assert (found[0], sorted(found.tolist())) == (found[2], [0, 1, 1, 2, 3])


def test_normal_draws_have_the_covariance() -> None:
    fitted = fit(voted(THETA, 800, 4).counts)
    drawn = draw_normal(fitted, 40_000, 0)
    assert np.cov(drawn.T) == pytest.approx(fitted.covariance[:4, :4], abs=3e-4)
    assert drawn.sum(axis=1) == pytest.approx(np.zeros(40_000), abs=1e-9)
    assert (draw_normal(fitted, 5, 7) == draw_normal(fitted, 5, 7)).all()
    ratings = {row.generator: (row.low, row.high) for row in rate(fitted)}
    assert percentile_intervals(drawn) == pytest.approx(np.array([ratings[name] for name in fitted.names]), abs=2)


def test_draws_are_as_wide_as_the_intervals_of_few_groups() -> None:
    votes, rater = opinionated(4, 2000)
    fitted = fit(votes.counts)
    found = cluster_sandwich(fitted, votes, [rater])
    drawn = draw_normal(fitted, 100_000, 0, found.drawn_from)
    ends = np.quantile(drawn, (0.025, 0.975), axis=0) - fitted.theta
    assert ends == pytest.approx(np.outer((-1, 1), found.half_widths[:4]), rel=0.05)
    assert drawn.sum(axis=1) == pytest.approx(np.zeros(100_000), abs=1e-9)


@pytest.mark.parametrize("position", [False, True])
@pytest.mark.parametrize("rule", RULES)
def test_groups_drawn_by_their_scores_spread_as_full_refits_do(rule: TieRule, position: bool) -> None:
    """60 raters of tastes of their own, drawn with replacement and refitted in full, against their scores alone."""
    votes, rater = opinionated(60, 4000)
    fitted = fit(votes.counts, rule, position=position)
    drawn = groups_drawn(fitted, votes, rater, 4000)[:, :4]
    times = np.random.default_rng(11).multinomial(60, np.full(60, 1 / 60), 400)
    full = np.stack([fit(repeated(votes, each[rater]).counts, rule, position=position).theta for each in times])
    assert drawn.std(axis=0) == pytest.approx(full.std(axis=0), rel=0.12)
    assert np.quantile(drawn, (0.025, 0.975), axis=0) == pytest.approx(
        np.quantile(full, (0.025, 0.975), axis=0), abs=0.4 * full.std()
    )
    assert drawn.std(axis=0) == pytest.approx(errors(by(fitted, votes, rater))[:4], rel=0.06)
    assert drawn.mean(axis=0) == pytest.approx(fitted.theta, abs=0.1 * full.std())


def test_blocks_of_groups_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    votes, rater = opinionated(60, 1000)
    fitted = fit(votes.counts, TieRule.davidson, position=True)
    whole = by(fitted, votes, rater)
    monkeypatch.setattr(clusters, "CELLS", 40)
    assert by(fitted, votes, rater) == pytest.approx(whole, rel=1e-9, abs=1e-12)


@pytest.mark.parametrize("share", [0.02, 0.6, 1.0])
def test_the_clustered_sandwich_is_the_sum_over_groups(share: float) -> None:
    """Written out group by group, where few votes, most and all are in a group of several."""
    votes, rng = voted(THETA, 300, 2, position=0.3), np.random.default_rng(0)
    key = np.where(rng.random(300) < share, rng.integers(0, 7, 300), 50 + np.arange(300))
    fitted = fit(votes.counts, TieRule.rao_kupper, position=True)
    each = score_votes(fitted, votes).summed(np.arange(300), 300)
    sums = np.stack([each[key == one].sum(axis=0) for one in np.unique(key)])
    inverse = np.linalg.pinv(fitted.information)
    expected = inverse @ (sums.T @ sums) @ inverse * group_shape(number_groups(key))[0]
    for unlike in (key, 10**10 * key, np.where(key < 50, key, -1)):
        assert by(fitted, votes, unlike) == pytest.approx(expected, rel=1e-8, abs=1e-12)


@pytest.mark.parametrize("rule", RULES)
def test_the_bootstrap_spreads_as_full_refits_do(rule: TieRule) -> None:
    counts = voted(THETA, 900, 6).counts
    fitted = fit(counts, rule)
    drawn = bootstrap(fitted, 800, 0)
    rng, cells = np.random.default_rng(1), counts.cells.ravel()
    shares = cells / cells.sum()
    again = (rng.multinomial(counts.used, shares).reshape(4, 4, 4).astype(float) for _ in range(300))
    full = np.stack([fit(Counts(counts.names, each), rule).theta for each in again])
    assert drawn.std(axis=0) == pytest.approx(full.std(axis=0), rel=0.15)
    assert drawn.mean(axis=0) == pytest.approx(full.mean(axis=0), abs=0.02)


@pytest.mark.parametrize("rule", RULES)
def test_a_generator_that_a_bootstrap_leaves_out_breaks_nothing(rule: TieRule) -> None:
    """C has two votes, so that one draw in seven has none of its."""
    rows = np.array([(0, 1, 0)] * 7 + [(0, 1, 1)] * 5 + [(2, 0, 0), (2, 1, 1), (3, 0, 0), (3, 1, 1)])
    fitted = fit(coded(("A", "B", "C", "D"), rows).counts, rule)
    assert fitted.prior is None
    drawn = bootstrap(fitted, 1000, 0)
    assert drawn.std(axis=0) == pytest.approx(errors(fitted.covariance)[:4], rel=0.1)


@pytest.mark.parametrize("rule", RULES)
def test_a_prior_widens_clustered_intervals_as_it_does_others(rule: TieRule) -> None:
    """A always wins."""
    rows = np.array([(0, 1, 0)] * 7 + [(2, 0, 1), (1, 2, 1), (2, 1, 1), (1, 2, 2)])
    votes = coded(("A", "B", "C"), rows)
    fitted = fit(votes.counts, rule)
    assert fitted.prior
    apart = by(fitted, votes, np.arange(len(rows)))
    own = np.linalg.pinv(fitted.information)
    prior = own @ fitted.form.meat(fitted.added, fitted.form.terms(fitted.at)) @ own
    assert apart - prior == pytest.approx((fitted.covariance - prior) * len(rows) / (len(rows) - 1), rel=1e-6)
    assert (errors(apart)[:3] >= errors(fitted.covariance)[:3]).all()


def test_any_negative_key_is_of_no_group() -> None:
    assert number_groups(np.array([-5, 3, -1, 3, 0])).tolist() == [2, 1, 3, 1, 0]
    assert number_groups(np.array([-(10**12), -7])).tolist() == [0, 1]


def test_a_spread_of_two_groupings_has_satterthwaites_degrees_of_freedom() -> None:
    one, three = np.array([[1.0]]), np.array([[3.0]])
    both = Sandwich(one, ((three, 4.0), (three, 4.0)))
    assert both.half_widths == pytest.approx([t95(25 / 4.5) * 5**0.5])  # 1 + 2 + 2; (9 + 9) / 4
    assert both.half_widths[0] > t95(4) * 3**0.5


def test_what_a_grouping_adds_by_rounding_counts_no_degrees_of_freedom() -> None:
    one, ten = np.array([[1.0]]), np.array([[10.0]])
    alone, beside = Sandwich(one, ((ten, 20.0),)), Sandwich(one, ((one * (1 + 1e-15), 2.0), (ten, 20.0)))
    assert beside.half_widths == pytest.approx(alone.half_widths, rel=1e-9)
