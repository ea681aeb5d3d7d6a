"""The blind battle: nothing that this tab sends to a page names a generator before the vote is on disk.

What a page knows of a battle is its signed token, which comes back with every event; who drew what stays here.
"""

import logging
import random
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, replace
from enum import StrEnum
from html import escape
from pathlib import Path
from typing import Any, TypeVar

import gradio as gr

from hub.battle import Job, Slot
from hub.engine import ServingEngine
from hub.errors import BattleError, HubError, ModerationError, StorageError
from hub.raters import Rater
from hub.receipt import Receipt, receipt
from hub.schema import QUESTIONS, Criterion, Outcome, Side, Tag, Vote
from hub.ui import markup
from hub.ui.desk import TEMPLATE as DESK
from hub.ui.desk import Desk, trouble
from hub.ui.drawing import Done, Event, Failed, Progress, Waiting, draw_each
from hub.ui.pace import Pace
from hub.ui.parts import DRAWINGS, Ask, Updates, checked_seed, random_seed, told
from hub.ui.visitors import Visitors
from hub.ui.wall import HELD, NO_NAMES, UNDRAWN, Wall
from hub.ui.wall import TEMPLATE as WALL
from hub.votes import Store
from hub.watch import WatchedBattles

log = logging.getLogger(__name__)
E = TypeVar("E", bound=StrEnum)
SCRIPT = (Path(__file__).parent / "battle.js").read_text(encoding="utf-8")


@dataclass(frozen=True)
class Hall:
    """What the tab works with."""

    battles: WatchedBattles
    engine: ServingEngine
    store: Store
    visitors: Visitors
    rng: random.Random


class BattleTab:
    """Components of the tab and what they do; builds itself into the Blocks that is open."""

    def __init__(self, hall: Hall) -> None:
        self.hall, self.battles, self.pace = hall, hall.battles, Pace(hall.rng)
        self.ask = Ask.build(hall.rng, "battle")
        self.question = gr.Radio(
            [(text, str(criterion)) for criterion, text in QUESTIONS.items()],
            value=str(Criterion.quality),
            label="Question",
            show_label=False,
            container=False,
            elem_id="question",
            elem_classes="vs-choice",
        )
        parts: dict[str, Any] = {"js_on_load": SCRIPT, "apply_default_css": False, "padding": False}
        self.wall = gr.HTML(Wall().value, html_template=WALL, names=NO_NAMES, elem_id="wall", **parts)
        self.desk = gr.HTML(Desk(Criterion.quality).value, html_template=DESK, trouble="", elem_id="desk", **parts)
        gr.HTML(markup.KEYS)
        self._wire()

    def _wire(self) -> None:
        shown: dict[str, Any] = {"api_visibility": "undocumented", "show_progress": "hidden"}
        drawn = shown | {"outputs": [self.wall, self.desk], "concurrency_limit": DRAWINGS, "concurrency_id": "draw"}
        asked = [self.ask.prompt, self.ask.seed, self.question]
        retries = self.wall.retry(self.retry, None, api_name="retry", **drawn)
        starts = [self.ask.prompt.submit, self.ask.draw.click]
        gr.on(starts, self.draw, asked, api_name="draw", cancels=[retries], **drawn)
        self.desk.next_battle(self.next_battle, asked, api_name="next_battle", **drawn)
        saved = [self.wall, self.desk, self.ask.seed]
        self.desk.vote(self.vote, None, saved, api_name="vote", queue=False, **shown)

    def draw(
        self, prompt: str, seed: int | None, question: str, request: gr.Request, profile: gr.OAuthProfile | None
    ) -> Iterator[Updates]:
        """Start a battle and show each picture as soon as it is there."""
        with told():
            rater = self.hall.visitors.rater(request, profile)
        yield from self._battle(rater, prompt, seed, Criterion(question), again=False)

    def next_battle(
        self,
        prompt: str,
        seed: int | None,
        question: str,
        event: gr.EventData,
        request: gr.Request,
        profile: gr.OAuthProfile | None,
    ) -> Iterator[Updates]:
        """Start another battle; where nothing else was asked for, it may show an earlier one again."""
        with told():
            rater = self.hall.visitors.rater(request, profile)
            again = (_said(event, "prompt"), _said(event, "criterion")) == (escape(prompt.strip()), question)
        yield from self._battle(rater, prompt, seed, Criterion(question), again)

    def retry(self, event: gr.EventData, request: gr.Request, profile: gr.OAuthProfile | None) -> Iterator[Updates]:
        """Draw the pictures of a side that failed again."""
        with told():
            token, side = _said(event, "token"), _one(Side, _said(event, "side"))
            criterion = _one(Criterion, _said(event, "criterion"))
            rater = self.hall.visitors.rater(request, profile)
            jobs = self.battles.redraw(token, rater, side)
            shown = self.battles.shown(token, rater)
        prompt = next(iter(jobs.values())).prompt
        count = 1 + max(slot.number for slot in (*jobs, *shown))
        yield from self._follow(rater, Wall(token, prompt, count, shown), Desk(criterion, prompt, token), jobs)

    def vote(self, event: gr.EventData, request: gr.Request, profile: gr.OAuthProfile | None) -> Updates:
        """Save the vote, then tell the names. The next battle gets another seed, so that no picture is seen again."""
        token = _said(event, "token")
        try:
            outcome, tags = _one(Outcome, _said(event, "outcome")), [_one(Tag, tag) for tag in _list(event, "tags")]
            vote = self.battles.vote(token, self.hall.visitors.rater(request, profile), outcome, tags)
        except HubError as error:
            return {self.desk: gr.update(trouble=trouble(str(error)))}
        done = Desk(vote.criterion, vote.prompt, token, outcome=vote.outcome, receipt=self._receipt(vote))
        names = {"token": token, "a": markup.named(vote.a), "b": markup.named(vote.b)}
        return {
            self.wall: gr.update(names=names),
            self.desk: gr.update(value=done.value, trouble=""),
            self.ask.seed: random_seed(self.hall.rng),
        }

    def _receipt(self, vote: Vote) -> Receipt | None:
        try:
            return receipt(vote, self.hall.store)
        except HubError:  # the vote is saved, and what is missing can be brought back
            log.exception("vote %s has no receipt", vote.id)
            return None

    def _battle(
        self, rater: Rater, prompt: str, seed: int | None, criterion: Criterion, again: bool
    ) -> Iterator[Updates]:
        with told():
            token = self.battles.start(rater, prompt, checked_seed(seed), criterion, again)
            jobs, shown = self.battles.jobs(token, rater), self.battles.shown(token, rater)
        prompt = prompt.strip()
        side_count = len({slot.number for slot in (*jobs, *shown)})
        yield from self._follow(rater, Wall(token, prompt, side_count), Desk(criterion, prompt, token), jobs, shown)

    def _follow(
        self,
        rater: Rater,
        wall: Wall,
        desk: Desk,
        jobs: Mapping[Slot, Job],
        kept: Mapping[Slot, bytes] | None = None,
    ) -> Iterator[Updates]:
        """Show what is drawn as it happens, and what was drawn before at the same pace."""
        yield {self.wall: wall.value, self.desk: gr.update(value=desk.value, trouble="")}
        for _ in self._drawn(rater, wall, jobs) if jobs else self._hung(wall, kept or {}):
            with told():
                ready = wall.complete and self.battles.ready(wall.token, rater)
            yield {self.wall: wall.value, self.desk: replace(desk, ready=ready, held=wall.held).value}
        yield {self.wall: gr.skip(), self.desk: gr.skip()}  # the last message repeats the one before it: make it short

    def _drawn(self, rater: Rater, wall: Wall, jobs: Mapping[Slot, Job]) -> Iterator[None]:
        """Draw; yields at times without news too: a closed page is noticed when it is sent something."""
        with closing(draw_each(self.hall.engine, jobs, rater.id)) as drawings:
            for news in self.pace.watch(list(jobs), drawings):
                for event in news:
                    with told():
                        self._note(rater, wall, event)
                yield

    def _hung(self, wall: Wall, kept: Mapping[Slot, bytes]) -> Iterator[None]:
        for beats in self.pace.replay(list(kept)):
            for beat in beats:
                if beat.place:
                    wall.queue(beat.place)
                elif beat.share is None:
                    wall.show(beat.slot, kept[beat.slot])
                else:
                    wall.progress(beat.slot, beat.share)
            yield

    def _note(self, rater: Rater, wall: Wall, event: Event[Slot]) -> None:
        match event:
            case Waiting(place=place):
                wall.queue(place)
            case Progress(key=slot, share=share):
                wall.progress(slot, share)
            case Failed(key=slot, error=error):
                self.battles.fail(wall.token, rater, slot, error)
                wall.fail(slot, UNDRAWN)
            case Done(key=slot, drawn=drawn):
                try:
                    self.battles.record(wall.token, rater, slot, drawn)
                except ModerationError:
                    wall.fail(slot, HELD)
                except StorageError as error:
                    log.error("a picture is lost: %s", error)
                    wall.fail(slot, UNDRAWN)
                else:
                    wall.show(slot, drawn.png)


def _list(event: gr.EventData, name: str) -> list[Any]:
    said = event._data.get(name) if isinstance(event._data, dict) else None
    return said if isinstance(said, list) else []


def _said(event: gr.EventData, name: str) -> str:
    """What the page sent along, which may be anything; the empty text is nobody's token."""
    said = event._data.get(name) if isinstance(event._data, dict) else None
    return said if isinstance(said, str) else ""


def _one(kind: type[E], text: Any) -> E:
    try:
        return kind(text)
    except ValueError as error:
        raise BattleError(
            f"There is no {kind.__name__.lower()} {text!r}: reload the page and draw a battle."
        ) from error
