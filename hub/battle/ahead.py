"""Battles drawn ahead, so that pictures are there when somebody wants a battle.

A few are nobody's: any visitor gets one, on a prompt that nobody chose. And each page whose visitor looks at a battle
on a prompt of their own has the next one on it drawn. All are drawn one picture at a time, while no drawing waits, and
whoever asks for one meanwhile goes first. Until a battle is somebody's, nothing of it is told, written or logged.
"""

import logging
import random
import threading
from collections import OrderedDict
from dataclasses import dataclass, field

from hub.battle import Battles, Slot
from hub.battle.state import Battle
from hub.engine import DrawnSample, ServingEngine
from hub.errors import Cancelled, HubError, PromptError
from hub.generators import ignore_progress
from hub.moderation import Moderation
from hub.prompt_sets.open_sets import ArenaPrompts
from hub.schema import Criterion

log = logging.getLogger(__name__)
OWNER = "ahead"  # of these drawings, for the engine's turns
SETS = 4  # of so many battles that are nobody's there is one about sets
# pages that have a next battle drawn, and the bytes of its pictures; the oldest lose theirs
PAGES, HELD = 32, 128 << 20
LOOK, PAUSE, AGAIN = 0.03, 0.25, 30.0  # seconds: between looks for others who wait, then, and after a failure


@dataclass(eq=False)
class AheadBattle:
    """A battle that is nobody's yet, and those of its pictures that are there; ``taken``: not any more."""

    prompt: str
    criterion: Criterion
    battle: Battle | None = None  # None: not begun
    drawn: dict[Slot, DrawnSample] = field(default_factory=dict)
    taken: bool = False

    @property
    def whole(self) -> bool:
        """Whether all its pictures are there."""
        return self.battle is not None and len(self.drawn) == len(self.battle.corners)

    @property
    def held(self) -> int:
        """The bytes of its pictures."""
        return sum(len(one.png) for one in self.drawn.values())


class BattlesAhead:
    """Draws battles ahead in :meth:`run`, a thread's: ``most`` that are nobody's, and none at all where that is 0.

    Those of nobody are on ``prompts``. Safe to use from threads.
    """

    def __init__(
        self,
        battles: Battles,
        engine: ServingEngine,
        moderation: Moderation,
        rng: random.Random,
        prompts: ArenaPrompts,
        most: int,
    ) -> None:
        self._prompts = prompts
        self._battles, self._engine, self._moderation, self._rng, self._most = battles, engine, moderation, rng, most
        self._nobodys: list[AheadBattle] = []
        self._pages: OrderedDict[str, AheadBattle] = OrderedDict()  # the next battle of each page, oldest first
        self._lock, self._wake = threading.Lock(), threading.Event()

    def ready(self, criterion: Criterion) -> bool:
        """Whether a whole battle of nobody's is there for a question."""
        with self._lock:
            return bool(self._list_whole(criterion))

    def take(self, criterion: Criterion) -> AheadBattle | None:
        """Return a whole battle of nobody's for a question, whose it is from now on; None where there is none."""
        with self._lock:
            whole = self._list_whole(criterion)
            found = next((one for one in whole if one.battle and self._battles.fits(one.battle)), None)
            gone = whole[: whole.index(found) + 1] if found else whole  # who can't meet any more is in those before
            self._nobodys = [one for one in self._nobodys if one not in gone]
        self._wake.set()
        return found

    def want(self, page: str, prompt: str, criterion: Criterion) -> None:
        """Have a page's next battle drawn, in place of what it wanted before."""
        with self._lock:
            before = self._pages.get(page)
        if not self._most or (before and (before.prompt, before.criterion) == (prompt, criterion)):
            return
        self.clear(page)
        with self._lock:
            self._pages[page] = AheadBattle(prompt, criterion)
            while len(self._pages) > PAGES or sum(one.held for one in self._pages.values()) > HELD:
                self._pages.popitem(last=False)[1].taken = True
        self._wake.set()

    def has(self, page: str, prompt: str, criterion: Criterion) -> bool:
        """Whether a page's next battle on a prompt and question is there, with all its pictures."""
        with self._lock:
            one = self._pages.get(page)
            return bool(one and one.whole and (one.prompt, one.criterion) == (prompt, criterion))

    def take_next(self, page: str, prompt: str, criterion: Criterion) -> AheadBattle | None:
        """Return a page's next battle, with those of its pictures that are there; None where it is none of these."""
        with self._lock:
            one = self._pages.get(page)
        if one is None or (one.prompt, one.criterion) != (prompt, criterion):
            return None
        self.clear(page)
        return one if one.battle and self._battles.fits(one.battle) else None

    def clear(self, page: str) -> None:
        """Drop a page's next battle: it is shown, or nobody will look at it."""
        with self._lock:
            if one := self._pages.pop(page, None):
                one.taken = True

    def run(self, stopped: threading.Event) -> None:
        """Draw what is wanted until ``stopped``."""
        while self._most and not stopped.is_set():
            try:
                self._go_on(stopped)
            except Exception:  # whatever it was, it must not end what is drawn ahead for good
                log.exception("nothing can be drawn ahead")
                stopped.wait(AGAIN)

    def _go_on(self, stopped: threading.Event) -> None:
        one = self._choose()
        if one is None:
            self._wake.wait(AGAIN)
            self._wake.clear()
        elif self._engine.waiting():
            stopped.wait(PAUSE)
        else:
            self._try(one, stopped)

    def _list_whole(self, criterion: Criterion) -> list[AheadBattle]:
        count = self._battles.images(criterion)
        return [one for one in self._nobodys if one.whole and self._battles.images(one.criterion) == count]

    def _choose(self) -> AheadBattle | None:
        """Return what is drawn next: what a page waits for, then single pictures, then sets."""
        with self._lock:
            if one := next((one for one in (*self._pages.values(), *self._nobodys) if not one.whole), None):
                return one
            sets = sum(one.criterion is Criterion.variety for one in self._nobodys)
            if len(self._nobodys) - sets < self._most:
                criterion = Criterion.quality
            elif sets < -(-self._most // SETS):
                criterion = Criterion.variety
            else:
                return None
            self._nobodys.append(AheadBattle(self._prompts.pick(), criterion))
            return self._nobodys[-1]

    def _try(self, one: AheadBattle, stopped: threading.Event) -> None:
        try:
            self._draw(one, stopped)
        except Cancelled:  # the engine closes
            stopped.wait(PAUSE)
        except HubError as error:
            with self._lock:
                self._nobodys = [other for other in self._nobodys if other is not one]
                for page in [page for page, other in self._pages.items() if other is one]:
                    del self._pages[page]
            if not isinstance(error, PromptError):
                log.warning("a battle could not be drawn ahead: %s", type(error).__name__)
            stopped.wait(PAUSE if isinstance(error, PromptError) else AGAIN)

    def _draw(self, one: AheadBattle, stopped: threading.Event) -> None:
        """Draw what a battle lacks, until others wait."""
        if one.battle is None:
            one.battle = self._battles.start_ahead(one.prompt, one.criterion)
        left = sorted(one.battle.corners.keys() - one.drawn.keys())
        for slot in self._rng.sample(left, len(left)):  # which is drawn last must not be known by the side
            try:
                drawn = self._draw_picture(one, slot, stopped)
                if drawn is None:
                    stopped.wait(PAUSE)
                    return
                self._moderation.check_image(drawn.png)
            except Cancelled:
                raise
            except HubError as error:
                self._battles.fail_ahead(one.battle, slot, error)
                raise
            with self._lock:
                if one.taken:
                    return
                one.drawn[slot] = drawn

    def _draw_picture(self, one: AheadBattle, slot: Slot, stopped: threading.Event) -> DrawnSample | None:
        """Return a picture; None where others wait, or the battle is somebody's."""
        assert one.battle
        job = one.battle.corners[slot].job
        asked = self._engine.ask(job.name, job.request, ignore_progress, OWNER, one.battle.id)
        while not stopped.is_set():
            try:
                return asked.result.result(LOOK)
            except TimeoutError:
                if one.taken or self._engine.waiting():
                    break
        asked.cancel()
        return None
