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
from eval.metrics import FigureName, figure_record
from eval.render.latex_tables import scores_to_latex
from eval.score_images import ImageScores, score_images
from hub.command import NOTHING, PART, check_one_form, make_command, split_names
from hub.language.sentence import listed, number_of
from hub.paths import cache_dir
from hub.progress import console
from hub.settings import EngineName, Settings


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
    latex: Annotated[bool, typer.Option("--latex", help="Print tables for a paper, with their protocol.")] = False,
) -> None:
    """Measure images: distances to a reference, variety, and, where a manifest has the prompts, fit to them."""
    check_one_form(json=json_, latex=latex)
    store, settings = FeatureStore(cache_dir() / "features.sqlite"), Settings.from_env(os.environ)
    device = next(iter(settings.places), "")
    spaces = [FeatureSpace(ENCODERS[name], store, weights, device) for name in split_names(encoders)]
    if engine is EngineName.ray:
        encode_ahead([one for one in (source, reference, before) if one], spaces, store, settings)
    scores = score_images(source, reference, before, spaces)
    if json_:
        typer.echo(to_json(scores))
    elif latex:
        typer.echo(scores_to_latex(scores.figures, scores.protocol), nl=False)
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
