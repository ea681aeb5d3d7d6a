"""``python -m tests.benchmarks.compositional --pack FILE``: how often the rule of compositions is right, on real emoji.

Emoji of all four styles are put onto a white picture of 64 pixels as a prompt of the compositional set asks, and as it
does not: one thing more and one fewer, another colour, the opposite place and a place aside. Only prompts whose things
are drawn in those colours in the training data can be composed so; how many there are is printed.
"""

import random
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Annotated, NamedTuple

import numpy as np
import typer
from PIL import Image
from rich.console import Console
from rich.table import Table

from eval.composition.layout import SIDE, find_things, fulfils
from eval.encoders import ENCODERS
from eval.features.feature_space import FeatureSpace
from eval.features.feature_store import FeatureStore
from eval.features.sources import Picture
from eval.statistics import wilson
from hub.command import make_command
from hub.errors import DataError
from hub.files import png_bytes
from hub.methods.data.concepts import SPLITS
from hub.methods.data.pack import read_pack
from hub.methods.data.packages import STYLES
from hub.paths import cache_dir
from hub.progress import track_items
from hub.prompt_sets.compositional import COLOURS, PAIRED, Expectation, Relation, Task, Thing, list_expectations

CONCEPTS = {"car": "automobile", "red book": "closed book"}  # what the training data call it
GAP = 4  # pixels between things that stand apart; the rule takes up to 2 for none
SIZES = {1: (20, 28), 2: (20, 28), 3: (18, 24), 4: (16, 22), 5: (13, 18), 6: (12, 16)}  # pixels of a side, by number
TRIES, AGAIN = 20_000, 0.02  # places tried, and how often all are tried anew
OPPOSITE = {Relation.above: Relation.below, Relation.left: Relation.right}
OPPOSITE |= {other: one for one, other in OPPOSITE.items()}
ASIDE = {Relation.above: Relation.left, Relation.left: Relation.above}
ASIDE |= {Relation.below: Relation.right, Relation.right: Relation.below}
Drawn = dict[str, list[Image.Image]]  # label -> its pictures, one a style


class Case(NamedTuple):
    """A kind of pictures: whether they are as their prompt asks, and how many the rule said so of."""

    kind: str
    right: bool
    said: list[bool]
    missed: list[str]  # drawings of pictures that are as asked and apart, and that it did not say so of


def read_emoji(pack: Path) -> Drawn:
    """Return the pictures of every concept by its label, cut to what is drawn, in the order of the styles."""
    found: dict[str, list[Image.Image]] = {}
    for split in SPLITS:
        rows = read_pack(pack, split)
        for image, caption in zip(rows.images.numpy(), rows.captions, strict=True):
            whole = Image.fromarray(image.transpose(1, 2, 0))
            there = np.nonzero((image < 245).any(0))
            if len(there[0]):
                left, top, right, bottom = (int(f(x)) for f in (np.min, np.max) for x in there[::-1])
                found.setdefault(caption.rpartition(", in ")[0], []).append(
                    whole.crop((left, top, right + 1, bottom + 1))
                )
    return found


def find_label(thing: Thing, emoji: Drawn) -> str | None:
    """Return the label of the concept that is this thing in its colour, None where there is none."""
    named = f"{thing.colour} {thing.noun}".strip()
    label = CONCEPTS.get(named, named)
    return label if label in emoji else None


def place_things(pictures: Sequence[Image.Image], rng: random.Random, gap: int) -> Image.Image:
    """Return a picture on which these stand anywhere, ``gap`` pixels apart or more; of 0 they touch, in a row.

    Raises: DataError where they find no place.
    """
    page = Image.new("RGB", (SIDE, SIDE), "white")
    if not gap:
        side = (SIDE - 4) // len(pictures)
        for number, one in enumerate(pictures):
            fitted = one.resize((side, side), Image.Resampling.LANCZOS)
            page.paste(fitted, (2 + number * side, (SIDE - side) // 2))
        return page
    boxes: list[tuple[int, int, int, int]] = []
    for _ in range(TRIES):
        if len(boxes) == len(pictures):
            break
        side, one = rng.randint(*SIZES[len(pictures)]), pictures[len(boxes)]
        width, height = (max(6, round(side * length / max(one.size))) for length in one.size)
        x, y = rng.randint(2, SIDE - 2 - width), rng.randint(2, SIDE - 2 - height)
        box = (x, y, x + width, y + height)
        boxes = [*boxes, box] if all(_apart(box, other, gap) for other in boxes) else boxes
        if rng.random() < AGAIN:
            boxes = []
    else:
        raise DataError(f"{len(pictures)} things find no place.")
    for one, (x, y, right, bottom) in zip(pictures, boxes, strict=True):
        page.paste(one.resize((right - x, bottom - y), Image.Resampling.LANCZOS), (x, y))
    return page


def _apart(a: tuple[int, ...], b: tuple[int, ...], gap: int) -> bool:
    return a[2] + gap <= b[0] or b[2] + gap <= a[0] or a[3] + gap <= b[1] or b[3] + gap <= a[1]


def place_pair(pair: Sequence[Image.Image], relation: Relation, rng: random.Random) -> Image.Image:
    """Return a picture on which the first stands so from the second, a little aside too."""
    page = Image.new("RGB", (SIDE, SIDE), "white")
    upright = relation in (Relation.above, Relation.below)
    ahead = relation in (Relation.above, Relation.left)
    for one, near in zip(pair, (ahead, not ahead), strict=True):
        side = rng.randint(18, 26)
        width, height = (max(6, round(side * length / max(one.size))) for length in one.size)
        length, across = (height, width) if upright else (width, height)
        along = rng.randint(1, 28 - length) if near else rng.randint(36, SIDE - 1 - length)
        aside = (SIDE - across) // 2 + rng.randint(-6, 6)
        place = (aside, along) if upright else (along, aside)
        page.paste(one.resize((width, height), Image.Resampling.LANCZOS), place)
    return page


def compose(
    expected: Expectation, emoji: Drawn, style: int, rng: random.Random
) -> Iterator[tuple[str, bool, Image.Image]]:
    """Yield pictures for a prompt by what they are, and whether they are as it asks."""
    pictures = [emoji[label][style] for thing in expected.things if (label := find_label(thing, emoji))]
    if expected.task in (Task.counting, Task.two_objects):
        yield "as asked", True, place_things(pictures, rng, GAP)
        yield "one fewer", False, place_things(pictures[:-1], rng, GAP)
        yield "one more", False, place_things([*pictures, pictures[0]], rng, GAP)
        yield "as asked, touching", True, place_things(pictures, rng, 0)
    elif expected.relation:
        yield "as asked", True, place_pair(pictures, expected.relation, rng)
        yield "opposite place", False, place_pair(pictures, OPPOSITE[expected.relation], rng)
        yield "place aside", False, place_pair(pictures, ASIDE[expected.relation], rng)
    else:
        (thing,) = expected.things
        yield "as asked", True, place_things(pictures, rng, GAP)
        others = [replace(thing, colour=colour) for colour in COLOURS if colour != thing.colour]
        for label in filter(None, (find_label(other, emoji) for other in others)):
            yield "another colour", False, place_things([emoji[label][style]], rng, GAP)


def judge_prompts(emoji: Drawn, seed: int) -> Iterator[tuple[Task, int, int, list[Case]]]:
    """Yield for each task how many prompts there are, how many can be composed, and what the rule said of them."""
    rng = random.Random(seed)
    for task in Task:
        asked = [one for one in list_expectations().values() if one.task is task]
        able = [one for one in asked if all(find_label(thing, emoji) for thing in one.things)]
        cases: dict[str, Case] = {}
        for expected in track_items(able, f"Composing {task}"):
            for style in range(4):
                for kind, right, picture in compose(expected, emoji, style, rng):
                    said = fulfils(find_things(np.asarray(picture, dtype=np.float64)), expected)
                    case = cases.setdefault(kind, Case(kind, right, [], []))
                    case.said.append(said)
                    if kind == "as asked" and not said:
                        case.missed.append(
                            f"{' with '.join(thing.words for thing in expected.things)}, {STYLES[style].name}"
                        )
        yield task, len(asked), len(able), list(cases.values())


def name_crops(emoji: Drawn) -> tuple[int, int]:
    """Return how many crops of the nouns of pairs the embedded judge names right, of how many."""
    space = FeatureSpace(ENCODERS["judge"], FeatureStore(cache_dir() / "features.sqlite"))
    crops = [(row, one) for row, noun in enumerate(PAIRED) for one in emoji[noun]]
    pictures = []
    for number, (_, one) in enumerate(crops):
        page = Image.new("RGB", (max(one.size) + 8,) * 2, "white")
        page.paste(one, ((page.width - one.width) // 2, (page.height - one.height) // 2))
        png = png_bytes(page.resize((SIZES[2][1],) * 2, Image.Resampling.LANCZOS))
        pictures.append(Picture(str(number), partial(bytes, png)))
    images = space.pictures(pictures, "Naming crops").features
    nearest = (images @ space.texts(PAIRED).T).argmax(1)
    return int((nearest == [row for row, _ in crops]).sum()), len(crops)


def main(
    pack: Annotated[Path, typer.Option(help="The pack of training data.")],
    seed: Annotated[int, typer.Option(help="Of sizes and places.")] = 0,
) -> None:
    """Print how often the rule says that a picture is as its prompt asks, where it is and where it is not."""
    emoji = read_emoji(pack)
    table = Table("Task", "Prompts composed", "Pictures", "N", "Said to be as asked", "95 % interval", "Right")
    told: list[str] = []
    for task, asked, able, cases in judge_prompts(emoji, seed):
        for kind, right, said, missed in cases:
            share, (low, high) = sum(said) / len(said), wilson(sum(said) / len(said), len(said))
            table.add_row(task, f"{able} of {asked}", kind, f"{len(said)}", f"{share:.1%}", f"{low:.1%} to {high:.1%}",
                          f"{share if right else 1 - share:.1%}")  # fmt: skip
            told += missed
    Console().print(table)
    Console().print(f"As asked and apart, and not said so: {'; '.join(sorted(told)) or 'none'}")
    named, crops = name_crops(emoji)
    Console().print(f"Things of pairs that the embedded judge names right, one of {len(PAIRED)}: {named} of {crops}")


if __name__ == "__main__":
    make_command(main, "python -m tests.benchmarks.compositional --pack pack.safetensors")()
