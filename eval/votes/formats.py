"""Formats that votes are written in, and their readers."""

from collections.abc import Callable, Sequence
from enum import StrEnum
from pathlib import Path

from hub.errors import DataError
from hub.language.catalogue import printable
from hub.votes import ReadVotes, make_table, read_votes

TOLD = 5  # problems that stand in a sentence that says that there are no votes


class VoteFormat(StrEnum):
    """A format that votes are written in."""

    hub = "hub"  # a data folder, a .jsonl of its log or a .parquet shard
    fastchat = "fastchat"  # battles as JSON


def load_fastchat() -> Callable[[Path], ReadVotes]:
    """Return the reader of battle files, whose imports take as long as rating a hundred thousand votes."""
    from eval.votes.fastchat import read_fastchat

    return read_fastchat


def read_votes_as(votes: Path | None, form: VoteFormat, data: Path) -> ReadVotes:
    """Read the votes of a format.

    Where nobody voted yet the default folder ``data`` need not be there.

    Raises: DataError.
    """
    if form is VoteFormat.fastchat:
        if votes is None:
            raise DataError("Name the battle file (of a report: --votes FILE): --format fastchat has no default.")
        return load_fastchat()(votes)
    if votes is not None and votes.suffix == ".json" and votes.is_file():
        raise DataError(
            f"{votes} is no data folder, .jsonl or .parquet file: if it holds battles as FastChat or GenAI-Arena "
            "writes them, add --format fastchat."
        )
    return ReadVotes(make_table([]), (), {}) if votes is None and not data.exists() else read_votes(votes or data)


def list_first_problems(problems: Sequence[str]) -> list[str]:
    """List the first problems of the votes, each on one line, and how many more there are."""
    more = len(problems) - TOLD
    return [*map(printable, problems[:TOLD]), *([f"And {more:,} more."] if more > 0 else [])]


def check_named_votes(votes: Path | None, found: ReadVotes) -> None:
    """Check that a file or folder that was named holds votes; the default folder may have none yet.

    Raises: DataError, with the first problems.
    """
    if votes is not None and not found.table.num_rows:
        said = f"There are no votes in {votes}: vote in the arena, or name other votes."
        raise DataError(" ".join([said, *list_first_problems(found.problems)]))
