"""``python -m eval.drift_watch RUN``: what a personalisation gained and what it changed beside, on one page."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from eval.drift_watch.drawn_sets import draw_sets, find_generators, plan_watch
from eval.drift_watch.drift_figures import measure_watch
from eval.drift_watch.drift_page import make_drift_grids, write_watch
from eval.drift_watch.verdict import judge_watch
from eval.encoders import ENCODERS
from eval.features.feature_space import FeatureSpace
from eval.features.feature_store import FeatureStore
from eval.render.terminal import as_table
from hub.command import make_command
from hub.errors import DataError
from hub.methods.personalization.run_record import read_record
from hub.progress import console
from hub.subjects.subject_pictures import read_pictures

SPACES = ("efficientnet-lite2", "witness", "judge")  # none of which is in a loss


def main(
    run: Annotated[Path, typer.Argument(help="Folder that hub.methods.personalization trained into.")],
    unrelated: Annotated[int, typer.Option(help="Unrelated prompts.", min=10)] = 64,
    of_class: Annotated[int, typer.Option("--class-pictures", help="Pictures of class and subject.", min=10)] = 32,
) -> None:
    """Draw unrelated prompts, the class and the subject before and after, measure them, and write drift.html and .json.

    All of it stays in the run's folder.
    """
    record = read_record(run)
    base, made = find_generators(run, record)
    subject = read_pictures(Path(record["pictures"]))
    if subject.digest != record["digest"]:
        raise DataError(f"The pictures in {record['pictures']} are not those that {run} learnt from: put them back.")
    kept = run / "drift"
    store = FeatureStore(kept / "features.sqlite")
    spaces = [FeatureSpace(ENCODERS[name], store) for name in SPACES]
    plan = plan_watch(record, unrelated, of_class)
    drawn = draw_sets(plan, base, made, kept)
    figures = measure_watch(plan, drawn, subject.images, spaces)
    verdict = judge_watch(figures)
    write_watch(record, plan, drawn, figures, verdict, run)
    shown = Console()
    for grid in make_drift_grids(figures):
        shown.print(as_table(grid, shown.width))
    for line in (verdict.sentence, verdict.evidence, f"Wrote {run}/drift.html and .json"):
        console.print(line, markup=False, soft_wrap=True)


if __name__ == "__main__":
    make_command(main, "python -m eval.drift_watch runs/zebi-1")()
