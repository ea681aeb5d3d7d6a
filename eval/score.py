"""``python -m eval.score``: figures of a folder or data set of images, against another, by any encoders.

Exit codes: 0 all images were read, 1 nothing could be measured, 2 some images can't be read; they are listed.
"""

import json
import os
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from eval.cluster import encode_ahead
from eval.encoders import ENCODERS
from eval.features.store import Store
from eval.scoring import Scorer, Scores, score
from hub.command import command
from hub.paths import cache_dir
from hub.progress import console
from hub.settings import EngineName, Settings


def to_json(scores: Scores) -> str:
    """All of it, for programs; never a NaN."""
    return json.dumps(asdict(scores), indent=1, ensure_ascii=False, allow_nan=False)


def to_table(scores: Scores) -> Table:
    """The figures, for people."""
    table = Table("Metric", "Value", "95 % interval", "N", "Encoder")
    for one in scores.figures:
        between = f"{one.low:.4g} to {one.high:.4g}"
        table.add_row(escape(one.metric), f"{one.value:.4g}", between, f"{one.n:,}", escape(one.encoder))
    return table


def notes(scores: Scores) -> list[str]:
    """What to know of the figures: their notes, those that are missing, and pictures that can't be read."""
    lines = [f"{one.metric}: {one.note}." for one in scores.figures if one.note]
    lines += [f"No {one.metric}: {one.reason}" for one in scores.missing]
    for side, broken in (("images", scores.broken), ("reference images", scores.broken_reference)):
        lines += [f"{len(broken)} {side} can't be read and are left out:"] if broken else []
        lines += [f"  {one.name}: {one.reason}" for one in broken]
    return lines


def main(
    source: Annotated[str, typer.Argument(help="Folder of images, Parquet file, data set, or Hub NAME[:SPLIT].")],
    reference: Annotated[str | None, typer.Option(help="The same, of the images to compare with.")] = None,
    encoders: Annotated[str, typer.Option(help="Names, comma-separated.")] = "efficientnet-lite2,judge",
    weights: Annotated[Path | None, typer.Option(help="Folder that holds the weights of an encoder.")] = None,
    engine: Annotated[EngineName, typer.Option(help="Where encoders run.", envvar="HUB_ENGINE")] = EngineName.local,
    json_: Annotated[bool, typer.Option("--json", help="Print JSON, and notes on standard error only.")] = False,
) -> None:
    """Measure images: distances to a reference, variety, and, where a manifest has the prompts, fit to them."""
    names = dict.fromkeys(name.strip() for name in encoders.split(",") if name.strip())
    store = Store(cache_dir() / "features.sqlite")
    settings = Settings.from_env(os.environ)
    scorers = [Scorer(ENCODERS[name], weights, next(iter(settings.places), ""), store) for name in names]
    if engine is EngineName.ray:
        encode_ahead([source, reference] if reference else [source], scorers, store, settings)
    scores = score(source, reference, scorers)
    if json_:
        typer.echo(to_json(scores))
    else:
        Console().print(to_table(scores))
    for line in notes(scores):
        console.print(line, markup=False, soft_wrap=True)
    if scores.broken or scores.broken_reference:
        raise typer.Exit(2)


if __name__ == "__main__":
    command(main, "python -m eval.score samples --reference photographs --encoders efficientnet-lite2 --json")()
