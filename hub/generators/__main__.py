"""``python -m hub.generators``: the arena's entries, read from their checkpoints' headers without torch."""

import json
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Annotated, Protocol, runtime_checkable

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from hub.command import NOTHING, PART, make_commands, print_error
from hub.errors import HubError
from hub.generators import Generator, roster
from hub.generators.facts import Facts, known
from hub.generators.model_store import ModelStore
from hub.settings import Settings

Data = Annotated[Path | None, typer.Option(help="Data folder (default HUB_DATA).")]
WIDE = 200  # characters a line where nobody looks, so that nothing is cut


@runtime_checkable
class Fetched(Protocol):
    """A generator whose files can be fetched."""

    load_files: Callable[[], object]


def table(found: Sequence[Facts]) -> Table:
    """The entries as a terminal table; "-" is what is not known here."""
    shown = Table()
    for column in ("Name", "Revision", "Parameters", "Device-hours"):
        shown.add_column(column, no_wrap=True)
    for column in ("Device", "Title", "Method", "Licence", "SHA-256", "Note"):
        shown.add_column(column, overflow="fold")
    for f in found:
        count = "-" if f.parameters is None else f"{f.parameters:,}"
        hours = "-" if f.device_hours is None else f"{f.device_hours:.2f}"
        sha256 = "\n".join(d[:12] for d in f.sha256.values())
        cells = f.name, f.revision, count, hours, f.device, f.title, f.method, f.licence, sha256, f.note
        shown.add_row(*map(Text, cells))  # a title's brackets are no markup
    return shown


def fetched(generators: Sequence[Generator]) -> list[str]:
    """Fetch what is missing or newer on the Hub; the sentences about what could not be fetched."""
    failed = []
    for generator in generators:
        if isinstance(generator, Fetched):
            try:
                generator.load_files()
            except HubError as error:
                failed.append(f"{generator.title}: {error}")
    return failed


def load_device(name: str) -> None:
    """Raise HubError for a device that can't be used here; needs torch."""
    from hub import devices

    devices.pick_device(name)


def unusable(devices: Sequence[str]) -> list[str]:
    """The sentences about devices that are asked for and can't be used here."""
    found = []
    for device in devices:
        try:
            if device != "cpu":
                load_device(device)
        except HubError as error:
            found.append(str(error))
    return found


def show(
    context: typer.Context,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON, with weights' SHA-256.")] = False,
    fetch: Annotated[bool, typer.Option("--fetch", help="Fetch models that are missing, or newer on the Hub.")] = False,
) -> None:
    """List the arena's generators: name, title, method, revision, parameters, device-hours, weights' SHA-256.

    Those of HUB_GENERATORS, or all that are not hidden, and those that were added to the data folder. What can't be
    used is named after the list, and ends it with 1, or with 2 where nothing is left.
    """
    if context.invoked_subcommand:
        return
    settings = Settings.from_env(os.environ)
    generators = roster(settings.generators, settings.data)
    broken = unusable(settings.places) + (fetched(generators) if fetch else [])
    found = [known(generator) for generator in generators]
    usable = [entry for entry in found if isinstance(entry, Facts)]
    broken += [entry for entry in found if isinstance(entry, str) and entry not in broken]
    broken += ModelStore(settings.data).register().values()
    if as_json:
        print(json.dumps([f.model_dump() for f in usable], indent=1))
    else:
        Console(width=None if Console().is_terminal else WIDE).print(table(usable))
    for sentence in broken:
        print_error(sentence)
    if broken:
        raise typer.Exit(PART if usable else NOTHING)


def add(
    folder: Annotated[Path, typer.Argument(help="Holds entry.toml, README.md and safetensors.")],
    name: Annotated[str, typer.Option(help="What it is to be called (default: the folder's name).")] = "",
    data: Data = None,
) -> None:
    """Copy a model's folder into the data folder, where it is an entry at once; a running arena needs no restart."""
    settings = Settings.from_env(os.environ)
    folder_of_data = data or settings.data
    roster(settings.generators, folder_of_data)  # whose names are taken
    found = ModelStore(folder_of_data).add(folder, name)
    print(f"{found.name}: {found.title}, revision {found.revision}, is an entry of the arena of {folder_of_data}.")


def remove(
    name: Annotated[str, typer.Argument(help="An entry that was added.")],
    data: Data = None,
) -> None:
    """Take an entry that was added away again; it meets nobody any more, and its votes keep its name."""
    folder_of_data = data or Settings.from_env(os.environ).data
    ModelStore(folder_of_data).remove(name)
    print(f"{name} is no entry of the arena of {folder_of_data} any more.")


if __name__ == "__main__":
    make_commands(
        "The arena's entries.",
        {
            "add": (add, "python -m hub.generators add my-model"),
            "remove": (remove, "python -m hub.generators remove my-model"),
        },
        (show, "python -m hub.generators --json"),
    )()
