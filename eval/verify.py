"""``python -m eval.verify BUNDLE``: every figure of a bundle from its votes again: "identical", or what differs.

Exit codes: 0 identical, 1 something differs and is listed, 2 the file is no whole bundle.
"""

from pathlib import Path
from typing import Annotated

import typer

from eval.bundle.verify_bundle import VerifiedBundle, verify_bundle
from hub.command import PART, make_command, print_error
from hub.language.catalogue import printable
from hub.language.sentence import number_of

SHOWN = 100  # differences


def describe_bundle(found: VerifiedBundle) -> str:
    """Return what was verified, in a sentence."""
    figures, files = number_of(found.figures, "figure"), number_of(found.files, "file")
    said = f"{figures} in {files} of {number_of(found.votes, 'vote')}, {number_of(found.receipts, 'receipt')}"
    if found.given:
        said += f"; {found.given:,} of the figures are of pictures or machine judges, which are not here"
        said += ", and were taken as they are"
    return said


def main(bundle: Annotated[Path, typer.Argument(help="Zip that eval.report --bundle wrote.")]) -> None:
    """Compute every figure of a bundle from its votes again, and compare it file by file and figure by figure."""
    found = verify_bundle(bundle)
    for problem in found.problems[:SHOWN]:
        print_error(printable(problem))
    if len(found.problems) > SHOWN:
        print_error(f"And {len(found.problems) - SHOWN:,} more.")
    if found.problems:
        if found.made != found.here:
            print_error(f"It was made by the code at {found.made or 'no known commit'}, and verified by {found.here}.")
        typer.echo(f"different: {number_of(len(found.problems), 'problem')}; looked at: {describe_bundle(found)}")
        raise typer.Exit(PART)
    typer.echo(f"identical: {describe_bundle(found)}")


if __name__ == "__main__":
    make_command(main, "python -m eval.verify bundle.zip")()
