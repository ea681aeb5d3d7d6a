"""Two figures of every arm against each other, a line a curve through the means: as a plotly figure and as SVG."""

import html as markup
from collections.abc import Mapping, Sequence
from statistics import fmean

import numpy as np
import plotly.graph_objects as go

from eval.metrics import FigureName
from eval.study.declaration import Groups, StudyResult
from eval.study.orderings import list_figures
from eval.study.sweep_plot import COLOURS, label, lay_out

WIDE, HIGH, LEFT, RIGHT, UNDER, ABOVE = 720, 420, 80, 190, 56, 36  # of the SVG and its margins; pixels
TICKS = 5
Point = tuple[str, float, float]  # an arm, and its two figures


def list_points(groups: Groups, arms: Sequence[str], x: FigureName, y: FigureName) -> list[Point]:
    """Return the means over seeds of two figures of arms that have both, by the first figure."""
    made = []
    for arm in arms:
        both = [found for found in groups.get(arm, {}).values() if x in found and y in found]
        if both:
            made.append((arm, fmean(one[x].value for one in both), fmean(one[y].value for one in both)))
    return sorted(made, key=lambda point: point[1])


def plot_pareto(result: StudyResult, x: str, y: str, curves: Mapping[str, Sequence[str]]) -> dict[str, go.Figure]:
    """Return a plot an encoder of figure y against x, a line a curve of arms and a mark where a curve is one arm."""
    made = {}
    for name in list_figures(result.groups, y):
        drawn = go.Figure()
        for (curve, arms), colour in zip(curves.items(), COLOURS, strict=False):
            points = list_points(result.groups, arms, FigureName(x, name.space), name)
            line, marks = {"color": colour, "width": 2}, {"color": colour, "size": 9}
            hover = [label(arm) for arm, *_ in points]
            across, up = [one[1] for one in points], [one[2] for one in points]
            drawn.add_scatter(
                x=across, y=up, name=label(curve), mode="lines+markers", line=line, marker=marks, text=hover
            )
        drawn.update_xaxes(title=label(f"{x} ({name.space})"))
        drawn.update_yaxes(title=label(str(name)))
        legend = {"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0}
        made[str(name)] = lay_out(drawn, 460).update_layout(legend=legend, showlegend=True, margin={"t": 40})
    return made


def draw_svg(drawn: go.Figure, said: str) -> str:
    """Return a plot of lines and marks as SVG, for a README; ``said`` is its words for those who can't see it."""
    lines = [one for one in drawn.data if len(one.x)]
    ends = [_widen([float(v) for row in rows for v in row]) for rows in ([o.x for o in lines], [o.y for o in lines])]
    foot, right = HIGH - UNDER, WIDE - RIGHT

    def place(x: float, y: float) -> tuple[float, float]:
        (left, last), (low, high) = ends
        return LEFT + (x - left) / (last - left) * (right - LEFT), foot - (y - low) / (high - low) * (foot - ABOVE)

    parts = [f'<rect width="{WIDE}" height="{HIGH}" fill="#fff"/>', f'<path d="M{LEFT} {ABOVE}V{foot}H{right}"/>']
    for number in np.linspace(*ends[0], TICKS):
        parts.append(_text(place(number, 0)[0], foot + 18, f"{number:.3g}", "middle"))
    for number in np.linspace(*ends[1], TICKS):
        parts.append(_text(LEFT - 6, place(0, number)[1] + 4, f"{number:.3g}", "end"))
    parts.append(_text((LEFT + right) / 2, HIGH - 14, drawn.layout.xaxis.title.text, "middle"))
    parts.append(_text(4, 13, drawn.layout.yaxis.title.text, "start"))
    for row, one in enumerate(lines):
        at, colour = [place(float(x), float(y)) for x, y in zip(one.x, one.y, strict=True)], one.line.color
        way = " ".join(f"{x:.1f},{y:.1f}" for x, y in at)
        parts.append(f'<polyline points="{way}" style="stroke:{colour};stroke-width:2"/>')
        for (x, y), arm in zip(at, one.text, strict=True):
            parts.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4.5" fill="{colour}"><title>{arm}</title></circle>')
        top = ABOVE + 12 + 20 * row
        parts.append(f'<circle cx="{right + 18}" cy="{top - 4}" r="4.5" fill="{colour}"/>')
        parts.append(_text(right + 28, top, one.name, "start"))
    style = "path,polyline{fill:none;stroke:#444}text{font:13px sans-serif;fill:#222}"
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDE} {HIGH}" role="img"'
    return f'{head} aria-label="{markup.escape(said)}"><style>{style}</style>{"".join(parts)}</svg>\n'


def _widen(values: Sequence[float]) -> tuple[float, float]:
    """Return both ends of an axis, a twentieth beyond the values."""
    least, most = min(values), max(values)
    room = (most - least) / 20 or abs(most) / 20 or 1.0
    return least - room, most + room


def _text(x: float, y: float, said: str, anchor: str) -> str:
    """Return a line of letters; ``said`` is escaped already, as plotly's labels are."""
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{said}</text>'
