"""``python -m eval.studies.candidates``: finished trainings measured beside the entries whose places they might take.

Both draw the validation captions, one with the same seed each, so that the test captions choose nothing. The rule is
:data:`RULE`. KID decides, as it is unbiased where there are fewer pictures than dimensions; in both spaces, as a
network may be fooled by what a generator's training or upsampling leaves, and these two share no weights and are in no
loss. On disagreement the entry stays, since a new revision has its votes to win again. Image-text score and PPD are
shown and do not decide: the first is what the guide's loss asks for, the second rises with noise.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer
from PIL import Image
from rich.console import Console

from eval.agreement.strips import choose_requests
from eval.features.feature_store import FeatureStore
from eval.features.reference_features import Reference
from eval.metrics.entries.frechet import Frechet
from eval.metrics.entries.image_text import ImageText
from eval.metrics.entries.kid import Kernel
from eval.metrics.entries.ppd import PerPromptDiversity
from eval.metrics.entries.recall import Recall
from eval.reference import load_rows, load_validation
from eval.reference_space import place_reference
from eval.render import Grid, figure
from eval.render.terminal import as_table
from eval.rounding import is_above
from eval.study.declaration import Drawer, Figures, Groups, Study, StudyRun
from eval.study.orderings import list_figures
from eval.study.picture_sheet import make_sheet
from eval.study.run_scores import draw_with, measure_study
from eval.study.study_page import render_json, render_markdown
from eval.study.study_tables import HALVES, make_grids
from hub.command import make_command
from hub.errors import MissingFile
from hub.files import png_bytes, write_whole
from hub.generators import roster
from hub.generators.kinds import entry_of
from hub.paths import cache_dir
from hub.progress import console
from hub.weights.install import LICENCES, find_checkpoint

RUN = " (run)"
CAPTIONS = 8
RULE = (
    "A run takes an entry's place if its KID on the validation captions is lower in both spaces of images; else "
    "the entry stays, where the spaces disagree too. FD, image-text score, R@1 and PPD do not decide."
)


def open_run(run: Path, name: str) -> Drawer:
    """Return what draws with a finished training. Raises HubError where it holds no generator that could be served."""
    found = find_checkpoint(run)
    folder = found.model if found.model.is_dir() else run
    lines = {"kind": found.kind, "title": name, "licence": LICENCES[found.kind], "model": str(folder.resolve())}
    entry: Any = entry_of(str(run), name, lines, run)  # each kind has what a Drawer has; tests hold them to it
    entry.check_model()
    return entry  # type: ignore[no-any-return]


def find_pairs(folder: Path) -> list[StudyRun]:
    """Return each entry that a run in ``folder`` is named after, and that run. Raises HubError."""
    made, kept = list[StudyRun](), cache_dir() / "candidates"
    for entry in roster():
        try:
            find_checkpoint(folder / entry.name)
        except MissingFile:
            continue
        arms = {entry.name: entry, f"{entry.name}{RUN}": open_run(folder / entry.name, entry.name)}
        made += [StudyRun(arm, 0, kept / arm, drawer) for arm, drawer in arms.items()]
    return made


CANDIDATES = Study(
    title="Runs beside the entries",
    training="python -m hub.methods.scad",
    find_runs=find_pairs,
    shown=(Kernel.name, Frechet.name, PerPromptDiversity.name, ImageText.name, Recall.name),
)


def decide(entry: Figures, run: Figures) -> str:
    """Return what is served by the rule: ``run`` or ``entry``, and whether the spaces disagree."""
    names = [name for name in entry if name.metric == Kernel.name]
    lower = [bool(is_above(entry[name].value, run[name].value)) for name in names]
    if all(lower):
        return "run"
    return "entry: the spaces disagree" if any(lower) else "entry"


def make_decisions(groups: Groups) -> Grid:
    """Return the table of what is served, with the figures that decided."""
    names = list_figures(groups, Kernel.name)
    rows = []
    for arm in (arm for arm in groups if f"{arm}{RUN}" in groups):
        entry, run = groups[arm][0], groups[f"{arm}{RUN}"][0]
        pairs = [f"{figure(entry[name].value)} against {figure(run[name].value)}" for name in names]
        rows.append((arm, *pairs, decide(entry, run)))
    head = ("Entry", *(f"{name}, entry against run" for name in names), "Served")
    return Grid("What is served", head, tuple(rows), "", tuple(range(1, len(head) - 1)))


def make_pair_sheet(pair: Sequence[StudyRun], reference: Reference, rows: Any) -> Image.Image:
    """Return real pictures of some captions, and beside each what entry and run draw of it with four seeds."""
    chosen = choose_requests(reference, CAPTIONS)
    requests = [request for those in chosen.values() for request in those]
    seeds = len(requests) // len(chosen)
    drawn = [list(draw_with(run.generator, requests)) for run in pair]
    cells = [
        [rows[reference.captions.index(caption)]["image"], *(one for side in drawn for one in side[at : at + seeds])]
        for at, caption in zip(range(0, len(requests), seeds), chosen, strict=True)
    ]
    heads = ("real", "entry", *[""] * (seeds - 1), "run", *[""] * (seeds - 1))
    return make_sheet(heads, cells)


def main(
    runs: Annotated[Path, typer.Option(help="Folder of finished trainings, each named as its entry.")] = Path("runs"),
    out: Annotated[Path | None, typer.Option(help="Folder to write to (default: that of the runs).")] = None,
) -> None:
    """Measure runs and the entries they are named after on the validation captions; say by the rule which is served."""
    pairs = CANDIDATES.runs(runs)
    out, rows = out or runs, load_rows("validation")
    store = FeatureStore(cache_dir() / "features.sqlite")
    reference = load_validation(rows, store)
    places = [place_reference(space, reference) for space in reference.spaces(store)]
    result = measure_study(CANDIDATES, pairs, reference, places)
    grids = [*make_grids(CANDIDATES, result)[:-1], make_decisions(result.groups)]
    write_whole(out / "candidates.md", render_markdown(grids, (RULE, HALVES)).encode())
    write_whole(out / "candidates.json", render_json(result).encode())
    for pair in zip(pairs[::2], pairs[1::2], strict=True):
        write_whole(out / f"{pair[0].arm}.png", png_bytes(make_pair_sheet(pair, reference, rows)))
    shown = Console()
    for grid in grids:
        shown.print(as_table(grid, shown.width))
    console.print(f"Wrote {out}/candidates.md, .json, and a picture an entry", markup=False)


if __name__ == "__main__":
    make_command(main, "python -m eval.studies.candidates --runs runs")()
