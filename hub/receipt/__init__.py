"""Receipts: all that is needed to draw the pictures of a vote, or of the Studio, again, for whoever checks them."""

import json
import time
from collections.abc import Sequence
from typing import Literal

from pydantic import Field, ValidationError

from hub.engine import DrawnSample
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

    @property
    def labels(self) -> tuple[str, ...]:
        """What each picture is called: its side."""
        return ("A",) * len(self.a) + ("B",) * len(self.b)

    def setup(self, digest: str) -> Setup:
        """The setup of this digest. Raises DataError when the receipt has none."""
        return _find_setup(self.setups, digest, f"vote {self.vote!r}")


class PictureReceipt(Record):
    """Pictures that were drawn by name, one or a strip, and what each was drawn with. ``time`` is as that of a vote.

    Pictures that they started from are named by their SHA-256 alone.
    """

    kind: Literal["pictures"] = "pictures"
    receipt_version: Literal[1] = 1
    time: float
    pictures: tuple[Sample, ...] = Field(min_length=1)
    setups: tuple[Setup, ...]

    @property
    def labels(self) -> tuple[str, ...]:
        """What each picture is called: its number."""
        return tuple(str(number) for number in range(1, len(self.pictures) + 1))

    @property
    def name(self) -> str:
        """Eight digits that name this receipt's file."""
        return self.pictures[0].sha256[:8]

    @property
    def named(self) -> tuple[str, ...]:
        """The SHA-256 of every picture that a replay needs."""
        return tuple(dict.fromkeys(sha256 for sample in self.pictures for sha256 in sample.pictures))

    def setup(self, digest: str) -> Setup:
        """The setup of this digest. Raises DataError when the receipt has none."""
        return _find_setup(self.setups, digest, "these pictures")


def _find_setup(setups: Sequence[Setup], digest: str, whose: str) -> Setup:
    for setup in setups:
        if setup.digest == digest:
            return setup
    raise DataError(f"The receipt of {whose} lacks the setup {digest[:12]}: it was cut or altered.")


def receipt(vote: Vote, store: ContentStore) -> Receipt:
    """The receipt of a vote. Raises MissingFile when a setup is not in the store."""
    return fill_receipt(vote, [store.read_setup(digest) for digest in list_setups(vote)])


def list_setups(vote: Vote) -> list[str]:
    """List the digests of the setups that a vote's pictures were drawn with, sorted."""
    return sorted({sample.setup for sample in (*vote.a, *vote.b)})


def fill_receipt(vote: Vote, setups: Sequence[Setup]) -> Receipt:
    """Return the receipt of a vote whose setups are known, in the order of :func:`list_setups`."""
    return Receipt(
        vote=vote.id,
        time=vote.time,
        criterion=vote.criterion,
        outcome=vote.outcome,
        a=vote.a,
        b=vote.b,
        setups=tuple(setups),
    )


def make_receipt(drawn: Sequence[DrawnSample]) -> PictureReceipt:
    """Return the receipt of pictures that were drawn just now."""
    setups = {one.setup.digest: one.setup for one in drawn}
    return PictureReceipt(time=time.time(), pictures=tuple(one.sample for one in drawn), setups=tuple(setups.values()))


def read_receipt(text: str) -> Receipt | PictureReceipt:
    """The receipt in this JSON. Raises DataError for what is none, and for one that lacks a setup."""
    try:
        read = _choose_form(text).model_validate_json(text)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(str(part) for part in first["loc"])
        raise DataError(
            f"This is not a receipt ({place or 'JSON'}: {first['msg']}): python -m hub.receipt show VOTE writes one."
        ) from error
    for sample in read.pictures:
        read.setup(sample.setup)
    return read


def _choose_form(text: str) -> type[Receipt | PictureReceipt]:
    try:
        told = json.loads(text)
    except (ValueError, RecursionError):  # which the form says better
        return Receipt
    return PictureReceipt if isinstance(told, dict) and "kind" in told else Receipt
