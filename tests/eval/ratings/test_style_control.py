"""Style control: logistic regression beside it, closed forms, and votes that style drives."""

import colorsys
from typing import Any

import numpy as np
import pytest
from PIL import Image
from scipy.ndimage import sobel
from scipy.optimize import minimize
from sklearn.linear_model import LogisticRegression

from eval.picture_style import (
    EDGE,
    MEASURES,
    PictureProperty,
    measure_brightness,
    measure_colourfulness,
    measure_contrast,
    measure_edge_density,
    measure_style,
)
from eval.ratings.board import Rule
from eval.ratings.bradley_terry import SCALE, fit, rate
from eval.ratings.counts import BOTH_BAD, TIE, Votes
from eval.ratings.style_control import StyleDifferences, control_style
from eval.ratings.tie_rules import TieRule, outcome_chances
from eval.ratings.vote_fit import VoteModel, fit_votes
from eval.ratings.weights import WeighedVotes
from hub.errors import DataError
from tests.eval.ratings.made import voted

Matrix = np.ndarray[Any, Any]
THETA = np.array([0.5, 0.1, -0.2, -0.4])


def driven(number: int, seed: int, beta: float, lead: float = 0.0) -> tuple[Votes, Matrix]:
    """Votes in which the first of four properties counts ``beta``, and generator 0 has ``lead`` more of it."""
    rng = np.random.default_rng(seed)
    left = rng.integers(0, 4, number)
    right = (left + rng.integers(1, 4, number)) % 4
    z = rng.standard_normal((number, 4)) + np.eye(4)[0] * lead * ((left == 0) * 1.0 - (right == 0))[:, None]
    odds = outcome_chances(TieRule.davidson, THETA[left] - THETA[right] + beta * z[:, 0], float(np.log(0.4)))
    outcome = (rng.random(number)[:, None] > np.cumsum(odds, axis=1)).sum(axis=1).clip(max=2)
    return Votes(tuple("abcd"), left, right, outcome, np.arange(number)), z


def known(votes: Votes, rater: Matrix | None = None) -> WeighedVotes:
    """The votes, of one rater each unless they are told."""
    none = np.full(len(votes.rows), -1)
    groups = () if rater is None else (rater,)
    return WeighedVotes(votes, groups, (), none if rater is None else rater, none, none)


def design(votes: Votes) -> Matrix:
    """One column a generator: 1 on the left, -1 on the right."""
    rows, found = np.arange(len(votes.left)), np.zeros((len(votes.left), len(votes.names)))
    found[rows, votes.left], found[rows, votes.right] = 1, -1
    return found


@pytest.mark.parametrize("position", [False, True])
def test_it_is_scikit_learns_logistic_regression_on_the_same_design(position: bool) -> None:
    votes, z = driven(600, 1, 0.8)
    votes = Votes(votes.names, votes.left, votes.right, votes.outcome, votes.rows, np.linspace(0.2, 1, 600))
    columns = np.concatenate([np.ones((600, int(position))), z], axis=1)
    found = fit_votes(votes, columns, TieRule.half)
    assert votes.weight is not None
    x, halves = np.tile(np.concatenate([design(votes), columns], axis=1), (2, 1)), np.repeat([1, 0], 600)
    first = np.select([votes.outcome == 0, votes.outcome >= TIE], [1.0, 0.5], 0.0)
    weight = np.concatenate([first, 1 - first]) * np.tile(votes.weight, 2)
    peer = LogisticRegression(C=np.inf, fit_intercept=False, tol=1e-10, max_iter=5000)
    peer.fit(x, halves, sample_weight=weight)
    theirs = peer.coef_[0]
    theirs[:4] -= theirs[:4].mean()
    assert found.at == pytest.approx(theirs, abs=1e-5)


@pytest.mark.parametrize("rule", list(TieRule))
@pytest.mark.parametrize("position", [False, True])
def test_without_properties_it_is_the_fit_from_counts(rule: TieRule, position: bool) -> None:
    votes = voted(THETA, 500, 3)
    one, other = fit(votes.counts, rule, position=position), fit_votes(votes, np.ones((500, int(position))), rule)
    assert other.at == pytest.approx(one.at, abs=1e-8)
    covariance = other.inverse @ other.scored.plain @ other.inverse
    assert covariance == pytest.approx(one.covariance, abs=1e-9)


@pytest.mark.parametrize("rule", [TieRule.davidson, TieRule.rao_kupper])
def test_modelled_ties_are_at_the_likelihoods_maximum(rule: TieRule) -> None:
    votes, z = driven(300, 4, 0.6)
    found = fit_votes(votes, z, rule)

    def loss(at: Matrix) -> float:
        whole = np.concatenate([at[:3], [-at[:3].sum()], at[3:]])
        odds = outcome_chances(rule, whole[votes.left] - whole[votes.right] + z @ whole[4:8], whole[8])
        return -float(np.log(odds[np.arange(300), votes.outcome].clip(1e-300)).sum())  # a search may leave the domain

    start = np.concatenate([found.at[:3], found.at[4:]])
    peer = minimize(loss, start + 0.05, method="BFGS", options={"gtol": 1e-7})
    assert np.concatenate([found.at[:3], found.at[4:]]) == pytest.approx(peer.x, abs=1e-4)
    model = VoteModel(votes, z, rule)
    for k in range(model.size):  # the information is the gradient's derivative
        step = 1e-5 * np.eye(model.size)[k]
        ends = [model.terms(found.at + sign * step) for sign in (1, -1)]
        up, down = (model.vector(one.by_d, one.by_tie) for one in ends)
        assert model.information(model.terms(found.at))[k] == pytest.approx((down - up) / 2e-5, rel=1e-4, abs=1e-3)


def test_votes_that_style_drives_are_rated_without_bias() -> None:
    """Generator 0 is worth 0.5, and has more of a property that raters favour: 1.5 times 0.7 more."""
    plain, styled, held, settled = [], [], 0, 0
    for seed in range(60):
        votes, z = driven(1500, seed, 0.7, lead=1.5)
        found = control_style(known(votes), StyleDifferences(votes.rows, z), Rule(TieRule.davidson), ())
        scale = SCALE * (THETA - THETA.mean())[0] + 1000
        one = next(shift for shift in found.shifts if shift.without.generator == "a")
        plain.append(one.without.rating - scale)
        styled.append(one.controlled.rating - scale)
        held += one.controlled.low <= scale <= one.controlled.high
        first = found.coefficients[0]
        settled += first.low <= 0.7 * SCALE * first.deviation <= first.high
        assert first.property is PictureProperty.colourfulness
        assert one.low <= one.shift <= one.high < 0
    assert np.mean(plain) > 60
    assert abs(np.mean(styled)) < 3 * np.std(styled) / 60**0.5 + 1
    assert held >= 53
    assert settled >= 53


def test_a_property_that_nobody_favours_moves_no_rating_and_its_interval_holds_0() -> None:
    held = moved = 0
    for seed in range(60):
        votes, z = driven(600, seed, 0.0, lead=1.0)
        found = control_style(known(votes), StyleDifferences(votes.rows, z), Rule(), ())
        held += sum(one.low <= 0 <= one.high for one in found.coefficients)
        moved += sum(one.low <= 0 <= one.high for one in found.shifts)
    assert held >= 0.9 * 240
    assert moved >= 0.9 * 240


def test_ratings_without_control_are_those_of_the_same_votes() -> None:
    votes, z = driven(400, 7, 0.5)
    found = control_style(known(votes), StyleDifferences(votes.rows, z), Rule(), ())
    expected = {row.generator: row for row in rate(fit(votes.counts))}
    for one in found.shifts:
        row = expected[one.without.generator]
        assert (one.without.rating, one.without.low, one.without.high) == pytest.approx((row.rating, row.low, row.high))
        assert (one.without.rank, one.without.battles) == (row.rank, row.battles)
        assert one.shift == pytest.approx(one.controlled.rating - one.without.rating, abs=1e-6)
    assert [one.controlled.rating for one in found.shifts] == sorted(
        (one.controlled.rating for one in found.shifts), reverse=True
    )


def test_votes_of_a_few_raters_have_wider_intervals() -> None:
    votes, z = driven(400, 8, 0.5)
    rater = np.arange(400) % 12
    tastes = np.random.default_rng(0).standard_normal(12)
    outcome = np.where(z[:, 1] * tastes[rater] > 0, 0, 1)
    votes = Votes(votes.names, votes.left, votes.right, outcome, votes.rows)
    alone, together = (
        control_style(known(votes, rater), StyleDifferences(votes.rows, z), Rule(), groups).coefficients[1]
        for groups in ((), (rater,))
    )
    assert together.points == alone.points
    assert together.high - together.low > 2 * (alone.high - alone.low)


def test_the_unit_of_a_property_does_not_matter_and_swapped_sides_tell_the_same() -> None:
    votes, z = driven(300, 9, 0.5)
    whole = control_style(known(votes), StyleDifferences(votes.rows, z), Rule(), ())
    scaled = control_style(known(votes), StyleDifferences(votes.rows, z * [1, 50, 0.01, 255]), Rule(), ())
    swapped = Votes(votes.names, votes.right, votes.left, np.array([1, 0, 2])[votes.outcome], votes.rows)
    turned = control_style(known(swapped), StyleDifferences(votes.rows, -z), Rule(), ())
    for one, other, third in zip(whole.coefficients, scaled.coefficients, turned.coefficients, strict=True):
        assert (one.points, one.low, one.high) == pytest.approx((other.points, other.low, other.high), abs=1e-4)
        assert (one.points, one.low, one.high) == pytest.approx((third.points, third.low, third.high), abs=1e-4)
    assert scaled.coefficients[1].deviation == pytest.approx(50 * whole.coefficients[1].deviation)


def test_what_no_side_differs_in_is_left_out_and_votes_without_pictures_are_counted() -> None:
    votes, z = driven(300, 10, 0.5)
    found = control_style(known(votes), StyleDifferences(votes.rows[:250], z[:250] * [1, 0, 1, 1]), Rule(), ())
    assert found.alike == (PictureProperty.brightness,)
    assert [one.property for one in found.coefficients] == [one for one in MEASURES if one != "brightness"]
    assert (found.votes, found.lost) == (250, 50)
    with pytest.raises(DataError, match="nothing to control for"):
        control_style(known(votes), StyleDifferences(votes.rows, 0 * z), Rule(), ())


def test_votes_without_a_single_maximum_are_told() -> None:
    votes, z = driven(300, 11, 0.5)
    z[:, 3] = np.where(votes.outcome == 0, 1, -1) * (votes.outcome != TIE)  # tells every vote
    for same in (z, z[:, [0, 0, 1, 2]]):
        with pytest.raises(DataError, match="can't be controlled for style"):
            control_style(known(votes), StyleDifferences(votes.rows, same), Rule(), ())
    apart = Votes(votes.names, votes.left % 2, votes.left % 2 + 2, votes.outcome, votes.rows)
    rows = np.flatnonzero(apart.left == 0)
    with pytest.raises(DataError, match="common scale"):
        control_style(known(apart.where(rows)), StyleDifferences(np.arange(len(rows)), z[rows]), Rule(), ())


def test_both_bad_is_a_tie_and_dropped_ties_say_nothing() -> None:
    votes, z = driven(400, 12, 0.5)
    bad = Votes(
        votes.names, votes.left, votes.right, np.where(votes.outcome == TIE, BOTH_BAD, votes.outcome), votes.rows
    )
    for rule in (Rule(), Rule(TieRule.davidson)):
        one, other = (control_style(known(these), StyleDifferences(votes.rows, z), rule, ()) for these in (votes, bad))
        assert one == other
    decided = np.flatnonzero(votes.outcome != TIE)
    dropped = control_style(known(bad), StyleDifferences(votes.rows, z), Rule(TieRule.dropped), ())
    alone = control_style(
        known(votes.where(decided)), StyleDifferences(np.arange(len(decided)), z[decided]), Rule(), ()
    )
    assert dropped.coefficients == alone.coefficients
    assert dropped.votes == len(decided)


def plain(colour: tuple[int, int, int], size: int = 32) -> Matrix:
    """Pixels of one colour."""
    return np.full((size, size, 3), colour, np.uint8)


def test_colourfulness_is_hasler_and_suesstrunks_formula() -> None:
    assert measure_colourfulness(plain((90, 90, 90))) == 0
    red = measure_colourfulness(plain((255, 0, 0)))
    assert red == pytest.approx(0.3 * np.hypot(255, 127.5))
    pixels = np.random.default_rng(0).integers(0, 256, (20, 30, 3)).astype(np.uint8)
    rg = [r - g for r, g, _ in pixels.reshape(-1, 3).astype(float)]
    yb = [0.5 * (r + g) - b for r, g, b in pixels.reshape(-1, 3).astype(float)]
    deviation = np.sqrt(np.var(rg) + np.var(yb))
    assert measure_colourfulness(pixels) == pytest.approx(
        deviation + 0.3 * np.sqrt(np.mean(rg) ** 2 + np.mean(yb) ** 2)
    )


@pytest.mark.parametrize(
    ("colour", "lightness"),
    [((255, 255, 255), 100), ((0, 0, 0), 0), ((119, 119, 119), 50.03), ((255, 0, 0), 53.24), ((0, 255, 0), 87.73),
     ((0, 0, 255), 32.30), ((10, 10, 10), 2.74)],
)  # fmt: skip
def test_brightness_is_cielabs_lightness(colour: tuple[int, int, int], lightness: float) -> None:
    assert measure_brightness(plain(colour)) == pytest.approx(lightness, abs=0.01)


def test_contrast_is_the_deviation_of_luma() -> None:
    board = plain((0, 0, 0))
    board[:, ::2] = 255
    assert measure_contrast(board) == pytest.approx(0.5)
    assert measure_contrast(plain((200, 10, 30))) == pytest.approx(0, abs=1e-12)


def test_edges_are_scipys_sobel_above_the_threshold() -> None:
    pixels = np.random.default_rng(1).integers(100, 140, (24, 31, 3)).astype(np.uint8)
    luma = pixels / 255 @ [0.299, 0.587, 0.114]
    length = np.hypot(sobel(luma, 0), sobel(luma, 1))[1:-1, 1:-1] / 4
    assert measure_edge_density(pixels) == pytest.approx((length > EDGE).mean())
    step = plain((0, 0, 0))
    step[:, 16:] = 255
    assert measure_edge_density(step) == pytest.approx(2 / 30)
    assert measure_edge_density(plain((9, 9, 9))) == measure_edge_density(plain((9, 9, 9), 2)) == 0


def test_style_is_measured_as_pictures_are_looked_at_whatever_their_size() -> None:
    rng = np.random.default_rng(0)
    colours = [tuple(round(255 * c) for c in colorsys.hsv_to_rgb(*rng.random(3))) for _ in range(16)]
    small = Image.new("RGB", (4, 4))
    small.putdata(colours)
    large = [small.resize((side, side), Image.Resampling.NEAREST) for side in (512, 1024)]
    one, other = (measure_style(image) for image in large)
    assert one == pytest.approx(other, rel=0.05)
    assert measure_style(Image.new("RGB", (300, 1), (5, 6, 7))).shape == (4,)
