"""``python -m hub.methods.data``: the captioned emoji, the pack that training reads, and the Japanese lexicon."""

from pathlib import Path
from typing import Annotated

import typer

from hub.command import make_commands
from hub.encoders import text_encoder
from hub.japanese.lexicon import LEXICON
from hub.methods.data.build import build as build_data
from hub.methods.data.japanese_lexicon import write_lexicon
from hub.methods.data.pack import RENDERINGS_FORMAT, write_pack
from hub.methods.data.renderings import build_renderings
from hub.paths import cache_dir
from hub.progress import console, track_items


def build(
    pack: Annotated[Path | None, typer.Option(help="Also write images and text embeddings to this file.")] = None,
    renderings: Annotated[
        Path | None, typer.Option(help="Also build one drawing in three renderings, and write their pack to this file.")
    ] = None,
    cache: Annotated[Path | None, typer.Option(help="Folder to build in (default: the user's cache).")] = None,
) -> None:
    """Fetch the four emoji styles and their captions, draw them at 64x64 and write the data set."""
    folder = cache or cache_dir()
    data = build_data(folder, track_items)
    console.print(f"{len(data)} captioned images in {folder / 'emoji'}", markup=False, soft_wrap=True)
    if pack is not None:
        write_pack(data, pack, text_encoder(), track_items)
        console.print(f"{pack}: {pack.stat().st_size / 1e6:.1f} MB", markup=False, soft_wrap=True)
    if renderings is not None:
        drawn = build_renderings(folder, track_items)
        write_pack(drawn, renderings, text_encoder(), track_items, RENDERINGS_FORMAT)
        said = f"{len(drawn)} renderings: {renderings}, {renderings.stat().st_size / 1e6:.1f} MB"
        console.print(said, markup=False, soft_wrap=True)


def lexicon(
    cache: Annotated[Path | None, typer.Option(help="Folder that packages are in (default: the user's cache).")] = None,
) -> None:
    """Fetch CLDR's names and write the lexicon that Japanese prompts are read by, a file of this repository."""
    words = write_lexicon((cache or cache_dir()) / "npm")
    console.print(f"{words:,} words in {LEXICON}", markup=False, soft_wrap=True)


if __name__ == "__main__":
    example = "python -m hub.methods.data build --pack emoji.safetensors"
    make_commands(
        "Captioned emoji in four styles, and the lexicon of Japanese prompts.",
        {"build": (build, example), "lexicon": (lexicon, "python -m hub.methods.data lexicon")},
    )()
