"""``python -m eval.score``: figures of a folder or data set of images, against another, by any encoders.

Exit codes: 0 all images were used, 1 some can't be used and are listed, 2 nothing could be measured.
With ``--before`` the drift of a model is measured: two sample folders of the same prompts and seeds.
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
from eval.features.space import Space
from eval.features.store import Store
from eval.scoring import Scores, score
from hub.command import NOTHING, PART, command, names_of
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
    """What to know of the figures: their notes, those that are missing, and pictures that can't be used."""
    lines = [f"{one.metric}: {one.note}." for one in scores.figures if one.note]
    lines += [f"No {one.metric}: {one.reason}" for one in scores.missing]
    sides = {
        "images": scores.broken,
        "reference images": scores.broken_reference,
        "images before": scores.broken_before,
    }
    for side, broken in sides.items():
        lines += [f"{len(broken)} {side} can't be used and are left out:"] if broken else []
        lines += [f"  {one.name}: {one.reason}" for one in broken]
    return lines


def main(
    source: Annotated[str, typer.Argument(help="Folder of images, Parquet file, data set, or Hub NAME[:SPLIT].")],
    reference: Annotated[str | None, typer.Option(help="The same, of the images to compare with.")] = None,
    before: Annotated[str | None, typer.Option(help="Samples drawn before the model was trained further.")] = None,
    encoders: Annotated[str, typer.Option(help="Names, comma-separated.")] = "efficientnet-lite2,witness,judge",
    weights: Annotated[Path | None, typer.Option(help="Folder that holds the weights of an encoder.")] = None,
    engine: Annotated[EngineName, typer.Option(help="Where encoders run.", envvar="HUB_ENGINE")] = EngineName.local,
    json_: Annotated[bool, typer.Option("--json", help="Print JSON, and notes on standard error only.")] = False,
) -> None:
    """Measure images: distances to a reference, variety, and, where a manifest has the prompts, fit to them."""
    store, settings = Store(cache_dir() / "features.sqlite"), Settings.from_env(os.environ)
    device = next(iter(settings.places), "")
    spaces = [Space(ENCODERS[name], store, weights, device) for name in names_of(encoders)]
    if engine is EngineName.ray:
        encode_ahead([one for one in (source, reference, before) if one], spaces, store, settings)
    scores = score(source, reference, before, spaces)
    if json_:
        typer.echo(to_json(scores))
    else:
        Console().print(to_table(scores))
    for line in notes(scores):
        console.print(line, markup=False, soft_wrap=True)
    if not scores.figures:
        raise typer.Exit(NOTHING)
    if scores.broken or scores.broken_reference or scores.broken_before:
        raise typer.Exit(PART)


if __name__ == "__main__":
    command(main, "python -m eval.score samples --reference photographs --encoders efficientnet-lite2 --json")()
