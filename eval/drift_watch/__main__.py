"""``python -m eval.drift_watch RUN``: what a personalisation gained and what it changed beside, on one page."""

from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from eval.drift_watch.drawn_sets import (
    DrawnSets,
    DriftPlan,
    count_pictures,
    draw_sets,
    find_generators,
    plan_watch,
)
from eval.drift_watch.drift_figures import measure_watch
from eval.drift_watch.drift_page import write_page
from eval.drift_watch.drift_record import DriftRecord, PicturePair, write_drift
from eval.drift_watch.drift_text import make_drift_grids, tell_evidence, tell_verdict
from eval.drift_watch.verdict import judge_watch
from eval.drift_watch.watch_progress import WatchProgress
from eval.encoders import ENCODERS
from eval.features.feature_space import FeatureSpace
from eval.features.feature_store import FeatureStore
from eval.render.terminal import as_table
from hub.command import make_command
from hub.errors import DataError
from hub.language.catalogue import ENGLISH, language
from hub.methods.personalization.run_record import read_record
from hub.progress import console
from hub.subjects.subject_pictures import SubjectPictures, read_pictures

SPACES = ("efficientnet-lite2", "witness", "judge")  # none of which is in a loss


def main(
    run: Annotated[Path, typer.Argument(help="Folder that hub.methods.personalization trained into.")],
    unrelated: Annotated[int, typer.Option(help="Unrelated prompts.", min=10)] = 64,
    of_class: Annotated[int, typer.Option("--class-pictures", help="Pictures of class and subject.", min=10)] = 32,
    step: Annotated[int, typer.Option(help="What it was after this step, which was kept; 0: after all.", min=0)] = 0,
    out: Annotated[Path | None, typer.Option(help="Folder to write to (default: the run's).")] = None,
    spoken: Annotated[str, typer.Option("--language", help="Of the page: en or ja.")] = ENGLISH.code,
) -> None:
    """Draw unrelated prompts, the class and the subject before and after, measure them, and write drift.html and .json.

    All of it stays in the run's folder, or in --out.
    """
    said, record, folder = language(spoken), read_record(run), out or run
    base, made = find_generators(run, record, step)
    subject = read_subject(run, record)
    plan = plan_watch(record, unrelated, of_class)
    progress = WatchProgress(folder, f"Watching {record['config']['subject']}", count_pictures(plan))
    drawn = draw_sets(plan, base, made, folder / "drift", progress=progress)
    store = FeatureStore(Path(":memory:"))  # nothing is kept of the subject's own pictures
    figures = measure_watch(plan, drawn, subject.images, [FeatureSpace(ENCODERS[name], store) for name in SPACES])
    pairs = pair_pictures(plan, drawn, folder)
    steps = step or int(record["config"]["steps"])
    found = DriftRecord(record["config"], steps, judge_watch(figures), tuple(figures), pairs)
    write_drift(found, folder)
    write_page(found, folder, said)
    shown = Console()
    for grid in make_drift_grids(figures, ENGLISH):
        shown.print(as_table(grid, shown.width))
    verdict, evidence = tell_verdict(found.verdict, ENGLISH), tell_evidence(figures, ENGLISH)
    for line in (verdict, evidence, f"Wrote {folder}/drift.html and .json"):
        console.print(line, markup=False, soft_wrap=True)


def read_subject(run: Path, record: dict[str, Any]) -> SubjectPictures:
    """Return the pictures that a run learnt from. Raises HubError where they are gone, or are others by now."""
    subject = read_pictures(Path(record["pictures"]))
    if subject.digest != record["digest"]:
        raise DataError(f"The pictures in {record['pictures']} are not those that {run} learnt from: put them back.")
    return subject


def pair_pictures(plan: DriftPlan, drawn: DrawnSets, folder: Path) -> tuple[PicturePair, ...]:
    """Return every prompt and seed before and after; before the subject was learnt its class stands in its place."""
    sets = (
        ("subject", plan.subject, drawn.before["class"]),
        ("class", plan.of_class, drawn.before["class"]),
        ("unrelated", plan.unrelated, drawn.before["unrelated"]),
    )
    return tuple(
        PicturePair(name, one.prompt, one.seed, *(path.relative_to(folder).as_posix() for path in both))
        for name, requests, before in sets
        for one, *both in zip(requests, before, drawn.after[name], strict=True)
    )


if __name__ == "__main__":
    make_command(main, "python -m eval.drift_watch runs/zebi-1")()
