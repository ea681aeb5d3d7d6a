"""The tables of a scoring for a terminal: one generator's figures, or several side by side with their differences."""

from collections.abc import Iterator, Sequence

from rich.markup import escape
from rich.table import Table

from eval.metrics import Measured
from eval.paired_differences import PairedDifference, choose_shown
from eval.score_images import GeneratorScores, ImageScores
from eval.score_pairs import SHOWN

NOBODY = "not named"  # a generator that nothing names
RATIO = (
    "Ratio: the distance by that of the training image from its nearest other one; up to 1 it is a near copy, as "
    "authenticity counts them."
)
LEFT = ("Metric", "Of", "Category", "Image", "Training image")  # columns of words


def _between(low: float, high: float) -> str:
    return f"{low:.4g} to {high:.4g}"


def _make_table(title: str, head: Sequence[str]) -> Table:
    table = Table(title=escape(title), title_justify="left")
    for name in head:
        table.add_column(escape(name), overflow="fold", justify="left" if name in LEFT else "right")
    return table


def _list_one(title: str, rows: Sequence[Measured]) -> Table:
    table = _make_table(title, ("Metric", "Value", "95 % interval", "N"))
    for one in rows:
        table.add_row(escape(one.metric), f"{one.value:.4g}", _between(one.low, one.high), f"{one.n:,}")
    return table


def _list_several(title: str, generators: Sequence[GeneratorScores], encoder: str) -> Table:
    """Return figures side by side, each with its interval below it; of unequal numbers of prompts each is told."""
    by_name = {one.name: {f.metric: f for f in one.figures if f.encoder == encoder} for one in generators}
    table = _make_table(title, ("Metric", *(name or NOBODY for name in by_name), "N"))
    for metric in dict.fromkeys(metric for those in by_name.values() for metric in those):
        found = [those.get(metric) for those in by_name.values()]
        cells = [f"{f.value:.4g}\n{_between(f.low, f.high)}" if f else "-" for f in found]
        numbers = [f"{f.n:,}" if f else "-" for f in found]
        table.add_row(escape(metric), *cells, "\n".join(numbers if len({*numbers}) > 1 else numbers[:1]))
    return table


def _list_differences(title: str, differences: Sequence[PairedDifference]) -> Table:
    table = _make_table(title, ("Metric", "Of", "Difference", "95 % interval", "N"))
    for one in differences:
        pair = f"{one.generator or NOBODY} - {one.other or NOBODY}"
        better = f"{one.metric}\nbetter: {one.better}" if one.better else one.metric
        table.add_row(escape(better), escape(pair), f"{one.value:+.4g}", _between(one.low, one.high), f"{one.n:,}")
    return table


def _list_categories(title: str, generators: Sequence[GeneratorScores], space: str) -> Iterator[Table]:
    """Yield the table of figures by category, where there are any; several generators are told apart in it."""
    parts = [(one.name, part) for one in generators for part in one.by_category if part.space == space]
    if not parts:
        return
    whose = ("Of",) if len(generators) > 1 else ()
    table = _make_table(title, ("Metric", *whose, "Category", "Value", "95 % interval", "N"))
    for name, part in parts:
        one, of = part.figure, (name or NOBODY,) if whose else ()
        words = (part.metric, *of, f"{part.prompt_set}: {part.category}")
        cells = (f"{one.value:.4g}", _between(one.low, one.high)) if one else ("-", "-")
        table.add_row(*map(escape, words), *cells, f"{part.prompts:,}")
    yield table


def _list_nearest(scores: ImageScores) -> Table:
    """Return the nearest pairs as a table, under the encoder that they are nearest by."""
    table = _make_table(
        f"Nearest training images: {scores.nearest[0].encoder}", ("Image", "Training image", "Distance", "Ratio")
    )
    table.caption, table.caption_justify = RATIO, "left"
    for one in scores.nearest[:SHOWN]:
        ratio = "-" if one.ratio is None else f"{one.ratio:.4g}"
        table.add_row(escape(one.image), escape(one.training), f"{one.distance:.4g}", ratio)
    return table


def to_tables(scores: ImageScores) -> Iterator[Table]:
    """Yield a table for each encoder, whose name and checkpoint stand above it, and one of the differences there."""
    for encoder in dict.fromkeys(one.encoder for one in scores.figures):
        rows = [one for one in scores.figures if one.encoder == encoder]
        title = f"{rows[0].space}: {encoder}" if rows[0].space else encoder
        if len(scores.generators) == 1:
            yield _list_one(title, rows)
        else:
            yield _list_several(title, scores.generators, encoder)
        if shown := choose_shown([one for one in scores.differences if one.encoder == encoder]):
            yield _list_differences(f"{rows[0].space}: differences, paired by prompt", shown)
        yield from _list_categories(f"{title}, by category of the prompts", scores.generators, rows[0].space)
    if scores.nearest:
        yield _list_nearest(scores)
