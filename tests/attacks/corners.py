"""``python -m tests.attacks.corners``: can a mark that is the same in every picture tell who drew it?"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

import numpy as np
import typer
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table

from hub.command import make_command, split_names
from hub.generators import GENERATORS, Placement, ignore_progress, roster
from hub.progress import track_items
from tests.asking import asking

Images = NDArray[np.float64]  # (N, H, W, 3), levels from 0 to 255
PROMPTS = tuple(
    f"{colour} {thing}"
    for thing in ("apple", "castle", "face", "tree", "boat", "cat", "heart", "car")
    for colour in ("red", "blue", "green", "yellow")
)
LEVELS = 8.0  # a smaller step, 3 % of the range, is not seen on one pixel
STEADY = 3.0  # times its own spread over prompts, and one level more: a step that steady is a mark


@dataclass(frozen=True)
class Mark:
    """The pixel whose step from its neighbours is steadiest: where, how many levels, how many times its spread."""

    row: int
    column: int
    levels: float
    steady: float

    @property
    def seen(self) -> bool:
        """Whether it tells who drew a picture."""
        return self.steady > STEADY


def draw(name: str, count: int) -> Images:
    """Pictures of an entry, of as many prompts, each with a seed of its own."""
    draws = GENERATORS[name].load(Placement("cpu"))
    drawn = [
        np.asarray(draws(asking(prompt, seed), {}, ignore_progress)) for seed, prompt in enumerate(PROMPTS[:count])
    ]
    return np.stack(drawn).astype(np.float64)


def steps(images: Images) -> Images:
    """Each pixel less the mean of its eight neighbours; the picture's edge is repeated past it."""
    padded = np.pad(images, ((0, 0), (1, 1), (1, 1), (0, 0)), mode="edge")
    height, width = images.shape[1:3]
    nine = sum(padded[:, row : row + height, column : column + width] for row in range(3) for column in range(3))
    return images - (nine - images) / 8


def strongest(images: Images) -> Mark:
    """The steadiest step of more than LEVELS; one of no levels where there is none."""
    found = steps(images)
    mean = np.abs(found.mean(axis=0))
    steady = np.where(mean > LEVELS, mean / (found.std(axis=0) + 1), 0.0)
    row, column, channel = np.unravel_index(int(steady.argmax()), steady.shape)
    here = row, column, channel
    return Mark(int(row), int(column), float(mean[here]) if steady[here] else 0.0, float(steady[here]))


def corners(images: Images) -> Images:
    """The four corner pixels, (N, 4, 3)."""
    return images[:, [0, 0, -1, -1], [0, -1, 0, -1]]


def told_apart(one: Images, other: Images) -> float:
    """Share of pictures put to the right entry by one corner's step; half choose the threshold, half are put."""
    found = [corners(steps(images)).reshape(len(images), -1) for images in (one, other)]
    (learn, test), (learn_other, test_other) = [(steps_[::2], steps_[1::2]) for steps_ in found]
    best, rule = 0.0, (0, 0.0, 1)
    for number in range(learn.shape[1]):
        for level in np.unique(np.concatenate([learn[:, number], learn_other[:, number]])):
            for sign in (1, -1):
                right = _right(learn, learn_other, (number, float(level), sign))
                best, rule = max((best, rule), (right, (number, float(level), sign)))
    return _right(test, test_other, rule)


def _right(one: Images, other: Images, rule: tuple[int, float, int]) -> float:
    number, level, sign = rule
    hit, miss = (sign * images[:, number] >= sign * level for images in (one, other))
    return float((hit.mean() + 1 - miss.mean()) / 2)


def show(drawn: dict[str, Images]) -> Table:
    """Variances over prompts, the strongest mark, and the entry that one corner tells this one from best."""
    table = Table("entry", "variance: corners", "border", "interior", "steadiest step", "mark", "told from")
    for name, images in drawn.items():
        mark, variance = strongest(images), images.var(axis=0).mean(axis=2)
        border = np.concatenate([variance[0], variance[-1], variance[1:-1, 0], variance[1:-1, -1]])
        told = {other: told_apart(images, theirs) for other, theirs in drawn.items() if other != name}
        easiest = max(told, key=lambda other: told[other], default="")
        step = f"{mark.levels:.0f} levels at {mark.row}, {mark.column}; {mark.steady:.1f} times its spread"
        table.add_row(
            name,
            f"{images.var(axis=0)[[0, 0, -1, -1], [0, -1, 0, -1]].mean():.1f}",
            f"{border.mean():.1f}",
            f"{variance[16:-16, 16:-16].mean():.1f}",
            step,
            "yes" if mark.seen else "no",
            f"{easiest}: {told[easiest]:.0%}" if easiest else "",
        )
    return table


def names(asked: str) -> Sequence[str]:
    """The entries asked for, else all that draw on this machine."""
    return split_names(asked) or [entry.name for entry in roster() if not entry.remote]


def main(
    generators: Annotated[str, typer.Option(help="Entries, comma-separated (default: all of this machine).")] = "",
    count: Annotated[int, typer.Option(help="Prompts, each drawn once by each entry.", min=4, max=len(PROMPTS))] = 32,
) -> None:
    """Draw the same prompts by each entry and look for a mark that is the same in every picture of one."""
    Console(width=150).print(
        show({name: draw(name, count) for name in track_items(list(names(generators)), "entries")})
    )


if __name__ == "__main__":
    make_command(main, "python -m tests.attacks.corners --generators diffusion,scad --count 16")()
