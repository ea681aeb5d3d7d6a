"""``python -m hub.methods.data build``: the captioned emoji data set, and the pack that training reads."""

from pathlib import Path
from typing import Annotated

import typer

from hub.encoders import text_encoder
from hub.errors import HubError
from hub.methods.data.build import build as build_data
from hub.methods.data.pack import write_pack
from hub.paths import cache_dir
from hub.progress import console, track

app = typer.Typer(add_completion=False, help=__doc__)


@app.callback()
def _root() -> None:
    """Captioned emoji in four styles."""


@app.command(epilog="Example: python -m hub.methods.data build --pack emoji.safetensors")
def build(
    pack: Annotated[Path | None, typer.Option(help="Also write images and text embeddings to this file.")] = None,
    cache: Annotated[Path | None, typer.Option(help="Folder to build in (default: the user's cache).")] = None,
) -> None:
    """Fetch the four emoji styles and their captions, draw them at 64x64 and write the data set."""
    folder = cache or cache_dir()
    try:
        data = build_data(folder, track)
        console.print(f"{len(data)} captioned images in {folder / 'emoji'}")
        if pack is not None:
            write_pack(data, pack, text_encoder(), track)
            console.print(f"{pack}: {pack.stat().st_size / 1e6:.1f} MB")
    except HubError as error:
        console.print(f"[red]{error}[/red]")
        raise typer.Exit(1) from error


if __name__ == "__main__":
    app()
