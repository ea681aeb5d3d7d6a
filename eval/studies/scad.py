"""``python -m eval.studies.scad``: the runs of ``hub.methods.scad.study`` measured, and SCAD's orderings tested.

Writes ``study.json``, ``study.md`` and ``study.html``. Images are scored by EfficientNet-Lite2 and the embedded judge,
which no loss has seen. An ordering that fails is reported as failing.
"""

import json
import re
from collections import defaultdict
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from eval.features import Cache, read_reference
from eval.files import write_whole
from eval.render import Grid, figure
from eval.studies._page import collapse_plot, markdown, page, table
from eval.studies._scoring import (
    BETTER,
    PPD,
    RECOVERY,
    TEXT,
    Figures,
    plan,
    real_halves,
    real_row,
    reference_features,
    scores,
)
from eval.studies._verdicts import Verdict, over_seeds, verdict
from hub.command import command
from hub.errors import DataError
from hub.methods.scad.config import GALIP
from hub.methods.scad.study import images_seen
from hub.paths import cache_dir
from hub.progress import console

NAME = re.compile(r"(?P<group>.+)-seed(?P<seed>\d+)")
FAMILY = ("scad", "scad-mi", "scad-dd")
Groups = dict[str, dict[int, Figures]]  # arm with its weights -> seed -> figures


@dataclass(frozen=True)
class Study:
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


def _pair(claim: str, metric: str, higher: dict[int, Figures], lower: dict[int, Figures]) -> list[Verdict]:
    seeds = sorted(set(higher) & set(lower))
    if len(seeds) < 2:
        return []
    return [verdict(claim, [higher[s][metric].value for s in seeds], [lower[s][metric].value for s in seeds])]


def orderings(groups: Groups) -> tuple[Verdict, ...]:
    """Every expected ordering that these runs can speak to, on the seeds that both sides have."""
    made = []
    for arm in ("galip", "scad"):
        by_weight = curve(groups, arm)
        if len(by_weight) > 1:
            least, most = min(by_weight), max(by_weight)
            said = f"{arm}, CLIP weight {least:g} to {most:g}"
            made += _pair(f"{said}: image-text score up", TEXT, by_weight[most], by_weight[least])
            made += _pair(f"{said}: PPD down", PPD, by_weight[least], by_weight[most])
    for arm in FAMILY:
        if {arm, "galip"} <= set(groups):
            made += _pair(f"PPD: {arm} above galip", PPD, groups[arm], groups["galip"])
    if {"scad", "scad-mi"} <= set(groups):
        made += _pair("PPD: scad-mi above scad (a hope)", PPD, groups["scad-mi"], groups["scad"])
        made += _pair("z-recovery: scad-mi above scad", RECOVERY, groups["scad-mi"], groups["scad"])
    return tuple(made)


def measure(runs: Path, cache: Cache) -> Study:
    """Score every run, the real images and their halves. Raises DataError, MissingFile."""
    found, budget = checkpoints(runs)
    reference, known = reference_features(cache), cache.reference
    drawn = plan(known.captions, known.concepts)
    groups: Groups = {
        group: {seed: scores(path, drawn, cache, reference) for seed, path in sorted(seeds.items())}
        for group, seeds in found.items()
    }
    real, halves = real_row(reference, known.concepts), real_halves(reference, known.concepts)
    return Study(budget, groups, real, halves, orderings(groups))


def figures_grid(study: Study) -> Grid:
    """Every group's means over seeds with their intervals, the gap between seeds, and the real images."""
    metrics = list(BETTER)
    rows = []
    for group, seeds in study.groups.items():
        cells = []
        for metric in metrics:
            over = over_seeds([figures[metric].value for figures in seeds.values()])
            spread = "" if over.half is None else f" ± {figure(over.half)} (gap {figure(over.gap)})"
            cells.append(f"{figure(over.mean)}{spread}")
        rows.append((group, str(len(seeds)), *cells))
    for name, known in (("real images", study.real), ("real, half against half", study.halves)):
        rows.append((name, "-", *(figure(known[m].value) if m in known else "-" for m in metrics)))
    head = ("Arm", "Seeds", *(f"{metric} {'↑' if BETTER[metric] == 'higher' else '↓'}" for metric in metrics))
    return Grid(f"Figures after {study.budget:,} images", head, tuple(rows), "")


def verdicts_grid(study: Study) -> Grid:
    """What became of each ordering."""
    rows = tuple(
        (one.claim, one.outcome, f"{one.held} of {one.seeds}", figure(one.difference), figure(one.floor))
        for one in study.verdicts
    )
    head = ("Expected", "Outcome", "Seeds that hold", "Mean difference", "Noise floor (largest gap of two seeds)")
    return Grid("Orderings", head, rows, "No ordering has two seeds on both sides.")


NOTES = (
    "↑: higher is better, ↓: lower is better.",
    "± is a 95 % interval over seeds (Student's t); the gap is between the best and the worst seed.",
    "Held: in every seed and by more than the noise floor. Within noise: no larger than the floor, whichever way.",
    "PPD rises with noise too: read it beside FD. Real images: PPD is over the four styles of a concept.",
    "Half against half has half the images, so its FD is not comparable with the others; its KID is.",
)


def write(study: Study, out: Path) -> None:
    """Write the study's three files."""
    grids = (figures_grid(study), verdicts_grid(study))
    curves = {
        arm: {weight: [f[PPD].value for f in seeds.values()] for weight, seeds in found.items()}
        for arm in ("galip", "scad")
        if len(found := curve(study.groups, arm)) > 1
    }
    plot = collapse_plot(curves, study.real[PPD].value) if curves else None
    write_whole(out / "study.md", markdown(grids, NOTES).encode())
    write_whole(out / "study.html", page("SCAD: the study", grids, NOTES, plot).encode())
    write_whole(out / "study.json", json.dumps(asdict(study), indent=1, allow_nan=False).encode())


def main(
    runs: Annotated[Path, typer.Option(help="Folder that hub.methods.scad.study trained into.")] = Path("runs/study"),
    out: Annotated[Path | None, typer.Option(help="Folder to write to (default: that of the runs).")] = None,
) -> None:
    """Measure the study's runs and test the expected orderings. What was measured before is kept."""
    study = measure(runs, Cache(cache_dir() / "features", read_reference()))
    write(study, out or runs)
    shown = Console()
    for grid in (figures_grid(study), verdicts_grid(study)):
        shown.print(table(grid))
    console.print(f"Wrote {out or runs}/study.md, .json and .html", markup=False)


if __name__ == "__main__":
    command(main, "python -m eval.studies.scad --runs runs/study")()
