"""The report as one HTML page that needs nothing from outside."""

from html import escape

import plotly.graph_objects as go
from plotly.offline import get_plotlyjs

from eval.measure import Table
from eval.metrics import METRICS
from eval.render import Grid, metrics_grid, metrics_notes, ratings_grid, votes_notes, wins_grid
from eval.render.plots import CONFIG, metric_plot, ratings_plot, wins_plot
from eval.summary import Summary

STYLE = """
:root { color-scheme: light dark; --ink: #1c2128; --quiet: #57606a; --paper: #ffffff; --line: #d0d7de; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e6edf3; --quiet: #9da7b3; --paper: #0d1117; --line: #30363d; }
}
body { margin: 0 auto; max-width: 68rem; padding: 1.5rem; font: 16px/1.5 system-ui, sans-serif;
  color: var(--ink); background: var(--paper); }
figure { margin: 0 0 1rem; }
h1, h2, h3 { line-height: 1.2; }
h2 { margin-top: 2.5rem; }
h3 { margin: 1.5rem 0 0; font-size: 1rem; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
th, td { padding: .35rem .75rem; border-bottom: 1px solid var(--line); text-align: left; white-space: nowrap; }
th { color: var(--quiet); font-weight: 600; }
ul { padding-left: 1.2rem; color: var(--quiet); overflow-wrap: anywhere; }
.js-plotly-plot text:not(.heatmap-label text) { fill: var(--ink) !important; }
.js-plotly-plot .gridlayer path, .js-plotly-plot .zerolinelayer path { stroke: var(--line) !important; }
.js-plotly-plot .xtick path, .js-plotly-plot .ytick path { stroke: var(--line) !important; }
"""


def _table(grid: Grid) -> str:
    if not grid.rows:
        return f"<p>{escape(grid.empty)}</p>"
    head = "".join(f'<th scope="col">{escape(cell)}</th>' for cell in grid.head)
    rows = "\n".join("<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in grid.rows)
    return f'<div class="scroll"><table><thead><tr>{head}</tr></thead>\n<tbody>\n{rows}\n</tbody></table></div>'


def _plot(figure: go.Figure, name: str, label: str) -> str:
    drawn = figure.to_html(config=CONFIG, include_plotlyjs=False, full_html=False, div_id=name)
    return f'<figure role="img" aria-label="{escape(label)}" >{drawn}</figure>'


def _notes(notes: list[str]) -> str:
    return "<ul>\n" + "\n".join(f"<li>{escape(note)}</li>" for note in notes) + "\n</ul>"


def _metrics(table: Table) -> list[str]:
    """A plot for every metric that was measured."""
    parts = []
    for number, metric in enumerate(METRICS):
        rows = [row for row in table.rows if row.measured.metric == metric.name]
        if rows:
            title = f"{metric.name}: {metric.better} is better"
            label = f"{title}. Figures with 95 % intervals; the table below says the same"
            parts += [f"<h3>{escape(title)}</h3>", _plot(metric_plot(rows), f"metric-{number}", label)]
    return parts


def _sections(summary: Summary) -> list[str]:
    ratings, wins = ratings_grid(summary), wins_grid(summary)
    parts = ["<h2>Ratings</h2>"]
    if summary.ratings:
        parts.append(
            _plot(ratings_plot(summary), "ratings", "Ratings with 95 % intervals; the table below says the same")
        )
    parts += [_table(ratings), _notes(votes_notes(summary)), f"<h2>{escape(wins.title)}</h2>"]
    if wins.rows:
        parts.append(_plot(wins_plot(summary), "wins", "Share of votes won; the table below says the same"))
    parts += [_table(wins), "<h2>Metrics</h2>"]
    if summary.table:
        parts += [*_metrics(summary.table), _table(metrics_grid(summary.table))]
    return [*parts, _notes(metrics_notes(summary))]


def to_html(summary: Summary) -> str:
    """The whole report with plotly's script inside."""
    head = (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n<title>Vernissage report</title>\n'
        f"<style>{STYLE}</style>\n<script>{get_plotlyjs()}</script>\n</head>\n<body>\n<h1>Vernissage report</h1>\n"
    )
    return head + "\n".join(_sections(summary)) + "\n</body>\n</html>\n"
