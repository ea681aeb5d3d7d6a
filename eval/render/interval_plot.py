"""Figures with their intervals, one below the other on one axis, as SVG for papers: a style colours it."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from eval.render.drawn import Interval, ends
from eval.render.plot_files import SIZE, measure_text
from hub.language.catalogue import printable

WIDE, ROW, ABOVE, UNDER, GAP = 640, 26, 28, 34, 12  # pixels: of the plot, a row, above and below the rows, beside names
MOST = 260  # pixels of a name
TICKS = 5
CUT = "\N{HORIZONTAL ELLIPSIS}"


@dataclass(frozen=True)
class NamedInterval:
    """A figure with its interval, and what it is of."""

    name: str
    interval: Interval


def find_ticks(low: float, high: float) -> list[float]:
    """Return about five round numbers from ``low`` to ``high``, which differ."""
    rough = (high - low) / TICKS
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(factor * power for factor in (1, 2, 5, 10) if factor * power >= rough)
    return [number * step for number in range(math.ceil(low / step), math.floor(high / step) + 1)]


def shorten(name: str) -> str:
    """Return a name that is no wider than there is room for."""
    plain = printable(name)
    while measure_text(plain) > MOST:
        plain = plain.removesuffix(CUT)[:-1] + CUT
    return plain


def draw_interval_plot(title: str, points: Sequence[NamedInterval]) -> str:
    """Return the plot as SVG in a figure; empty without figures."""
    if not points:
        return ""
    low, high = ends([one.interval for one in points])
    low, high = low - (high - low) / 20, high + (high - low) / 20
    names = [shorten(one.name) for one in points]
    left, foot = max(map(measure_text, names)) + 2 * GAP, ABOVE + ROW * len(points)

    def at(value: float) -> float:
        return left + (WIDE - GAP - left) * (value - low) / (high - low)

    drawn = [f'<text x="{GAP}" y="{SIZE + 2}">{escape(printable(title))}</text>']
    drawn.append(f'<path class="axis" d="M{left:.1f} {foot}H{WIDE - GAP}"/>')
    for tick in find_ticks(low, high):
        x = at(tick)
        drawn.append(f'<path class="axis" d="M{x:.1f} {foot}V{foot + 5}"/>')
        drawn.append(f'<text class="middle" x="{x:.1f}" y="{foot + 22}">{tick:,.6g}</text>')
    for number, (name, one) in enumerate(zip(names, points, strict=True)):
        y, said = ABOVE + ROW * (number + 0.5), escape(printable(one.interval.said))
        drawn.append(f'<text class="end" x="{left - GAP:.1f}" y="{y + 5:.1f}">{escape(name)}</text>')
        line = f'<line x1="{at(one.interval.low):.1f}" y1="{y}" x2="{at(one.interval.high):.1f}" y2="{y}"/>'
        dot = f'<circle cx="{at(one.interval.value):.1f}" cy="{y}" r="4.5"/>'
        drawn.append(f'<g class="on"><title>{said}</title>{line}{dot}</g>')
    size = f'viewBox="0 0 {WIDE} {foot + UNDER}" role="img" aria-label="{escape(printable(title))}"'
    return f"<figure><svg {size}>{''.join(drawn)}</svg></figure>"
