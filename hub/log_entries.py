"""What a line of the log can be: a vote, what is said of one later, or a drawing; nothing of it is ever changed."""

from typing import Annotated, Literal

from pydantic import AfterValidator, Field, TypeAdapter

from hub.schema import SCHEMA_VERSION, Criterion, Failure, Record, Sample, Side, Tag, Vote, check_unmixed


class Drawing(Record):
    """One picture of one side of a battle, voted on or not. ``time`` is UTC in seconds since 1970."""

    kind: Literal["drawing"] = "drawing"
    schema_version: Literal[2, 3, 4, 5] = SCHEMA_VERSION
    battle: str = Field(min_length=1)
    side: Side
    time: float
    criterion: Criterion
    rater: str = Field(min_length=1)
    result: Annotated[Sample | Failure, AfterValidator(check_unmixed)]


class Withdrawal(Record):
    """A rater took a vote back: the vote with this id stays, and does not count. ``time`` is UTC, from 1970 on."""

    kind: Literal["withdrawal"] = "withdrawal"
    schema_version: Literal[4, 5] = SCHEMA_VERSION
    vote: str = Field(min_length=1)
    time: float
    rater: str = Field(min_length=1)


class Reasons(Record):
    """The reasons of a vote as they were given after it, and before its rater was told the names.

    They stand in place of those that came with it, and of any before; none takes them back. ``time`` is UTC.
    """

    kind: Literal["reasons"] = "reasons"
    schema_version: Literal[5] = SCHEMA_VERSION
    vote: str = Field(min_length=1)
    time: float
    rater: str = Field(min_length=1)
    tags: tuple[Tag, ...] = ()


LogEntry = Vote | Drawing | Withdrawal | Reasons
ENTRY: TypeAdapter[LogEntry] = TypeAdapter(Annotated[LogEntry, Field(discriminator="kind")])  # a log's line


def battle_of(entry: LogEntry) -> str:
    """Return the id of the battle that an entry is about."""
    if isinstance(entry, Withdrawal | Reasons):
        return entry.vote
    return entry.battle if isinstance(entry, Drawing) else entry.id
