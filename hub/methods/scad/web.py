"""Captioned pictures streamed by ``datasets``: Parquet or WebDataset shards, on disk or on the Hugging Face Hub."""

import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

import datasets
import torch
from datasets.distributed import split_dataset_by_node
from PIL import Image
from torch import Tensor
from torch.utils.data import DataLoader
from torch.utils.data import IterableDataset as TorchIterable
from torchvision.transforms.functional import pil_to_tensor

from hub.errors import DataError
from hub.progress import console

UNREADABLE = (OSError, ValueError, SyntaxError, TypeError, Image.DecompressionBombError)
KINDS = {".parquet": "parquet", ".tar": "webdataset"}


@dataclass(frozen=True)
class Web:
    """A data set, and its columns of pictures and captions; ``buffer``: rows among which each is drawn at random."""

    source: str
    image: str = "jpg"
    caption: str = "txt"
    buffer: int = 10_000
    workers: int = 8


def stream(web: Web, seed: int) -> Any:
    """Return the rows of ``web.source``, shuffled: a folder or file of Parquet or tar shards, else a name on the Hub.

    Pictures stay undecoded.

    Raises: DataError for what is neither, and where a column is missing.
    """
    path = Path(web.source)
    try:
        if path.exists():
            files = sorted(file for file in ([path] if path.is_file() else path.iterdir()) if file.suffix in KINDS)
            if not files:
                raise DataError(f"{path} holds no Parquet or tar file: name another folder.")
            kind = KINDS[files[0].suffix]
            rows = datasets.load_dataset(kind, data_files=list(map(str, files)), split="train", streaming=True)
        else:
            rows = datasets.load_dataset(web.source, split="train", streaming=True)
    except (OSError, ValueError) as error:
        raise DataError(f"{web.source} is no data set that can be streamed ({error}).") from error
    columns = list(rows.features or next(iter(rows), {}))
    if missing := {web.image, web.caption} - set(columns):
        raise DataError(f"{web.source} has no column {', '.join(sorted(missing))}; it has {', '.join(columns)}.")
    if rows.features and isinstance(rows.features[web.image], datasets.Image):
        rows = rows.cast_column(web.image, datasets.Image(decode=False))
    return rows.select_columns([web.image, web.caption]).shuffle(seed=seed, buffer_size=web.buffer)


def square(content: bytes, size: int) -> Tensor:
    """Return a picture file as (3, size, size) uint8: on white, its middle square, resized by PIL's bicubic."""
    with Image.open(io.BytesIO(content)) as image:
        drawn = image.convert("RGBA") if image.has_transparency_data else image.convert("RGB")
    if drawn.mode == "RGBA":
        drawn = Image.alpha_composite(Image.new("RGBA", drawn.size, "white"), drawn).convert("RGB")
    side = min(drawn.size)
    left, top = (drawn.width - side) // 2, (drawn.height - side) // 2
    box = (left, top, left + side, top + side)
    pixels: Tensor = pil_to_tensor(drawn.resize((size, size), Image.Resampling.BICUBIC, box=box))
    return pixels


class WebPictures(TorchIterable[tuple[Tensor, str]]):
    """Endless (picture (3, size, size) uint8, caption); shards are shared among processes and their workers.

    What can't be read is counted and said, each time the count doubles.

    Raises: DataError where nothing can be read.
    """

    def __init__(self, rows: Any, web: Web, size: int) -> None:
        self.rows, self.web, self.size = rows, web, size

    def __iter__(self) -> Iterator[tuple[Tensor, str]]:
        """Yield one epoch after the other, each shuffled anew."""
        seen = broken = 0
        for epoch in count():
            self.rows.set_epoch(epoch)
            for row in self.rows:
                seen += 1
                try:
                    yield self._read(row)
                except UNREADABLE as error:
                    broken += 1
                    if broken & (broken - 1) == 0:
                        console.print(f"{broken} of {seen} rows can't be read and are left out; the last: {error}")
            if broken == seen:
                raise DataError(f"None of the {seen} rows of {self.web.source} can be read.")

    def _read(self, row: dict[str, Any]) -> tuple[Tensor, str]:
        caption = row[self.web.caption]
        if not isinstance(caption, str) or not caption.strip():
            raise ValueError("there is no caption")
        cell = row[self.web.image]
        content = cell.get("bytes") or Path(cell["path"]).read_bytes() if isinstance(cell, dict) else cell
        return square(content, self.size), caption


class WebBatches:
    """Batches on a device, texts embedded there by ``encode``; pictures are decoded by worker processes meanwhile."""

    def __init__(
        self, web: Web, size: int, batch: int, encode: Callable[[list[str]], Tensor], device: torch.device,
        seed: int = 0, rank: int = 0, world: int = 1,
    ) -> None:  # fmt: skip
        rows = split_dataset_by_node(stream(web, seed), rank, world)
        workers = min(web.workers, rows.num_shards)
        cuda = device.type == "cuda"
        loader = DataLoader(WebPictures(rows, web, size), batch, num_workers=workers, pin_memory=cuda, drop_last=True)
        self.loader, self.encode, self.device = iter(loader), encode, device

    def __call__(self, n: int) -> tuple[Tensor, Tensor]:
        """Return the next batch: images (N, 3, H, W) in [-1, 1] and unit rows (N, D)."""
        pixels, captions = next(self.loader)
        images = pixels.to(self.device, non_blocking=True).float() / 127.5 - 1
        return images, self.encode(list(captions))
