"""``python -m hub.methods.encoder.score``: held-out retrieval of the image-text encoders, by style."""

from pathlib import Path
from typing import Annotated

import torch
import typer
from rich.console import Console
from rich.table import Table
from torch import Tensor

from hub.command import make_command
from hub.encoders import ImageTextEncoder, load, to_image
from hub.methods.data.pack import Pack, read_pack
from hub.methods.data.packages import STYLES
from hub.methods.encoder.loss import recall_at
from hub.progress import track_items


def embed(encoder: ImageTextEncoder, pack: Pack, batch: int = 50) -> tuple[Tensor, Tensor]:
    """Return unit embeddings of the pack's pictures and of its captions, (N, D) each."""
    chunks = pack.images.split(batch)
    pictures = [[to_image(x / 127.5 - 1) for x in chunk] for chunk in chunks]
    images = [encoder.images(part) for part in track_items(pictures, f"Encoding for the {encoder.name}")]
    return torch.cat(images), encoder.sentences(pack.first)


def recalls(images: Tensor, texts: Tensor, style: Tensor) -> list[list[float]]:
    """Return R@1 and R@5 in each style, image to caption among the captions of its own style."""
    kept = [style == code for code in range(len(STYLES))]
    return [[recall_at(images[rows], texts[rows], k).float().mean().item() for k in (1, 5)] for rows in kept]


def main(pack: Annotated[Path, typer.Option(help="The file written by hub.methods.data build --pack.")]) -> None:
    """Print R@1 and R@5 of the judge, the witness and the guide on the test concepts, by style."""
    test = read_pack(pack, "test")
    table = Table("encoder", *(f"{style.name} R@{k}" for style in STYLES for k in (1, 5)))
    table.title = f"{len(test) // len(STYLES)} test concepts, chance {len(STYLES) / len(test):.1%}"
    for name in ("judge", "witness", "guide"):
        found = recalls(*embed(load(name), test), test.style)
        table.add_row(name, *(f"{value:.1%}" for pair in found for value in pair))
    Console(width=140).print(table)


if __name__ == "__main__":
    make_command(main, "python -m hub.methods.encoder.score --pack emoji.safetensors")()
