"""``python -m hub.weights install|ledger``: from a finished training to the roster, measured; the list of trainings."""

import subprocess
import sys
from pathlib import Path
from typing import Annotated

import typer

from hub.command import PART, make_commands, print_error
from hub.progress import console
from hub.weights.install import install
from hub.weights.training_ledger import LEDGER, append_rows, list_installed, read_rows


def measure(name: str) -> int:
    """Measure an installed generator by its own process, which shows how far it is; returns its exit code."""
    command = [sys.executable, "-m", "eval.embedded", "--generators", name]
    return subprocess.run(command, check=False).returncode


def main(
    run: Annotated[Path, typer.Argument(help="A finished training's folder.")],
    name: Annotated[str, typer.Option(help="What the generator is called (default: the folder's name).")] = "",
) -> None:
    """Check a training's checkpoint, put it into hub/weights/NAME, measure it, and write the figures into its card."""
    place = install(run, name)
    append_rows(list_installed())
    console.print(f"{place} is there; its pictures are measured now.", markup=False, soft_wrap=True)
    if measure(place.name):
        print_error(f"{place.name} is installed, not measured: python -m eval.embedded --generators {place.name}")
        raise typer.Exit(PART)
    print(f"{place.name} is an entry; its card is {place / 'README.md'}.")


def ledger() -> None:
    """Add the installed checkpoints that have no row to hub/weights/ledger.csv, as their metadata tell of them."""
    added = append_rows(list_installed())
    print(f"{LEDGER}: {len(added)} of {len(read_rows())} rows are new.")


if __name__ == "__main__":
    make_commands(
        "The weights of this repository.",
        {
            "install": (main, "python -m hub.weights install runs/scad"),
            "ledger": (ledger, "python -m hub.weights ledger"),
        },
    )()
