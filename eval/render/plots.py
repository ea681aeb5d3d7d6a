"""The report's plots, as plotly figures without colours of their own for text and grid: the page's theme sets them."""

import html
from collections.abc import Sequence

import plotly.graph_objects as go

from eval.measure import Row
from eval.render import printable
from eval.summary import Question

COLOUR = "#2f81c4"
SHADES = [[0, "#f1f6fb"], [1, "#6aaed6"]]  # of shares; INK can be read on each
INK = "#10233a"
CONFIG = {"displayModeBar": False, "responsive": True}


def _label(name: str) -> str:
    return html.escape(printable(name))  # plotly reads tags in labels


def _intervals(names: Sequence[str], values: Sequence[tuple[float, float, float]]) -> go.Scatter:
    """Points with their intervals, (value, low, high), one a name, from the top down."""
    x = [value for value, _, _ in values]
    error = {
        "type": "data",
        "symmetric": False,
        "array": [high - value for value, _, high in values],
        "arrayminus": [value - low for value, low, _ in values],
    }
    marker = {"size": 9, "color": COLOUR}
    labels = [_label(name) for name in names]
    return go.Scatter(x=x, y=labels, error_x=error, mode="markers", marker=marker, showlegend=False)


def _laid_out(figure: go.Figure, height: int) -> go.Figure:
    clear = "rgba(0,0,0,0)"
    margin = {"l": 10, "r": 20, "t": 10, "b": 30}
    figure.update_layout(template="none", height=height, paper_bgcolor=clear, plot_bgcolor=clear, margin=margin)
    figure.update_yaxes(automargin=True, fixedrange=True)
    figure.update_xaxes(automargin=True, fixedrange=True)
    return figure


def ratings_plot(question: Question) -> go.Figure:
    """Ratings with their 95 % intervals."""
    values = [(r.rating, r.low, r.high) for r in question.ratings]
    figure = go.Figure(_intervals([r.generator for r in question.ratings], values))
    figure.update_xaxes(title="Bradley-Terry rating (400 points: ten wins to one)")
    figure.update_yaxes(range=[len(values) - 0.5, -0.5])
    return _laid_out(figure, 80 + 36 * len(values))


def wins_plot(question: Question) -> go.Figure:
    """Share of votes won by row against column; pairs without votes stay empty. Best generator first."""
    order = question.order
    wins, battles = question.counts.halved, question.counts.battles
    share = [[float(wins[i, j] / battles[i, j]) if battles[i, j] else None for j in order] for i in order]
    text = [[f"{wins[i, j] / battles[i, j]:.0%}" if battles[i, j] else "" for j in order] for i in order]
    labels = [_label(question.counts.names[i]) for i in order]
    heat = go.Heatmap(z=share, x=labels, y=labels, text=text, texttemplate="%{text}", textfont={"color": INK})
    heat.update(colorscale=SHADES, zmin=0, zmax=1, colorbar={"tickformat": ".0%", "title": {"text": "won"}})
    heat.update(xgap=2, ygap=2, hoverinfo="x+y+text")
    figure = go.Figure(heat)
    figure.update_yaxes(autorange="reversed", showgrid=False)
    figure.update_xaxes(showgrid=False)
    return _laid_out(figure, 160 + 40 * len(order))


def metric_plot(rows: Sequence[Row]) -> go.Figure:
    """One metric of several generators, with 95 % intervals."""
    values = [(row.measured.value, row.measured.low, row.measured.high) for row in rows]
    figure = go.Figure(_intervals([row.generator for row in rows], values))
    figure.update_yaxes(range=[len(values) - 0.5, -0.5])
    return _laid_out(figure, 60 + 36 * len(rows))
