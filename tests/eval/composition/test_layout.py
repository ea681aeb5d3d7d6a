"""The rule of compositions on drawn shapes whose number, colours and places are known."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageColor, ImageDraw

from eval.composition.colours import COLOUR_NAMES, name_colour, to_oklab
from eval.composition.layout import MOST, SIDE, SeenThing, find_things, from_numbers, fulfils, to_numbers
from eval.composition.measure_composition import LayoutReader
from eval.metrics import Array
from hub.prompt_sets.compositional import Expectation, Relation, Task, list_expectations

PAINT = {  # name -> plain colours that anybody calls so
    "red": ("#e00000", "#d81e1e"),
    "orange": ("#ff8c00", "#f58231"),
    "yellow": ("#ffd500", "#ffe119"),
    "green": ("#2ca02c", "#00a000"),
    "blue": ("#1f5fd0", "#4363d8"),
    "purple": ("#8030a0", "#911eb4"),
    "pink": ("#ff8ab8", "#f77fbe"),
    "brown": ("#7a4a20", "#8b5a2b"),
    "black": ("#000000", "#202020"),
    "grey": ("#808080", "#a0a0a0"),
}
Disc = tuple[float, float, float, str]  # x, y, radius, paint


def draw(*discs: Disc, page: str = "white") -> Array:
    """A picture of discs."""
    image = Image.new("RGB", (SIDE, SIDE), page)
    for x, y, radius, paint in discs:
        ImageDraw.Draw(image).ellipse((x - radius, y - radius, x + radius, y + radius), paint)
    return np.asarray(image, dtype=np.float64)


def expectation(prompt: str) -> Expectation:
    """What a prompt of the set asks for."""
    return list_expectations()[prompt]


def test_oklab_is_as_published_and_greys_have_no_hue() -> None:
    """The colours of sRGB as CSS Color 4 has them in OKLab."""
    assert to_oklab(np.array([255.0, 255, 255])) == pytest.approx([1, 0, 0], abs=1e-6)
    assert to_oklab(np.array([255.0, 0, 0])) == pytest.approx([0.62796, 0.22486, 0.12585], abs=1e-4)
    assert to_oklab(np.array([0.0, 255, 0])) == pytest.approx([0.86644, -0.23389, 0.17950], abs=1e-4)
    assert to_oklab(np.array([0.0, 0, 255])) == pytest.approx([0.45201, -0.03246, -0.31153], abs=1e-4)
    greys = to_oklab(np.repeat(np.arange(256.0), 3).reshape(-1, 3))
    assert np.abs(greys[:, 1:]).max() < 1e-6
    assert (np.diff(greys[:, 0]) > 0).all()


@pytest.mark.parametrize(("name", "paint"), [(name, paint) for name, paints in PAINT.items() for paint in paints])
def test_plain_colours_have_the_names_that_people_give_them(name: str, paint: str) -> None:
    assert [one.colour for one in find_things(draw((32, 32, 12, paint)))] == [name]


def test_an_outline_and_a_light_are_not_the_colour_of_a_thing() -> None:
    outlined = draw((32, 32, 14, "black"), (32, 32, 11, "#1f5fd0"), (28, 28, 3, "white"))
    assert [one.colour for one in find_things(outlined)] == ["blue"]
    assert COLOUR_NAMES[name_colour(to_oklab(np.array([[0.0, 0, 0]] * 80 + [[255, 0, 0]] * 20)))] == "black"


@pytest.mark.parametrize("page", ["white", "black", "#88bbee"])
@pytest.mark.parametrize("count", [0, 1, 2, 3, 4, 5])
def test_things_are_counted_on_any_plain_page(count: int, page: str) -> None:
    places = list(itertools.product((12, 32, 52), (14, 44)))[:count]
    found = find_things(draw(*((x, y, 7, "#e00000") for x, y in places), page=page))
    assert sorted((round(one.x * SIDE - 0.5), round(one.y * SIDE - 0.5)) for one in found) == sorted(places)


def test_specks_and_leaves_are_no_things_and_what_touches_is_one() -> None:
    apple, speck = (32, 36, 12, "#e00000"), (10, 10, 1.5, "#2ca02c")
    assert len(find_things(draw(apple, speck))) == 1
    assert len(find_things(draw((22, 32, 9, "#e00000"), (40, 32, 9, "#e00000")))) == 1
    assert len(find_things(draw((20, 32, 9, "#e00000"), (44, 32, 9, "#e00000")))) == 2
    assert find_things(np.full((SIDE, SIDE, 3), 255.0)) == []


@pytest.mark.parametrize("relation", list(Relation))
def test_places_are_told_by_colours_and_only_the_right_one_fulfils(relation: Relation) -> None:
    text = next(text for text, one in list_expectations().items() if one.relation is relation)
    expected = expectation(text)
    first, second = (PAINT[thing.colour][0] for thing in expected.things)
    spots = {Relation.above: (32, 16), Relation.below: (32, 48), Relation.left: (16, 32), Relation.right: (48, 32)}
    for where, (x, y) in spots.items():
        things = find_things(draw((x, y, 9, first), (SIDE - x, SIDE - y, 9, second)))
        assert fulfils(things, expected) is (where is relation)
    alone, third = find_things(draw((16, 32, 9, first))), (8, 8, 6, first)
    assert not fulfils(alone, expected)
    x, y = spots[relation]
    assert not fulfils(find_things(draw((x, y, 9, first), (SIDE - x, SIDE - y, 9, second), third)), expected)
    corner = find_things(draw((16, 16, 9, first), (48, 48, 9, second)))
    assert not fulfils(corner, expected)  # as far aside as it is that way


def test_counts_colours_and_pairs_are_fulfilled_by_what_they_ask() -> None:
    red, blue = (16, 32, 9, PAINT["red"][0]), (48, 32, 9, PAINT["blue"][0])
    assert fulfils(find_things(draw(red, blue)), expectation("two cats"))
    assert not fulfils(find_things(draw(red)), expectation("two cats"))
    assert fulfils(find_things(draw(red, blue)), expectation("a cat and a hammer"))
    assert not fulfils(find_things(draw(red, blue, (32, 10, 6, "#000000"))), expectation("a cat and a hammer"))
    assert fulfils(find_things(draw((16, 32, 12, PAINT["blue"][0]), (48, 32, 8, "#e00000"))), BLUE)
    assert not fulfils(find_things(draw((16, 32, 8, PAINT["blue"][0]), (48, 32, 12, "#e00000"))), BLUE)
    assert not fulfils([], BLUE)


BLUE = expectation("a blue heart")
SEEN = st.builds(
    SeenThing,
    st.floats(0.0078125, 1, width=32),
    st.floats(0, 1, width=32),
    st.floats(0, 1, width=32),
    st.sampled_from(COLOUR_NAMES),
)


@settings(deadline=None, max_examples=60)
@given(st.lists(SEEN, max_size=MOST))
def test_things_come_back_from_their_numbers(things: list[SeenThing]) -> None:
    assert from_numbers(to_numbers(things).astype(np.float32).astype(np.float64)) == things


@settings(deadline=None, max_examples=60)
@given(st.lists(SEEN, max_size=4), st.sampled_from(sorted(list_expectations())))
def test_what_fulfils_a_position_does_not_fulfil_its_opposite(things: list[SeenThing], prompt: str) -> None:
    expected = expectation(prompt)
    if expected.task is Task.position:
        turned = Expectation(expected.task, expected.things[::-1], expected.relation)
        assert not (fulfils(things, expected) and fulfils(things, turned))


def test_a_large_picture_is_looked_at_in_the_rules_own_size() -> None:
    image = Image.new("RGB", (512, 512), "white")
    ImageDraw.Draw(image).ellipse((40, 200, 180, 340), ImageColor.getrgb(PAINT["green"][0]))
    ImageDraw.Draw(image).ellipse((330, 200, 470, 340), ImageColor.getrgb(PAINT["brown"][0]))
    found = from_numbers(LayoutReader().prepare(image).astype(np.float64))
    assert {one.colour for one in found} == {"green", "brown"}
