"""The things of a picture, told from its background by rule, and what of a prompt's composition they fulfil.

A thing is a connected part of what differs from the background, the colour that most of the border has. Nothing is
learnt: the rule knows no object. It asks for things that stand apart: two that touch are one to it.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from eval.composition.colours import COLOUR_NAMES, name_colour, to_oklab
from eval.metrics import Array, Flags
from hub.prompt_sets.compositional import Expectation, Relation, Task

RULE = "layout-rule-1"  # told with every figure; another rule is another number
SIDE = 64  # pixels that a picture is looked at in
APART = 0.08  # distance in OKLab from the background
SMALLEST = 12 / SIDE**2  # share of the picture that a thing has at least
SHARE = 0.2  # and of the largest thing: less is a leaf, a shadow, a speck
AROUND = np.ones((3, 3), dtype=bool)
MOST = 16  # things that are told of, the largest first
FIELDS = 4  # of a thing, as numbers
DIMENSIONS = MOST * FIELDS


@dataclass(frozen=True)
class SeenThing:
    """One thing: its share of the picture, its centre (0 to 1, from the left and from the top), its colour's name."""

    area: float
    x: float
    y: float
    colour: str


def find_foreground(lab: Array) -> Flags:
    """Return which pixels differ from the background, (H, W), of a picture in OKLab, (H, W, 3)."""
    border = np.concatenate([lab[0], lab[-1], lab[1:-1, 0], lab[1:-1, -1]])
    return np.asarray(np.linalg.norm(lab - np.median(border, axis=0), axis=2) > APART)


def find_things(rgb: Array) -> list[SeenThing]:
    """Return the things of a picture, (H, W, 3) from 0 to 255, the largest first.

    Parts with a gap of two pixels or less are one. A thing's colour is that of its inside, where it has one.
    """
    lab = to_oklab(rgb)
    there = find_foreground(lab)
    numbers, count = ndimage.label(ndimage.binary_dilation(there, AROUND), AROUND)
    parts = [there & (numbers == number) for number in range(1, count + 1)]
    largest = max((int(part.sum()) for part in parts), default=0)
    least = max(SMALLEST * there.size, SHARE * largest)
    found = [_describe(part, lab) for part in parts if part.sum() >= least]
    return sorted(found, key=lambda one: (-one.area, one.y, one.x))[:MOST]


def _describe(part: Flags, lab: Array) -> SeenThing:
    rows, columns = np.nonzero(part)
    inside = ndimage.binary_erosion(part, AROUND)
    height, width = part.shape
    x, y = (float(values.mean() + 0.5) for values in (columns, rows))
    colour = COLOUR_NAMES[name_colour(lab[inside if inside.any() else part])]
    return SeenThing(float(part.mean()), x / width, y / height, colour)


def to_numbers(things: Sequence[SeenThing]) -> Array:
    """Return things as numbers, (DIMENSIONS,), as they are kept; where there is none its area is 0."""
    found = np.zeros((MOST, FIELDS))
    for row, one in zip(found, things, strict=False):
        row[:] = one.area, one.x, one.y, COLOUR_NAMES.index(one.colour)
    return found.ravel()


def from_numbers(numbers: Array) -> list[SeenThing]:
    """Return the things that :func:`to_numbers` made numbers of."""
    rows = np.asarray(numbers, dtype=np.float64).reshape(MOST, FIELDS)
    return [SeenThing(area, x, y, COLOUR_NAMES[int(colour)]) for area, x, y, colour in rows.tolist() if area > 0]


def _stands(first: SeenThing, second: SeenThing, relation: Relation) -> bool:
    """Return whether the first thing is where it should be, farther that way than aside."""
    right, down = first.x - second.x, first.y - second.y
    way, aside = (down, right) if relation in (Relation.above, Relation.below) else (right, down)
    return (way < 0) == (relation in (Relation.above, Relation.left)) and abs(way) > abs(aside)


def fulfils(things: Sequence[SeenThing], expected: Expectation) -> bool:
    """Return whether the things are what a prompt asks for, as far as a rule can tell.

    count: there are so many things. colour: the largest thing has it. position: there are two things, one of each
    colour, and they stand so. two objects: there are two things apart; what they are is not told.
    """
    if expected.task is Task.colour:
        return bool(things) and things[0].colour == expected.things[0].colour
    if len(things) != len(expected.things):
        return False
    if expected.relation is None:
        return True
    named = {one.colour: one for one in things}
    first, second = (named.get(one.colour) for one in expected.things)
    return first is not None and second is not None and _stands(first, second, expected.relation)
