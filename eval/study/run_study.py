"""The command of a study, and the runs that lie in a folder as ``ARM-seedN``."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from eval.features.feature_store import FeatureStore
from eval.features.reference_features import read_reference
from eval.reference_space import place_reference
from eval.render.terminal import as_table
from eval.study.declaration import Drawer, Study, StudyResult, StudyRun
from eval.study.own_figures import measure_own_study
from eval.study.pareto_plot import draw_svg
from eval.study.run_scores import measure_study
from eval.study.study_page import render_markdown, write_study
from eval.study.study_tables import list_notes, make_grids
from hub.command import make_command
from hub.files import write_whole
from hub.paths import cache_dir
from hub.progress import console
from hub.weights.measured_card import write_between

MARKS = ("<!-- study -->", "<!-- end of study -->")  # in a README
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


def measure_runs(study: Study, folder: Path) -> StudyResult:
    """Return what a study finds of the runs in a folder. Raises DataError, MissingFile, StorageError."""
    found = study.runs(folder)  # first: the spaces take a while to load
    if study.measure is not None:
        return measure_own_study(study, found)
    reference = read_reference()
    spaces = reference.spaces(FeatureStore(cache_dir() / "features.sqlite"))
    return measure_study(study, found, reference, [place_reference(space, reference) for space in spaces])


def write_readme_part(study: Study, result: StudyResult, readme: Path) -> None:
    """Write plots as SVG beside a README, and with the tables between its two marks. Raises DataError, StorageError."""
    pictures = []
    for one in study.plots:
        for name, plot in one.draw(result).items():
            path = readme.parent / f"{one.key}-{re.sub(r'[^a-z0-9]+', '-', name.lower()).strip('-')}.svg"
            write_whole(path, draw_svg(plot, one.said.format(name=name)).encode())
            pictures.append(f"![{one.said.format(name=name)}]({path.name})")
    tables = render_markdown(make_grids(study, result), list_notes(study))
    write_between(readme, *MARKS, "\n\n".join(["", *pictures, tables]))


def study_command(study: Study, example: str, readme: Path | None = None) -> typer.Typer:
    """Return the command that measures a study's runs and writes what it found, into a README's part too if given."""

    def main(
        runs: Annotated[Path, typer.Option(help=f"Folder that {study.training.removeprefix('python -m ')} trained "
                                                "into.")] = Path("runs/study"),
        out: Annotated[Path | None, typer.Option(help="Folder to write to (default: that of the runs).")] = None,
    ) -> None:  # fmt: skip
        """Measure the study's runs and test the expected orderings. What was measured before is kept."""
        result = measure_runs(study, runs)
        write_study(study, result, out or runs)
        if readme is not None:
            write_readme_part(study, result, readme)
        shown = Console()
        for grid in make_grids(study, result):
            shown.print(as_table(grid, shown.width))
        also = f" and a part of {readme}" if readme else ""
        console.print(f"Wrote {out or runs}/study.md, .json and .html{also}", markup=False, soft_wrap=True)

    return make_command(main, example)
