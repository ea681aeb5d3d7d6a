"""The report as one HTML page that needs nothing from outside."""

from html import escape

import plotly.graph_objects as go
from plotly.offline import get_plotlyjs

from eval.measure import Table
from eval.metrics import METRICS
from eval.render import Grid, printable
from eval.render.grids import heading, metrics_grid, raters_grid, ratings_grid, study_grids, votes_grid, wins_grid
from eval.render.joined import Section, sections
from eval.render.notes import metrics_notes, question_notes, raters_notes, votes_notes
from eval.render.plots import CONFIG, metric_plot, ratings_plot, wins_plot
from eval.render.strips import STYLE as PICTURES
from eval.summary import Question, Summary
from hub.schema import QUESTIONS

UNSAID = "Their file does not say what was asked."

STYLE = """
:root { color-scheme: light dark; --ink: #1c2128; --quiet: #57606a; --paper: #ffffff;
  --line: #d0d7de; --alarm: #cf222e; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e6edf3; --quiet: #9da7b3; --paper: #0d1117; --line: #30363d; --alarm: #ff7b72; }
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
.alarm { padding: .75rem 1rem; border: 1px solid var(--alarm); border-left-width: .35rem; border-radius: .35rem;
  overflow-wrap: anywhere; }
.alarm strong { color: var(--alarm); }
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
    return "<ul>\n" + "\n".join(f"<li>{escape(note)}</li>" for note in notes) + "\n</ul>" if notes else ""


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


def _question(question: Question, number: int) -> list[str]:
    """One question's ratings and wins, drawn and in tables."""
    wins = wins_grid(question)
    parts = [
        f"<h2>{escape(heading(question))}</h2>",
        f"<p>{escape(QUESTIONS[question.criterion] if question.criterion else UNSAID)}</p>",
    ]
    if question.ratings:
        label = "Ratings with 95 % intervals; the table below says the same"
        parts.append(_plot(ratings_plot(question), f"ratings-{number}", label))
    parts += [_table(ratings_grid(question)), _notes(question_notes(question))]
    if wins.rows:
        label = "Share of votes won; the table below says the same"
        plot = _plot(wins_plot(question), f"wins-{number}", label)
        parts += ["<h3>Wins of row against column</h3>", plot, _table(wins)]
    for grid in study_grids(question):
        title = grid.title.removeprefix(f"{heading(question)}: ")
        parts += [f"<h3>{escape(title.capitalize())}</h3>", _table(grid)]
    return parts


def _section(section: Section) -> list[str]:
    """A section of the joined part."""
    plots = [_plot(one.figure, one.key, one.label) for one in section.plots]
    tables = [] if section.markup else [_table(grid) for grid in section.grids]
    return [f"<h2>{escape(section.title)}</h2>", *plots, section.markup, *tables, _notes(list(section.notes))]


def _sections(summary: Summary) -> list[str]:
    parts = [
        f'<p class="alarm" role="alert"><strong>Alarm.</strong> {escape(printable(alarm))}</p>'
        for alarm in summary.alarms
    ]
    for number, question in enumerate(summary.answered):
        parts += _question(question, number)
    parts += ["<h2>Votes</h2>", _table(votes_grid(summary)), _notes(votes_notes(summary))]
    parts += ["<h2>Raters</h2>", _table(raters_grid(summary.raters)), _notes(raters_notes(summary.raters))]
    parts += ["<h2>Metrics</h2>"]
    if summary.table:
        parts += [*_metrics(summary.table), _table(metrics_grid(summary.table))]
    parts.append(_notes(metrics_notes(summary)))
    return [*parts, *(part for one in (sections(summary.join) if summary.join else ()) for part in _section(one))]


def to_html(summary: Summary) -> str:
    """The whole report with plotly's script inside."""
    head = (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n<title>Vernissage report</title>\n'
        f"<style>{STYLE}{PICTURES}</style>\n<script>{get_plotlyjs()}</script>\n</head>\n"
        "<body>\n<h1>Vernissage report</h1>\n"
    )
    return head + "\n".join(_sections(summary)) + "\n</body>\n</html>\n"
