"""``python -m hub.methods.encoder guide|style-guide|judge|witness``: train an image-text encoder on the pack."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from hub.command import make_command
from hub.methods.encoder.train import GUIDE, JUDGE, RENDERINGS, STYLE_GUIDE, WITNESS, train
from hub.progress import console


class Name(StrEnum):
    """The encoders that are trained here."""

    guide = "guide"
    style_guide = "style-guide"
    judge = "judge"
    witness = "witness"


def main(
    name: Annotated[Name, typer.Argument(help="Which encoder to train.")],
    pack: Annotated[Path, typer.Option(help="The file written by hub.methods.data build --pack.")],
    renderings: Annotated[
        Path | None,
        typer.Option(help=f"The file of build --renderings, for style-guide (default: {RENDERINGS} beside the pack)."),
    ] = None,
    out: Annotated[Path | None, typer.Option(help="Folder to write to (default runs/NAME).")] = None,
) -> None:
    """Train an image-text encoder and print its validation scores; run again with the same --out after a stop."""
    config = {one.name: one for one in (GUIDE, STYLE_GUIDE, JUDGE, WITNESS)}[name]
    scores = train(config, pack, out or Path("runs") / name, renderings)
    console.print({key: round(value, 3) for key, value in scores.items()})


if __name__ == "__main__":
    make_command(main, "python -m hub.methods.encoder guide --pack emoji.safetensors")()
