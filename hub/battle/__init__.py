"""Battles: which two generators meet, on which side, and the one vote each battle takes.

The server keeps who is who; a page holds the battle's token only, and learns the names from the vote's record.
"""

import hashlib
import logging
import random
import secrets
import threading
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager

from hub.battle._choice import Pairs, Repeats
from hub.battle._state import Battle, Corner, Job, Slot, State, fresh, shown_again
from hub.battle.tokens import Tokens
from hub.engine import Drawn
from hub.errors import BattleError, HubError, ModerationError, StorageError
from hub.gates import Guard
from hub.generators import GENERATORS
from hub.generators._facts import facts
from hub.moderation import Moderation
from hub.prompts import checked
from hub.raters import Rater
from hub.schema import TAGS, Criterion, Drawing, Failure, Outcome, Sample, Side, Tag, Vote
from hub.votes import Store, VoteLog

__all__ = ["Battles", "Job", "Slot", "Tokens"]
log = logging.getLogger(__name__)
UNKNOWN = "unknown"  # revision of a generator whose files can't be read


class Battles:
    """Every battle that can still be voted on, in memory; expired ones, and the oldest beyond ``limit``, are forgotten.

    Pairs that met least often come first, beginning with ``met``; who is ``absent`` now meets nobody; sides are tossed
    for each battle. Safe to call from several threads. Every method that takes a token raises BattleError for one that
    is forged, expired, another session's, or of a battle that is forgotten.
    """

    def __init__(
        self,
        names: Sequence[str],
        log: VoteLog,
        store: Store,
        rng: random.Random,
        tokens: Tokens,
        guard: Guard,
        moderation: Moderation,
        *,
        variety_images: int = 4,
        repeats: float = 0.0,
        limit: int = 10_000,
        met: Mapping[tuple[str, str], int] | None = None,
        absent: Callable[[], Collection[str]] = tuple,
    ) -> None:
        self._pairs = Pairs(names, rng, met or {})
        self._repeats = Repeats(repeats, rng, store)
        self._log, self._store, self._tokens = log, store, tokens
        self._guard, self._moderation = guard, moderation
        self._variety_images, self._limit, self._absent = variety_images, limit, absent
        self._battles: dict[str, Battle] = {}
        self._lock = threading.Lock()

    def start(self, rater: Rater, prompt: str, seed: int, criterion: Criterion, again: bool = False) -> str:
        """Begin a battle and return its token; a question about variety gets a set of pictures a side.

        ``again``: the rater asked for the next battle of the same prompt and question, so it may be an earlier one with
        its sides swapped. Raises PromptError for a prompt that can't be drawn.
        """
        prompt = checked(prompt)
        self._moderation.check_prompt(prompt)
        id, now = secrets.token_hex(12), time.monotonic()
        images = self._variety_images if criterion is Criterion.variety else 1
        with self._lock:
            vote = self._repeats.pick(rater.id, prompt, criterion) if again else None
            if vote:
                self._battles[id] = shown_again(id, now, vote)
            else:
                self._battles[id] = fresh(id, now, criterion, self._pairs.next(self._absent()), prompt, seed, images)
            self._forget(now)
        return self._tokens.sign(id, rater.session)

    def jobs(self, token: str, rater: Rater) -> dict[Slot, Job]:
        """What to draw for the slots that are still pending."""
        battle = self._get(token, rater)
        with battle.lock:
            return battle.pending()

    def shown(self, token: str, rater: Rater) -> dict[Slot, bytes]:
        """The PNGs that are there. Raises MissingFile for one that is gone from the store."""
        battle = self._get(token, rater)
        with battle.lock:
            samples = {slot: corner.sample for slot, corner in battle.corners.items()}
        return {slot: self._store.read_image(sample.sha256) for slot, sample in samples.items() if sample}

    def record(self, token: str, rater: Rater, slot: Slot, drawn: Drawn) -> None:
        """Look at a slot's picture, keep it, and log it.

        Raises BattleError unless the slot waits for exactly this one, ModerationError for one that may not be shown,
        and StorageError when the disk refuses; the last two leave the slot failed.
        """
        battle = self._get(token, rater)
        with battle.lock:
            _expected(battle.waiting(slot), drawn)
        try:
            self._moderation.check_image(drawn.png)
        except ModerationError as error:
            self._failed(battle, rater, slot, drawn.sample.revision, error)
            raise
        try:
            with battle.lock:
                corner = battle.waiting(slot)
                self._store.write_image(drawn.png)
                self._store.write_setup(drawn.setup)
                self._log.append(_drawing(battle, rater, slot, drawn.sample))
                corner.state, corner.sample, battle.complete = State.done, drawn.sample, time.monotonic()
        except StorageError as error:
            self._failed(battle, rater, slot, drawn.sample.revision, error)
            raise

    def fail(self, token: str, rater: Rater, slot: Slot, error: HubError) -> None:
        """Note that a pending slot could not be drawn, and log why."""
        battle = self._get(token, rater)
        with battle.lock:
            name = battle.waiting(slot).job.name
        self._failed(battle, rater, slot, _revision(name), error)

    def redraw(self, token: str, rater: Rater, side: Side) -> dict[Slot, Job]:
        """Make a side's failed slots pending again: the same generator, prompt and seeds."""
        battle = self._get(token, rater)
        with battle.lock:
            failed = [
                slot for slot, corner in battle.corners.items() if slot.side is side and corner.state is State.failed
            ]
            if not failed:
                raise BattleError(f"Side {side.upper()} of this battle has no picture that failed.")
            for slot in failed:
                battle.corners[slot].state = State.pending
            return {slot: battle.corners[slot].job for slot in failed}

    def ready(self, token: str, rater: Rater) -> bool:
        """Whether a vote would be taken now."""
        battle = self._get(token, rater)
        with battle.lock:
            return not battle.voted and all(corner.state is State.done for corner in battle.corners.values())

    def vote(self, token: str, rater: Rater, outcome: Outcome, tags: Sequence[Tag] = ()) -> Vote:
        """Write the battle's one vote and return it: who is who is told only when the vote is on disk.

        Raises BattleError for a battle that was voted on or has a side without an image, for a reason that is not for
        the question and for one vote too many, and StorageError when the disk refuses; after that the battle can still
        be voted on. Each refusal is logged.
        """
        with _refusal_logged("vote", rater):
            battle = self._get(token, rater)
            with battle.lock:
                vote = self._guard.check(self._ballot(battle, rater, outcome, tags))
                self._log.append(vote)
                battle.voted = True
            with self._lock:
                self._repeats.voted(vote)
            return vote

    def _ballot(self, battle: Battle, rater: Rater, outcome: Outcome, tags: Sequence[Tag]) -> Vote:
        """The vote, if it can be taken now."""
        if battle.voted:
            raise BattleError("This battle has its vote already: draw the next one.", "voted")
        a, b = (battle.samples(side) for side in Side)
        if not set(tags) <= set(TAGS[battle.criterion]):
            raise BattleError(f"These reasons are not for the question of {battle.criterion}: choose others, or none.")
        return Vote(
            id=battle.id,
            time=time.time(),
            criterion=battle.criterion,
            outcome=outcome,
            tags=tuple(tag for tag in TAGS[battle.criterion] if tag in tags),
            a=a,
            b=b,
            rater=rater.id,
            network=rater.network,
            seconds=round(time.monotonic() - battle.complete, 3),
            repeat_of=battle.repeat_of,
            excluded=self._guard.standing(rater),
            unchecked=self._guard.allow_vote(rater),
        )

    def _get(self, token: str, rater: Rater) -> Battle:
        id = self._tokens.read(token, rater.session)
        with self._lock:
            if id not in self._battles:
                raise BattleError("This battle is no longer known here: draw a new one.", "forgotten")
            return self._battles[id]

    def _forget(self, now: float) -> None:
        """Drop the oldest battles beyond the limit, and those that no token is good for."""
        dead = now - self._tokens.seconds - 1
        while len(self._battles) > self._limit or next(iter(self._battles.values())).born < dead:  # never the new one
            del self._battles[next(iter(self._battles))]

    def _failed(self, battle: Battle, rater: Rater, slot: Slot, revision: str, error: HubError) -> None:
        with battle.lock:
            corner = battle.waiting(slot)
            corner.state = State.failed
        job = corner.job
        why = Failure(generator=job.name, revision=revision, prompt=job.prompt, seed=job.seed, error=str(error))
        try:
            self._log.append(_drawing(battle, rater, slot, why))
        except StorageError:  # what the rater must hear is why there is no picture
            log.exception("the failure of a drawing of %s could not be logged", job.name)


@contextmanager
def _refusal_logged(what: str, rater: Rater) -> Iterator[None]:
    try:
        yield
    except HubError as error:
        facts = {"event": f"{what}.refused", "rater": rater.id, "kind": error.kind}
        log.warning("a %s of rater %s was refused: %s", what, rater.id, error, extra=facts)
        raise


def _expected(corner: Corner, drawn: Drawn) -> None:
    """Raises BattleError for a picture that is not the one asked for, or not the one its record tells of."""
    sample = drawn.sample
    if corner.job != Job(sample.generator, sample.prompt, sample.seed):
        raise BattleError("This picture is not the one that its place in the battle asks for.")
    if (hashlib.sha256(drawn.png).hexdigest(), drawn.setup.digest) != (sample.sha256, sample.setup):
        raise BattleError("This picture is not the one that its own record tells of.")


def _drawing(battle: Battle, rater: Rater, slot: Slot, result: Sample | Failure) -> Drawing:
    return Drawing(
        battle=battle.id, side=slot.side, time=time.time(), criterion=battle.criterion, rater=rater.id, result=result
    )


def _revision(name: str) -> str:
    try:
        return facts(GENERATORS[name]).revision
    except HubError:
        return UNKNOWN
