"""``python -m eval.studies.ipl``: adaptations by words judged against real pictures of the target, by arm and seed.

The source draws captions of test concepts in its own style; an adapted generator draws the same captions and seeds, and
each concept has a real picture of the target. Arms are compared at one level of the target's probability by a probe:
of each run the first kept step that reaches it, as more steps give more of the look and less of all else. What was
measured is kept, so a stopped study goes on.
"""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from eval.features.feature_store import FeatureStore
from eval.metrics.entries.kid import Kernel
from eval.render.terminal import as_table
from eval.studies.matched_look import LEVEL, MatchedStep, make_match_table, match_runs
from eval.studies.rendering_data import SOURCE, open_judging
from eval.studies.rendering_figures import LOOK, OTHERS, OWN, PAIRWISE, RETENTION, WITHIN, RenderingJudges
from eval.study.declaration import Expected, Ordering, Study, StudyRun
from eval.study.run_scores import measure_study
from eval.study.study_page import render_markdown, write_study
from eval.study.study_tables import list_notes, make_grids
from hub.command import make_command
from hub.files import WEIGHTS
from hub.generators.entries.one_step import OneStepCheckpoint
from hub.paths import cache_dir
from hub.progress import console
from hub.weights.measured_card import write_between

README = Path(__file__).parents[2] / "hub" / "methods" / "ipl" / "README.md"
BEGIN, END = "<!-- study -->", "<!-- end of study -->"
KID = Kernel.name
ORDERINGS = (
    *(Ordering(name, ("ipl",), Expected.above, "learned") for name in (PAIRWISE, WITHIN)),
    *(Ordering(name, ("learned",), Expected.above, "nada") for name in (PAIRWISE, WITHIN)),
    *(Ordering(name, ("ipl",), Expected.above, "nada") for name in (PAIRWISE, WITHIN, RETENTION)),
    Ordering(RETENTION, ("ipl",), Expected.above, "shuffled"),
    *(Ordering(name, ("ipl",), Expected.below, "nada") for name in (OWN, KID)),
)


def list_study_runs(folder: Path, matched: list[MatchedStep]) -> list[StudyRun]:
    """Return the source, and of every run the generator of its matched step."""
    source = OneStepCheckpoint(WEIGHTS / SOURCE / "model.safetensors")
    runs = [StudyRun(one.arm, one.seed, one.folder, OneStepCheckpoint(one.checkpoint)) for one in matched]
    return [StudyRun(f"{SOURCE}, not adapted", 0, folder / "source", source), *runs]


def declare(judges: RenderingJudges, matched: list[MatchedStep], told: tuple[str, ...]) -> Study:
    """Return the study of runs at their matched steps; ``told`` are notes on what judges."""
    level = f"Each run is measured at its first kept step with a {LOOK} of {LEVEL:g} or more, else at its last."
    return Study(
        title="IPL: directions of a picture's own, against one for all",
        training="python -m hub.methods.ipl",
        find_runs=lambda folder: list_study_runs(folder, matched),
        shown=(LOOK, PAIRWISE, WITHIN, RETENTION, KID, OWN, OTHERS),
        figures=judges.figures(),
        orderings=ORDERINGS,
        notes=(level, *told),
        extra_seeds=0,
    )


def main(
    runs: Annotated[Path, typer.Option(help="Folder of runs named ARM-seedN.")] = Path("runs/ipl-study"),
    captions: Annotated[int, typer.Option(help="Test concepts that each run draws; 0: all.")] = 0,
    write: Annotated[bool, typer.Option("--write", help="Write the tables into the method's README.")] = False,
) -> None:
    """Match the runs' looks, measure them and the source, and test the expected orderings."""
    judging = open_judging(FeatureStore(cache_dir() / "features.sqlite"), captions)
    matched = match_runs(runs, judging)
    study = declare(judging.judges, matched, judging.told)
    result = measure_study(study, study.runs(runs), judging.reference, judging.places)
    write_study(study, result, runs)
    grids = [make_match_table(matched), *make_grids(study, result)]
    if write:
        asked = f" --captions {captions}" if captions else ""
        command = f"`python -m eval.studies.ipl{asked} --write`, {len(judging.reference.captions)} test concepts."
        write_between(README, BEGIN, END, f"\n{command}\n\n{render_markdown(grids, list_notes(study))}")
    shown = Console()
    for grid in grids:
        shown.print(as_table(grid, shown.width))
    console.print(f"Wrote {runs}/study.md, .json and .html", markup=False, soft_wrap=True)


if __name__ == "__main__":
    make_command(main, "python -m eval.studies.ipl --runs runs/ipl-study --write")()
