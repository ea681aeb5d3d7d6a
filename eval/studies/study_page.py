"""A study's tables and plots as Markdown and as a page that needs nothing from outside. In English."""

import html as markup
from collections.abc import Mapping, Sequence
from statistics import fmean

import plotly.graph_objects as go
from plotly.offline import get_plotlyjs

from eval.metrics import Measured
from eval.render import Grid
from eval.render import markdown as md
from eval.render.html_frame import Section, notes, page, table
from hub.language.catalogue import ENGLISH, printable

LINE = "#8b949e"
CONFIG = {"displayModeBar": False, "responsive": True}
COLOURS = ("#2f81c4", "#d1762c", "#5a9e3d", "#8a5fb5")  # each can be seen on white and on black
Curve = Mapping[float, Sequence[float]]  # CLIP weight -> a figure of each seed


def label(*lines: str) -> str:
    """Lines of text as plotly shows them, which reads tags in labels."""
    return "<br>".join(markup.escape(printable(line)) for line in lines)


def laid_out(drawn: go.Figure, height: int) -> go.Figure:
    """The figure in the page's style, so many pixels high."""
    clear = "rgba(0,0,0,0)"
    margin = {"l": 10, "r": 20, "t": 10, "b": 30}
    drawn.update_layout(template="none", height=height, paper_bgcolor=clear, plot_bgcolor=clear, margin=margin)
    drawn.update_layout(font={"size": 13, "family": "var(--letters)"})
    drawn.update_yaxes(automargin=True, fixedrange=True)
    drawn.update_xaxes(automargin=True, fixedrange=True)
    return drawn


def plot(drawn: go.Figure, key: str, said: str, caption: str) -> str:
    """A plot, with what it is for those who can't see it."""
    inside = drawn.to_html(config=CONFIG, include_plotlyjs=False, full_html=False, div_id=key)
    below = f"<figcaption>{markup.escape(caption)}</figcaption>"
    return f'<figure>{below}<div role="img" aria-label="{markup.escape(said)}">{inside}</div></figure>'


def collapse_plot(name: str, curves: Mapping[str, Curve], real: Measured) -> go.Figure:
    """A figure against the CLIP weight: a line through each arm's means, a point a seed, and that of real images."""
    drawn = go.Figure()
    for (arm, curve), colour in zip(curves.items(), COLOURS, strict=False):
        weights = sorted(curve)
        means = [fmean(curve[weight]) for weight in weights]
        line = {"color": colour, "width": 2}
        drawn.add_scatter(x=[f"{w:g}" for w in weights], y=means, name=label(arm), mode="lines", line=line)
        x = [f"{weight:g}" for weight in weights for _ in curve[weight]]
        y = [value for weight in weights for value in curve[weight]]
        drawn.add_scatter(x=x, y=y, mode="markers", marker={"color": colour, "size": 8}, showlegend=False)
    drawn.add_hline(y=real.value, line_dash="dot", line_color=LINE, annotation_text="real images")
    order = [f"{weight:g}" for weight in sorted({weight for curve in curves.values() for weight in curve})]
    drawn.update_xaxes(title="CLIP weight", type="category", categoryarray=order)
    drawn.update_yaxes(title=label(name), rangemode="tozero")
    legend = {"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0}
    return laid_out(drawn, 420).update_layout(legend=legend, showlegend=True, margin={"t": 40})


def markdown(grids: Sequence[Grid], told: Sequence[str]) -> str:
    """The tables and notes, for a README."""
    parts = [f"### {md.escape(grid.title)}\n\n{md.table(grid)}" for grid in grids]
    return "\n\n".join([*parts, "\n".join(f"- {md.escape(note)}" for note in told)]) + "\n"


def html(title: str, grids: Sequence[Grid], told: Sequence[str], plots: Mapping[str, go.Figure]) -> str:
    """The same with the plots, by what each shows."""
    sections = [Section(f"table-{number}", grid.title, [table(grid)]) for number, grid in enumerate(grids)]
    if plots:
        said = "{name} against the weight of the CLIP loss, by arm; study.json beside this page says the same"
        drawn = [plot(one, f"curve-{i}", said.format(name=name), name) for i, (name, one) in enumerate(plots.items())]
        sections.append(Section("collapse", "The collapse curve", [f'<div class="plots">{"".join(drawn)}</div>']))
    sections.append(Section("notes", "Notes", [notes(told)]))
    return page(
        title, (), sections, "Every figure, of each seed, is in study.json beside this page.", ENGLISH, get_plotlyjs()
    )
