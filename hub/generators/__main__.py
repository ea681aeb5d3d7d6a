"""``python -m hub.generators``: the arena's entries, read from their checkpoints' headers without torch."""

import json
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from hub.errors import HubError
from hub.generators import roster
from hub.generators._facts import Facts, facts
from hub.progress import console


def table(found: list[Facts]) -> Table:
    """The entries as a terminal table."""
    shown = Table("Name", "Title", "Method", "Revision", "Parameters", "Device-hours", "Licence")
    for f in found:
        cost = f"{f.device_hours:g} ({f.device})"
        shown.add_row(f.name, f.title, f.method, f.revision, f"{f.parameters:,}", cost, f.licence)
    return shown


def main(as_json: Annotated[bool, typer.Option("--json", help="Print JSON, with weights' SHA-256.")] = False) -> None:
    """List the arena's generators: name, title, method, revision, parameters, device-hours, weights' SHA-256."""
    try:
        found = [facts(generator) for generator in roster()]
    except HubError as error:
        console.print(f"[red]{error}[/red]")
        raise typer.Exit(1) from error
    if as_json:
        print(json.dumps([f.model_dump() for f in found], indent=1))
    else:
        Console().print(table(found))


if __name__ == "__main__":
    app = typer.Typer(add_completion=False)
    app.command(epilog="Example: python -m hub.generators --json")(main)
    app()
