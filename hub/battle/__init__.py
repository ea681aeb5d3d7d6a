"""Battles: which two generators meet, on which side, and the one vote each battle takes.

The server keeps who is who, and the seeds: who knew the seeds of an open battle could draw its pictures by name and
compare. A page holds the battle's token only, and learns the names and the seeds from the vote's record.
"""

import random
import secrets
import time
from collections.abc import Callable, Collection, Mapping, Sequence

from hub.battle.hidden_repeats import HiddenRepeats
from hub.battle.known_battles import KnownBattles
from hub.battle.pairing import PairInformation, Pairs
from hub.battle.records import FindOrigin, check_expected, drawing_of, find_none, mark_failed, revision_of
from hub.battle.state import SEEDS, Battle, Slot, SlotDrawing, SlotState, fresh, list_seeds, shown_again
from hub.battle.tokens import Tokens
from hub.battle.voting import Voting
from hub.engine import DrawnSample
from hub.errors import BattleError, HubError, ModerationError, PromptError, StorageError
from hub.gates import Guard
from hub.generators import read_for
from hub.japanese.read_requests import list_texts
from hub.language.sentence import Sentence
from hub.moderation import Moderation
from hub.prompts import check_prompt
from hub.raters import Rater
from hub.schema import Criterion, Request, Side
from hub.votes import ContentStore, VoteLog

__all__ = ["Battles", "Slot", "SlotDrawing", "Tokens"]
NOBODY = Rater("nobody", "")  # whose a battle is that is drawn ahead


class Battles:
    """Every battle that can still be voted on, in memory; expired ones, and the oldest beyond ``limit``, are forgotten.

    Pairs are drawn by ``information``, without it those that met least often come first, beginning with ``met``; who is
    ``absent`` now meets nobody; sides are tossed. ``find_origin`` tells of a prompt which of the arena's sets it is
    from, for its vote.
    Safe to use from threads. A method that takes a token raises BattleError for one that is no good, or not any more.
    """

    def __init__(
        self,
        names: Sequence[str],
        log: VoteLog,
        store: ContentStore,
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
        find_origin: FindOrigin = find_none,
        information: PairInformation | None = None,
    ) -> None:
        self._pairs, self._rng = Pairs(names, rng, met or {}, absent, information), rng
        self.change_roster, self.takes_images = self._pairs.change, self._pairs.takes_images
        self._repeats = HiddenRepeats(repeats, rng, store)
        self._log, self._store, self._moderation = log, store, moderation
        self._variety_images, self._known = variety_images, KnownBattles(tokens, limit)
        self._lock = self._known.lock
        voting = Voting(self._known, self._repeats, log, guard, find_origin)
        self.vote, self.told, self.undo = voting.vote, voting.told, voting.undo
        self.settle, self.settle_due = voting.settle, voting.settle_due
        self.given, self.undoable, self.give_reasons = voting.given, voting.undoable, voting.give_reasons

    def start(
        self, rater: Rater, prompt: str, criterion: Criterion, again: bool = False, image: str | None = None
    ) -> str:
        """Begin a battle and return its token; a question about variety gets a set of pictures a side.

        Its seeds are new, and nobody's choice: no named drawing, and no battle that was told, has the same pictures.
        ``again``: the rater asked for the next battle of the same prompt and question, so it may be an earlier one with
        its sides swapped. ``image``: both sides start from this picture of the store. Raises PromptError.
        """
        if again and (token := self.show_again(rater, prompt, criterion, image)):
            return token
        return self._known.add(self._draw(prompt, criterion, image, rater=rater.id), rater)

    def start_worded(self, rater: Rater, prompt: str, wording: str) -> str:
        """Begin a battle on one idea in two wordings, both drawn with one new seed, and return its token.

        It asks about alignment. Raises PromptError, for two wordings that are the same, too.
        """
        wording = check_prompt(wording)
        return self._known.add(self._draw(prompt, Criterion.alignment, wording=wording, rater=rater.id), rater)

    def show_again(
        self, rater: Rater, prompt: str, criterion: Criterion, image: str | None = None, wording: str = ""
    ) -> str | None:
        """Begin a battle that shows an earlier one of the rater's with its sides swapped, if the lot falls on one."""
        requests = [self._ask(text, 0, image) for text in filter(None, (prompt, wording))]
        with self._lock:
            vote = self._repeats.pick(rater.id, requests, criterion, self._known)
        if vote is None:
            return None
        self._log.withhold(vote.id)  # as long as this battle can be voted on
        return self._known.add(shown_again(secrets.token_hex(12), time.monotonic(), vote), rater)

    def start_ahead(self, prompt: str, criterion: Criterion) -> Battle:
        """Return a battle that is nobody's yet, all of whose pictures are to be drawn; raises what ``start`` does."""
        return self._draw(prompt, criterion)

    def fits(self, battle: Battle) -> bool:
        """Whether both generators of a battle that is nobody's yet would still meet."""
        return self._pairs.meet({corner.job.name for corner in battle.corners.values()})

    def fail_ahead(self, battle: Battle, slot: Slot, error: HubError) -> None:
        """Log why a picture of a battle that is nobody's yet could not be drawn: a failure counts, whoever asked."""
        mark_failed(self._log, battle, NOBODY, slot, revision_of(battle.waiting(slot).job.name), error)

    def adopt(self, rater: Rater, battle: Battle, criterion: Criterion, drawn: Mapping[Slot, DrawnSample]) -> str:
        """Give a battle of nobody's to a rater, with its pictures that are there, looked at, and return its token.

        None of them was written before, so that none could be published. Raises StorageError.
        """
        battle.born, battle.criterion = time.monotonic(), criterion
        self._pairs.remember(rater.id, criterion, {corner.job.name for corner in battle.corners.values()})
        token = self._known.add(battle, rater)
        for slot, picture in drawn.items():
            self._keep(battle, rater, slot, picture)
        return token

    def _draw(
        self, prompt: str, criterion: Criterion, image: str | None = None, wording: str = "", rater: str = ""
    ) -> Battle:
        first = self._ask(prompt, secrets.randbelow(SEEDS), image)
        if wording:
            asked: tuple[Request, ...] = (first, self._ask(wording, first.seed, image))
            if first == asked[1]:
                raise PromptError(Sentence("The two wordings are the same: say it in other words."))
        else:
            asked = list_seeds(first, self.images(criterion))
        for text in dict.fromkeys(text for request in asked for text in list_texts(request)):
            self._moderation.check_prompt(text)
        pair = self._pairs.next(criterion, image, rater)
        return fresh(secrets.token_hex(12), time.monotonic(), criterion, pair, asked)

    def _ask(self, prompt: str, seed: int, image: str | None) -> Request:
        """Return a request that both sides can draw, whoever they are."""
        prompt = check_prompt(prompt)
        return Request(prompt=prompt, seed=seed, image=image, read_as=read_for(prompt, self._pairs.names).english)

    def requests(self, token: str, rater: Rater) -> tuple[Request, ...]:
        """Return what both sides of a battle are asked for: one request, or one for each of two wordings."""
        return self._known.find(token, rater).requests

    def images(self, criterion: Criterion) -> int:
        """How many pictures a side a question is asked on."""
        return self._variety_images if criterion is Criterion.variety else 1

    def jobs(self, token: str, rater: Rater) -> dict[Slot, SlotDrawing]:
        """What to draw for the slots that are still pending, in an order that has nothing to do with their sides."""
        battle = self._known.find(token, rater)
        with battle.lock:
            return self._shuffled(battle.pending())

    def pictures(self, token: str, rater: Rater) -> dict[Slot, str]:
        """SHA-256 of every picture, to be hung now: the vote's seconds are counted from here.

        Raises BattleError where one is not there, and MissingFile for one that is gone from the store.
        """
        battle = self._known.find(token, rater)
        with battle.lock:
            drawn = {side: battle.samples(side) for side in Side}
            battle.complete = time.monotonic()
        found = {Slot(side, n): sample.sha256 for side, samples in drawn.items() for n, sample in enumerate(samples)}
        for sha256 in found.values():
            self._store.read_image(sha256)
        return found

    def record(self, token: str, rater: Rater, slot: Slot, drawn: DrawnSample) -> None:
        """Look at a slot's picture, keep it, and log it.

        Raises BattleError unless the slot waits for exactly this one, ModerationError for one that may not be shown,
        and StorageError when the disk refuses; the last two leave the slot failed.
        """
        battle = self._known.find(token, rater)
        with battle.lock:
            check_expected(battle.waiting(slot), drawn)
        try:
            self._moderation.check_image(drawn.png)
        except ModerationError as error:
            mark_failed(self._log, battle, rater, slot, drawn.sample.revision, error)
            raise
        self._keep(battle, rater, slot, drawn)

    def _keep(self, battle: Battle, rater: Rater, slot: Slot, drawn: DrawnSample) -> None:
        try:
            with battle.lock:
                corner = battle.waiting(slot)
                self._store.write_image(drawn.png)
                self._store.write_setup(drawn.setup)
                self._log.append(drawing_of(battle, rater, slot, drawn.sample))
                corner.state, corner.sample, battle.complete = SlotState.done, drawn.sample, time.monotonic()
        except StorageError as error:
            mark_failed(self._log, battle, rater, slot, drawn.sample.revision, error)
            raise

    def fail(self, token: str, rater: Rater, slot: Slot, error: HubError) -> None:
        """Note that a pending slot could not be drawn, and log why."""
        battle = self._known.find(token, rater)
        with battle.lock:
            name = battle.waiting(slot).job.name
        mark_failed(self._log, battle, rater, slot, revision_of(name), error)

    def redraw(self, token: str, rater: Rater) -> dict[Slot, SlotDrawing]:
        """Make failed slots pending again: the same generators, prompt and seeds."""
        battle = self._known.find(token, rater)
        with battle.lock:
            failed = battle.failed()
            if not failed:
                raise BattleError(Sentence("This battle has no picture that failed."))
            for corner in failed.values():
                corner.state = SlotState.pending
            return self._shuffled(battle.pending())

    def ready(self, token: str, rater: Rater) -> bool:
        """Whether a vote would be taken now."""
        battle = self._known.find(token, rater)
        with battle.lock:
            return battle.vote is None and all(corner.state is SlotState.done for corner in battle.corners.values())

    def voted_picture(self, token: str, rater: Rater, side: Side) -> str:
        """SHA-256 of a side's picture, of a set its first. Raises BattleError before the vote."""
        battle = self._known.find(token, rater)
        with battle.lock:
            if battle.vote is None:
                raise BattleError(Sentence("Vote on the battle first: then its pictures can be taken."), "early")
            return battle.samples(side)[0].sha256

    def _shuffled(self, jobs: Mapping[Slot, SlotDrawing]) -> dict[Slot, SlotDrawing]:
        """The jobs in another order: who is drawn first is done first, and must not be known by the side."""
        return {slot: jobs[slot] for slot in self._rng.sample(sorted(jobs), len(jobs))}
