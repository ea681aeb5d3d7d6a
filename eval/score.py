"""``python -m eval.score``: figures of a folder or data set of images, against another, by any encoders.

Exit codes: 0 all images were used, 1 some can't be used and are listed, 2 nothing could be measured.
With ``--before`` the drift of a model is measured: two sample folders of the same prompts and seeds. With ``--train``
each image stands beside its nearest training image: near copies are told, and with ``--pairs`` shown.
"""

import json
import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from eval.encoders import ENCODERS, Encoder
from eval.encoders.find_weights import EMBEDDED, list_default_encoders
from eval.features.feature_space import FeatureSpace
from eval.features.feature_store import FeatureStore
from eval.features.ray_features import encode_ahead
from eval.measure import CategoryRow, Table
from eval.metrics import FigureName, Measured, Unmeasured, figure_record
from eval.picture_records.picture_set import AskedRecords
from eval.render.latex_tables import parts_to_latex, scores_to_latex
from eval.score_images import GeneratorScores, ImageScores, score_sides
from eval.score_pairs import write_sheet
from eval.score_tables import NOBODY, to_tables
from eval.scored_sets import has_real_test
from eval.scored_sides import Sources, read_sides
from hub.command import NOTHING, PART, check_one_form, make_command, split_names
from hub.errors import DataError
from hub.language.sentence import listed, number_of
from hub.paths import cache_dir
from hub.progress import console
from hub.settings import EngineName, Settings

DEFAULT = f"{','.join(EMBEDDED)}, and first dinov2 where its weights are at hand"


def _record(figure: Measured | Unmeasured | None) -> dict[str, Any] | None:
    return figure_record(figure) if figure else None


def to_json(scores: ImageScores) -> str:
    """Return the scores as JSON, never with a NaN; every figure says its generator, empty where that is not known."""
    figures, missing = (
        [{"generator": one.name} | figure_record(figure) for one in scores.generators for figure in getattr(one, kind)]
        for kind in ("figures", "missing")
    )
    parts = [
        {"generator": one.name} | asdict(part) | {name: _record(getattr(part, name)) for name in ("figure", "lacking")}
        for one in scores.generators
        for part in one.by_category
    ]
    content = asdict(scores) | {"figures": figures, "by_category": parts, "missing": missing}
    content["generators"] = [one.name for one in scores.generators]
    content["differences"] = [asdict(one) | {"metric": str(one.name)} for one in scores.differences]
    return json.dumps(content, indent=1, ensure_ascii=False, allow_nan=False)


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


def _list_figure_notes(one: GeneratorScores) -> list[str]:
    """List the notes on a generator's figures: their own, and those that are missing."""
    of_figures = [(figure.name, figure.note or "") for figure in one.figures]
    missing = [(lacking.name, lacking.reason) for lacking in one.missing]
    spaces = len({name.space for name, _ in (*of_figures, *missing)} - {""})
    lines = [f"{names}: {note}." for names, note in group_notes(of_figures, spaces) if note]
    lines += [f"No {names}: {why}" for names, why in group_notes(missing, spaces)]
    parts = [(f"{part.prompt_set}: {part.category}", part.lacking) for part in one.by_category]
    return [*lines, *(f"{category}: no {lack.name}: {lack.reason}" for category, lack in parts if lack)]


def list_notes(scores: ImageScores) -> list[str]:
    """List what was read, the notes on the figures, and pictures that can't be used."""
    by_name = {one.name: _list_figure_notes(one) for one in scores.generators}
    shared = [line for line in next(iter(by_name.values())) if all(line in those for those in by_name.values())]
    lines = [*scores.read, *shared]
    for name, those in by_name.items():
        lines += [f"{name or NOBODY}: {line}" for line in those if line not in shared]
    sides = (("image", "", scores.broken), ("reference image", "", scores.broken_reference))
    more = (("image", " before", scores.broken_before), ("training image", "", scores.broken_training))
    for side, when, broken in (*sides, *more):
        left_out = "is left out" if len(broken) == 1 else "are left out"
        lines += [f"{number_of(len(broken), side)}{when} can't be used and {left_out}:"] if broken else []
        lines += [f"  {one.name}: {one.reason}" for one in broken]
    return lines


def _print_scores(scores: ImageScores, *, json_: bool, latex: bool) -> None:
    """Print the scores in the form that was asked for, and notes on standard error."""
    if json_:
        typer.echo(to_json(scores))
    elif latex:
        tables = [scores_to_latex(one.figures, scores.protocol, one.name) for one in scores.generators]
        parts = tuple(CategoryRow(one.name or NOBODY, part) for one in scores.generators for part in one.by_category)
        rest = parts_to_latex(Table((), protocol=scores.protocol, by_category=parts, differences=scores.differences))
        typer.echo("\n".join([*tables, *filter(None, [rest])]), nl=False)
    else:
        for table in to_tables(scores):
            Console().print(table)
    for line in list_notes(scores):
        console.print(line, markup=False, soft_wrap=True)


def _choose_spaces(
    encoders: str | None, of: Sources, weights: Path | None, open_space: Callable[[Encoder], FeatureSpace]
) -> list[FeatureSpace]:
    """Return the spaces of these encoders; where none is named, of those that know what is to be compared with."""
    if encoders is not None:
        return [open_space(ENCODERS[name]) for name in split_names(encoders)]
    spaces = [open_space(ENCODERS[name]) for name in list_default_encoders(weights)]
    return [space for space in spaces if not of.real_test or has_real_test(space)]


def main(
    source: Annotated[str, typer.Argument(help="Folder of images, Parquet file, data set, or Hub NAME[:SPLIT].")],
    reference: Annotated[
        str | None, typer.Option(help="The same, to compare with; test: the real test images.")
    ] = None,
    before: Annotated[str | None, typer.Option(help="Samples drawn before the model was trained further.")] = None,
    train: Annotated[str | None, typer.Option(help="Images that the model was trained on.")] = None,
    pairs: Annotated[Path | None, typer.Option(help="PNG to write: images beside their nearest of --train.")] = None,
    name_pattern: Annotated[str | None, typer.Option(help="What files' names say, as '{prompt}_{seed}'.")] = None,
    prompt_column: Annotated[str | None, typer.Option(help="The prompt's in a metadata file or data set.")] = None,
    encoders: Annotated[str | None, typer.Option(help=f"Names, comma-separated. Else {DEFAULT}.")] = None,
    weights: Annotated[Path | None, typer.Option(help="Folder that holds the weights of an encoder.")] = None,
    engine: Annotated[EngineName, typer.Option(help="Where encoders run.", envvar="HUB_ENGINE")] = EngineName.local,
    json_: Annotated[bool, typer.Option("--json", help="Print JSON, and notes on standard error only.")] = False,
    latex: Annotated[bool, typer.Option("--latex", help="Print tables for a paper, with their protocol.")] = False,
) -> None:
    """Measure images: distances to a reference, variety, and, where their prompts are known, fit to them.

    Prompts, seeds and generators are read from manifest.jsonl, metadata.csv, .jsonl or .parquet, files' names,
    NAME.txt, or the images' own text (A1111, ComfyUI, InvokeAI and others); several generators are scored apart.
    """
    check_one_form(json=json_, latex=latex)
    if pairs and not train:
        raise DataError("--pairs shows training images: name them with --train.")
    of = Sources(source, reference, before, train)
    store, settings = FeatureStore(cache_dir() / "features.sqlite"), Settings.from_env(os.environ)
    open_space = partial(FeatureSpace, store=store, weights=weights, device=next(iter(settings.places), ""))
    spaces = _choose_spaces(encoders, of, weights, open_space)
    if engine is EngineName.ray:
        encode_ahead(of.list_files(), spaces, store, settings)
    sides = read_sides(of, AskedRecords(prompt_column, name_pattern))
    scores = score_sides(sides, spaces)
    if pairs and sides.training:
        write_sheet(scores.nearest, sides.made.pictures, sides.training.pictures, pairs)
    _print_scores(scores, json_=json_, latex=latex)
    if not scores.figures:
        raise typer.Exit(NOTHING)
    if scores.broken or scores.broken_reference or scores.broken_before or scores.broken_training:
        raise typer.Exit(PART)


if __name__ == "__main__":
    make_command(main, "python -m eval.score samples --reference photographs --encoders efficientnet-lite2 --json")()
