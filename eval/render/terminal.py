"""The report as terminal tables."""

from collections.abc import Iterable, Iterator, Sequence

from rich.box import SIMPLE_HEAD
from rich.cells import cell_len
from rich.console import Console, JustifyMethod
from rich.table import Table
from rich.text import Text

from eval.render import Grid
from eval.render.grids import grids
from eval.render.names import name_generators
from eval.render.notes import notes
from eval.summary import Summary
from hub.language.catalogue import ENGLISH, Language

WIDE = 120  # columns of a terminal that has room for the encoders' hashes
NAME = 34  # columns of a word that is not broken while there is room
EDGES, BETWEEN = 2, 3  # columns of a terminal that a table's edges take, and each gap between two of its columns


def _longest(texts: Iterable[str]) -> int:
    return max(map(cell_len, texts), default=0)


def _list_floors(grid: Grid, columns: Sequence[int]) -> Iterator[list[int]]:
    """Yield how narrow columns may be made: heads are broken first, then cells, between words and last within one."""
    cells = [[row[i] for row in grid.rows] for i in columns]
    words = [[word for cell in those for word in cell.split()] for those in cells]
    heads = [_longest(grid.head[i].split()) for i in columns]
    letters = [_longest("".join((grid.head[i], *those))) or 1 for i, those in zip(columns, cells, strict=True)]
    yield [max(_longest(those), head) for those, head in zip(cells, heads, strict=True)]
    yield [max(min(_longest(those), NAME), head) for those, head in zip(words, heads, strict=True)]
    yield [max(min(_longest(those), NAME), letter) for those, letter in zip(words, letters, strict=True)]
    yield letters


def _fit_columns(grid: Grid, columns: Sequence[int], width: int) -> list[int] | None:
    """Return how wide columns are that a table of so many of a terminal has room for; the widest give way first.

    None where there is no room for a letter in each.
    """
    room = width - EDGES - BETWEEN * (len(columns) - 1)
    found = [_longest([grid.head[i], *(row[i] for row in grid.rows)]) or 1 for i in columns]
    for least in _list_floors(grid, columns):
        while sum(found) > room and (able := [i for i in range(len(found)) if found[i] > least[i]]):
            found[max(able, key=lambda i: found[i])] -= 1
    return found if sum(found) <= room else None


def as_table(grid: Grid, width: int, language: Language = ENGLISH) -> Table | Text:
    """A table for a terminal of so many columns, or what is said when it has no rows, or does not fit."""
    if not grid.rows:
        return Text(language.gettext("{title}: {said}", title=grid.title, said=grid.empty))
    columns = [i for i in range(len(grid.head)) if i != grid.wide or width >= WIDE]
    widths = _fit_columns(grid, columns, width)
    if widths is None:
        said = language.gettext("too wide for a terminal of {width} columns; the JSON has it.", width=width)
        return Text(language.gettext("{title}: {said}", title=grid.title, said=said))
    shown = Table(title=Text(grid.title), title_justify="left", box=SIMPLE_HEAD, pad_edge=False)
    for i, wide in zip(columns, widths, strict=True):
        side: JustifyMethod = "right" if i in grid.figures else "left"
        shown.add_column(Text(grid.head[i]), overflow="fold", width=wide, justify=side)
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
