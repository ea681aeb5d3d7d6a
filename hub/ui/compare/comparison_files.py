"""A comparison as files: one picture of the whole grid, and a folder with a manifest, which ``eval.score`` reads."""

import io
import tempfile
import zipfile
from collections.abc import Mapping
from pathlib import Path

from PIL import Image

from eval.sample import keep_sample
from eval.study.picture_sheet import make_sheet
from hub.engine import DrawnSample
from hub.files import png_bytes
from hub.japanese.read_requests import english_of
from hub.schema import Request
from hub.ui.compare.comparison_request import ComparisonRequest

LEAST, MOST = 64, 256  # pixels a side of a sheet's pictures


def make_contact_sheet(asked: ComparisonRequest, drawn: Mapping[int, DrawnSample]) -> bytes:
    """Return a PNG of the grid: names above, the prompt and seed of each row before it, white where no picture is."""
    width = len(asked.generators)
    images = {number: Image.open(io.BytesIO(one.png)) for number, one in drawn.items()}
    size = min(MOST, max([LEAST, *(max(image.size) for image in images.values())]))
    blank = Image.new("RGB", (size, size), "white")
    rows = [[images.get(row * width + column, blank) for column in range(width)] for row in range(len(asked.rows))]
    heads = [one.name for one in asked.generators]
    sides = [f"{_in_latin(row, asked)}, {row.seed}" for row in asked.rows]
    return png_bytes(make_sheet(heads, rows, size, sides))


def _in_latin(row: Request, asked: ComparisonRequest) -> str:
    """Return a row's prompt as the sheet's letters can write it, in English or else by its number."""
    english = english_of(row)
    return english if english.isascii() else f"#{asked.prompts.index(row.prompt) + 1}"


def pack_folder(drawn: Mapping[int, DrawnSample]) -> bytes:
    """Return a ZIP of the pictures, what each was drawn with, and their manifest. Raises: StorageError."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch) / "comparison"
        folder.mkdir()
        for _, one in sorted(drawn.items()):
            keep_sample(one, folder)
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w") as packed:  # PNGs do not get smaller
            for path in sorted(one for one in folder.rglob("*") if one.is_file()):
                packed.write(path, path.relative_to(scratch).as_posix())
    return buffer.getvalue()
