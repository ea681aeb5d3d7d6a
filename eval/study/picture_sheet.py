"""One picture of many: captions down, generators across, with what each column is above it."""

import textwrap
from collections.abc import Sequence

from PIL import Image, ImageDraw, ImageFont

GAP, HEAD, LETTERS = 4, 18, 12  # pixels: between cells, of a line of heads, of its letters
LETTER = 6  # pixels of the width of a letter, about
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
    told = [textwrap.wrap(head, max(1, size // LETTER)) for head in heads]
    top = HEAD * max((len(lines) for lines in told), default=1) + GAP
    sheet = Image.new("RGB", (left + GAP + step * len(heads), top + step * len(rows)), "white")
    pen, font = ImageDraw.Draw(sheet), ImageFont.load_default(LETTERS)
    for number, side in enumerate(sides):
        lines = textwrap.wrap(side, LINE, max_lines=size // (LETTERS + GAP), placeholder=" ...")
        pen.multiline_text((GAP, top + step * number), "\n".join(lines), INK, font)
    for column, lines in enumerate(told):
        pen.multiline_text((left + GAP + step * column, GAP), "\n".join(lines), INK, font)
    for number, row in enumerate(rows):
        for column, picture in enumerate(row):
            cell = picture.convert("RGB")
            if cell.size != (size, size):
                cell = cell.resize((size, size), Image.Resampling.LANCZOS)
            sheet.paste(cell, (left + GAP + step * column, top + step * number))
    return sheet
