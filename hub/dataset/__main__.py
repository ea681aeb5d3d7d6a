"""``python -m hub.dataset``: publish the votes, fetch them, check them, hand them on, take others in."""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from hub.command import PART, make_commands, print_error
from hub.dataset.exports import ExportFormat, export_votes
from hub.dataset.imports import import_battles
from hub.dataset.pull import pull_shards
from hub.dataset.push import push_shards
from hub.dataset.shard_check import unpack_shard
from hub.dataset.shard_names import Report, list_local_shards
from hub.dataset.verify_shards import check_folder, verify_shards
from hub.errors import DataError
from hub.huggingface.retry import Patience
from hub.language.sentence import number_of
from hub.progress import console, make_bar, track_items
from hub.raters import load_secret
from hub.settings import Settings

Data = Annotated[Path | None, typer.Option(help="Data folder (default HUB_DATA).")]
PATIENCE = Patience(attempts=2)  # someone waits, and the client itself tries each request six times
Repo = Annotated[str, typer.Option(help="Data set on the Hub (default HUB_DATASET).")]


def _load_settings(data: Path | None, dataset: str = "") -> Settings:
    given = {"HUB_DATA": str(data) if data else "", "HUB_DATASET": dataset}
    return Settings.from_env({**os.environ, **{name: value for name, value in given.items() if value}})


@contextmanager
def _show_progress(description: str) -> Iterator[Report]:
    with make_bar() as progress:
        task = progress.add_task(description, total=None, note="")
        yield lambda done, total: progress.update(task, completed=done, total=total)


def _print_line(text: str) -> None:
    console.print(text, markup=False, highlight=False, soft_wrap=True)


def _report_problems(problems: Sequence[str]) -> None:
    """Print what is wrong, if anything, and exit with 1."""
    for problem in problems:
        print_error(problem)
    if problems:
        raise typer.Exit(PART)


def push(data: Data = None, dataset: Repo = "") -> None:
    """Publish a folder's shards, frozen boards and card: what the data set lacks is added, nothing is changed."""
    settings = _load_settings(data, dataset)
    check_folder(settings.data)
    with _show_progress("push") as report:
        pushed = push_shards(settings.data, settings, patience=PATIENCE, report=report)
    _print_line(f"{settings.dataset}: {number_of(len(pushed.files), 'new file')}")
    _report_problems(pushed.problems)


def pull(data: Data = None, dataset: Repo = "") -> None:
    """Fetch what the data folder lacks: shards, the pictures and setups beside them, and frozen leaderboards."""
    settings = _load_settings(data, dataset)
    with _show_progress("pull") as report:
        pulled = pull_shards(settings.data, settings, patience=PATIENCE, report=report)
    damaged = []
    for path in track_items(list(list_local_shards(settings.data).values()), "unpack"):
        try:
            unpack_shard(settings.data, path)
        except DataError as error:
            damaged.append(str(error))
    _print_line(f"{settings.dataset}: {number_of(len(pulled.files), 'new file')} in {settings.data}")
    _report_problems([*pulled.problems, *damaged])


def verify(data: Data = None, dataset: Repo = "") -> None:
    """Check that every shard is what its name says, each picture what its row says, and the data set the same."""
    settings = _load_settings(data, dataset)
    with _show_progress("verify") as report:
        found = verify_shards(settings.data, settings, patience=PATIENCE, report=report)
    were = "was lost before it was" if found.lost == 1 else "were lost before they were"
    lost = f"; {number_of(found.lost, 'picture')} {were} stored" if found.lost else ""
    problems = number_of(len(found.problems), "problem") if found.problems else "no problems"
    _print_line(f"{number_of(found.shards, 'shard')} with {number_of(found.votes, 'vote')}{lost}: {problems}")
    _report_problems(found.problems)


def export(
    out: Annotated[Path, typer.Argument(help="File to write.")],
    format: Annotated[ExportFormat, typer.Option(help="A table, or FastChat's battles as JSON.")] = ExportFormat.csv,
    data: Data = None,
) -> None:
    """Write the votes as CSV, one row each without pictures, or as the battle file that FastChat reads."""
    exported = export_votes(_load_settings(data).data, out, format)
    do = "does not count was" if exported.left_out == 1 else "do not count were"
    left_out = f"; {exported.left_out:,} that {do} left out" if exported.left_out else ""
    _print_line(f"{out}: {number_of(exported.written, 'vote')}{left_out}")
    _report_problems(exported.problems)


def import_votes(
    file: Annotated[Path, typer.Argument(help="Battle file of FastChat or GenAI-Arena (JSON).")],
    source: Annotated[str, typer.Option(help="Name of its arena (default: the file's name).")] = "",
    data: Data = None,
) -> None:
    """Add another arena's votes. Those whose raters knew the names are kept but not counted ("not-blind")."""
    settings = _load_settings(data)
    imported = import_battles(file, settings.data, load_secret(settings), source=source)
    counts = ", ".join(f"{outcome}: {count}" for outcome, count in sorted(imported.outcomes.items())) or "no votes"
    _print_line(f"{file}: {number_of(imported.new, 'new vote')}, {imported.known:,} there already ({counts})")


app = make_commands(
    "The votes as a data set on the Hugging Face Hub.",
    {
        "push": (push, "HF_TOKEN=hf_... python -m hub.dataset push --dataset someone/votes"),
        "pull": (pull, "python -m hub.dataset pull --dataset someone/votes --data votes-of-may"),
        "verify": (verify, "python -m hub.dataset verify --data votes-of-may"),
        "export": (export, "python -m hub.dataset export battles.json --format fastchat"),
        "import": (import_votes, "python -m hub.dataset import clean_battle_20240220.json --source genai-arena"),
    },
)

if __name__ == "__main__":
    app()
