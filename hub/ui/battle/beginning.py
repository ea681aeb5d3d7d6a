"""Where a battle comes from: drawn for whoever asked, drawn ahead, shown again, or still open after a reload."""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace

from hub.battle.ahead import AheadBattle, BattlesAhead
from hub.errors import BattleError
from hub.prompt_sets.open_sets import ArenaPrompts
from hub.raters import Rater
from hub.schema import Criterion, Vote
from hub.watch import WatchedBattles

KEPT = 5000  # browsers whose last battle is remembered


@dataclass(frozen=True)
class BegunBattle:
    """A battle that is a rater's from now on, begun at ``since``.

    ``given``: nobody chose its prompt. ``whole``: its pictures are there, or would be if it had been drawn ahead.
    ``wording``: the other of two wordings; empty where it is on one prompt.
    """

    token: str
    prompt: str
    criterion: Criterion
    given: bool = False
    whole: bool = False
    wording: str = ""
    since: float = field(default_factory=time.monotonic)


class Beginning:
    """Begins battles. ``admit`` counts one that no drawing is asked for, or raises BattleError.

    Safe to use from threads.
    """

    def __init__(
        self,
        battles: WatchedBattles,
        ahead: BattlesAhead,
        prompts: ArenaPrompts,
        admit: Callable[[Rater], object],
    ) -> None:
        self._battles, self._ahead, self._prompts, self._admit = battles, ahead, prompts, admit
        self._last: OrderedDict[str, BegunBattle] = OrderedDict()  # by the session of a browser
        self._lock = threading.Lock()

    def draw(self, rater: Rater, page: str, prompt: str, criterion: Criterion, image: str | None = None) -> BegunBattle:
        """Begin a battle on a prompt that was typed; it may start from a picture of the store."""
        begun = BegunBattle("", prompt.strip(), criterion)
        one = None if image else self._ahead.take_next(page, begun.prompt, criterion)
        if one is not None:
            return self._adopt(rater, one, begun)
        return self._begin(rater, begun, self._battles.start(rater, prompt, criterion, image=image))

    def draw_worded(self, rater: Rater, prompt: str, wording: str) -> BegunBattle:
        """Begin a battle on one idea in two wordings; none is drawn ahead."""
        begun = BegunBattle("", prompt.strip(), Criterion.alignment, wording=wording.strip())
        return self._begin(rater, begun, self._battles.start_worded(rater, prompt, wording))

    def draw_next_worded(self, rater: Rater, prompt: str, wording: str) -> BegunBattle:
        """Begin the next battle on two wordings, which may be an earlier one with its sides swapped."""
        if token := self._battles.show_again(rater, prompt, Criterion.alignment, wording):
            begun = BegunBattle("", prompt.strip(), Criterion.alignment, wording=wording.strip())
            return self._begin(rater, begun, token)
        return self.draw_worded(rater, prompt, wording)

    def draw_next(self, rater: Rater, page: str, prompt: str, criterion: Criterion, again: bool) -> BegunBattle:
        """Begin the next battle on a prompt; ``again``: it may be an earlier one with its sides swapped.

        An earlier one is whole when the next one is that was drawn ahead, which stays: else it would be known by that.
        """
        begun = BegunBattle("", prompt.strip(), criterion)
        if again and (token := self._battles.show_again(rater, prompt, criterion)):
            whole = self._ahead.has(page, begun.prompt, criterion)
            return self._begin(rater, replace(begun, whole=whole), token)
        return self.draw(rater, page, prompt, criterion)

    def give(self, rater: Rater, criterion: Criterion) -> BegunBattle:
        """Begin a battle on a prompt of the arena's own, one that was drawn ahead where there is one."""
        begun = BegunBattle("", "", criterion, given=True)
        if one := self._ahead.take(criterion):
            return self._adopt(rater, one, begun)
        begun = replace(begun, prompt=self._prompts.pick())
        return self._begin(rater, begun, self._battles.start(rater, begun.prompt, criterion))

    def open(self, rater: Rater) -> BegunBattle | None:
        """Return the battle that this browser has open and can vote on, else one of those drawn ahead; None without."""
        with self._lock:
            last = self._last.get(rater.session)
        with suppress(BattleError):  # its time is over, or it is not known any more
            if last and self._battles.ready(last.token, rater):
                return replace(last, whole=True, since=time.monotonic())
        if not self._ahead.ready(Criterion.quality):
            return None
        self._admit(rater)
        one = self._ahead.take(Criterion.quality)
        return self._adopt(rater, one, BegunBattle("", "", Criterion.quality, given=True)) if one else None

    def resume(self, rater: Rater, token: str, vote: Vote, given: bool) -> BegunBattle:
        """Return the battle that takes another vote in place of one that was taken back."""
        prompt, *others = vote.prompts
        begun = BegunBattle("", prompt, vote.criterion, given, whole=True, wording="".join(others))
        return self._begin(rater, begun, token)

    def follow(self, page: str, begun: BegunBattle) -> None:
        """Have the next battle drawn, as one is looked at."""
        if not (begun.given or begun.wording):
            self._ahead.want(page, begun.prompt, begun.criterion)

    def leave(self, page: str) -> None:
        """Let go of what a page that is closed wanted."""
        self._ahead.clear(page)

    def _adopt(self, rater: Rater, one: AheadBattle, begun: BegunBattle) -> BegunBattle:
        assert one.battle
        token = self._battles.adopt(rater, one.battle, begun.criterion, one.drawn)
        return self._begin(rater, replace(begun, prompt=one.prompt, whole=one.whole), token)

    def _begin(self, rater: Rater, begun: BegunBattle, token: str) -> BegunBattle:
        begun = replace(begun, token=token)
        with self._lock:
            last = self._last.pop(rater.session, None)
            self._last[rater.session] = begun
            while len(self._last) > KEPT:
                self._last.popitem(last=False)
        with suppress(BattleError):  # its vote was not given, or is not known any more
            if last:
                self._battles.settle(last.token, rater)
        return begun
