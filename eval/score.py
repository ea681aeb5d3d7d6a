"""``python -m eval.score``: figures of a folder or data set of images, against another, by any encoders.

Exit codes: 0 all images were used, 1 some can't be used and are listed, 2 nothing could be measured.
With ``--before`` the drift of a model is measured: two sample folders of the same prompts and seeds. With ``--train``
each image stands beside its nearest training image: near copies are told, and with ``--pairs`` shown.
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
from eval.metrics import FigureName, figure_record
from eval.score_images import ImageScores, Sources, score_images
from eval.score_pairs import SHOWN, write_sheet
from hub.command import NOTHING, PART, make_command, split_names
from hub.errors import DataError
from hub.language.sentence import listed, number_of
from hub.paths import cache_dir
from hub.progress import console
from hub.settings import EngineName, Settings

RATIO = (
    "Ratio: the distance by that of the training image from its nearest other one; up to 1 it is a near copy, as "
    "authenticity counts them."
)


def to_json(scores: ImageScores) -> str:
    """Return the scores as JSON, never with a NaN."""
    figures, missing = ([figure_record(one) for one in those] for those in (scores.figures, scores.missing))
    content = asdict(scores) | {"figures": figures, "missing": missing}
    return json.dumps(content, indent=1, ensure_ascii=False, allow_nan=False)


def to_tables(scores: ImageScores) -> Iterator[Table]:
    """Yield a table for each encoder, whose name and checkpoint stand above it."""
    for encoder in dict.fromkeys(one.encoder for one in scores.figures):
        rows = [one for one in scores.figures if one.encoder == encoder]
        table = Table(title=escape(f"{rows[0].space}: {encoder}"), title_justify="left")
        for name in ("Metric", "Value", "95 % interval", "N"):
            table.add_column(name, overflow="fold", justify="left" if name == "Metric" else "right")
        for one in rows:
            between = f"{one.low:.4g} to {one.high:.4g}"
            table.add_row(escape(one.metric), f"{one.value:.4g}", between, f"{one.n:,}")
        yield table
    if scores.nearest:
        yield _nearest_table(scores)


def _nearest_table(scores: ImageScores) -> Table:
    """Return the nearest pairs as a table, under the encoder that they are nearest by."""
    title = f"Nearest training images: {scores.nearest[0].encoder}"
    table = Table(title=escape(title), title_justify="left", caption=RATIO, caption_justify="left")
    for name in ("Image", "Training image", "Distance", "Ratio"):
        table.add_column(name, overflow="fold", justify="right" if name in {"Distance", "Ratio"} else "left")
    for one in scores.nearest[:SHOWN]:
        ratio = "-" if one.ratio is None else f"{one.ratio:.4g}"
        table.add_row(escape(one.image), escape(one.training), f"{one.distance:.4g}", ratio)
    return table


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
    more = (("image", " before", scores.broken_before), ("training image", "", scores.broken_training))
    for side, when, broken in (*sides, *more):
        left_out = "is left out" if len(broken) == 1 else "are left out"
        lines += [f"{number_of(len(broken), side)}{when} can't be used and {left_out}:"] if broken else []
        lines += [f"  {one.name}: {one.reason}" for one in broken]
    return lines


def main(
    source: Annotated[str, typer.Argument(help="Folder of images, Parquet file, data set, or Hub NAME[:SPLIT].")],
    reference: Annotated[str | None, typer.Option(help="The same, of the images to compare with.")] = None,
    before: Annotated[str | None, typer.Option(help="Samples drawn before the model was trained further.")] = None,
    train: Annotated[str | None, typer.Option(help="Images that the model was trained on.")] = None,
    pairs: Annotated[Path | None, typer.Option(help="PNG to write: images beside their nearest of --train.")] = None,
    encoders: Annotated[str, typer.Option(help="Names, comma-separated.")] = "efficientnet-lite2,witness,judge",
    weights: Annotated[Path | None, typer.Option(help="Folder that holds the weights of an encoder.")] = None,
    engine: Annotated[EngineName, typer.Option(help="Where encoders run.", envvar="HUB_ENGINE")] = EngineName.local,
    json_: Annotated[bool, typer.Option("--json", help="Print JSON, and notes on standard error only.")] = False,
) -> None:
    """Measure images: distances to a reference, variety, and, where a manifest has the prompts, fit to them."""
    if pairs and not train:
        raise DataError("--pairs shows training images: name them with --train.")
    of = Sources(source, reference, before, train)
    store, settings = FeatureStore(cache_dir() / "features.sqlite"), Settings.from_env(os.environ)
    device = next(iter(settings.places), "")
    spaces = [FeatureSpace(ENCODERS[name], store, weights, device) for name in split_names(encoders)]
    if engine is EngineName.ray:
        encode_ahead(of.named, spaces, store, settings)
    scores = score_images(of, spaces)
    if pairs and train:
        write_sheet(scores.nearest, source, train, pairs)
    if json_:
        typer.echo(to_json(scores))
    else:
        for table in to_tables(scores):
            Console().print(table)
    for line in list_notes(scores):
        console.print(line, markup=False, soft_wrap=True)
    if not scores.figures:
        raise typer.Exit(NOTHING)
    if scores.broken or scores.broken_reference or scores.broken_before or scores.broken_training:
        raise typer.Exit(PART)


if __name__ == "__main__":
    make_command(main, "python -m eval.score samples --reference photographs --encoders efficientnet-lite2 --json")()
