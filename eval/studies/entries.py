"""``python -m eval.studies.entries``: one table and one picture of all entries with a checkpoint here, the real first.

Figures are those that came with the checkpoints where they still hold, and are measured where they don't. Written are
``entries.csv`` and ``entries.png``, and the part of the weights' README between its marks.
"""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer
from PIL import Image
from rich.console import Console

from eval.agreement.strips import choose_requests
from eval.costs import measure_costs
from eval.features.feature_space import FeatureSpace
from eval.features.feature_store import FeatureStore
from eval.features.reference_features import Reference, read_reference
from eval.gather import find_kept
from eval.machine import describe_machine
from eval.measure import REAL, measure_generators
from eval.metrics import METRICS, FigureName, Takes
from eval.metrics.entries.consistency import Consistency
from eval.metrics.entries.cost import Seconds
from eval.metrics.entries.frechet import Frechet
from eval.metrics.entries.image_text import ImageText
from eval.metrics.entries.recall import Recall
from eval.reference import load_rows
from eval.reference_space import place_reference
from eval.render import markdown as md
from eval.render.terminal import as_table
from eval.sample import adopt_samples, draw_requests
from eval.stored_figures import figures_file, samples_folder
from eval.studies.entry_table import SHOWN, EntryRow, list_spaces, make_entry_csv, make_entry_grid
from eval.study.declaration import Figures
from eval.study.picture_sheet import make_sheet
from eval.study.run_scores import score_halves
from eval.study.study_tables import FLOOR, HALVES
from hub.command import make_command, split_names
from hub.engine import Engine
from hub.engine.open_engine import open_engine
from hub.files import WEIGHTS, png_bytes, write_whole
from hub.generators import GENERATORS, roster
from hub.generators.facts import facts
from hub.paths import cache_dir
from hub.progress import console
from hub.settings import Settings
from hub.weights.measured_card import split_at_marks, write_between

MARKS = "<!-- entries -->", "<!-- end of entries -->"
CAPTIONS = 8
CSV, PNG = "entries.csv", "entries.png"
SAMPLES = "samples"


def measure_rows(
    names: Sequence[str], engine: Engine, reference: Reference, spaces: Sequence[FeatureSpace], where: str
) -> dict[str, EntryRow]:
    """Return the rows of the table: real images, their halves against each other, and the entries.

    Raises: what drawing and encoding raise.
    """
    kept = find_kept(names, reference, spaces)
    table = measure_generators(names, engine, reference, spaces, cache_dir() / SAMPLES, kept)
    own = {name: one.own_bytes for name, one in kept.items()}
    turns = list(choose_requests(reference).values())
    table = table.with_more(measure_costs(engine, names, turns, cache_dir(), where, own).figures)
    found: dict[str, Figures] = {REAL: {}, **{name: {} for name in names}}
    for row in table.rows:
        if row.measured.metric in SHOWN:
            found[row.generator][row.measured.name] = row.measured
    of_images = [metric for metric in SHOWN if METRICS[metric].takes is Takes.images]
    halves = score_halves(of_images, reference, [place_reference(space, reference) for space in spaces])
    rows = {REAL: EntryRow(REAL, found[REAL]), FLOOR: EntryRow(FLOOR, halves)}
    return rows | {name: _make_row(name, found[name]) for name in names}


def _make_row(name: str, figures: Figures) -> EntryRow:
    known = facts(GENERATORS[name])
    minutes = None if known.device_hours is None else 60 * known.device_hours
    return EntryRow(name, figures, known.parameters, minutes, known.device)


def make_entry_sheet(names: Sequence[str], engine: Engine, reference: Reference, real: Any) -> Image.Image:
    """Return the picture: captions down, in the order of :func:`list_captions`; the real ones and the entries across.

    ``real``: the rows of the test split. Raises: what drawing raises.
    """
    requests = [those[0] for those in choose_requests(reference, CAPTIONS).values()]
    columns = [[real[reference.captions.index(request.prompt)]["image"] for request in requests]]
    samples = cache_dir() / SAMPLES
    for name in names:
        adopt_samples(name, samples_folder(name), samples)
        drawn = draw_requests(engine, name, requests, samples)
        columns.append([Image.open(samples / entry.file) for entry in drawn])
    return make_sheet(("real", *names), list(zip(*columns, strict=True)))


def list_captions(reference: Reference) -> list[str]:
    """Return the captions of the picture, from above."""
    return list(choose_requests(reference, CAPTIONS))


def list_notes(rows: Mapping[str, EntryRow]) -> list[str]:
    """Return what is to be said beneath the table."""
    by = list_spaces(rows)
    spaces, judges = by[Frechet.name], sorted({*by[ImageText.name], *by[Recall.name], *by[Consistency.name]})
    timed = [row.figures.get(FigureName(Seconds.name)) for row in rows.values()]
    told = [
        f"Two figures in a cell are by {' and by '.join(spaces)}; {ImageText.name}, {Recall.name} and "
        f"{Consistency.name} are by {' and by '.join(judges)}. ↑: higher is better, ↓: lower is better.",
        "PPD rises with noise too; that of real images is over the four styles of a concept.",
        HALVES,
        *sorted({f"Seconds: {one.note}." for one in timed if one}),
    ]
    return [md.escape(text) for text in told] + [f"95 % intervals, prompts and encoders: [{CSV}]({CSV})."]


def render_part(rows: Mapping[str, EntryRow], captions: Sequence[str]) -> str:
    """Return the part of the README: table, notes and picture."""
    notes = "\n".join(f"- {note}" for note in list_notes(rows))
    picture = f"![Pictures of eight test captions, the real ones and each entry's]({PNG})"
    return f"{md.table(make_entry_grid(rows))}\n\n{notes}\n\n{picture}\n\nDown: {'; '.join(captions)}."


def main(
    generators: Annotated[
        str, typer.Option(help="Names, comma-separated (default: all with a checkpoint in this repository).")
    ] = "",
    out: Annotated[Path, typer.Option(help="Folder of README.md, entries.csv and entries.png.")] = WEIGHTS,
) -> None:
    """Print and write one table and one picture of the entries, the real images and their halves above them."""
    split_at_marks(out / "README.md", *MARKS)  # before minutes are spent
    chosen = [one.name for one in roster(split_names(generators))]
    names = chosen if generators else [name for name in chosen if figures_file(name).parent.is_dir()]
    settings, reference = Settings.from_env(os.environ), read_reference()
    device, engine = next(iter(settings.places), ""), open_engine(settings)
    spaces = reference.spaces(FeatureStore(cache_dir() / "features.sqlite"), device)
    rows = measure_rows(names, engine, reference, spaces, describe_machine(engine, device))
    write_whole(out / CSV, make_entry_csv(rows).encode())
    write_whole(out / PNG, png_bytes(make_entry_sheet(names, engine, reference, load_rows("test"))))
    write_between(out / "README.md", *MARKS, render_part(rows, list_captions(reference)))
    shown = Console()
    shown.print(as_table(make_entry_grid(rows), shown.width))
    console.print(f"Wrote {out}/{CSV}, {PNG} and a part of README.md", markup=False, soft_wrap=True)


if __name__ == "__main__":
    make_command(main, "python -m eval.studies.entries")()
