"""Small copies of pictures, lossless and always the same bytes, within a budget for all of them."""

import io
from collections.abc import Sequence

from PIL import Image

from eval.encoders.pixels import to_rgb
from eval.features.stream import BROKEN
from hub.errors import DataError

SIZES = (128, 96, 64, 48)  # pixels of the longer side, the largest that fits the budget


def _decode(content: bytes) -> Image.Image:
    """Decode an image file.

    Raises: DataError for what is none.
    """
    try:
        with Image.open(io.BytesIO(content)) as image:
            return to_rgb(image)
    except BROKEN as error:
        raise DataError("A picture can't be read.") from error


def make_thumbnail(content: bytes, size: int) -> bytes:
    """Return an image file as lossless WebP, at most ``size`` pixels a side, shrunk by PIL's antialiased Lanczos.

    A smaller picture keeps its pixels.

    Raises: DataError for what is no picture.
    """
    drawn = _decode(content)
    drawn.thumbnail((size, size), Image.Resampling.LANCZOS)
    written = io.BytesIO()
    drawn.save(written, "WEBP", lossless=True, quality=100, method=4)
    return written.getvalue()


def is_readable(content: bytes) -> bool:
    """Return whether a thumbnail can be made of a file."""
    try:
        _decode(content)
    except DataError:
        return False
    return True


def make_thumbnails(rows: Sequence[Sequence[bytes]], budget: int) -> list[list[bytes]]:
    """Return thumbnails of rows of pictures, of the largest size at which they take at most ``budget`` bytes.

    Where none is small enough the last rows are left out, never the first.

    Raises: DataError for what is no picture.
    """
    small: list[list[bytes]] = []
    for size in SIZES:
        small = [[make_thumbnail(content, size) for content in row] for row in rows]
        if sum(len(content) for row in small for content in row) <= budget:
            return small
    kept: list[list[bytes]] = []
    taken = 0
    for row in small:
        taken += sum(map(len, row))
        if taken > budget and kept:
            break
        kept.append(row)
    return kept
