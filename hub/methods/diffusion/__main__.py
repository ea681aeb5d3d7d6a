"""``python -m hub.methods.diffusion``: train the caption-conditional diffusion model on the pack."""

from pathlib import Path
from typing import Annotated, Any

import typer

from hub.command import add_flags, make_command
from hub.methods.diffusion.config import TrainConfig
from hub.methods.diffusion.train import train
from hub.progress import console


@add_flags(TrainConfig)
def main(
    pack: Annotated[Path, typer.Option(help="The file written by hub.methods.data build --pack.")],
    out: Annotated[Path, typer.Option(help="Folder for the pipeline, log, grid and resume point.")] = Path(
        "runs/diffusion"
    ),
    **flags: Any,
) -> None:
    """Train the UNet; run again with the same --out to go on after a stop."""
    config = TrainConfig(**{**flags, "styles": tuple(flags["styles"])})
    console.print(f"Wrote {train(config, pack, out)}", markup=False, soft_wrap=True)


if __name__ == "__main__":
    make_command(main, "python -m hub.methods.diffusion --pack emoji.safetensors --minutes 7")()
