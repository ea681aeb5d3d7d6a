"""``python -m eval.score``: figures of a folder or data set of images, against another, by any encoders.

Exit codes: 0 all images were used, 1 some can't be used and are listed, 2 nothing could be measured.
With ``--before`` the drift of a model is measured: two sample folders of the same prompts and seeds.
"""

import json
import os
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from eval.encoders import ENCODERS
from eval.features.feature_space import FeatureSpace
from eval.features.feature_store import FeatureStore
from eval.features.ray_features import encode_ahead
from eval.metrics import FigureName, Measured, figure_record
from eval.score_images import ImageScores, score_images
from hub.command import NOTHING, PART, make_command, split_names
from hub.language.sentence import listed, number_of
from hub.paths import cache_dir
from hub.progress import console
from hub.settings import EngineName, Settings


def to_json(scores: ImageScores) -> str:
    """Return the scores as JSON, never with a NaN."""
    figures, missing = ([figure_record(one) for one in those] for those in (scores.figures, scores.missing))
    parts = [asdict(one) | {"figure": figure_record(one.figure)} for one in scores.by_category]
    content = asdict(scores) | {"figures": figures, "by_category": parts, "missing": missing}
    return json.dumps(content, indent=1, ensure_ascii=False, allow_nan=False)


WORDS, NUMBERS = ("Metric", "Category"), ("Value", "95 % interval", "N")  # columns


def _make_table(title: str, rows: Iterable[tuple[tuple[str, ...], Measured]]) -> Table:
    """Return a table of figures, each with the words before it: its metric, and its category where it has one."""
    listed_rows = list(rows)
    table = Table(title=escape(title), title_justify="left")
    for name in (*WORDS[: len(listed_rows[0][0])], *NUMBERS):
        table.add_column(name, overflow="fold", justify="left" if name in WORDS else "right")
    for words, one in listed_rows:
        between = f"{one.low:.4g} to {one.high:.4g}"
        table.add_row(*map(escape, words), f"{one.value:.4g}", between, f"{one.n:,}")
    return table


def to_tables(scores: ImageScores) -> Iterator[Table]:
    """Yield a table for each encoder, whose name and checkpoint stand above it, and one by category where there are."""
    for encoder in dict.fromkeys(one.encoder for one in scores.figures):
        rows = [one for one in scores.figures if one.encoder == encoder]
        title = f"{rows[0].space}: {encoder}" if rows[0].space else encoder
        yield _make_table(title, (((one.metric,), one) for one in rows))
        parts = [one for one in scores.by_category if one.figure.encoder == encoder]
        if parts:
            words = [((one.figure.metric, f"{one.prompt_set}: {one.category}"), one.figure) for one in parts]
            yield _make_table(f"{title}, by category of the prompts", words)


def group_notes(told: Iterable[tuple[FigureName, str]], spaces: int) -> Iterator[tuple[str, str]]:
    """Yield names of metrics and what is said of them, (names, sentence), each sentence once.

    A metric of which the same is said in all ``spaces`` stands there without them.
    """
    sentences: dict[str, dict[str, list[str]]] = {}
    for name, sentence in told:
        sentences.setdefault(sentence, {}).setdefault(name.metric, []).append(str(name))
    for sentence, metrics in sentences.items():
        names = ([name] if len(full) == spaces else full for name, full in metrics.items())
        yield listed([one for some in names for one in some]), sentence


def list_notes(scores: ImageScores) -> list[str]:
    """List the notes on the figures: their own, those that are missing, and pictures that can't be used."""
    of_figures = [(one.name, one.note or "") for one in scores.figures]
    missing = [(one.name, one.reason) for one in scores.missing]
    spaces = len({name.space for name, _ in (*of_figures, *missing)} - {""})
    lines = [f"{names}: {note}." for names, note in group_notes(of_figures, spaces) if note]
    lines += [f"No {names}: {why}" for names, why in group_notes(missing, spaces)]
    sides = (("image", "", scores.broken), ("reference image", "", scores.broken_reference))
    for side, when, broken in (*sides, ("image", " before", scores.broken_before)):
        left_out = "is left out" if len(broken) == 1 else "are left out"
        lines += [f"{number_of(len(broken), side)}{when} can't be used and {left_out}:"] if broken else []
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
    store, settings = FeatureStore(cache_dir() / "features.sqlite"), Settings.from_env(os.environ)
    device = next(iter(settings.places), "")
    spaces = [FeatureSpace(ENCODERS[name], store, weights, device) for name in split_names(encoders)]
    if engine is EngineName.ray:
        encode_ahead([one for one in (source, reference, before) if one], spaces, store, settings)
    scores = score_images(source, reference, before, spaces)
    if json_:
        typer.echo(to_json(scores))
    else:
        for table in to_tables(scores):
            Console().print(table)
    for line in list_notes(scores):
        console.print(line, markup=False, soft_wrap=True)
    if not scores.figures:
        raise typer.Exit(NOTHING)
    if scores.broken or scores.broken_reference or scores.broken_before:
        raise typer.Exit(PART)


if __name__ == "__main__":
    make_command(main, "python -m eval.score samples --reference photographs --encoders efficientnet-lite2 --json")()
