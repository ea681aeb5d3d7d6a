"""Battles that are counted. A line of the log that names a battle names its generators only after its vote."""

import logging
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

from hub.battle import Battles, Slot, Tokens
from hub.battle.state import Battle
from hub.engine import DrawnSample
from hub.errors import HubError
from hub.raters import Rater
from hub.schema import Criterion, Outcome, Tag, Vote
from hub.watch.figures import Watch

log = logging.getLogger(__name__)


class WatchedBattles:
    """Wraps :class:`hub.battle.Battles`, and counts battles, votes and refusals."""

    def __init__(self, battles: Battles, tokens: Tokens, watch: Watch) -> None:
        self._battles, self._tokens, self._watch = battles, tokens, watch
        self.jobs, self.pictures, self.fail = battles.jobs, battles.pictures, battles.fail
        self.redraw, self.ready, self.told = battles.redraw, battles.ready, battles.told
        self.requests = battles.requests
        self.note_consent = watch.note_consent
        self.images, self.change_roster = battles.images, battles.change_roster
        self.settle, self.settle_due = battles.settle, battles.settle_due
        self.given, self.undoable, self.give_reasons = battles.given, battles.undoable, battles.give_reasons
        self.takes_images, self.voted_picture = battles.takes_images, battles.voted_picture

    def start(
        self, rater: Rater, prompt: str, criterion: Criterion, again: bool = False, image: str | None = None
    ) -> str:
        """Start a battle and count it; return its token."""
        with self._refusals("battle"):
            return self._count(self._battles.start(rater, prompt, criterion, again, image), rater, criterion)

    def start_worded(self, rater: Rater, prompt: str, wording: str) -> str:
        """Start a battle on two wordings and count it; return its token."""
        with self._refusals("battle"):
            return self._count(self._battles.start_worded(rater, prompt, wording), rater, Criterion.alignment)

    def show_again(self, rater: Rater, prompt: str, criterion: Criterion, wording: str = "") -> str | None:
        """Show an earlier battle again, if the lot falls on one, and count it; return its token."""
        with self._refusals("battle"):
            token = self._battles.show_again(rater, prompt, criterion, wording=wording)
        return self._count(token, rater, criterion) if token else None

    def adopt(self, rater: Rater, battle: Battle, criterion: Criterion, drawn: Mapping[Slot, DrawnSample]) -> str:
        """Give a battle that was drawn ahead to a rater and count it; return its token."""
        with self._refusals("battle"):
            return self._count(self._battles.adopt(rater, battle, criterion, drawn), rater, criterion)

    def _count(self, token: str, rater: Rater, criterion: Criterion) -> str:
        self._watch.began(criterion)
        id = self._tokens.read(token, rater.session)
        facts = {"event": "battle.started", "battle": id, "rater": rater.id, "criterion": str(criterion)}
        log.info("a battle began", extra=facts)
        return token

    def record(self, token: str, rater: Rater, slot: Slot, drawn: DrawnSample) -> None:
        """Record a picture; one that is not kept counts as a failure of its generator's drawing."""
        try:
            self._battles.record(token, rater, slot, drawn)
        except HubError as error:
            self._watch.failed(drawn.sample.generator, error.kind)
            raise

    def undo(self, token: str, rater: Rater) -> tuple[str, Vote]:
        """Take a vote back, and log it; return the token of the battle that takes another one, and the vote."""
        with self._refusals("undo"):
            again, vote = self._battles.undo(token, rater)
        log.info("a vote was taken back", extra={"event": "vote.withdrawn", "battle": vote.id, "rater": rater.id})
        return again, vote

    def vote(
        self, token: str, rater: Rater, outcome: Outcome, tags: Sequence[Tag] = (), undoable: bool = False
    ) -> Vote:
        """Record a vote, count and log it, and return it."""
        with self._refusals("vote"):
            vote = self._battles.vote(token, rater, outcome, tags, undoable)
        self._watch.voted(vote)
        facts = {
            "event": "vote.saved",
            "battle": vote.id,
            "rater": vote.rater,
            "criterion": str(vote.criterion),
            "outcome": str(vote.outcome),
            "generators": [vote.a[0].generator, vote.b[0].generator],
            "seconds": vote.seconds,
            "excluded": list(vote.excluded),
        }
        log.info("a vote was saved", extra=facts)
        return vote

    @contextmanager
    def _refusals(self, what: str) -> Iterator[None]:
        try:
            yield
        except HubError as error:
            self._watch.refuse(what, error)
            raise
