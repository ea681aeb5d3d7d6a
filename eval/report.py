"""``python -m eval.report``: join the votes' ratings with automatic metrics in one report.

Writes ``report.json``, ``report.md`` and ``report.html``, and prints the tables. The same votes and samples give the
same bytes. Votes are this hub's, or with ``--format fastchat`` a battle file of FastChat or GenAI-Arena.
"""

import os
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from eval.features import Cache, read_reference
from eval.files import write_whole
from eval.measure import Table, measure
from eval.ratings.fastchat import read_fastchat
from eval.render.html import to_html
from eval.render.markdown import to_markdown
from eval.render.terminal import show
from eval.summary import Summary, summarise, to_json
from hub.command import command
from hub.engine.open import open_engine
from hub.errors import DataError
from hub.generators import roster
from hub.paths import cache_dir
from hub.progress import console
from hub.settings import EngineName, Settings
from hub.votes import ReadVotes, read_votes, to_table


class Format(StrEnum):
    """What the votes are written in."""

    hub = "hub"  # a data folder, a .jsonl of its log or a .parquet shard
    fastchat = "fastchat"  # battles as JSON


def read(votes: Path | None, form: Format, data: Path) -> ReadVotes:
    """The votes. Where nobody voted yet the default folder ``data`` need not be there. Raises DataError."""
    if form is Format.fastchat:
        if votes is None:
            raise DataError("Name the battle file with --votes.")
        return read_fastchat(votes)
    return ReadVotes(to_table([]), (), {}) if votes is None and not data.exists() else read_votes(votes or data)


def measured(names: tuple[str, ...], settings: Settings) -> Table:
    """Metrics of the named generators, or of all that are not hidden, from samples in the user's cache."""
    generators = [generator.name for generator in roster(tuple(dict.fromkeys(names)))]
    cache = Cache(cache_dir() / "features", read_reference())
    engine = open_engine(settings.model_copy(update={"generators": tuple(generators)}))
    return measure(generators, engine, cache, cache_dir() / "samples")


def write(summary: Summary, out: Path) -> None:
    """Write the report's three files to the folder ``out``."""
    contents = {"report.json": to_json(summary), "report.md": to_markdown(summary), "report.html": to_html(summary)}
    for name, content in contents.items():
        write_whole(out / name, content.encode())


def report(
    votes: Path | None, out: Path | None, metrics: bool, generators: str, settings: Settings, form: Format = Format.hub
) -> Summary:
    """Build, write and print the report."""
    found = read(votes, form, settings.data)
    names = tuple(name.strip() for name in generators.split(",") if name.strip()) or settings.generators
    table = measured(names, settings) if metrics else None
    summary = summarise(found, table)
    folder = out or settings.data / "report"
    write(summary, folder)
    show(summary, Console())
    console.print(f"Wrote {folder / 'report.html'}, report.md and report.json.", markup=False, soft_wrap=True)
    return summary


def main(
    votes: Annotated[Path | None, typer.Option(help="Data folder, .jsonl or .parquet file (default HUB_DATA).")] = None,
    out: Annotated[Path | None, typer.Option(help="Folder to write to (default HUB_DATA/report).")] = None,
    metrics: Annotated[bool, typer.Option("--metrics/--no-metrics", help="Measure generators, or only rate.")] = True,
    strict: Annotated[bool, typer.Option("--strict", help="Exit with 2 when a line of the votes is no vote.")] = False,
    generators: Annotated[str, typer.Option(help="Names to measure, comma-separated (default: all shown).")] = "",
    form: Annotated[Format, typer.Option("--format", help="fastchat: battles as JSON.")] = Format.hub,
    engine: Annotated[EngineName, typer.Option(help="Where generators run.", envvar="HUB_ENGINE")] = EngineName.local,
) -> None:
    """Rate the generators by their votes, measure them, and write the report."""
    settings = Settings.from_env({**os.environ, "HUB_ENGINE": engine})
    summary = report(votes, out, metrics, generators, settings, form)
    if strict and summary.problems:
        raise typer.Exit(2)


if __name__ == "__main__":
    command(main, "python -m eval.report --votes data --no-metrics --out report")()
