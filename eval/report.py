"""``python -m eval.report``: join the votes' ratings with automatic metrics in one report.

Writes ``report.html`` and ``report.md``, ``report.json`` and ``report.csv``, and prints the tables. The same votes and
samples give the same bytes. Votes are this hub's, or with ``--format fastchat`` a battle file of FastChat or
GenAI-Arena. The pages are in English, or another ``--language``; what is for programs is in English always.
"""

import os
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from eval.about import describe_report
from eval.gather import STAGES, Stages, describe_cache, gather_evidence
from eval.judge.machine_figures import MachineJudge, measure_judges
from eval.render.csv import to_csv
from eval.render.html import to_html
from eval.render.json import to_json
from eval.render.markdown import to_markdown
from eval.render.terminal import show
from eval.summary import Summary, rate_votes
from eval.votes.formats import VoteFormat, check_named_votes, read_votes_as
from hub.command import PART, make_command, split_names
from hub.errors import DataError
from hub.files import write_whole
from hub.generators import roster
from hub.language.catalogue import ENGLISH, Language, language, languages
from hub.progress import console, track_items
from hub.settings import EngineName, Settings
from hub.votes import Pictures, ReadVotes


def write_report(summary: Summary, out: Path, spoken: Language = ENGLISH) -> None:
    """Write the report's four files to the folder ``out``."""
    contents: dict[str, Callable[[], str]] = {
        "report.html": partial(to_html, summary, spoken),
        "report.md": partial(to_markdown, summary, spoken),
        "report.json": partial(to_json, summary),
        "report.csv": partial(to_csv, summary),
    }
    for name in track_items(tuple(contents), "writing files"):
        write_whole(out / name, contents[name]().encode())


@dataclass(frozen=True)
class ReportOptions:
    """The options of a report.

    ``votes``: None for the settings' data folder; ``metrics``: measure generators, those ``anew`` too that came with
    figures; ``generators`` are the names to measure, none for the settings'; ``judged``: machines' votes.
    """

    votes: Path | None = None
    form: VoteFormat = VoteFormat.hub
    metrics: bool = True
    anew: bool = False
    generators: tuple[str, ...] = ()
    judged: Path | None = None


def measure_machines(judged: Path | None, found: ReadVotes, pictured: Path | None) -> tuple[MachineJudge, ...]:
    """Return the figures of the machine judges whose votes were named, beside people's.

    Raises: DataError where there are none, or people's votes have no pictures to know the battles by.
    """
    if judged is None:
        return ()
    if pictured is None:
        raise DataError("Battles of other formats have no pictures, so no machine judged them: leave out --judged.")
    return measure_judges(judged, found.table, Pictures(pictured))


def build_report(asked: ReportOptions, out: Path, settings: Settings, spoken: Language = ENGLISH) -> Summary:
    """Rate, write the ratings, measure, and write the whole report to ``out``."""
    roster(settings.generators, settings.data)  # registers those of the user's files, and those made at run time
    names = asked.generators or settings.generators
    measured = (
        tuple(one.name for one in roster(names, None if asked.generators else settings.data)) if asked.metrics else ()
    )
    stages = Stages(STAGES)
    if asked.metrics:
        stages.begin("rating")
    found = read_votes_as(asked.votes, asked.form, settings.data)
    check_named_votes(asked.votes, found)
    named = (asked.votes or settings.data).resolve().name
    rated = rate_votes(found)
    pictured = (asked.votes or settings.data) if asked.form is VoteFormat.hub else None
    machines = measure_machines(asked.judged, found, pictured)
    summary = replace(rated.summary, about=describe_report(found, named, measured), machines=machines)
    rated = replace(rated, summary=summary)
    if not asked.metrics:
        write_report(rated.summary, out, spoken)
        return rated.summary
    write_report(replace(rated.summary, unfinished=True), out, spoken)
    said = spoken.gettext("The ratings are in {page} already.", page=out / "report.html")
    console.print(said, markup=False, highlight=False, soft_wrap=True)
    summary = rated.joined(*gather_evidence(measured, settings, pictured, stages, asked.anew))
    write_report(summary, out, spoken)
    return summary


def make_report(asked: ReportOptions, out: Path | None, settings: Settings, spoken: Language = ENGLISH) -> Summary:
    """Build, write and print the report."""
    folder = out or settings.data / "report"
    summary = build_report(asked, folder, settings, spoken)
    show(summary, Console(), spoken)
    beside = ["report.md", "report.json", "report.csv"]
    wrote = spoken.gettext("Wrote {page}; beside it are {names}.", page=folder / "report.html", names=beside)
    console.print(wrote, markup=False, soft_wrap=True)
    if asked.metrics:
        kept = spoken.gettext("Pictures and features are kept in {place}.", place=describe_cache())
        console.print(kept, markup=False, soft_wrap=True)
    return summary


def main(
    votes: Annotated[Path | None, typer.Option(help="Data folder, .jsonl or .parquet file (default HUB_DATA).")] = None,
    out: Annotated[Path | None, typer.Option(help="Folder to write to (default HUB_DATA/report).")] = None,
    metrics: Annotated[bool, typer.Option("--metrics/--no-metrics", help="Measure generators, or only rate.")] = True,
    anew: Annotated[bool, typer.Option("--measure", help="Measure those anew whose figures came with them.")] = False,
    generators: Annotated[str, typer.Option(help="Names to measure, comma-separated (default: all shown).")] = "",
    form: Annotated[VoteFormat, typer.Option("--format", help="fastchat: battles as JSON.")] = VoteFormat.hub,
    judged: Annotated[Path | None, typer.Option(help="Machine judges' votes, as eval.judge writes them.")] = None,
    code: Annotated[str, typer.Option("--language", help=f"Of the pages: {', '.join(languages())}.")] = ENGLISH.code,
    engine: Annotated[EngineName, typer.Option(help="Where generators run.", envvar="HUB_ENGINE")] = EngineName.local,
) -> None:
    """Rate the generators by their votes, measure them, and write the report; exit with 1 where votes are left out."""
    spoken, settings = language(code), Settings.from_env({**os.environ, "HUB_ENGINE": engine})
    summary = make_report(
        ReportOptions(votes, form, metrics, anew, split_names(generators), judged), out, settings, spoken
    )
    if summary.problems:
        raise typer.Exit(PART)


if __name__ == "__main__":
    make_command(main, "python -m eval.report --votes data --no-metrics --out report")()
