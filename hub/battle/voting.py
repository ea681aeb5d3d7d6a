"""The one vote that each battle takes, until when it can be taken back, and when its names are told."""

import time
from collections import deque
from collections.abc import Sequence

from hub.battle.hidden_repeats import HiddenRepeats
from hub.battle.known_battles import KnownBattles
from hub.battle.records import FindOrigin, make_vote, refusal_logged
from hub.battle.state import Battle, shown_once_more
from hub.errors import BattleError
from hub.gates import Guard
from hub.language.sentence import Sentence
from hub.log_entries import Reasons, Withdrawal
from hub.questions import TAGS
from hub.raters import Rater
from hub.schema import Outcome, Tag, Vote
from hub.votes import VoteLog

UNDO = 5.0  # seconds that a rater has to take a vote back, as their page tells them
GRACE = 2.0  # and how much longer it is possible: a page's word needs time to come
CHANGES = 20  # of the reasons of one vote, after it
REASONS_LATE = Sentence("The reasons were not saved: the time for them was over.")
EARLY = Sentence("The names are told after the vote.")
TOO_LATE = Sentence("This vote can't be taken back any more: {seconds:.0f} seconds are over, or its names were told.",
                    seconds=UNDO)  # fmt: skip


class Voting:
    """Takes votes and tells names. Safe to use from threads; its methods raise BattleError for a token that is no good.

    A vote that can be taken back tells no names meanwhile: else a rater could keep the votes that suit a generator.
    """

    def __init__(
        self, known: KnownBattles, repeats: HiddenRepeats, log: VoteLog, guard: Guard, find_origin: FindOrigin
    ) -> None:
        self._find_origin = find_origin
        self._known, self._repeats, self._log, self._guard = known, repeats, log, guard
        self._lock = known.lock
        self._open: deque[tuple[float, Battle]] = deque()  # whose votes can be taken back, and until when

    def vote(
        self, token: str, rater: Rater, outcome: Outcome, tags: Sequence[Tag] = (), undoable: bool = False
    ) -> Vote:
        """Write the battle's one vote and return it: nothing of it may be told before it is on disk.

        ``undoable``: its names are told only when it can't be taken back any more. Raises BattleError for a battle that
        was voted on or has a side without an image, for a reason that is not for the question and for one vote too
        many, and StorageError when the disk refuses; after that the battle can still be voted on. Each refusal is
        logged.
        """
        with refusal_logged("vote", rater):
            battle = self._known.find(token, rater)
            with battle.lock:
                vote = self._guard.check(self._ballot(battle, rater, outcome, tags))
                self._log.append(vote, names_withheld=True)  # nothing of it is published before its names are told
                battle.vote = vote
                if undoable:
                    self._wait(battle)
                else:
                    self._settle(battle)
            return vote

    def given(self, token: str, rater: Rater) -> Vote | None:
        """Return the vote that this battle has from its rater, None before it: its answer may have been lost."""
        battle = self._known.find(token, rater)
        with battle.lock:
            return None if battle.undone else battle.vote

    def undoable(self, token: str, rater: Rater) -> bool:
        """Return whether the vote of a battle can still be taken back."""
        return time.monotonic() < self._known.find(token, rater).undo_until

    def undo(self, token: str, rater: Rater) -> tuple[str, Vote]:
        """Take a vote back, and return it with the token of a battle of the same pictures that takes another one.

        The log keeps both: the vote, and that it was taken back. Raises BattleError where that can't be done any more,
        and StorageError when the disk refuses; then the vote stays.
        """
        with refusal_logged("undo", rater):
            battle = self._known.find(token, rater)
            with battle.lock:
                if battle.vote is None or time.monotonic() > battle.undo_until:
                    raise BattleError(TOO_LATE, "late")
                self._log.withdraw(Withdrawal(vote=battle.vote.id, time=time.time(), rater=rater.id))
                self._guard.forget(battle.vote)
                battle.undo_until, battle.undone = 0.0, True
                return self._known.add(shown_once_more(battle), rater), battle.vote

    def give_reasons(self, token: str, rater: Rater, tags: Sequence[Tag], turn: int = 0) -> None:
        """Keep the reasons of a vote that can still be taken back, in place of those before; its names wait as long.

        So they are given as blind as the vote. Those of an earlier ``turn`` of their page, which came late, are left
        out. Raises BattleError after that time, for a reason that is not for the question and for one change too many,
        and StorageError when the disk refuses; then those before stay.
        """
        with refusal_logged("reason", rater):
            battle = self._known.find(token, rater)
            with battle.lock:
                if battle.vote is None or time.monotonic() > battle.undo_until:
                    raise BattleError(REASONS_LATE, "late")
                battle.check_reasons(tags)
                if turn < battle.reasons_turn:
                    return
                if battle.reasons_changed >= CHANGES:
                    raise BattleError(Sentence("The reasons of this vote were changed often enough."), "limit")
                given = tuple(tag for tag in TAGS[battle.criterion] if tag in tags)
                self._log.append(Reasons(vote=battle.vote.id, time=time.time(), rater=rater.id, tags=given))
                battle.reasons_changed += 1
                battle.reasons_turn = turn
                self._wait(battle)

    def settle(self, token: str, rater: Rater) -> Vote:
        """End the time in which a vote can be taken back, as its rater goes on or wants to know the names; return it.

        Raises BattleError before the vote.
        """
        battle = self._known.find(token, rater)
        with battle.lock:
            if battle.vote is None:
                raise BattleError(EARLY, "early")
            if battle.undo_until:
                self._settle(battle)
            return battle.vote

    def settle_due(self) -> None:
        """Settle all votes that can't be taken back any more, as of raters who left."""
        while self._open and self._open[0][0] < time.monotonic():
            _, battle = self._open.popleft()
            with battle.lock:
                if 0 < battle.undo_until < time.monotonic():  # no reason came meanwhile
                    self._settle(battle)

    def told(self, token: str, rater: Rater, asked: bool = False) -> tuple[Vote, ...]:
        """The votes whose names may be told now: this battle's, and earlier ones of which they were kept back.

        The names of a battle that is to be shown again are told with that, or where the rater ``asked`` for them, and
        then it is not shown again; they may ask when its time is over. Raises BattleError before the vote, and while
        that can be taken back.
        """
        if asked:
            with self._lock:
                id = self._known.read(token, rater, late=True)
                if vote := self._repeats.ask(rater.id, id):
                    self._log.tell(id)
                    known = self._known.get(id)
                    return (vote, *(known.earlier if known else ()))
        battle = self._known.find(token, rater)
        with battle.lock, self._lock:
            if battle.vote is None or battle.undo_until:
                raise BattleError(EARLY, "early")
            own = () if self._repeats.withholds(battle.vote) else (battle.vote,)
            return (*own, *battle.earlier)

    def _wait(self, battle: Battle) -> None:
        """Keep the names of a vote back while it can be taken back, from now on."""
        battle.undo_until = time.monotonic() + UNDO + GRACE
        with self._lock:
            self._open.append((battle.undo_until, battle))

    def _settle(self, battle: Battle) -> None:
        """Let names be told: of this vote unless it is to be shown again, and of earlier ones that waited for it."""
        vote, battle.undo_until = battle.vote, 0.0
        assert vote
        with self._lock:
            battle.earlier = self._repeats.voted(vote)
            for one in battle.earlier if self._repeats.withholds(vote) else (vote, *battle.earlier):
                self._log.tell(one.id)

    def _ballot(self, battle: Battle, rater: Rater, outcome: Outcome, tags: Sequence[Tag]) -> Vote:
        """The vote, if it can be taken now."""
        with self._lock:
            withheld = battle.repeat is not None and self._repeats.withholds(battle.repeat)
        vote = make_vote(battle, rater, outcome, tags, withheld, self._find_origin)
        told = {"excluded": self._guard.standing(rater), "unchecked": self._guard.allow_vote(rater)}
        return vote.model_copy(update=told)
