"""``python -m hub.methods.unclip``: train the translator, or a small diffusion prior, and join it with a decoder."""

from pathlib import Path
from typing import Annotated, Any

import typer

from hub.command import add_flags, make_command
from hub.methods.unclip.config import TranslationConfig
from hub.methods.unclip.saved_pipeline import INSTALLED
from hub.methods.unclip.train import train
from hub.pixel_pipeline_folder import DECODER
from hub.progress import console


@add_flags(TranslationConfig)
def main(
    pack: Annotated[Path, typer.Option(help="The file written by hub.methods.data build --pack.")],
    decoder: Annotated[Path, typer.Option(help="The decoder's file, its statistics beside it.")] = INSTALLED / DECODER,
    out: Annotated[Path, typer.Option(help="Folder for the pipeline, log and resume point.")] = Path("runs/unclip"),
    **flags: Any,
) -> None:
    """Train what makes of a caption its picture's embedding; run again with the same --out to go on after a stop."""
    console.print(f"Wrote {train(TranslationConfig(**flags), pack, out, decoder)}", markup=False, soft_wrap=True)


if __name__ == "__main__":
    make_command(main, "python -m hub.methods.unclip --pack emoji.safetensors")()
