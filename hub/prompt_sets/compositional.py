"""The compositional set: prompts made by rule from concepts that emoji draw, each with what its picture must show.

The tasks are those of GenEval (arXiv 2310.11513) that can be asked of small pictures: counting, colour, position, two
objects. Every noun is a concept that all four styles of the training data draw as one connected thing. No chance is in
it: the same code gives the same prompts, in the same order.
"""

import hashlib
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from itertools import product

NAME = "compositional"


class Task(StrEnum):
    """What a prompt asks of the composition; also its category."""

    counting = "count"
    colour = "colour"
    position = "position"
    two_objects = "two objects"


class Relation(StrEnum):
    """Where the first thing is, seen from the second."""

    above = "above"
    below = "below"
    left = "to the left of"
    right = "to the right of"


@dataclass(frozen=True)
class Thing:
    """One thing that a picture must show: a noun, and its colour where the prompt names one."""

    noun: str
    colour: str = ""

    @property
    def words(self) -> str:
        """The noun with its colour and article, as ``a blue heart``."""
        named = f"{self.colour} {self.noun}".strip()
        return f"{'an' if named[0] in 'aeiou' else 'a'} {named}"


@dataclass(frozen=True)
class Expectation:
    """What a picture must show for its prompt: these things and no others, and how the first two stand."""

    task: Task
    things: tuple[Thing, ...]
    relation: Relation | None = None


COLOURS = ("red", "orange", "yellow", "green", "blue", "purple", "brown", "black")
NUMBERS = {2: "two", 3: "three", 4: "four", 5: "five"}
COUNTED = {  # noun -> plural
    "cat": "cats", "dog": "dogs", "fish": "fish", "frog": "frogs", "snail": "snails", "owl": "owls",
    "banana": "bananas", "lemon": "lemons", "strawberry": "strawberries", "carrot": "carrots", "mushroom": "mushrooms",
    "egg": "eggs", "star": "stars", "bell": "bells", "key": "keys", "umbrella": "umbrellas", "balloon": "balloons",
    "red apple": "red apples", "blue heart": "blue hearts", "green book": "green books",
}  # fmt: skip
COLOURED = ("heart", "circle", "square", "book", "apple", "star", "cat", "umbrella", "balloon", "car")
PLACED = ("heart", "circle", "square", "book", "apple")
PAIRED = (
    "cat", "hammer", "dog", "umbrella", "frog", "crown", "fish", "key", "owl", "pencil", "lemon", "bell", "rabbit",
    "guitar", "carrot", "rocket", "penguin", "bomb", "mushroom", "camera",
)  # fmt: skip
POSITIONS = 80  # of each of the two tasks that pair things
STEP = 3  # between the places of a pair's colours or nouns, so that neighbours in a list are not all that meet


def _list_counts() -> dict[str, Expectation]:
    asked = product(COUNTED.items(), NUMBERS.items())
    return {
        f"{number} {plural}": Expectation(Task.counting, (Thing(noun),) * n) for (noun, plural), (n, number) in asked
    }


def _list_colours() -> dict[str, Expectation]:
    things = [Thing(noun, colour) for noun, colour in product(COLOURED, COLOURS)]
    return {thing.words: Expectation(Task.colour, (thing,)) for thing in things}


def _list_positions() -> dict[str, Expectation]:
    """Two things of different colours: by these it is told which is which."""
    found: dict[str, Expectation] = {}
    for number in range(POSITIONS):
        colour = number % len(COLOURS)
        other = (colour + 1 + (number // len(COLOURS) * STEP) % (len(COLOURS) - 1)) % len(COLOURS)
        nouns = (PLACED[number % len(PLACED)], PLACED[(number // len(PLACED) + number + 1) % len(PLACED)])
        first, second = (Thing(noun, COLOURS[at]) for noun, at in zip(nouns, (colour, other), strict=True))
        relation = list(Relation)[(number + number // len(COLOURS)) % len(Relation)]
        found[f"{first.words} {relation} {second.words}"] = Expectation(Task.position, (first, second), relation)
    return found


def _list_pairs() -> dict[str, Expectation]:
    found: dict[str, Expectation] = {}
    for number in range(POSITIONS):
        first, turn = number % len(PAIRED), number // len(PAIRED)
        things = Thing(PAIRED[first]), Thing(PAIRED[(first + 1 + turn * STEP) % len(PAIRED)])
        found[" and ".join(thing.words for thing in things)] = Expectation(Task.two_objects, things)
    return found


@cache
def list_expectations() -> dict[str, Expectation]:
    """Return every prompt of the set with what its picture must show, in the order of the tasks."""
    return _list_counts() | _list_colours() | _list_positions() | _list_pairs()


@cache
def set_digest() -> str:
    """Return the first digits of the SHA-256 of the set's prompts, which figures measured on it carry."""
    return hashlib.sha256("\n".join(list_expectations()).encode()).hexdigest()[:12]
