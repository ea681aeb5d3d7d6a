"""``python -m tests.benchmarks.gallery``: what the gallery of very many votes takes in memory and time."""

import time
from collections.abc import Callable
from functools import partial
from typing import Annotated

import numpy as np
import pyarrow as pa
import typer
from rich.console import Console

from eval.render import Grid
from eval.render.terminal import as_table
from hub.command import make_command
from hub.schema import Criterion, Outcome
from hub.ui.gallery.gallery_search import GallerySearch, Result, ShownBattles
from hub.votes.rows import OWN
from hub.votes.vote_table import TABLE

ENTRIES, PROMPTS = 20, 200_000


def make_votes(count: int) -> pa.Table:
    """Return so many random votes, as they are read from a data folder."""
    rng = np.random.default_rng(0)

    def choose(names: list[str]) -> pa.Array:
        return pa.array(names).take(pa.array(rng.integers(0, len(names), count)))

    entries, prompts = [f"entry-{n}" for n in range(ENTRIES)], [f"a cat number {n} on a mat" for n in range(PROMPTS)]
    columns = {name: choose(entries) for name in ("generator_a", "generator_b")}
    columns |= {"prompt": choose(prompts), "criterion": choose(list(Criterion)), "outcome": choose(list(Outcome))}
    columns |= {"id": pa.array([f"{n:024d}" for n in range(count)]), "time": pa.array(np.arange(count) * 1.0)}
    columns |= {"source": pa.array([OWN] * count)}
    arrays = [columns.get(field.name, pa.nulls(count)).cast(field.type) for field in TABLE]
    return pa.Table.from_arrays(arrays, schema=TABLE)


def measure(work: Callable[[], object]) -> str:
    """Return the seconds that some work takes."""
    begun = time.perf_counter()
    work()
    return f"{time.perf_counter() - begun:.3f} s"


def main(votes: Annotated[int, typer.Option(min=1, help="How many votes there are.")] = 1_000_000) -> None:
    """Measure the gallery of so many random votes: what it holds in memory, and how long each search takes."""
    table = make_votes(votes)
    begun = time.perf_counter()
    shown = ShownBattles.of(table)
    rows = [
        ("made ready", f"{time.perf_counter() - begun:.3f} s"),
        ("held", f"{(table.nbytes + shown.table.nbytes) / 1e6:.0f} MB"),
    ]
    searches = {
        "all": GallerySearch(),
        "a part of a prompt": GallerySearch(prompt="NUMBER 77"),
        "what one generator won": GallerySearch(entry="entry-3", result=Result.won),
        "disputed, the first time": GallerySearch(disputed=True),
        "disputed, later": GallerySearch(disputed=True),
    }
    rows += [(name, measure(partial(shown.select, search))) for name, search in searches.items()]
    title = f"A gallery of {votes:,} votes, {PROMPTS:,} prompts, {ENTRIES} generators"
    console = Console()
    console.print(as_table(Grid(title, ("what", "takes"), tuple(rows), "", (1,)), console.width))


if __name__ == "__main__":
    make_command(main, "python -m tests.benchmarks.gallery --votes 1000000")()
