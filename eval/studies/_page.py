"""A study's tables and plot as Markdown, as a page that needs nothing from outside, and in the terminal."""

from collections.abc import Mapping, Sequence
from html import escape
from statistics import fmean

import plotly.graph_objects as go
from plotly.offline import get_plotlyjs
from rich.table import Table
from rich.text import Text

from eval.render import Grid
from eval.render.markdown import escape as escape_markdown

COLOURS = ("#2f81c4", "#d1762c", "#5a9e3d", "#8a5fb5")
STYLE = """
:root { color-scheme: light dark; }
body { margin: 0 auto; max-width: 76rem; padding: 1.5rem; font: 16px/1.5 system-ui, sans-serif; }
div { overflow-x: auto; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
th, td { padding: .35rem .75rem; border-bottom: 1px solid #8884; text-align: left; }
.js-plotly-plot text { fill: currentColor !important; }
.js-plotly-plot .gridlayer path { stroke: #8884 !important; }
"""
Curve = Mapping[float, Sequence[float]]  # CLIP weight -> PPD of each seed


def collapse_plot(curves: Mapping[str, Curve], real: float) -> go.Figure:
    """PPD against the CLIP weight: a line through each arm's means, a point a seed, and the real images' PPD."""
    figure = go.Figure()
    for (arm, curve), colour in zip(curves.items(), COLOURS, strict=False):
        weights = sorted(curve)
        means = [fmean(curve[weight]) for weight in weights]
        figure.add_scatter(x=[f"{w:g}" for w in weights], y=means, name=arm, mode="lines", line={"color": colour})
        x = [f"{weight:g}" for weight in weights for _ in curve[weight]]
        y = [value for weight in weights for value in curve[weight]]
        figure.add_scatter(x=x, y=y, mode="markers", marker={"color": colour, "size": 8}, showlegend=False)
    figure.add_hline(y=real, line_dash="dot", line_color="#888", annotation_text="real images")
    clear = "rgba(0,0,0,0)"
    figure.update_layout(template="none", height=420, paper_bgcolor=clear, plot_bgcolor=clear, margin={"t": 20})
    order = [f"{weight:g}" for weight in sorted({weight for curve in curves.values() for weight in curve})]
    figure.update_xaxes(title="CLIP weight", type="category", categoryarray=order, fixedrange=True)
    figure.update_yaxes(title="PPD (EfficientNet-Lite2)", rangemode="tozero", fixedrange=True)
    return figure


def markdown(grids: Sequence[Grid], notes: Sequence[str]) -> str:
    """The tables and notes, for a README."""
    parts = []
    for grid in grids:
        lines = [grid.head, *grid.rows] if grid.rows else []
        cells = ["| " + " | ".join(escape_markdown(cell) for cell in line) + " |" for line in lines]
        rule = ["| " + " | ".join("---" for _ in grid.head) + " |"]
        parts.append("\n".join([f"### {grid.title}", "", *(cells[:1] + rule + cells[1:] if cells else [grid.empty])]))
    return "\n\n".join([*parts, "\n".join(f"- {escape_markdown(note)}" for note in notes)]) + "\n"


def _row(cells: Sequence[str], tag: str) -> str:
    return "<tr>" + "".join(f"<{tag}>{escape(cell)}</{tag}>" for cell in cells) + "</tr>"


def page(title: str, grids: Sequence[Grid], notes: Sequence[str], plot: go.Figure | None) -> str:
    """The same as HTML, with the plot and plotly's script inside."""
    sections = []
    for grid in grids:
        rows = "\n".join([_row(grid.head, "th"), *(_row(row, "td") for row in grid.rows)])
        body = f"<div><table>\n{rows}\n</table></div>" if grid.rows else f"<p>{escape(grid.empty)}</p>"
        sections.append(f"<h2>{escape(grid.title)}</h2>\n{body}")
    if plot is not None:
        config = {"displayModeBar": False, "responsive": True}
        drawn = plot.to_html(config=config, include_plotlyjs=False, full_html=False, div_id="collapse")
        label = "Diversity against the weight of the CLIP loss, by arm"
        sections.append(f'<h2>The collapse curve</h2>\n<figure role="img" aria-label="{label}">{drawn}</figure>')
    sections.append("<ul>\n" + "\n".join(f"<li>{escape(note)}</li>" for note in notes) + "\n</ul>")
    script = f"<script>{get_plotlyjs()}</script>" if plot is not None else ""
    head = f'<meta charset="utf-8"><title>{escape(title)}</title><style>{STYLE}</style>{script}'
    body = "\n".join([f"<h1>{escape(title)}</h1>", *sections])
    return f'<!DOCTYPE html>\n<html lang="en">\n<head>{head}</head>\n<body>\n{body}\n</body>\n</html>\n'


def table(grid: Grid) -> Table | Text:
    """A grid for the terminal."""
    if not grid.rows:
        return Text(f"{grid.title}: {grid.empty}")
    shown = Table(title=Text(grid.title), title_justify="left")
    for name in grid.head:
        shown.add_column(Text(name))
    for row in grid.rows:
        shown.add_row(*map(Text, row))
    return shown
