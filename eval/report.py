"""``python -m eval.report``: join the votes' ratings with automatic metrics in one report.

Writes ``report.html`` and ``report.md``, ``report.json`` and ``report.csv``, and prints the tables. The same votes and
samples give the same bytes. Votes are this hub's, or with ``--format fastchat`` a battle file of FastChat or
GenAI-Arena. The pages are in English, or another ``--language``; what is for programs is in English always.
"""

import os
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from eval.about import describe_report
from eval.agreement.evidence import Evidence
from eval.bundle.write import Bundled, write_bundle
from eval.gather import STAGES, Stages, describe_cache, gather_evidence, list_captions
from eval.judge.machine_figures import MachineJudge, measure_judges
from eval.measure import Table
from eval.own_pictures import measure_own_pictures
from eval.render.report_files import render_report
from eval.render.terminal import show
from eval.summary import Summary, rate_votes
from eval.votes.formats import VoteFormat, check_named_votes, read_votes_as
from hub.command import PART, make_command, split_names
from hub.errors import DataError
from hub.files import write_whole
from hub.generators import roster
from hub.language.catalogue import ENGLISH, Language, language, languages
from hub.progress import console
from hub.settings import EngineName, Settings
from hub.votes import Pictures, ReadVotes


def write_report(summary: Summary, out: Path, spoken: Language = ENGLISH, latex: bool = False) -> None:
    """Write the report's files to the folder ``out``."""
    for name, content in render_report(summary, spoken, latex).items():
        write_whole(out / name, content)


@dataclass(frozen=True)
class ReportOptions:
    """The options of a report.

    ``votes``: None for the settings' data folder; ``metrics``: measure generators, those ``anew`` too that came with
    figures; ``generators`` are the names to measure, none for the settings'; ``pictures``: a folder or data set of
    given pictures, which are measured too; ``judged``: machines' votes. ``latex``: files for papers too; ``bundle``: a
    zip to write of the report and all that it is made from.
    """

    votes: Path | None = None
    form: VoteFormat = VoteFormat.hub
    metrics: bool = True
    anew: bool = False
    generators: tuple[str, ...] = ()
    pictures: str | None = None
    judged: Path | None = None
    latex: bool = False
    bundle: Path | None = None


def measure_machines(judged: Path | None, found: ReadVotes, pictured: Path | None) -> tuple[MachineJudge, ...]:
    """Return the figures of the machine judges whose votes were named, beside people's.

    Raises: DataError where there are none, or people's votes have no pictures to know the battles by.
    """
    if judged is None:
        return ()
    if pictured is None:
        raise DataError("Battles of other formats have no pictures, so no machine judged them: leave out --judged.")
    return measure_judges(judged, found.table, Pictures(pictured))


def _list_measured(asked: ReportOptions, settings: Settings) -> tuple[str, ...]:
    """List the generators to measure, none without metrics."""
    roster(settings.generators, settings.data)  # registers those of the user's files, and those made at run time
    if not asked.metrics:
        return ()
    found = roster(asked.generators or settings.generators, None if asked.generators else settings.data)
    return tuple(one.name for one in found)


def _measure(
    asked: ReportOptions, settings: Settings, names: tuple[str, ...], stages: Stages
) -> tuple[Table, Evidence | None]:
    """Return the metrics of the generators and of the pictures that are given, and what to join with the votes.

    A generator that has given pictures is measured by these.
    """
    own = measure_own_pictures(asked.pictures, settings) if asked.pictures else None
    drawn = tuple(name for name in names if not own or name not in own.figures)
    table, evidence = Table(), None
    if drawn or (asked.metrics and not own):
        pictured = (asked.votes or settings.data) if asked.form is VoteFormat.hub else None
        table, evidence = gather_evidence(drawn, settings, pictured, stages, asked.anew)
    return own.joined(table) if own else table, evidence


def build_report(asked: ReportOptions, out: Path, settings: Settings, spoken: Language = ENGLISH) -> Bundled:
    """Rate, write the ratings, measure, and write the whole report to ``out``; return what a bundle is made of."""
    measured, stages = _list_measured(asked, settings), Stages(STAGES)
    if asked.metrics:
        stages.begin("rating")
    found = read_votes_as(asked.votes, asked.form, settings.data)
    check_named_votes(asked.votes, found)
    place = asked.votes or settings.data
    pictured = place if asked.form is VoteFormat.hub else None
    rated = rate_votes(found)
    machines = measure_machines(asked.judged, found, pictured)
    about = describe_report(found, place.resolve().name, measured)
    rated = replace(rated, summary=replace(rated.summary, about=about, machines=machines))
    if not asked.metrics and not asked.pictures:
        write_report(rated.summary, out, spoken, asked.latex)
        return Bundled(found, pictured, rated.summary)
    write_report(replace(rated.summary, unfinished=True), out, spoken)
    said = spoken.gettext("The ratings are in {page} already.", page=out / "report.html")
    console.print(said, markup=False, highlight=False, soft_wrap=True)
    summary = rated.joined(*_measure(asked, settings, measured, stages))
    write_report(summary, out, spoken, asked.latex)
    return Bundled(found, pictured, summary, list_captions() if asked.bundle and measured else ())


def make_report(asked: ReportOptions, out: Path | None, settings: Settings, spoken: Language = ENGLISH) -> Summary:
    """Build, write and print the report, and its bundle where one is asked for."""
    folder = out or settings.data / "report"
    built = build_report(asked, folder, settings, spoken)
    show(built.summary, Console(), spoken)
    beside = ["report.md", "report.json", "report.csv", *(["latex/report.tex"] if asked.latex else [])]
    said = [spoken.gettext("Wrote {page}; beside it are {names}.", page=folder / "report.html", names=beside)]
    if asked.bundle:
        write_bundle(asked.bundle, built, spoken, asked.latex)
        said.append(spoken.gettext("Wrote {page}: check it by python -m eval.verify.", page=asked.bundle))
    if asked.metrics:
        said.append(spoken.gettext("Pictures and features are kept in {place}.", place=describe_cache()))
    for line in said:
        console.print(line, markup=False, soft_wrap=True)
    return built.summary


def main(
    votes: Annotated[Path | None, typer.Option(help="Data folder, .jsonl or .parquet file (default HUB_DATA).")] = None,
    out: Annotated[Path | None, typer.Option(help="Folder to write to (default HUB_DATA/report).")] = None,
    metrics: Annotated[bool, typer.Option("--metrics/--no-metrics", help="Measure generators, or only rate.")] = True,
    anew: Annotated[bool, typer.Option("--measure", help="Measure those anew whose figures came with them.")] = False,
    generators: Annotated[str, typer.Option(help="Names to measure, comma-separated (default: all shown).")] = "",
    form: Annotated[VoteFormat, typer.Option("--format", help="fastchat: battles as JSON.")] = VoteFormat.hub,
    pictures: Annotated[str | None, typer.Option(help="Your own pictures to measure: as of eval.score.")] = None,
    judged: Annotated[Path | None, typer.Option(help="Machine judges' votes, as eval.judge writes them.")] = None,
    code: Annotated[str, typer.Option("--language", help=f"Of the pages: {', '.join(languages())}.")] = ENGLISH.code,
    latex: Annotated[bool, typer.Option("--latex", help="Also tables and plots for a paper, in OUT/latex.")] = False,
    bundle: Annotated[Path | None, typer.Option(help="Zip to write of the report and all it is made from.")] = None,
    engine: Annotated[EngineName, typer.Option(help="Where generators run.", envvar="HUB_ENGINE")] = EngineName.local,
) -> None:
    """Rate the generators by their votes, measure them, and write the report; exit with 1 where votes are left out."""
    spoken, settings = language(code), Settings.from_env({**os.environ, "HUB_ENGINE": engine})
    asked = ReportOptions(votes, form, metrics, anew, split_names(generators), pictures, judged, latex, bundle)
    summary = make_report(asked, out, settings, spoken)
    if summary.problems:
        raise typer.Exit(PART)


if __name__ == "__main__":
    make_command(main, "python -m eval.report --votes data --no-metrics --out report")()
