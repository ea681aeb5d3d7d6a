"""Receipts: all that is needed to draw a vote's pictures again, for whoever wants to check it."""

from typing import Literal

from pydantic import ValidationError

from hub.errors import DataError
from hub.schema import Criterion, Outcome, Record, Sample, Setup, Vote
from hub.votes import ContentStore


class Receipt(Record):
    """One vote's pictures, and what each was drawn with. ``time`` is UTC in seconds since 1970.

    It tells the rater nothing that the page did not: neither the pseudonym nor what the gates said.
    """

    receipt_version: Literal[1] = 1
    vote: str
    time: float
    criterion: Criterion
    outcome: Outcome
    a: tuple[Sample, ...]
    b: tuple[Sample, ...]
    setups: tuple[Setup, ...]

    @property
    def pictures(self) -> tuple[Sample, ...]:
        """Every picture, those of side A first."""
        return (*self.a, *self.b)

    def setup(self, digest: str) -> Setup:
        """The setup of this digest. Raises DataError when the receipt has none."""
        for setup in self.setups:
            if setup.digest == digest:
                return setup
        raise DataError(f"The receipt of vote {self.vote!r} lacks the setup {digest[:12]}: it was cut or altered.")


def receipt(vote: Vote, store: ContentStore) -> Receipt:
    """The receipt of a vote. Raises MissingFile when a setup is not in the store."""
    digests = sorted({sample.setup for sample in (*vote.a, *vote.b)})
    return Receipt(
        vote=vote.id,
        time=vote.time,
        criterion=vote.criterion,
        outcome=vote.outcome,
        a=vote.a,
        b=vote.b,
        setups=tuple(store.read_setup(digest) for digest in digests),
    )


def read_receipt(text: str) -> Receipt:
    """The receipt in this JSON. Raises DataError for what is none, and for one that lacks a setup."""
    try:
        read = Receipt.model_validate_json(text)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(str(part) for part in first["loc"])
        raise DataError(
            f"This is not a receipt ({place or 'JSON'}: {first['msg']}): python -m hub.receipt show VOTE writes one."
        ) from error
    for sample in read.pictures:
        read.setup(sample.setup)
    return read
