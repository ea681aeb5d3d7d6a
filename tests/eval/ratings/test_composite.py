"""One order of several questions, and how many votes neighbours still need."""

import pytest

from eval.ratings.bradley_terry import Rating
from eval.ratings.composite import combine_ratings
from eval.ratings.votes_needed import VotesNeeded, estimate_votes_needed
from hub.errors import DataError
from hub.schema import Criterion

QUALITY, ALIGNMENT, VARIETY = Criterion


def row(name: str, rating: float, half: float, battles: int = 10, rank: int = 1) -> Rating:
    """A rating with its interval."""
    return Rating(name, rating, rating - half, rating + half, rank, battles, 0.5)


RATED = {
    QUALITY: [row("a", 1100, 20), row("b", 1000, 20), row("c", 900, 20)],
    ALIGNMENT: [row("b", 1200, 40, 20), row("a", 1000, 40, 20)],
}


def test_a_composite_is_the_weighted_mean_of_ratings_and_of_the_halves_of_intervals() -> None:
    found = {one.generator: one for one in combine_ratings(RATED, {QUALITY: 3, ALIGNMENT: 1, VARIETY: 0})}
    assert set(found) == {"a", "b"}  # c has no rating of one of the two
    assert found["a"].rating == pytest.approx(0.75 * 1100 + 0.25 * 1000)
    assert found["a"].high - found["a"].rating == pytest.approx(0.75 * 20 + 0.25 * 40)
    assert found["a"].battles == 30


def test_weights_decide_the_order_and_only_their_ratio_does() -> None:
    names = {
        weights: [
            one.generator for one in combine_ratings(RATED, dict(zip((QUALITY, ALIGNMENT), weights, strict=True)))
        ]
        for weights in ((9, 1), (1, 9), (0.01, 0.09))
    }
    assert names == {(9, 1): ["a", "b"], (1, 9): ["b", "a"], (0.01, 0.09): ["b", "a"]}
    alone = combine_ratings(RATED, {QUALITY: 5.0})
    assert [(one.generator, one.rating, one.low, one.high) for one in alone] == [
        (one.generator, one.rating, one.low, one.high) for one in RATED[QUALITY]
    ]
    assert [one.rank for one in alone] == [1, 2, 3]


@pytest.mark.parametrize(
    ("rated", "weights", "said"),
    [
        (RATED, {QUALITY: 0, ALIGNMENT: 0}, "All weights are 0"),
        (RATED, {QUALITY: 1, VARIETY: 1}, "has no ratings yet"),
        (RATED | {VARIETY: [row("d", 1000, 1)]}, {QUALITY: 1, VARIETY: 1}, "No generator has votes on all"),
    ],
)
def test_what_gives_no_order_is_said_with_its_cure(rated: object, weights: object, said: str) -> None:
    with pytest.raises(DataError, match=said):
        combine_ratings(rated, weights)  # type: ignore[arg-type]


def test_votes_needed_grow_with_the_square_of_the_intervals_over_the_difference() -> None:
    apart = [row("a", 1100, 40), row("b", 1000, 40)]
    assert estimate_votes_needed(apart, 100) == ()
    near = [row("a", 1050, 40), row("b", 1010, 40)]  # halves of 80 together, apart by 40
    assert estimate_votes_needed(near, 100) == (VotesNeeded("a", "b", 300),)
    level = [row("a", 1000, 40), row("b", 1000, 40)]
    assert estimate_votes_needed(level, 100) == (VotesNeeded("a", "b", None),)
    just = [row("a", 1040, 20), row("b", 1000, 20)]  # they touch
    assert estimate_votes_needed(just, 100) == (VotesNeeded("a", "b", 1),)
