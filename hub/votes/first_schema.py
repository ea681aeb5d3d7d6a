"""Votes of schema 1, which told neither the rater nor what the pictures were drawn with: they can be rated."""

from collections.abc import Sequence
from typing import Literal

import pyarrow as pa
from pydantic import Field, ValidationError

from hub.schema import Criterion, GeneratorRevision, Outcome, Record, Request, Sha256
from hub.votes.rows import OWN
from hub.votes.vote_table import TABLE


class FirstSample(Request, GeneratorRevision):
    """A picture of that time."""

    sha256: Sha256
    seconds: float = Field(ge=0)


class FirstVote(Record):
    """A vote of that time, on one picture a side."""

    schema_version: Literal[1]
    id: str = Field(min_length=1)
    time: float
    criterion: Literal[Criterion.quality]
    outcome: Outcome
    a: FirstSample
    b: FirstSample


def read_first(text: bytes) -> FirstVote | None:
    """The vote of schema 1 in this line; None where it is something else."""
    try:
        return FirstVote.model_validate_json(text)
    except ValidationError:
        return None


def first_table(votes: Sequence[FirstVote]) -> pa.Table:
    """The table of these votes, as ``make_table`` gives it; what they do not tell is null."""
    rows = [
        {
            "id": vote.id,
            "time": vote.time,
            "criterion": vote.criterion,
            "outcome": vote.outcome,
            "generator_a": vote.a.generator,
            "generator_b": vote.b.generator,
            "prompt": vote.a.prompt,
            "seeds": str(vote.a.seed),
            "source": OWN,
        }
        for vote in votes
    ]
    return pa.Table.from_pydict({name: [row.get(name) for row in rows] for name in TABLE.names}, TABLE)
