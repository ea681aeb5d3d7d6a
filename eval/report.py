"""``python -m eval.report``: join the votes' ratings with automatic metrics in one report.

Writes ``report.html`` and ``report.md``, ``report.json`` and ``report.csv``, and prints the tables. The same votes and
samples give the same bytes. Votes are this hub's, or with ``--format fastchat`` a battle file of FastChat or
GenAI-Arena. The pages are in English, or another ``--language``; what is for programs is in English always.
"""

import os
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from eval.features.reference import read_reference
from eval.features.store import Store
from eval.files import write_whole
from eval.formats import Format, read
from eval.join import Evidence, open_evidence
from eval.measure import Table, measure
from eval.render.html import to_html
from eval.render.json import to_json
from eval.render.language import ENGLISH, Language, language, languages
from eval.render.markdown import to_markdown
from eval.render.terminal import show
from eval.render.tidy import to_csv
from eval.summary import Summary, summarise
from hub.command import PART, command, names_of
from hub.engine.open import open_engine
from hub.generators import roster
from hub.paths import cache_dir
from hub.progress import console
from hub.settings import EngineName, Settings


def measured(names: tuple[str, ...], settings: Settings, votes: Path | None) -> tuple[Table, Evidence]:
    """Metrics of the named generators, or of all that are not hidden, from samples in the user's cache.

    With them the pictures to join with votes: those samples, and the pictures of the votes at ``votes``.
    """
    generators = [generator.name for generator in roster(tuple(dict.fromkeys(names)))]
    reference, samples = read_reference(), cache_dir() / "samples"
    spaces = reference.spaces(Store(cache_dir() / "features.sqlite"), next(iter(settings.places), ""))
    table = measure(generators, open_engine(settings), reference, spaces, samples)
    return table, open_evidence(votes, reference, spaces, generators, samples)


def write(summary: Summary, out: Path, spoken: Language = ENGLISH) -> None:
    """Write the report's four files to the folder ``out``."""
    contents = {
        "report.html": to_html(summary, spoken),
        "report.md": to_markdown(summary, spoken),
        "report.json": to_json(summary),
        "report.csv": to_csv(summary),
    }
    for name, content in contents.items():
        write_whole(out / name, content.encode())


def report(
    votes: Path | None,
    out: Path | None,
    metrics: bool,
    generators: str,
    settings: Settings,
    form: Format = Format.hub,
    spoken: Language = ENGLISH,
) -> Summary:
    """Build, write and print the report."""
    roster(settings.generators)  # registers those of the user's files
    found = read(votes, form, settings.data)
    names = names_of(generators) or settings.generators
    pictured = (votes or settings.data) if form is Format.hub else None
    summary = summarise(found, *(measured(names, settings, pictured) if metrics else ()))
    folder = out or settings.data / "report"
    write(summary, folder, spoken)
    show(summary, Console(), spoken)
    beside = ["report.md", "report.json", "report.csv"]
    wrote = spoken.gettext("Wrote {page}; beside it are {names}.", page=folder / "report.html", names=beside)
    console.print(wrote, markup=False, soft_wrap=True)
    return summary


def main(
    votes: Annotated[Path | None, typer.Option(help="Data folder, .jsonl or .parquet file (default HUB_DATA).")] = None,
    out: Annotated[Path | None, typer.Option(help="Folder to write to (default HUB_DATA/report).")] = None,
    metrics: Annotated[bool, typer.Option("--metrics/--no-metrics", help="Measure generators, or only rate.")] = True,
    strict: Annotated[bool, typer.Option("--strict", help="Exit with 1 when a line of the votes is no vote.")] = False,
    generators: Annotated[str, typer.Option(help="Names to measure, comma-separated (default: all shown).")] = "",
    form: Annotated[Format, typer.Option("--format", help="fastchat: battles as JSON.")] = Format.hub,
    code: Annotated[str, typer.Option("--language", help=f"Of the pages: {', '.join(languages())}.")] = ENGLISH.code,
    engine: Annotated[EngineName, typer.Option(help="Where generators run.", envvar="HUB_ENGINE")] = EngineName.local,
) -> None:
    """Rate the generators by their votes, measure them, and write the report."""
    spoken, settings = language(code), Settings.from_env({**os.environ, "HUB_ENGINE": engine})
    summary = report(votes, out, metrics, generators, settings, form, spoken)
    if strict and summary.problems:
        raise typer.Exit(PART)


if __name__ == "__main__":
    command(main, "python -m eval.report --votes data --no-metrics --out report")()
