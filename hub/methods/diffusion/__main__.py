"""``python -m hub.methods.diffusion``: train the caption-conditional diffusion model on the pack."""

from pathlib import Path
from typing import Annotated

import typer

from hub.command import make_command
from hub.methods.diffusion.train import TrainConfig, train
from hub.progress import console

DEFAULT = TrainConfig()


def main(
    pack: Annotated[Path, typer.Option(help="The file written by hub.methods.data build --pack.")],
    out: Annotated[Path, typer.Option(help="Folder for the pipeline, log, grids and resume points.")] = Path(
        "runs/diffusion"
    ),
    images: Annotated[int, typer.Option(help="How many images the UNet sees.")] = DEFAULT.images,
    vae_images: Annotated[int, typer.Option(help="How many images the autoencoder sees.")] = DEFAULT.vae_images,
    style: Annotated[list[str] | None, typer.Option(help="Only this style (may be given again).")] = None,
    seed: Annotated[int, typer.Option(help="Seed of weights and batches.")] = DEFAULT.seed,
) -> None:
    """Train the autoencoder and the UNet; run again with the same --out to go on after a stop."""
    config = TrainConfig(images=images, vae_images=vae_images, styles=tuple(style or ()), seed=seed)
    console.print(f"Wrote {train(config, pack, out)}", markup=False, soft_wrap=True)


if __name__ == "__main__":
    make_command(main, "python -m hub.methods.diffusion --pack emoji.safetensors --style twemoji")()
