"""One battle on its page, from the first drawing until both sides are hung, at once."""

import logging
import random
import time
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass

from hub.battle import Slot, SlotDrawing
from hub.engine import ServingEngine
from hub.errors import ModerationError, StorageError
from hub.language.catalogue import Language
from hub.prompt_sets.open_sets import ArenaPrompts
from hub.raters import Rater
from hub.ui.battle.beginning import Beginning
from hub.ui.battle.own_votes import OwnVotes
from hub.ui.battle.pace import Beat, Pace, Whole
from hub.ui.battle.verdict_counts import VerdictCounts
from hub.ui.battle.wall import Trouble
from hub.ui.drawing import Done, Event, Failed, draw_each
from hub.ui.parts import show_errors
from hub.ui.picture_addresses import PictureAddresses
from hub.ui.visitors import Visitors
from hub.votes import ContentStore
from hub.watch import WatchedBattles

log = logging.getLogger(__name__)
WALL = "battle"  # whose pictures these are, beside those of other tabs
SOONEST = 0.1  # seconds from an event to the pictures of a battle that is whole: one is written then, another is not


@dataclass(frozen=True)
class Hall:
    """The parts of the arena that the battle tab needs."""

    battles: WatchedBattles
    engine: ServingEngine
    store: ContentStore
    addresses: PictureAddresses
    visitors: Visitors
    rng: random.Random
    prompts: ArenaPrompts
    beginning: Beginning
    own: OwnVotes
    verdicts: VerdictCounts
    consent: str  # what raters agree to before their first vote


class Showing:
    """A battle on its way to a page, drawn or shown again; ``trouble`` says why it can't be hung, and names no side."""

    def __init__(self, hall: Hall, pace: Pace, rater: Rater, token: str, page: str, language: Language) -> None:
        self._hall, self._pace = hall, pace
        self._rater, self._token, self._page, self._language = rater, token, page, language
        self.trouble: Trouble | None = None
        hall.addresses.clear(page, WALL)

    def beats(self, jobs: Mapping[Slot, SlotDrawing], count: int) -> Iterator[Beat]:
        """Draw the pictures in ``jobs`` and yield the battle's progress; without jobs, replay a drawn battle's.

        At times there is nothing new: a closed page is noticed when it is sent something.
        """
        return self._drawn(jobs, count) if jobs else self._pace.replay(count)

    def wait(self, since: float) -> None:
        """Wait until a battle may be hung that was whole when it began."""
        time.sleep(max(0.0, since + SOONEST - time.monotonic()))

    def hang(self) -> dict[Slot, str]:
        """Return the addresses of all pictures.

        Raises: BattleError where a picture is missing, MissingFile where its file is gone.
        """
        pictures = self._hall.battles.pictures(self._token, self._rater)
        return {slot: self._hall.addresses.hang(WALL, self._page, sha256) for slot, sha256 in pictures.items()}

    def _drawn(self, jobs: Mapping[Slot, SlotDrawing], count: int) -> Iterator[Beat]:
        whole, beats = Whole(jobs), []
        with closing(draw_each(self._hall.engine, jobs, self._rater.id)) as drawings:
            for news in drawings:
                for event in news:
                    with show_errors(self._language):
                        self._note(event)
                    whole.note(event)
                beats.append(whole.beat)
                yield beats[-1]
        if not self.trouble and len(jobs) == count:
            self._pace.note(count, beats)

    def _note(self, event: Event[Slot]) -> None:
        """Record the result of one picture; a filter's refusal outweighs a failure that can be drawn again."""
        battles = self._hall.battles
        match event:
            case Failed(key=slot, error=error):
                battles.fail(self._token, self._rater, slot, error)
                self.trouble = self.trouble or Trouble.undrawn
            case Done(key=slot, drawn=drawn):
                try:
                    battles.record(self._token, self._rater, slot, drawn)
                except ModerationError:
                    self.trouble = Trouble.held
                except StorageError as error:
                    log.error("a picture is lost: %s", error)
                    self.trouble = self.trouble or Trouble.undrawn
