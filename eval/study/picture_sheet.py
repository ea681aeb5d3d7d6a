"""One picture of many: captions down, generators across, with what each column is above it."""

from collections.abc import Sequence

from PIL import Image, ImageDraw, ImageFont

GAP, HEAD, LETTERS = 4, 18, 12  # pixels: between cells, of the line of heads, of its letters
INK = (40, 40, 40)


def make_sheet(heads: Sequence[str], rows: Sequence[Sequence[Image.Image]], size: int = 64) -> Image.Image:
    """Return rows of pictures on white, each ``size`` pixels a side, a head above each column; an empty one is none.

    A picture of another size is shrunk or enlarged by PIL's antialiased Lanczos.
    """
    step = size + GAP
    sheet = Image.new("RGB", (GAP + step * len(heads), HEAD + GAP + step * len(rows)), "white")
    pen, font = ImageDraw.Draw(sheet), ImageFont.load_default(LETTERS)
    for column, head in enumerate(heads):
        pen.text((GAP + step * column, GAP), head, INK, font)
    for number, row in enumerate(rows):
        for column, picture in enumerate(row):
            cell = picture.convert("RGB")
            if cell.size != (size, size):
                cell = cell.resize((size, size), Image.Resampling.LANCZOS)
            sheet.paste(cell, (GAP + step * column, HEAD + GAP + step * number))
    return sheet
