"""Plots of runs as SVG: a line over the steps, and points of several runs. The style gives the colours."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from hub.language.catalogue import Language, printable

WIDE, HIGH, LEFT, UNDER, ABOVE, RIGHT = 480, 220, 64, 44, 26, 14  # of a plot and its margins
FOOT = HIGH - UNDER


@dataclass(frozen=True)
class RunPoint:
    """A run in a plot of several: where it is, what is said of it, and whether it is the visitor's own."""

    x: float
    y: float
    label: str
    own: bool = False


def render_line_plot(points: Sequence[tuple[float, float]], across: str, up: str, language: Language) -> str:
    """Return a line through points; with fewer than two there is none to draw, and nothing is returned."""
    if len(points) < 2:
        return ""
    x_axis, y_axis = _span([x for x, _ in points], 0.0), _span([y for _, y in points])
    places = [(_across(x, x_axis), _up(y, y_axis)) for x, y in points]
    path = "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in places)
    dots = "".join(
        f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3"><title>{told[0]:g}: {told[1]:.4g}</title></circle>'
        for (x, y), told in zip(places, points, strict=True)
    )
    said = language.gettext(
        "{up} by {across}: {first} at first, {last} at last",
        up=up, across=across, first=f"{points[0][1]:.4g}", last=f"{points[-1][1]:.4g}",
    )  # fmt: skip
    return _wrap(said, _axes(x_axis, y_axis, across, up) + f'<path class="line" d="{path}"/>{dots}')


def render_point_plot(points: Sequence[RunPoint], across: str, up: str, language: Language) -> str:
    """Return points of runs, each with its label; empty without any."""
    if not points:
        return ""
    x_axis, y_axis = _span([one.x for one in points]), _span([one.y for one in points])
    marks = "".join(_mark(one, _across(one.x, x_axis), _up(one.y, y_axis)) for one in points)
    told = "; ".join(f"{one.label}: {one.x:.4g}, {one.y:.4g}" for one in points)
    said = language.gettext("{up} against {across}: {runs}", up=up, across=across, runs=told)
    return _wrap(said, _axes(x_axis, y_axis, across, up) + marks)


def _mark(one: RunPoint, x: float, y: float) -> str:
    label, kind = escape(printable(one.label)), "own" if one.own else "other"
    end, begins = ("end", x - 9) if x > WIDE * 0.6 else ("start", x + 9)
    return (
        f'<g class="{kind}"><title>{label}: {one.x:.4g}, {one.y:.4g}</title><circle cx="{x:.1f}" cy="{y:.1f}" r="6"/>'
        f'<text style="text-anchor:{end}" x="{begins:.1f}" y="{y + 4:.1f}">{label}</text></g>'
    )


def _span(values: Sequence[float], least: float | None = None) -> tuple[float, float]:
    """Return where an axis begins and ends: a tenth beyond the values, or at ``least``."""
    low, high = min(values) if least is None else least, max(values)
    room = (high - low) / 10 or abs(high) / 10 or 1.0
    return (low - room if least is None else least), high + room


def _across(x: float, axis: tuple[float, float]) -> float:
    return LEFT + (x - axis[0]) / (axis[1] - axis[0]) * (WIDE - RIGHT - LEFT)


def _up(y: float, axis: tuple[float, float]) -> float:
    return ABOVE + (1 - (y - axis[0]) / (axis[1] - axis[0])) * (FOOT - ABOVE)


def _axes(x_axis: tuple[float, float], y_axis: tuple[float, float], across: str, up: str) -> str:
    end = WIDE - RIGHT
    return (
        f'<path class="axis" d="M{LEFT} {ABOVE}V{FOOT}H{end}"/><text x="0" y="14">{escape(up)}</text>'
        f'<text class="figure" x="{LEFT}" y="{FOOT + 16}">{x_axis[0]:.3g}</text>'
        f'<text class="figure end" x="{end}" y="{FOOT + 16}">{x_axis[1]:.3g}</text>'
        f'<text class="middle" x="{(LEFT + end) / 2}" y="{HIGH - 6}">{escape(across)}</text>'
        f'<text class="figure end" x="{LEFT - 6}" y="{FOOT}">{y_axis[0]:.3g}</text>'
        f'<text class="figure end" x="{LEFT - 6}" y="{ABOVE + 10}">{y_axis[1]:.3g}</text>'
    )


def _wrap(said: str, inside: str) -> str:
    label = escape(printable(said))
    return f'<svg class="vs-plot" viewBox="0 0 {WIDE} {HIGH}" role="img" aria-label="{label}">{inside}</svg>'
