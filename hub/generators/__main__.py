"""``python -m hub.generators``: the arena's entries, read from their checkpoints' headers without torch."""

import json
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from hub.command import command
from hub.generators import roster
from hub.generators._facts import Facts, facts

WIDE = 200  # characters a line where nobody looks, so that nothing is cut


def table(found: list[Facts]) -> Table:
    """The entries as a terminal table."""
    shown = Table()
    for column in ("Name", "Revision", "Parameters", "Device-hours"):
        shown.add_column(column, no_wrap=True)
    for column in ("Device", "Title", "Method", "Licence", "SHA-256"):
        shown.add_column(column, overflow="fold")
    for f in found:
        figures = f.revision, f"{f.parameters:,}", f"{f.device_hours:.2f}"
        shown.add_row(
            f.name, *figures, f.device, f.title, f.method, f.licence, "\n".join(d[:12] for d in f.sha256.values())
        )
    return shown


def main(as_json: Annotated[bool, typer.Option("--json", help="Print JSON, with weights' SHA-256.")] = False) -> None:
    """List the arena's generators: name, title, method, revision, parameters, device-hours, weights' SHA-256."""
    found = [facts(generator) for generator in roster()]
    if as_json:
        print(json.dumps([f.model_dump() for f in found], indent=1))
    else:
        Console(width=None if Console().is_terminal else WIDE).print(table(found))


if __name__ == "__main__":
    command(main, "python -m hub.generators --json")()
