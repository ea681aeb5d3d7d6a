"""A question whose votes are joined with metrics."""

from dataclasses import dataclass

from eval.ratings.battles import Votes
from hub.schema import Criterion


@dataclass(frozen=True)
class Asked:
    """One question of one source, and its votes that count; ``criterion`` is None where it is not known."""

    criterion: Criterion | None
    source: str
    votes: Votes
