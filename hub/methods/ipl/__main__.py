"""``python -m hub.methods.ipl``: adapt a generator to a look that words name."""

import os
from pathlib import Path
from typing import Annotated, Any

import typer

from hub.command import add_flags, make_command
from hub.files import MODELS, WEIGHTS
from hub.methods.ipl.config import IplConfig
from hub.methods.ipl.train import train
from hub.progress import console
from hub.settings import Settings


@add_flags(IplConfig)
def main(
    source: Annotated[str, typer.Option(help="A one-step generator: an entry's name, or a checkpoint's folder.")],
    source_words: Annotated[str, typer.Option("--from", help="What it draws, in words.")],
    target_words: Annotated[str, typer.Option("--to", help="What it shall draw, in words.")],
    out: Annotated[Path, typer.Option(help="Folder for the generator, its log, previews and steps.")] = Path(
        "runs/adapted"
    ),
    pack: Annotated[
        Path | None, typer.Option(help="Take the captions of this pack, not those that came with the code.")
    ] = None,
    data: Annotated[
        Path | None, typer.Option(help="Data folder, whose entries are sources too (default HUB_DATA).")
    ] = None,
    **flags: Any,
) -> None:
    """Adapt a generator by words alone; run again with the same --out to go on after a stop."""
    config = IplConfig(source=source, source_words=source_words, target_words=target_words, **flags)
    path = train(config, out, pack, (WEIGHTS, (data or Settings.from_env(os.environ).data) / MODELS))
    console.print(f"Wrote {path}; step by step: {out / 'steps'}", markup=False, soft_wrap=True)


if __name__ == "__main__":
    make_command(
        main,
        'python -m hub.methods.ipl --source scad --from "flat, in Fluent style" --to "3D, glossy, soft light" '
        "--out runs/ipl-3d",
    )()
