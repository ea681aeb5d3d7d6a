"""``python -m hub.space``: what a Space of this repository lacks, and putting it there."""

import json
import os
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from hub.command import PART, make_commands
from hub.dataset import Patience
from hub.errors import HubError
from hub.generators import roster
from hub.language.sentence import number_of
from hub.progress import console, make_bar
from hub.settings import Settings
from hub.space.check import Finding, FindingState, check_repository
from hub.space.check_remote import check_space
from hub.space.space_repository import SpaceRepository
from hub.space.tracked_files import list_tracked
from hub.space.upload import push_space

PATIENCE = Patience(attempts=2)  # someone waits, and the client itself tries each request six times
ROOT = Path(__file__).parents[2]
MARKS = {
    FindingState.ok: ("✓", "green"),
    FindingState.note: ("·", "cyan"),
    FindingState.wrong: ("✗", "red"),
    FindingState.unknown: ("?", "yellow"),
}
NAME = r"owner/name"
As_json = Annotated[bool, typer.Option("--json", help="One JSON object instead of the list.")]


def _check_name(repo: str) -> str:
    if repo.count("/") != 1 or not all(repo.split("/")):
        raise HubError(f"{repo!r} is no Space's name: write it as {NAME}.")
    return repo


def check_all(
    repo: Annotated[str, typer.Option(help=f"Look at this Space, too ({NAME}); needs HF_TOKEN.")] = "",
    as_json: As_json = False,
) -> None:
    """List what a Space of this repository lacks and how to mend it; exit code 1 if something must be mended."""
    settings = Settings.from_env(os.environ)
    findings = list(check_repository(ROOT, list_tracked(ROOT)))
    if repo:
        space = SpaceRepository(_check_name(repo), settings.token, PATIENCE)
        space.need_token("Looking at the Space")
        findings += check_space(space, roster(settings.generators))
    if as_json:
        typer.echo(json.dumps({"ok": _is_fine(findings), "findings": [asdict(one) for one in findings]}, indent=1))
    else:
        _print_findings(findings)
    if not _is_fine(findings):
        raise typer.Exit(PART)


def push_files(
    repo: Annotated[str, typer.Argument(help=f"The Space, as {NAME}.")],
    private: Annotated[bool, typer.Option("--private", help="Make it private if it is made now.")] = False,
    tests: Annotated[bool, typer.Option("--tests", help="Send the tests, too.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be sent, and send nothing.")] = False,
) -> None:
    """Make the Space what git tracks here, in one commit; run it again after it was cut off."""
    settings = Settings.from_env(os.environ)
    files = list_tracked(ROOT, tests)
    with make_bar() as progress:
        task = progress.add_task("push", total=None, note="")
        pushed = push_space(
            _check_name(repo),
            files,
            settings.token,
            private=private,
            dry_run=dry_run,
            patience=PATIENCE,
            report=lambda done, total: progress.update(task, completed=done, total=total),
        )
    if dry_run:
        for sign, names in (("+", pushed.sent), ("-", pushed.gone)):
            for name in names:
                typer.echo(f"{sign} {name}")
    verb = ("would be sent", "deleted") if dry_run else ("sent", "deleted")
    _print_line(f"{pushed.url}: {number_of(len(pushed.sent), 'file')} {verb[0]}, {len(pushed.gone)} {verb[1]}")


def _is_fine(findings: Sequence[Finding]) -> bool:
    return all(one.state is not FindingState.wrong for one in findings)


def _print_findings(findings: Sequence[Finding]) -> None:
    for one in findings:
        mark, style = MARKS[one.state]
        console.print(f"{mark} {one.what}: {one.text}", style=style, markup=False, highlight=False, soft_wrap=True)
        if one.mend:
            _print_line(f"    {one.mend}")
    count = sum(one.state is FindingState.wrong for one in findings)
    _print_line("Nothing must be mended." if not count else f"{count} to mend.")


def _print_line(text: str) -> None:
    console.print(text, markup=False, highlight=False, soft_wrap=True)


app = make_commands(
    "A Hugging Face Space of this repository.",
    {
        "check": (check_all, "python -m hub.space check --repo someone/arena"),
        "push": (push_files, "python -m hub.space push someone/arena --dry-run"),
    },
)

if __name__ == "__main__":
    app()
