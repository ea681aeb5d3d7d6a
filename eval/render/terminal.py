"""The report as terminal tables."""

from rich.console import Console
from rich.table import Table
from rich.text import Text

from eval.render import Grid, printable
from eval.render.grids import grids
from eval.render.notes import notes
from eval.summary import Summary

WIDE = 120  # columns of a terminal that has room for the encoders' hashes


def _table(grid: Grid, width: int) -> Table:
    shown = Table(title=Text(grid.title), title_justify="left")
    columns = [i for i, name in enumerate(grid.head) if name != "Encoder" or width >= WIDE]
    for i in columns:
        shown.add_column(Text(grid.head[i]), overflow="fold")
    for row in grid.rows:
        shown.add_row(*(Text(row[i]) for i in columns))
    return shown


def show(summary: Summary, console: Console) -> None:
    """Print the report's tables, the alarms in red, and the notes."""
    for grid in grids(summary):
        console.print(_table(grid, console.width) if grid.rows else Text(f"{grid.title}: {grid.empty}"))
    for alarm in summary.alarms:
        console.print(Text(f"Alarm: {printable(alarm)}", style="bold red"))
    for note in notes(summary):
        console.print(Text(note))
