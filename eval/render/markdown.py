"""The report as Markdown."""

import html
import re

from eval.render import Grid
from eval.render.grids import grids
from eval.render.notes import notes
from eval.summary import Summary
from hub.language.catalogue import ENGLISH, Language


def escape(text: str) -> str:
    """Text that Markdown shows as it is, in a table's cell too."""
    return re.sub(r"([\\`*_{}\[\]|#~])", r"\\\1", html.escape(text, quote=False))


def table(grid: Grid) -> str:
    """A table, or what is said when it has no rows."""
    if not grid.rows:
        return escape(grid.empty)
    lines = [grid.head, tuple("---" for _ in grid.head), *grid.rows]
    return "\n".join(
        "| " + " | ".join(cell if line is lines[1] else escape(cell) for cell in line) + " |" for line in lines
    )


def to_markdown(summary: Summary, language: Language = ENGLISH) -> str:
    """The whole report."""
    title, alarm = language.gettext("Vernissage report"), escape(language.gettext("Alarm:"))
    parts = [f"# {escape(title)}"]
    parts += [f"> **{alarm}** {escape(language.tell(sentence))}" for sentence in summary.alarms]
    for grid in grids(summary, language):
        parts += [f"## {escape(grid.title)}", table(grid)]
    title, found = language.gettext("Notes"), notes(summary, language)
    parts += [f"## {escape(title)}", "\n".join(f"- {escape(note)}" for note in found)]
    return "\n\n".join(parts) + "\n"
