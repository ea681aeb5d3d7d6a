"""``python -m hub.methods.scad ARM``: train an arm of the CLIP-aided GANs on the pack."""

from dataclasses import replace
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from hub.command import add_flags, make_command
from hub.methods.scad.config import ARMS, GanConfig
from hub.methods.scad.train import train
from hub.progress import console


class Arm(StrEnum):
    """The arms by name."""

    galip = "galip"
    scad = "scad"
    scad_mi = "scad-mi"
    scad_dd = "scad-dd"


@add_flags(GanConfig)
def main(
    arm: Annotated[Arm, typer.Argument(help="The arm to train.")],
    pack: Annotated[Path, typer.Option(help="The file written by hub.methods.data build --pack.")],
    out: Annotated[Path | None, typer.Option(help="Folder to write to (default runs/ARM).")] = None,
    **flags: Any,
) -> None:
    """Train a generator; run again with the same --out to go on after a stop."""
    config = replace(ARMS[arm], **{**flags, "styles": tuple(flags["styles"])})
    console.print(f"Wrote {train(config, pack, out or Path('runs') / arm)}", markup=False, soft_wrap=True)


if __name__ == "__main__":
    make_command(main, "python -m hub.methods.scad scad-mi --pack emoji.safetensors --images 2000000 --batch 128")()
