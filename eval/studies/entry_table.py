"""The entries' figures as one table and as rows of a CSV with their intervals."""

import csv
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from eval.metrics import METRICS, FigureName
from eval.metrics.entries.consistency import Consistency
from eval.metrics.entries.cost import Computing, Seconds
from eval.metrics.entries.frechet import Frechet
from eval.metrics.entries.image_text import ImageText
from eval.metrics.entries.kid import Kernel
from eval.metrics.entries.ppd import PerPromptDiversity
from eval.metrics.entries.prdc import ManifoldRecall, Precision
from eval.metrics.entries.recall import Recall
from eval.render import Grid, figure
from eval.study.declaration import Figures

SHOWN = (
    Frechet.name, Kernel.name, ImageText.name, Recall.name, PerPromptDiversity.name, Consistency.name, Precision.name,
    ManifoldRecall.name, Seconds.name, Computing.name,
)  # fmt: skip
DASH = "-"


@dataclass(frozen=True)
class EntryRow:
    """A row of the table. ``parameters`` and ``minutes`` of the ``device`` that trained are None for real images."""

    name: str
    figures: Figures
    parameters: int | None = None
    minutes: float | None = None
    device: str = ""


def list_spaces(rows: Mapping[str, EntryRow]) -> dict[str, list[str]]:
    """Return the spaces that each shown metric was measured in, by metric, in the order of their names."""
    found = {name for row in rows.values() for name in row.figures}
    return {metric: sorted(name.space for name in found if name.metric == metric) for metric in SHOWN}


def _cell(figures: Figures, metric: str, spaces: list[str]) -> str:
    found = [figures.get(FigureName(metric, space)) for space in spaces]
    return " / ".join(figure(one.value) if one else DASH for one in found) if any(found) else DASH


def make_entry_grid(rows: Mapping[str, EntryRow]) -> Grid:
    """Return the table, a row an entry; a metric of several spaces has their figures in one cell."""
    spaces = list_spaces(rows)
    arrows = {metric: "↑" if METRICS[metric].better == "higher" else "↓" for metric in SHOWN}
    head = ("Entry", *(f"{metric} {arrow}" for metric, arrow in arrows.items()), "parameters", "device-minutes")
    lines = tuple(
        (
            row.name,
            *(_cell(row.figures, metric, spaces[metric]) for metric in SHOWN),
            DASH if row.parameters is None else f"{row.parameters:,}",
            DASH if row.minutes is None else f"{row.minutes:.1f} ({row.device})",
        )
        for row in rows.values()
    )
    return Grid("The entries", head, lines, "There is no entry.", tuple(range(1, len(head))))


def _records(rows: Mapping[str, EntryRow]) -> Iterator[tuple[str | float, ...]]:
    yield ("entry", "metric", "space", "value", "low", "high", "n", "encoder")
    for row in rows.values():
        for name in sorted(row.figures, key=lambda name: (SHOWN.index(name.metric), name.space)):
            one = row.figures[name]
            yield (row.name, *name, *(f"{x:.6g}" for x in (one.value, one.low, one.high)), one.n, one.encoder)


def make_entry_csv(rows: Mapping[str, EntryRow]) -> str:
    """Return every shown figure as a line of a CSV, with its 95 % interval, number of prompts, and encoder."""
    written = io.StringIO()
    csv.writer(written, lineterminator="\n").writerows(_records(rows))
    return written.getvalue()
