"""``python -m hub.methods.scad``: train an arm of the CLIP-aided GANs on the pack."""

from pathlib import Path
from typing import Annotated

import typer

from hub.command import command
from hub.methods.scad.train import GanConfig, train
from hub.progress import console

DEFAULT = GanConfig()


def main(
    pack: Annotated[Path, typer.Option(help="The file written by hub.methods.data build --pack.")],
    out: Annotated[Path, typer.Option(help="Folder for weights, log, grids and the resume point.")] = Path(
        "runs/galip"
    ),
    images: Annotated[int, typer.Option(help="How many real images to see.")] = DEFAULT.images,
    style: Annotated[list[str] | None, typer.Option(help="Only this style (may be given again).")] = None,
    batch: Annotated[int, typer.Option(help="Batch size.")] = DEFAULT.batch,
    seed: Annotated[int, typer.Option(help="Seed of weights and batches.")] = DEFAULT.seed,
) -> None:
    """Train the generator; run again with the same --out to go on after a stop."""
    config = GanConfig(images=images, styles=tuple(style or ()), batch=batch, seed=seed)
    console.print(f"Wrote {train(config, pack, out)}", markup=False, soft_wrap=True)


if __name__ == "__main__":
    command(main, "python -m hub.methods.scad --pack emoji.safetensors --style twemoji")()
