"""A study written: its tables and plots as Markdown, as a page that needs nothing from outside, and as JSON."""

import html as markup
import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import plotly.graph_objects as go
from plotly.offline import get_plotlyjs

from eval.metrics import figure_record
from eval.render import Grid
from eval.render import markdown as md
from eval.render.html_frame import Section, notes, page, table
from eval.study.declaration import Figures, Study, StudyResult
from eval.study.study_tables import list_notes, make_grids
from hub.files import write_whole
from hub.language.catalogue import ENGLISH

CONFIG = {"displayModeBar": False, "responsive": True}


def _plot(drawn: go.Figure, key: str, said: str, caption: str) -> str:
    inside = drawn.to_html(config=CONFIG, include_plotlyjs=False, full_html=False, div_id=key)
    below = f"<figcaption>{markup.escape(caption)}</figcaption>"
    return f'<figure>{below}<div role="img" aria-label="{markup.escape(said)}">{inside}</div></figure>'


def render_markdown(grids: Sequence[Grid], told: Sequence[str]) -> str:
    """Return the tables and notes, for a README."""
    parts = [f"### {md.escape(grid.title)}\n\n{md.table(grid)}" for grid in grids]
    return "\n\n".join([*parts, "\n".join(f"- {md.escape(note)}" for note in told)]) + "\n"


def _plot_sections(study: Study, result: StudyResult) -> list[Section]:
    made, number = list[Section](), 0
    for one in study.plots:
        drawn = list[str]()
        for name, plot in one.draw(result).items():
            said = f"{one.said.format(name=name)}; study.json beside this page says the same"
            drawn.append(_plot(plot, f"curve-{number}", said, name))
            number += 1
        if drawn:
            made.append(Section(one.key, one.title, [f'<div class="plots">{"".join(drawn)}</div>']))
    return made


def render_html(study: Study, result: StudyResult, grids: Sequence[Grid], told: Sequence[str]) -> str:
    """Return the page, with the plots."""
    sections = [Section(f"table-{number}", grid.title, [table(grid)]) for number, grid in enumerate(grids)]
    sections += [*_plot_sections(study, result), Section("notes", "Notes", [notes(told)])]
    below = "Every figure, of each seed, is in study.json beside this page."
    return page(study.title, (), sections, below, ENGLISH, get_plotlyjs())


def _records(figures: Figures) -> dict[str, Any]:
    return {str(name): figure_record(one) for name, one in figures.items()}


def render_json(result: StudyResult) -> str:
    """Return the study for programs, its figures by the whole names of their metrics."""
    groups = {arm: {seed: _records(found) for seed, found in seeds.items()} for arm, seeds in result.groups.items()}
    content = {
        "budget": result.budget,
        "groups": groups,
        "real": _records(result.real),
        "halves": _records(result.halves),
        "verdicts": [asdict(one) for one in result.verdicts],
    }
    return json.dumps(content, indent=1, allow_nan=False)


def write_study(study: Study, result: StudyResult, out: Path) -> None:
    """Write ``study.md``, ``study.html`` and ``study.json`` into a folder. Raises StorageError."""
    grids, told = make_grids(study, result), list_notes(study)
    write_whole(out / "study.md", render_markdown(grids, told).encode())
    write_whole(out / "study.html", render_html(study, result, grids, told).encode())
    write_whole(out / "study.json", render_json(result).encode())
