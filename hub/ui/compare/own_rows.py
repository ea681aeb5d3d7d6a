"""A visitor's own pictures as columns of a grid, and which of its rows they stand in."""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from hub.schema import Request
from hub.ui.compare import MOST_PICTURES, MOST_PROMPTS, MOST_SEEDS
from hub.ui.compare.added_pictures import OwnPicture, OwnSet

SEED_BOUND = 2**63  # of what a generator is asked for; a seed beyond it is one that no row has
YOURS = "yours"


@dataclass(frozen=True)
class OwnColumn:
    """One generator's pictures, all with prompts; ``name`` is what they are told by elsewhere, no entry's name."""

    title: str
    name: str
    pictures: tuple[OwnPicture, ...]


@dataclass(frozen=True)
class OwnCell:
    """A picture in its row; ``number`` counts those of its prompt that have no seed, None for one that has."""

    picture: OwnPicture
    number: int | None = None


@dataclass(frozen=True)
class ChosenRows:
    """Prompts and seeds that hold a visitor's own pictures, as many as fit.

    ``sparse``: not every seed is there of every prompt. ``counted``: seeds that no picture has are among them, which
    make rows for pictures without one. ``left`` is how many pictures stand in no row, but for those that come twice.
    """

    prompts: tuple[str, ...]
    seeds: tuple[int, ...]
    sparse: bool
    counted: bool
    left: int


def list_columns(found: OwnSet, entries: Collection[str]) -> tuple[OwnColumn, ...]:
    """Return the columns of a set, of its pictures that have a prompt; ``entries`` are the arena's names and titles."""
    columns: dict[str, list[OwnPicture]] = {}
    for batch in found.batches:
        for one in batch.pictures:
            if one.prompt is not None:
                columns.setdefault(one.generator or batch.title, []).append(one)
    return tuple(
        OwnColumn(title, f"{title} ({YOURS})" if title in entries else title, tuple(pictures))
        for title, pictures in columns.items()
    )


def seed_of(picture: OwnPicture) -> int | None:
    """Return the seed by which a picture finds its row, None for one that is not known or that no row can have."""
    return picture.seed if picture.seed is not None and 0 <= picture.seed < SEED_BOUND else None


def match_rows(rows: Sequence[Request], column: OwnColumn) -> dict[int, OwnCell]:
    """Return the pictures of a column by the numbers of the rows that they stand in.

    A picture stands where its prompt and seed are; those without a seed fill the rows of their prompt that are left, in
    their order.
    """
    seeded: dict[tuple[str | None, int], OwnPicture] = {}
    others: dict[str | None, list[OwnPicture]] = {}
    for one in column.pictures:
        seed = seed_of(one)
        if seed is None:
            others.setdefault(one.prompt, []).append(one)
        else:
            seeded.setdefault((one.prompt, seed), one)
    cells: dict[int, OwnCell] = {}
    used = Counter[str]()
    for at, row in enumerate(rows):
        prompt = " ".join(row.prompt.split())
        waiting = others.get(prompt, [])
        if (prompt, row.seed) in seeded:
            cells[at] = OwnCell(seeded[prompt, row.seed])
        elif used[prompt] < len(waiting):
            used[prompt] += 1
            cells[at] = OwnCell(waiting[used[prompt] - 1], used[prompt])
    return cells


def _list_seeds(columns: Sequence[OwnColumn], prompt: str) -> tuple[list[int], int]:
    """Return the seeds of a prompt's rows, and how many of them are some picture's: the others make rows for those."""
    seeds, wanted = dict[int, None](), 0
    for column in columns:
        told = [seed_of(one) for one in column.pictures if one.prompt == prompt]
        known = dict.fromkeys(seed for seed in told if seed is not None)
        seeds |= known
        wanted = max(wanted, len(known) + told.count(None))
    known_count, free = len(seeds), 0
    while len(seeds) < wanted:
        seeds.setdefault(free)
        free += 1
    return list(seeds), known_count


def _count_distinct(column: OwnColumn) -> int:
    """Return how many pictures of a column can have a row: of one prompt and seed one."""
    seeds = [(one.prompt, seed_of(one)) for one in column.pictures]
    return len({one for one in seeds if one[1] is not None}) + sum(seed is None for _, seed in seeds)


def _fits(kept: Sequence[tuple[str, int]], prompt: str, seed: int) -> bool:
    """Return whether a grid takes a row's prompt and seed beside those of the others."""
    prompts, seeds = {prompt, *(one for one, _ in kept)}, {seed, *(one for _, one in kept)}
    return len(prompts) <= MOST_PROMPTS and len(seeds) <= MOST_SEEDS


def _make_grid(columns: Sequence[OwnColumn], kept: Sequence[tuple[str, int]]) -> tuple[list[Request], int]:
    """Return every seed of every prompt of these rows, and in how many of that some picture stands."""
    prompts, seeds = dict.fromkeys(prompt for prompt, _ in kept), dict.fromkeys(seed for _, seed in kept)
    rows = [Request(prompt=prompt, seed=seed) for prompt in prompts for seed in seeds]
    return rows, len({at for column in columns for at in match_rows(rows, column)})


def choose_rows(columns: Sequence[OwnColumn], drawn: int) -> ChosenRows:
    """Return the prompts and seeds of own pictures beside so many ``drawn`` columns, as many as a grid holds.

    The first seed of each prompt goes before the second of any.
    """
    prompts = dict.fromkeys(one.prompt for column in columns for one in column.pictures if one.prompt is not None)
    seeds = {prompt: _list_seeds(columns, prompt) for prompt in prompts}
    ranked = sorted(
        ((rank, at, prompt, seed) for at, (prompt, (those, _)) in enumerate(seeds.items())
         for rank, seed in enumerate(those)),
        key=lambda one: one[:2],
    )  # fmt: skip
    most = MOST_PICTURES // max(1, len(columns) + drawn)
    kept: list[tuple[str, int]] = []
    for _, _, prompt, seed in ranked:
        if len(kept) < most and _fits(kept, prompt, seed):
            kept.append((prompt, seed))
    while (found := _make_grid(columns, kept))[1] > most:  # pictures without a seed fill rows of others' seeds, too
        kept.pop()
    rows, filled = found
    left = sum(_count_distinct(column) - len(match_rows(rows, column)) for column in columns)
    counted = any(rank >= seeds[prompt][1] for rank, _, prompt, seed in ranked if (prompt, seed) in kept)
    chosen, numbers = dict.fromkeys(one.prompt for one in rows), dict.fromkeys(one.seed for one in rows)
    return ChosenRows(tuple(chosen), tuple(numbers), len(rows) > filled, counted, left)
