"""A comparison as files: one picture of the whole grid, and a folder with a manifest, which ``eval.score`` reads."""

import io
import json
import tempfile
import zipfile
from collections.abc import Mapping
from pathlib import Path

from PIL import Image, ImageOps

from eval.sample import keep_sample
from eval.study.picture_sheet import make_sheet
from hub.engine import DrawnSample
from hub.files import png_bytes, write_whole
from hub.japanese.read_requests import english_of
from hub.schema import Request
from hub.ui.compare.comparison_request import ComparisonRequest
from hub.ui.compare.own_rows import YOURS

LEAST, MOST = 64, 256  # pixels a side of a sheet's pictures


def make_contact_sheet(asked: ComparisonRequest, pictures: Mapping[int, bytes]) -> bytes:
    """Return a PNG of the grid: names above, the prompt and seed of each row before it, white where no picture is."""
    width = asked.width
    images = {number: _make_square(Image.open(io.BytesIO(png))) for number, png in pictures.items()}
    size = min(MOST, max([LEAST, *(max(image.size) for image in images.values())]))
    blank = Image.new("RGB", (size, size), "white")
    rows = [[images.get(row * width + column, blank) for column in range(width)] for row in range(len(asked.rows))]
    heads = [one.name for one in asked.generators]
    heads += [one.name if one.name.isascii() else f"{YOURS} #{at}" for at, one in enumerate(asked.own, 1)]
    sides = [f"{_in_latin(row, asked)}, {row.seed}" for row in asked.rows]
    return png_bytes(make_sheet(heads, rows, size, sides))


def _make_square(image: Image.Image) -> Image.Image:
    """Return a picture whole, in the middle of a white square."""
    side = max(image.size)
    return image if image.width == image.height else ImageOps.pad(image.convert("RGB"), (side, side), color="white")


def _in_latin(row: Request, asked: ComparisonRequest) -> str:
    """Return a row's prompt as the sheet's letters can write it, in English or else by its number."""
    english = english_of(row)
    return english if english.isascii() else f"#{asked.prompts.index(row.prompt) + 1}"


def pack_folder(asked: ComparisonRequest, drawn: Mapping[int, DrawnSample]) -> bytes:
    """Return a ZIP of the pictures, what each was drawn with, and their manifest; a visitor's own in a folder of it.

    Raises: StorageError.
    """
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch) / "comparison"
        folder.mkdir()
        for _, one in sorted(drawn.items()):
            keep_sample(one, folder)
        _keep_own(asked, folder / YOURS)
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w") as packed:  # PNGs do not get smaller
            for path in sorted(one for one in folder.rglob("*") if one.is_file()):
                packed.write(path, path.relative_to(scratch).as_posix())
    return buffer.getvalue()


def _keep_own(asked: ComparisonRequest, folder: Path) -> None:
    """Write a visitor's own pictures, and what is known of them as a metadata file: no entry's manifest names them."""
    lines = []
    for at, (number, cell) in enumerate(sorted(asked.own_cells.items()), 1):
        file, own = f"{at:02}.png", cell.picture
        write_whole(folder / file, own.png)
        column = asked.own[number % asked.width - len(asked.generators)]
        told: dict[str, str | int | None] = {
            "file_name": file,
            "prompt": own.prompt,
            "generator": column.name,
            "original": own.name,
        }
        if own.seed is not None:
            told["seed"] = own.seed
        if english := asked.rows[number // asked.width].read_as:
            told["read_as"] = english
        lines.append(json.dumps(told, ensure_ascii=False))
    if lines:
        write_whole(folder / "metadata.jsonl", "".join(f"{line}\n" for line in lines).encode())
