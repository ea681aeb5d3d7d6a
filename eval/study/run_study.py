"""The command of a study, and the runs that lie in a folder as ``ARM-seedN``."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from eval.features.feature_store import FeatureStore
from eval.features.reference_features import read_reference
from eval.measure import place_reference
from eval.render.terminal import as_table
from eval.study.declaration import Drawer, Study, StudyRun
from eval.study.run_scores import measure_study
from eval.study.study_page import write_study
from eval.study.study_tables import make_grids
from hub.command import make_command
from hub.paths import cache_dir
from hub.progress import console

NAME = re.compile(r"(?P<arm>.+)-seed(?P<seed>\d+)")


def read_runs(
    folder: Path, file: str, generator: Callable[[Path], Drawer], images: Callable[[Path], int]
) -> list[StudyRun]:
    """Return the runs whose folders are named ``ARM-seedN`` and hold ``file``, by name.

    ``generator`` is given the file's path, ``images`` the run's folder.
    """
    return [
        StudyRun(match["arm"], int(match["seed"]), path.parent, generator(path), images(path.parent))
        for path in sorted(folder.glob(f"*/{file}"))
        if (match := NAME.fullmatch(path.parent.name))
    ]


def study_command(study: Study, example: str) -> typer.Typer:
    """Return the command that measures a study's runs and writes what it found."""

    def main(
        runs: Annotated[Path, typer.Option(help=f"Folder that {study.training.removeprefix('python -m ')} trained "
                                                "into.")] = Path("runs/study"),
        out: Annotated[Path | None, typer.Option(help="Folder to write to (default: that of the runs).")] = None,
    ) -> None:  # fmt: skip
        """Measure the study's runs and test the expected orderings. What was measured before is kept."""
        found = study.runs(runs)  # first: the spaces take a while to load
        reference = read_reference()
        spaces = reference.spaces(FeatureStore(cache_dir() / "features.sqlite"))
        result = measure_study(study, found, reference, [place_reference(space, reference) for space in spaces])
        write_study(study, result, out or runs)
        shown = Console()
        for grid in make_grids(study, result):
            shown.print(as_table(grid, shown.width))
        console.print(f"Wrote {out or runs}/study.md, .json and .html", markup=False)

    return make_command(main, example)
