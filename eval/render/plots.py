"""The report's plots, as plotly figures without letters and colours of their own: the page's style sets them."""

import html
from collections.abc import Sequence
from dataclasses import dataclass

import plotly.graph_objects as go

from eval.measure import Row
from eval.render import figure, printable
from eval.render.language import Language
from eval.render.names import generator
from eval.summary import Question

COLOUR = "#2f81c4"
SHADES = [[0, "rgba(219,109,40,.55)"], [0.5, "rgba(128,138,150,.10)"], [1, "rgba(47,129,196,.65)"]]  # of shares won
LETTERED = 240  # pixels at most for the names below a plot
CONFIG = {"displayModeBar": False, "responsive": True}


@dataclass(frozen=True)
class Interval:
    """One figure with its interval: its :func:`label`, and how all three are written."""

    label: str
    value: float
    low: float
    high: float
    said: str


def label(*lines: str) -> str:
    """Lines of text as plotly shows them, which reads tags in labels."""
    return "<br>".join(html.escape(printable(line)) for line in lines)


def intervals(points: Sequence[Interval]) -> go.Figure:
    """Points with their intervals, from the top down."""
    error = {
        "type": "data",
        "symmetric": False,
        "array": [point.high - point.value for point in points],
        "arrayminus": [point.value - point.low for point in points],
        "thickness": 2,
        "color": COLOUR,
    }
    marker = {"size": 10, "color": COLOUR}
    labels = [point.label for point in points]
    scatter = go.Scatter(x=[point.value for point in points], y=labels, error_x=error, mode="markers", marker=marker)
    scatter.update(showlegend=False, hovertext=[label(point.said) for point in points], hoverinfo="text")
    drawn = go.Figure(scatter)
    drawn.update_yaxes(range=[len(points) - 0.5, -0.5])
    return drawn


def laid_out(drawn: go.Figure, height: int) -> go.Figure:
    """The figure in the page's style, so many pixels high."""
    clear = "rgba(0,0,0,0)"
    margin = {"l": 10, "r": 20, "t": 10, "b": 30}
    drawn.update_layout(template="none", height=height, paper_bgcolor=clear, plot_bgcolor=clear, margin=margin)
    drawn.update_layout(font={"size": 13, "family": "var(--letters)"})
    drawn.update_yaxes(automargin=True, fixedrange=True)
    drawn.update_xaxes(automargin=True, fixedrange=True)
    return drawn


def written(name: str, value: str, low: str, high: str, language: Language) -> str:
    """A figure with its interval, in words."""
    return language.gettext("{name}: {value} ({low} to {high})", name=name, value=value, low=low, high=high)


def ratings_plot(question: Question, language: Language) -> go.Figure:
    """Ratings with their 95 % intervals."""
    points = []
    for r in question.ratings:
        said = written(r.generator, f"{r.rating:.0f}", f"{r.low:.0f}", f"{r.high:.0f}", language)
        points.append(Interval(label(r.generator), r.rating, r.low, r.high, said))
    return laid_out(intervals(points), 60 + 36 * len(points))


def wins_plot(question: Question) -> go.Figure:
    """Share of votes won by row against column; pairs without votes stay empty. Best generator first."""
    order = question.order
    wins, battles = question.counts.halved, question.counts.battles
    share = [[float(wins[i, j] / battles[i, j]) if battles[i, j] else None for j in order] for i in order]
    text = [[f"{wins[i, j] / battles[i, j]:.0%}" if battles[i, j] else "" for j in order] for i in order]
    labels = [label(question.counts.names[i]) for i in order]
    heat = go.Heatmap(z=share, x=labels, y=labels, text=text, texttemplate="%{text}", colorscale=SHADES)
    heat.update(zmin=0, zmax=1, showscale=False)
    heat.update(xgap=2, ygap=2, hoverinfo="x+y+text", hoverongaps=False)
    drawn = go.Figure(heat)
    drawn.update_yaxes(autorange="reversed", showgrid=False, ticks="")
    drawn.update_xaxes(showgrid=False, ticks="")
    upright = min(8 * max(map(len, question.counts.names), default=0), LETTERED)  # where there is no room to lie
    return laid_out(drawn, 60 + 40 * len(order) + upright)


def metric_plot(rows: Sequence[Row], language: Language) -> go.Figure:
    """One metric of several generators, with 95 % intervals."""
    points = []
    for row in rows:
        name, m = generator(row.generator, language), row.measured
        said = written(name, figure(m.value), figure(m.low), figure(m.high), language)
        points.append(Interval(label(name), m.value, m.low, m.high, said))
    drawn = intervals(points)
    drawn.update_xaxes(exponentformat="SI")  # billions of bytes are G, not B
    return laid_out(drawn, 60 + 36 * len(points))
