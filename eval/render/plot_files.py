"""Plots as files of their own, for papers and slides: SVG, and the same as PDF.

The PDF has what our plots are made of, and nothing else: lines, circles, paths of straight lines, and text in fonts
that every reader of PDF has (Helvetica; HeiseiKakuGo-W5 for what is not Latin), which are named and not embedded.
"""

import re
from collections.abc import Iterator
from xml.etree import ElementTree

SVG = re.compile(r"<svg (.*)</svg>", re.DOTALL)
INK, PAPER, LINE, AXIS, ACCENT = "#29241f", "#ffffff", "#6b635b", "#8a8178", "#b2452a"
SIZE = 14  # pixels of letters
STYLE = (  # of a picture that is looked at by itself, on any ground
    f"<style>svg{{background:{PAPER[:4]}}}text{{fill:{INK};font:{SIZE}px sans-serif}}.axis{{fill:none;stroke:{AXIS}}}"
    f".middle{{text-anchor:middle}}.end{{text-anchor:end}}line{{stroke:{LINE}}}rect{{fill:{ACCENT}}}circle{{fill:{PAPER[:4]};"
    f"stroke:{LINE};stroke-width:2}}.on circle{{fill:{ACCENT};stroke:{ACCENT}}}</style>"
)
POINTS = 0.75  # of a pixel
CURVE = 0.5522847498  # of a radius: where the control points of a quarter of a circle are
HELVETICA = (  # widths of its ASCII from the space on, in thousandths of its size (Adobe's font metrics)
    "278 278 355 556 556 889 667 191 333 333 389 584 278 333 278 278 556 556 556 556 556 556 556 556 556 556 278 278 "
    "584 584 584 556 1015 667 667 722 722 667 611 778 722 278 500 667 556 833 722 778 667 778 722 667 611 722 667 944 "
    "667 667 611 278 278 278 469 556 333 556 556 500 556 556 278 556 556 222 222 500 222 833 556 556 556 556 333 500 "
    "278 556 500 722 500 500 500 334 260 334 584"
)
WIDTHS = tuple(map(int, HELVETICA.split()))
RUNS = re.compile(r"[\x20-\x7e\xa0-\xff]+|[^\x20-\x7e\xa0-\xff]+")
FONTS = (
    b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
    b"<< /Type /Font /Subtype /Type0 /BaseFont /HeiseiKakuGo-W5-UniJIS-UTF16-H /Encoding /UniJIS-UTF16-H"
    b" /DescendantFonts [6 0 R] >>",
    b"<< /Type /Font /Subtype /CIDFontType0 /BaseFont /HeiseiKakuGo-W5 /DW 1000 /FontDescriptor 7 0 R"
    b" /CIDSystemInfo << /Registry (Adobe) /Ordering (Japan1) /Supplement 2 >> >>",
    b"<< /Type /FontDescriptor /FontName /HeiseiKakuGo-W5 /Flags 4 /FontBBox [-92 -250 1010 922] /ItalicAngle 0"
    b" /Ascent 752 /Descent -221 /CapHeight 737 /StemV 114 >>",
)


def to_svg(figure: str) -> str:
    """Return the SVG of a figure as a file of its own; empty for an empty one."""
    found = SVG.search(figure)
    if not found:
        return ""
    return f'<svg xmlns="http://www.w3.org/2000/svg" {found[1].replace(">", f">{STYLE}", 1)}</svg>\n'


def measure_text(text: str) -> float:
    """Return how wide a text is in pixels, as the PDF sets it."""
    return sum(_width(letter) for letter in text) * SIZE / 1000


def _width(letter: str) -> int:
    place = ord(letter) - 32
    return WIDTHS[place] if 0 <= place < len(WIDTHS) else 556 if letter <= "\xff" else 1000


def _colour(colour: str, operator: str) -> str:
    parts = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    return " ".join([*(f"{part:.3f}" for part in parts), operator])


def _draw_line(one: ElementTree.Element) -> str:
    x1, y1, x2, y2 = (one.get(name) for name in ("x1", "y1", "x2", "y2"))
    return f"{_colour(LINE, 'RG')} 1 w {x1} {y1} m {x2} {y2} l S"


def _draw_circle(one: ElementTree.Element, on: bool) -> str:
    x, y, r = (float(one.get(name, "0")) for name in ("cx", "cy", "r"))
    k = r * CURVE
    curves = (
        f"{x + r:.2f} {y:.2f} m {x + r:.2f} {y + k:.2f} {x + k:.2f} {y + r:.2f} {x:.2f} {y + r:.2f} c "
        f"{x - k:.2f} {y + r:.2f} {x - r:.2f} {y + k:.2f} {x - r:.2f} {y:.2f} c "
        f"{x - r:.2f} {y - k:.2f} {x - k:.2f} {y - r:.2f} {x:.2f} {y - r:.2f} c "
        f"{x + k:.2f} {y - r:.2f} {x + r:.2f} {y - k:.2f} {x + r:.2f} {y:.2f} c h B"
    )
    return f"{_colour(ACCENT if on else LINE, 'RG')} {_colour(ACCENT if on else PAPER, 'rg')} 2 w {curves}"


def _draw_path(one: ElementTree.Element) -> str:
    x = y = "0"
    drawn = [_colour(AXIS, "RG"), "1 w"]
    for command, numbers in re.findall(r"([MLVH])([-\d. ]+)", one.get("d", "")):
        found = numbers.split()
        x = found[0] if command in "MLH" else x
        y = found[-1] if command in "MLV" else y
        drawn.append(f"{x} {y} {'m' if command == 'M' else 'l'}")
    return " ".join([*drawn, "S"])


def _draw_text(one: ElementTree.Element) -> str:
    text, kind = one.text or "", one.get("class", "")
    x = float(one.get("x", "0")) - measure_text(text) * {"end": 1.0, "middle": 0.5}.get(kind, 0.0)
    drawn = [f"BT {_colour(INK, 'rg')} 1 0 0 -1 {x:.2f} {one.get('y')} Tm"]
    for run in RUNS.findall(text):
        latin = run[0] <= "\xff"
        coded = run.encode("cp1252", "replace") if latin else run.encode("utf-16-be", "replace")
        drawn.append(f"/{'Latin' if latin else 'Other'} {SIZE} Tf <{coded.hex()}> Tj")
    return " ".join([*drawn, "ET"])


def _draw(node: ElementTree.Element, on: bool) -> Iterator[str]:
    for one in node:
        kind = one.tag.rpartition("}")[2]
        if kind == "g":
            yield from _draw(one, one.get("class") == "on")
        elif kind == "line":
            yield _draw_line(one)
        elif kind == "circle":
            yield _draw_circle(one, on)
        elif kind == "path":
            yield _draw_path(one)
        elif kind == "text":
            yield _draw_text(one)
        elif kind not in {"title", "style"}:
            raise ValueError(f"a plot has a {kind}, which no PDF is made of here")


def _write_objects(bodies: list[bytes]) -> bytes:
    """Return a PDF file of these objects, the first being its catalogue."""
    found, places = b"%PDF-1.5\n", []
    for number, body in enumerate(bodies, 1):
        places.append(len(found))
        found += b"%d 0 obj\n%b\nendobj\n" % (number, body)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    size, start = len(bodies) + 1, len(found)
    tail = b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (size, start)
    return found + b"xref\n0 %d\n0000000000 65535 f \n" % size + table + tail


def to_pdf(svg: str) -> bytes:
    """Return the file that :func:`to_svg` made as PDF, of one page as large as the plot; empty for an empty one.

    Raises: ValueError for an SVG with other shapes than our plots have.
    """
    if not svg:
        return b""
    root = ElementTree.fromstring(svg)  # noqa: S314 - our own, made just now
    _, _, wide, high = (float(number) * POINTS for number in root.get("viewBox", "").split())
    content = "\n".join([f"{POINTS} 0 0 -{POINTS} 0 {high:.2f} cm", *_draw(root, False)]).encode("ascii")
    page = b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 %.2f %.2f] /Contents 8 0 R /Resources" % (wide, high)
    page += b" << /Font << /Latin 4 0 R /Other 5 0 R >> >> >>"
    bodies = [b"<< /Type /Catalog /Pages 2 0 R >>", b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>", page, *FONTS]
    return _write_objects([*bodies, b"<< /Length %d >>\nstream\n%b\nendstream" % (len(content), content)])
