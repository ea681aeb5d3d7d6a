"""``python -m hub.space``: what a Space of this repository lacks, and putting it there."""

import json
import os
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from hub.command import PART, commands
from hub.dataset import Patience
from hub.errors import HubError
from hub.generators import roster
from hub.language.sentence import number_of
from hub.progress import bar, console
from hub.settings import Settings
from hub.space.check import Finding, FindingState, local
from hub.space.check_remote import remote
from hub.space.space_repository import SpaceRepository
from hub.space.tracked_files import tracked
from hub.space.upload import push as push_files

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


def _named(repo: str) -> str:
    if repo.count("/") != 1 or not all(repo.split("/")):
        raise HubError(f"{repo!r} is no Space's name: write it as {NAME}.")
    return repo


def check(
    repo: Annotated[str, typer.Option(help=f"Look at this Space, too ({NAME}); needs HF_TOKEN.")] = "",
    as_json: As_json = False,
) -> None:
    """List what a Space of this repository lacks and how to mend it; exit code 1 if something must be mended."""
    settings = Settings.from_env(os.environ)
    findings = list(local(ROOT, tracked(ROOT)))
    if repo:
        space = SpaceRepository(_named(repo), settings.token, PATIENCE)
        space.need_token("Looking at the Space")
        findings += remote(space, roster(settings.generators))
    if as_json:
        typer.echo(json.dumps({"ok": _fine(findings), "findings": [asdict(one) for one in findings]}, indent=1))
    else:
        _list(findings)
    if not _fine(findings):
        raise typer.Exit(PART)


def push(
    repo: Annotated[str, typer.Argument(help=f"The Space, as {NAME}.")],
    private: Annotated[bool, typer.Option("--private", help="Make it private if it is made now.")] = False,
    tests: Annotated[bool, typer.Option("--tests", help="Send the tests, too.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be sent, and send nothing.")] = False,
) -> None:
    """Make the Space what git tracks here, in one commit; run it again after it was cut off."""
    settings = Settings.from_env(os.environ)
    files = tracked(ROOT, tests)
    with bar() as progress:
        task = progress.add_task("push", total=None, note="")
        pushed = push_files(
            _named(repo),
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
    _say(f"{pushed.url}: {number_of(len(pushed.sent), 'file')} {verb[0]}, {len(pushed.gone)} {verb[1]}")


def _fine(findings: Sequence[Finding]) -> bool:
    return all(one.state is not FindingState.wrong for one in findings)


def _list(findings: Sequence[Finding]) -> None:
    for one in findings:
        mark, style = MARKS[one.state]
        console.print(f"{mark} {one.what}: {one.text}", style=style, markup=False, highlight=False, soft_wrap=True)
        if one.mend:
            _say(f"    {one.mend}")
    count = sum(one.state is FindingState.wrong for one in findings)
    _say("Nothing must be mended." if not count else f"{count} to mend.")


def _say(text: str) -> None:
    console.print(text, markup=False, highlight=False, soft_wrap=True)


app = commands(
    "A Hugging Face Space of this repository.",
    {
        "check": (check, "python -m hub.space check --repo someone/arena"),
        "push": (push, "python -m hub.space push someone/arena --dry-run"),
    },
)

if __name__ == "__main__":
    app()
