"""What the server knows of one battle; a page has its token only."""

import secrets
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple

from hub.battle.pairing import DrawnPair
from hub.errors import BattleError
from hub.language.sentence import Sentence
from hub.questions import TAGS, choose_question
from hub.schema import Criterion, Request, Sample, Side, Tag, Vote

SEEDS = 2**31  # seeds are below it; the one after the last is 0


class Slot(NamedTuple):
    """The place of one picture: its side, and its number in the side's set, from 0."""

    side: Side
    number: int


@dataclass(frozen=True)
class SlotDrawing:
    """What one slot asks of the engine; it names the generator, so it never reaches a page."""

    name: str
    request: Request


class SlotState(StrEnum):
    """How far one slot is."""

    pending = "pending"
    done = "done"
    failed = "failed"


@dataclass
class Corner:
    """One slot: what it asks for, and what came; the picture itself is in the store."""

    job: SlotDrawing
    state: SlotState = SlotState.pending
    sample: Sample | None = None


@dataclass
class Battle:
    """One battle; its ``lock`` is held by whoever reads or changes it. Times are of the monotonic clock."""

    id: str
    criterion: Criterion
    corners: dict[Slot, Corner]
    born: float
    complete: float  # when the last picture came, or was hung
    repeat: Vote | None = None  # the vote whose battle this one shows again
    probability: float | None = None  # with which its pair was drawn; None: by no lot
    vote: Vote | None = None
    undo_until: float = 0.0  # until when the vote can be taken back; 0: not, or not any more
    reasons_changed: int = 0  # times, after the vote
    reasons_turn: int = 0  # of the last reasons, as its page counts
    undone: bool = False  # its vote was taken back
    earlier: tuple[Vote, ...] = ()  # votes whose names this battle's vote let be told
    lock: threading.Lock = field(default_factory=threading.Lock)

    def waiting(self, slot: Slot) -> Corner:
        """The corner of a slot that waits for a picture. Raises BattleError for any other."""
        corner = self.corners.get(slot)
        if corner is None or corner.state is not SlotState.pending:
            raise BattleError(
                Sentence("Side {side} of this battle does not wait for this picture.", side=slot.side.upper())
            )
        return corner

    def pending(self) -> dict[Slot, SlotDrawing]:
        """What is still to be drawn."""
        return {slot: corner.job for slot, corner in self.corners.items() if corner.state is SlotState.pending}

    @property
    def requests(self) -> tuple[Request, ...]:
        """What a side is asked for: one request, with the first of its seeds, or one for each of two wordings."""
        first: dict[str, Request] = {}
        for _, corner in sorted(self.corners.items()):
            first.setdefault(corner.job.request.prompt, corner.job.request)
        return tuple(first.values())

    def failed(self) -> dict[Slot, Corner]:
        """Slots whose picture could not be drawn. Raises BattleError while others are still being drawn."""
        if self.pending():
            raise BattleError(
                Sentence("This battle is still being drawn: vote when all pictures are there."), "undrawn"
            )
        return {slot: corner for slot, corner in self.corners.items() if corner.state is SlotState.failed}

    def samples(self, side: Side) -> tuple[Sample, ...]:
        """All samples of a side, in the order of their seeds. Raises BattleError while a picture of either is missing.

        It does not say which: a generator that fails more often than others would be known by it.
        """
        if self.failed():
            raise BattleError(Sentence("This battle could not be drawn whole: try again, then vote."), "undrawn")
        corners = [corner for slot, corner in sorted(self.corners.items()) if slot.side is side]
        return tuple(corner.sample for corner in corners if corner.sample is not None)

    def check_reasons(self, tags: Sequence[Tag]) -> None:
        """Raise BattleError for a reason that is not for the question of this battle."""
        if not set(tags) <= set(TAGS[self.criterion]):
            question = choose_question(self.criterion, len(self.requests) > 1)
            raise BattleError(
                Sentence(
                    "These reasons are not for the question “{question}”: choose others, or none.", question=question
                )
            )


def list_seeds(request: Request, images: int) -> tuple[Request, ...]:
    """A request with as many seeds, from its own on."""
    return tuple(request.with_seed((request.seed + number) % SEEDS) for number in range(images))


def fresh(id: str, now: float, criterion: Criterion, pair: DrawnPair, requests: Sequence[Request]) -> Battle:
    """A battle of a pair, the left and the right name, with a picture a side for each request."""
    corners = {
        Slot(side, number): Corner(SlotDrawing(name, request))
        for side, name in zip(Side, pair.names, strict=True)
        for number, request in enumerate(requests)
    }
    return Battle(id, criterion, corners, now, now, probability=pair.probability)


def shown_again(id: str, now: float, vote: Vote) -> Battle:
    """The battle of an earlier vote with its sides swapped: the same pictures, nothing to draw."""
    corners = {
        Slot(side, number): Corner(SlotDrawing(sample.generator, sample.request), SlotState.done, sample)
        for side, samples in zip(Side, (vote.b, vote.a), strict=True)
        for number, sample in enumerate(samples)
    }
    return Battle(id, vote.criterion, corners, now, now, repeat=vote)


def shown_once_more(battle: Battle) -> Battle:
    """Return a battle of these pictures for another vote, in place of one taken back; its seconds go on."""
    begun = secrets.token_hex(12), battle.criterion, battle.corners, time.monotonic()
    return Battle(*begun, battle.complete, battle.repeat, battle.probability)
