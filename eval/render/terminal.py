"""The report as terminal tables."""

from rich.console import Console
from rich.table import Table
from rich.text import Text

from eval.render import Grid, grids, metrics_notes, votes_notes
from eval.summary import Summary


def _table(grid: Grid) -> Table:
    shown = Table(title=Text(grid.title), title_justify="left")
    for name in grid.head:
        shown.add_column(Text(name), overflow="fold")
    for row in grid.rows:
        shown.add_row(*(Text(cell) for cell in row))
    return shown


def show(summary: Summary, console: Console) -> None:
    """Print the report's tables and notes."""
    for grid in grids(summary):
        console.print(_table(grid) if grid.rows else Text(f"{grid.title}: {grid.empty}"))
    for note in (*votes_notes(summary), *metrics_notes(summary)):
        console.print(Text(note))
