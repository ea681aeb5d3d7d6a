"""Markdown pages of figures that a benchmark's own command writes, so that no figure is copied by hand."""

from collections.abc import Sequence
from pathlib import Path

from eval.render import Grid
from eval.render.markdown import table
from hub.files import write_whole


def kept(page: Path, title: str, command: str, about: str, grids: Sequence[Grid]) -> None:
    """Write the tables to a page that names the command."""
    parts = [f"# {title}", f"Written by `{command}`.", about]
    for grid in grids:
        parts += [f"## {grid.title}", table(grid)]
    write_whole(page, ("\n\n".join(parts) + "\n").encode())
