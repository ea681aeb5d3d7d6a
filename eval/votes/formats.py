"""Formats that votes are written in, and their readers."""

from collections.abc import Callable
from enum import StrEnum
from pathlib import Path

from hub.errors import DataError
from hub.votes import ReadVotes, make_table, read_votes


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
