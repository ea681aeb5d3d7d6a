"""Fronts of cost, quality and variety."""

from collections.abc import Mapping

import pytest

from eval.agreement.fronts import ASPECTS, find_fronts
from eval.measure import REAL, Row, Table
from tests.eval.made import figure, name_of

COST, KID, FD, PPD = "seconds an image", "KID (one)", "FD (one)", "PPD (one)"
Figures = Mapping[str, tuple[float, ...]]


def table(metrics: tuple[str, ...], figures: Figures, half: float = 0.0) -> Table:
    """Figures of each generator, in the order of the metrics."""
    return Table(
        tuple(
            Row(name, figure(metric, x, x - half, x + half, 20, "e@1"))
            for name, xs in figures.items()
            for metric, x in zip(metrics, xs, strict=False)
        )
    )


FOUR: Figures = {
    "cheap": (1.0, 9.0, 0.1),
    "good": (5.0, 1.0, 0.2),
    "varied": (6.0, 5.0, 0.9),
    "beaten": (7.0, 6.0, 0.1),
}


def test_who_is_beaten_by_whom_and_on_what() -> None:
    (front,) = find_fronts(table((COST, KID, PPD), FOUR))
    assert (front.metrics, front.space, front.left_out) == (tuple(map(name_of, (COST, KID, PPD))), "one", ())
    points = {point.generator: point for point in front.points}
    assert list(points) == ["cheap", "good", "varied", "beaten"]
    assert [point.on_front for point in front.points] == [True, True, True, False]
    assert points["beaten"].beaten_by == ("good", "varied")
    assert points["beaten"].unbeaten == ()
    assert points["cheap"].unbeaten == (ASPECTS, ("cost", "quality"), ("cost", "variety"))
    assert points["varied"].unbeaten == (ASPECTS, ("cost", "variety"), ("quality", "variety"))
    assert [point.chance for point in front.points] == [1, 1, 1, 0]


def test_chances_follow_the_intervals() -> None:
    near = {"one": (1.0, 1.0, 0.5), "two": (1.01, 1.01, 0.49)}
    (front,) = find_fronts(table((COST, KID, PPD), near, half=0.2))
    one, two = front.points
    assert (one.on_front, two.on_front) == (True, False)
    assert 0.5 < two.chance < one.chance < 1
    assert two.chance == pytest.approx(7 / 8, abs=0.1)  # nearly equal: one in eight orders of three figures beats it


def test_each_space_has_its_own_and_kid_goes_before_fd() -> None:
    metrics = (COST, FD, KID, PPD, "FD (two)", "PPD (two)", "PPD (three)")
    fronts = find_fronts(table(metrics, {"a": (1,) * 7, "b": (2,) * 7}))
    assert [tuple(map(str, front.metrics[1:])) for front in fronts] == [(KID, PPD), ("FD (two)", "PPD (two)")]


def test_who_lacks_a_figure_is_left_out_by_name_and_real_images_have_no_cost() -> None:
    figures: Figures = {**FOUR, "lacking": (1.0,), "unpriced": ()}
    rows = table((COST, KID, PPD), figures).rows
    more = table((KID, PPD), {"unpriced": (1.0, 0.5), REAL: (0.0, 0.9)}).rows
    (front,) = find_fronts(Table((*rows, *more)))
    assert front.left_out == (("lacking", name_of(KID)), ("unpriced", name_of(COST)))
    assert len(front.points) == 4


def test_one_generator_and_none() -> None:
    (front,) = find_fronts(table((COST, KID, PPD), {"alone": (1.0, 2.0, 3.0)}))
    assert [point.on_front for point in front.points] == [True]
    assert find_fronts(Table()) == ()
