"""A figure against the number that sweeps vary: a line an arm, a point a seed, and the real images' figure."""

import html as markup
from collections.abc import Mapping, Sequence
from statistics import fmean

import plotly.graph_objects as go

from eval.metrics import Measured
from eval.study.declaration import StudyResult, Sweep
from eval.study.orderings import find_sweep, list_figures
from hub.language.catalogue import printable

LINE = "#8b949e"
COLOURS = ("#2f81c4", "#d1762c", "#5a9e3d", "#8a5fb5", "#c2527f", "#3a9a94")  # each can be seen on white and black
Curve = Mapping[float, Sequence[float]]  # the number that is varied -> a figure of each seed


def label(*lines: str) -> str:
    """Return lines of text as plotly shows them, which reads tags in labels."""
    return "<br>".join(markup.escape(printable(line)) for line in lines)


def lay_out(drawn: go.Figure, height: int) -> go.Figure:
    """Return the figure in the page's style, so many pixels high."""
    clear = "rgba(0,0,0,0)"
    margin = {"l": 10, "r": 20, "t": 10, "b": 30}
    drawn.update_layout(template="none", height=height, paper_bgcolor=clear, plot_bgcolor=clear, margin=margin)
    drawn.update_layout(font={"size": 13, "family": "var(--letters)"})
    drawn.update_yaxes(automargin=True, fixedrange=True)
    drawn.update_xaxes(automargin=True, fixedrange=True)
    return drawn


def plot_sweeps(name: str, number: str, curves: Mapping[str, Curve], real: Measured | None) -> go.Figure:
    """Return the plot of one figure: a line through each arm's means, a point a seed, and that of real images."""
    drawn = go.Figure()
    for (arm, curve), colour in zip(curves.items(), COLOURS, strict=False):
        numbers = sorted(curve)
        means = [fmean(curve[one]) for one in numbers]
        line = {"color": colour, "width": 2}
        drawn.add_scatter(x=[f"{n:g}" for n in numbers], y=means, name=label(arm), mode="lines", line=line)
        x = [f"{one:g}" for one in numbers for _ in curve[one]]
        y = [value for one in numbers for value in curve[one]]
        drawn.add_scatter(x=x, y=y, mode="markers", marker={"color": colour, "size": 8}, showlegend=False)
    if real is not None:
        drawn.add_hline(y=real.value, line_dash="dot", line_color=LINE, annotation_text="real images")
    order = [f"{one:g}" for one in sorted({one for curve in curves.values() for one in curve})]
    drawn.update_xaxes(title=number, type="category", categoryarray=order)
    drawn.update_yaxes(title=label(name), rangemode="tozero")
    legend = {"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0}
    return lay_out(drawn, 420).update_layout(legend=legend, showlegend=True, margin={"t": 40})


def plot_metric(result: StudyResult, metric: str, sweeps: Sequence[Sweep]) -> dict[str, go.Figure]:
    """Return a plot an encoder of one metric over sweeps of one number, of the arms that have several numbers."""
    found = {sweep.arm: find_sweep(result.groups, sweep) for sweep in sweeps}
    curves = {arm: by_number for arm, by_number in found.items() if len(by_number) > 1}
    return {
        str(name): plot_sweeps(
            str(name),
            sweeps[0].number,
            {
                arm: {number: [figures[name].value for figures in seeds.values()] for number, seeds in curve.items()}
                for arm, curve in curves.items()
            },
            result.real.get(name),
        )
        for name in (list_figures(result.groups, metric) if curves else ())
    }
