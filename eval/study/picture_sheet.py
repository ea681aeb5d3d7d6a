"""One picture of many: captions down, generators across, with what each column is above it."""

import textwrap
from collections.abc import Sequence

from PIL import Image, ImageDraw, ImageFont

GAP, HEAD, LETTERS = 4, 18, 12  # pixels: between cells, of the line of heads, of its letters
INK = (40, 40, 40)
SIDE, LINE = 160, 24  # pixels of the column of sides, letters of its lines


def make_sheet(
    heads: Sequence[str], rows: Sequence[Sequence[Image.Image]], size: int = 64, sides: Sequence[str] = ()
) -> Image.Image:
    """Return rows of pictures on white, each ``size`` pixels a side, a head above each column; an empty one is none.

    ``sides``: what is said before each row, if anything. A picture of another size is shrunk or enlarged by PIL's
    antialiased Lanczos.
    """
    step, left = size + GAP, SIDE * bool(sides)
    sheet = Image.new("RGB", (left + GAP + step * len(heads), HEAD + GAP + step * len(rows)), "white")
    pen, font = ImageDraw.Draw(sheet), ImageFont.load_default(LETTERS)
    for number, side in enumerate(sides):
        lines = textwrap.wrap(side, LINE, max_lines=size // (LETTERS + GAP), placeholder=" ...")
        pen.multiline_text((GAP, HEAD + GAP + step * number), "\n".join(lines), INK, font)
    for column, head in enumerate(heads):
        pen.text((left + GAP + step * column, GAP), head, INK, font)
    for number, row in enumerate(rows):
        for column, picture in enumerate(row):
            cell = picture.convert("RGB")
            if cell.size != (size, size):
                cell = cell.resize((size, size), Image.Resampling.LANCZOS)
            sheet.paste(cell, (left + GAP + step * column, HEAD + GAP + step * number))
    return sheet
