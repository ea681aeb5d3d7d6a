"""``python -m eval.studies.scad``: the runs of ``hub.methods.scad.study`` measured, and SCAD's orderings tested.

Writes ``study.json``, ``study.md`` and ``study.html``. Images are scored by the report's encoders, which no loss has
seen: EfficientNet-Lite2, the witness and the embedded judge. An ordering is tested by every encoder that measures it;
one that fails is reported as failing.
"""

import json
import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated, Any

import plotly.graph_objects as go
import typer
from rich.console import Console

from eval.features.feature_store import FeatureStore
from eval.features.reference_features import Reference, read_reference
from eval.measure import REAL, ReferenceSpace, place_reference
from eval.metrics import FigureName, Measured, figure_record
from eval.render import Grid, figure
from eval.render.names import interval
from eval.render.terminal import as_table
from eval.studies.checkpoint_scores import PPD, SHOWN, TEXT, Figures, better, plan, real_halves, real_row, scores
from eval.studies.study_page import collapse_plot, html, markdown
from eval.studies.verdicts import Verdict, over_seeds, verdict
from eval.studies.z_recovery import RECOVERY
from hub.command import make_command
from hub.errors import DataError
from hub.files import write_whole
from hub.language.catalogue import ENGLISH
from hub.methods.scad.config import GALIP
from hub.methods.scad.study import images_seen
from hub.paths import cache_dir
from hub.progress import console

NAME = re.compile(r"(?P<group>.+)-seed(?P<seed>\d+)")
FAMILY = ("scad", "scad-mi", "scad-dd")
Groups = dict[str, dict[int, Figures]]  # arm with its weights -> seed -> figures


@dataclass(frozen=True)
class ScadStudy:
    """All figures, and what became of the orderings. ``budget``: images that every run has seen."""

    budget: int
    groups: Groups
    real: Figures
    halves: Figures
    verdicts: tuple[Verdict, ...]


def checkpoints(runs: Path) -> tuple[dict[str, dict[int, Path]], int]:
    """The runs' checkpoints by group and seed, and the budget they share.

    Raises DataError where there is none, or where one has another budget: it is not whole, or not of this study.
    """
    found: dict[str, dict[int, Path]] = defaultdict(dict)
    budgets: dict[str, int] = {}
    for path in sorted(runs.glob("*/model.safetensors")):
        if match := NAME.fullmatch(path.parent.name):
            found[match["group"]][int(match["seed"])] = path
            budgets[path.parent.name] = images_seen(path.parent)
    if not found:
        raise DataError(f"{runs} holds no runs: train them first, python -m hub.methods.scad.study --help.")
    most = max(budgets.values())
    if behind := [name for name, seen in budgets.items() if seen != most]:
        raise DataError(f"Not all runs have seen {most:,} images: {', '.join(behind)}. Go on with their training.")
    return dict(sorted(found.items())), most


def curve(groups: Groups, arm: str) -> dict[float, dict[int, Figures]]:
    """An arm's figures by CLIP weight, those of its own weight among them."""
    pattern = re.compile(re.escape(arm) + r"-clip([\d.]+)")
    found = {float(match[1]): seeds for name, seeds in groups.items() if (match := pattern.fullmatch(name))}
    return {**found, **({GALIP.clip_weight: groups[arm]} if arm in groups else {})}


def _pair(claim: str, name: FigureName, higher: dict[int, Figures], lower: dict[int, Figures]) -> list[Verdict]:
    seeds = sorted(set(higher) & set(lower))
    if len(seeds) < 2:
        return []
    return [verdict(claim, [higher[s][name].value for s in seeds], [lower[s][name].value for s in seeds])]


def figures_of(groups: Groups, metric: str) -> list[FigureName]:
    """A metric with each space it was measured in."""
    names = {name for seeds in groups.values() for figures in seeds.values() for name in figures}
    return sorted(name for name in names if name.metric == metric)


def orderings(groups: Groups) -> tuple[Verdict, ...]:
    """Every expected ordering that these runs can speak to, by every encoder, on the seeds that both sides have."""
    made = []
    for arm in ("galip", "scad"):
        by_weight = curve(groups, arm)
        if len(by_weight) > 1:
            least, most = min(by_weight), max(by_weight)
            said = f"{arm}, CLIP weight {least:g} to {most:g}"
            for name in figures_of(groups, TEXT):
                made += _pair(f"{said}: {name} up", name, by_weight[most], by_weight[least])
            for name in figures_of(groups, PPD):
                made += _pair(f"{said}: {name} down", name, by_weight[least], by_weight[most])
    for name in figures_of(groups, PPD):
        for arm in FAMILY:
            if {arm, "galip"} <= set(groups):
                made += _pair(f"{name}: {arm} above galip", name, groups[arm], groups["galip"])
    if {"scad", "scad-mi"} <= set(groups):
        for metric, hope in ((PPD, " (a hope)"), (RECOVERY, "")):
            for name in figures_of(groups, metric):
                made += _pair(f"{name}: scad-mi above scad{hope}", name, groups["scad-mi"], groups["scad"])
    return tuple(made)


def measure(runs: Path, reference: Reference, places: Sequence[ReferenceSpace]) -> ScadStudy:
    """Score every run, the real images and their halves. Raises DataError, MissingFile, StorageError."""
    found, budget = checkpoints(runs)
    planned = plan(reference)
    groups: Groups = {
        group: {seed: scores(path, planned, places) for seed, path in sorted(seeds.items())}
        for group, seeds in found.items()
    }
    real, halves = real_row(reference, places), real_halves(reference, places)
    return ScadStudy(budget, groups, real, halves, orderings(groups))


def _said(one: Measured | None) -> str:
    return f"{figure(one.value)} ({interval(figure(one.low), figure(one.high), ENGLISH)})" if one else "-"


def _over(found: Sequence[Measured]) -> str:
    over = over_seeds([one.value for one in found])
    if over.half is None:
        return _said(found[0])
    return f"{figure(over.mean)} ± {figure(over.half)} (gap {figure(over.gap)})"


def _encoder_grid(study: ScadStudy, title: str, names: Sequence[FigureName]) -> Grid:
    rows = [
        (group, str(len(seeds)), *(_over([figures[name] for figures in seeds.values()]) for name in names))
        for group, seeds in study.groups.items()
    ]
    for group, known in ((REAL, study.real), ("real, half against half", study.halves)):
        if any(name in known for name in names):
            rows.append((group, "-", *(_said(known.get(name)) for name in names)))
    head = ("Arm", "Seeds", *(f"{name.metric} {'↑' if better(name.metric) == 'higher' else '↓'}" for name in names))
    return Grid(f"By {title}, after {study.budget:,} images", head, tuple(rows), "", tuple(range(1, len(head))))


def figures_grids(study: ScadStudy) -> list[Grid]:
    """A table an encoder: every group's means over seeds with intervals, the gap between seeds, and the real images."""
    by_title: dict[str, list[FigureName]] = defaultdict(list)
    for metric in SHOWN:
        for name in figures_of(study.groups, metric):
            by_title[name.space].append(name)
    return [_encoder_grid(study, title, names) for title, names in by_title.items()]


def verdicts_grid(study: ScadStudy) -> Grid:
    """What became of each ordering."""
    rows = tuple(
        (one.claim, one.outcome, f"{one.held} of {one.seeds}", figure(one.difference), figure(one.floor))
        for one in study.verdicts
    )
    head = ("Expected", "Outcome", "Seeds that hold", "Mean difference", "Noise floor")
    return Grid("Orderings", head, rows, "No ordering has two seeds on both sides.", (2, 3, 4))


NOTES = (
    "↑: higher is better, ↓: lower is better.",
    "± is a 95 % interval over seeds (Student's t); the gap is between the best and the worst seed. Where there is one "
    "seed, and of real images, the interval is over prompts.",
    "Noise floor: the largest gap of two seeds of one side. Held: in every seed and by more than the floor on average. "
    "Within noise: no larger than the floor, whichever way. Failed: larger, the other way. Mixed: the rest.",
    "An ordering that only one of two encoders shows may be that encoder's alone.",
    "PPD rises with noise too: read it beside FD. Real images: PPD is over the four styles of a concept.",
    "Half against half has half the images, so its FD is not comparable with the others; its KID is.",
)


def collapse_plots(study: ScadStudy) -> dict[str, go.Figure]:
    """PPD against the CLIP weight by the figure's name, of the arms that were trained with several weights."""
    curves = {arm: found for arm in ("galip", "scad") if len(found := curve(study.groups, arm)) > 1}
    return {
        str(name): collapse_plot(
            str(name),
            {
                arm: {weight: [figures[name].value for figures in seeds.values()] for weight, seeds in found.items()}
                for arm, found in curves.items()
            },
            study.real[name],
        )
        for name in (figures_of(study.groups, PPD) if curves else ())
    }


def _records(figures: Figures) -> dict[str, Any]:
    return {str(name): figure_record(one) for name, one in figures.items()}


def to_json(study: ScadStudy) -> str:
    """The study for programs, its figures by the whole names of their metrics."""
    content = {
        "budget": study.budget,
        "groups": {
            arm: {seed: _records(found) for seed, found in seeds.items()} for arm, seeds in study.groups.items()
        },
        "real": _records(study.real),
        "halves": _records(study.halves),
        "verdicts": [asdict(one) for one in study.verdicts],
    }
    return json.dumps(content, indent=1, allow_nan=False)


def write(study: ScadStudy, out: Path) -> None:
    """Write the study's three files."""
    grids = (*figures_grids(study), verdicts_grid(study))
    write_whole(out / "study.md", markdown(grids, NOTES).encode())
    write_whole(out / "study.html", html("SCAD: the study", grids, NOTES, collapse_plots(study)).encode())
    write_whole(out / "study.json", to_json(study).encode())


def main(
    runs: Annotated[Path, typer.Option(help="Folder that hub.methods.scad.study trained into.")] = Path("runs/study"),
    out: Annotated[Path | None, typer.Option(help="Folder to write to (default: that of the runs).")] = None,
) -> None:
    """Measure the study's runs and test the expected orderings. What was measured before is kept."""
    reference = read_reference()
    spaces = reference.spaces(FeatureStore(cache_dir() / "features.sqlite"))
    study = measure(runs, reference, [place_reference(space, reference) for space in spaces])
    write(study, out or runs)
    shown = Console()
    for grid in (*figures_grids(study), verdicts_grid(study)):
        shown.print(as_table(grid, shown.width))
    console.print(f"Wrote {out or runs}/study.md, .json and .html", markup=False)


if __name__ == "__main__":
    make_command(main, "python -m eval.studies.scad --runs runs/study")()
