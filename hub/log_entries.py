"""What a line of the log can be: a vote, a drawing, or the withdrawal of a vote; nothing of it is ever changed."""

from typing import Annotated, Literal

from pydantic import Field, TypeAdapter

from hub.schema import SCHEMA_VERSION, Drawing, Record, Vote


class Withdrawal(Record):
    """A rater took a vote back: the vote with this id stays, and does not count. ``time`` is UTC, from 1970 on."""

    kind: Literal["withdrawal"] = "withdrawal"
    schema_version: Literal[4, 5] = SCHEMA_VERSION
    vote: str = Field(min_length=1)
    time: float
    rater: str = Field(min_length=1)


LogEntry = Vote | Drawing | Withdrawal
ENTRY: TypeAdapter[LogEntry] = TypeAdapter(Annotated[LogEntry, Field(discriminator="kind")])  # a log's line


def battle_of(entry: LogEntry) -> str:
    """Return the id of the battle that an entry is about."""
    if isinstance(entry, Withdrawal):
        return entry.vote
    return entry.battle if isinstance(entry, Drawing) else entry.id
