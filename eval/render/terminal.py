"""The report as terminal tables."""

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from rich.text import Text

from eval.render import Grid
from eval.render.grids import grids
from eval.render.names import name_generators
from eval.render.notes import notes
from eval.summary import Summary
from hub.language.catalogue import ENGLISH, Language

WIDE = 120  # columns of a terminal that has room for the encoders' hashes
NARROW = 4  # columns of a terminal that a column of a table needs: with fewer nobody can read it
NAME = 34  # letters of a word that is not broken while there is room


def as_table(grid: Grid, width: int, language: Language = ENGLISH) -> Table | Text:
    """A table for a terminal of so many columns, or what is said when it has no rows, or does not fit."""
    if not grid.rows:
        return Text(language.gettext("{title}: {said}", title=grid.title, said=grid.empty))
    if NARROW * len(grid.head) > width:
        said = language.gettext("too wide for a terminal of {width} columns; the JSON has it.", width=width)
        return Text(language.gettext("{title}: {said}", title=grid.title, said=said))
    shown = Table(title=Text(grid.title), title_justify="left", box=SIMPLE_HEAD, pad_edge=False)
    columns = [i for i in range(len(grid.head)) if i != grid.wide or width >= WIDE]
    for i in columns:
        longest = max(len(word) for row in grid.rows for word in row[i].split() or [""])
        shown.add_column(
            Text(grid.head[i]),
            overflow="fold",
            min_width=min(longest, NAME),
            justify="right" if i in grid.figures else "left",
        )
    for row in grid.rows:
        shown.add_row(*(Text(row[i]) for i in columns))
    return shown


def show(summary: Summary, console: Console, language: Language = ENGLISH) -> None:
    """Print the report's tables, the alarms in red, and the notes."""
    language = name_generators(summary, language)
    for grid in grids(summary, language):
        console.print(as_table(grid, console.width, language))
    for alarm in summary.alarms:
        console.print(Text(f"{language.gettext('Alarm:')} {language.tell(alarm)}", style="bold red"))
    for note in notes(summary, language):
        console.print(Text(note))
