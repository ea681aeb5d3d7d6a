"""What is written of a battle beside its vote: each drawing, and each refusal in the server's own log."""

import hashlib
import logging
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from hub.battle.state import Battle, Corner, Slot, SlotDrawing, SlotState
from hub.engine import DrawnSample
from hub.errors import BattleError, HubError, StorageError
from hub.generators import GENERATORS
from hub.generators.facts import facts
from hub.language.sentence import Sentence
from hub.log_entries import Drawing
from hub.prompt_sets import NO_SET, PromptOrigin
from hub.questions import TAGS
from hub.raters import Rater
from hub.schema import Failure, Outcome, Sample, Side, Tag, Vote
from hub.votes import VoteLog

log = logging.getLogger("hub.battle")
FindOrigin = Callable[[str], PromptOrigin]  # of a prompt
UNKNOWN = "unknown"  # revision of a generator whose files can't be read


def find_none(prompt: str) -> PromptOrigin:
    """Return that a prompt is from no set, where the arena has none."""
    return NO_SET


@contextmanager
def refusal_logged(what: str, rater: Rater) -> Iterator[None]:
    """Log a refusal, and pass it on."""
    try:
        yield
    except HubError as error:
        told = {"event": f"{what}.refused", "rater": rater.id, "kind": error.kind}
        log.warning("a %s of rater %s was refused: %s", what, rater.id, error, extra=told)
        raise


def check_expected(corner: Corner, drawn: DrawnSample) -> None:
    """Raises BattleError for a picture that is not the one asked for, or not the one its record tells of."""
    sample = drawn.sample
    if corner.job != SlotDrawing(sample.generator, sample.request):
        raise BattleError(Sentence("This picture is not the one that its place in the battle asks for."))
    if (hashlib.sha256(drawn.png).hexdigest(), drawn.setup.digest) != (sample.sha256, sample.setup):
        raise BattleError(Sentence("This picture is not the one that its own record tells of."))


def drawing_of(battle: Battle, rater: Rater, slot: Slot, result: Sample | Failure) -> Drawing:
    """The record of what came of one slot."""
    return Drawing(
        battle=battle.id,
        side=slot.side,
        time=time.time(),
        criterion=battle.criterion,
        rater=rater.id,
        result=result,
    )


def mark_failed(votes: VoteLog, battle: Battle, rater: Rater, slot: Slot, revision: str, error: HubError) -> None:
    """Note that a slot has no picture, and log why."""
    with battle.lock:
        corner = battle.waiting(slot)
        corner.state = SlotState.failed
    job = corner.job
    why = Failure(generator=job.name, revision=revision, **dict(job.request), error=str(error))
    try:
        votes.append(drawing_of(battle, rater, slot, why))
    except StorageError:  # what the rater must hear is why there is no picture
        log.exception("the failure of a drawing of %s could not be logged", job.name)


def make_vote(
    battle: Battle, rater: Rater, outcome: Outcome, tags: Sequence[Tag], withheld: bool, find_origin: FindOrigin
) -> Vote:
    """The vote on a battle, before any gate has looked at it. Raises BattleError where it can't be taken now."""
    if battle.vote:
        raise BattleError(Sentence("This battle has its vote already: draw the next one."), "voted")
    a, b = (battle.samples(side) for side in Side)
    battle.check_reasons(tags)
    return Vote(
        id=battle.id,
        time=time.time(),
        criterion=battle.criterion,
        outcome=outcome,
        tags=tuple(tag for tag in TAGS[battle.criterion] if tag in tags),
        a=a,
        b=b,
        **find_origin(a[0].prompt)._asdict(),
        rater=rater.id,
        network=rater.network,
        seconds=round(time.monotonic() - battle.complete, 3),
        repeat_of=battle.repeat.id if battle.repeat else None,
        names_withheld=withheld,
        pair_probability=battle.probability,
    )


def revision_of(name: str) -> str:
    """The generator's revision, as far as its files tell."""
    try:
        return facts(GENERATORS[name]).revision
    except HubError:
        return UNKNOWN
