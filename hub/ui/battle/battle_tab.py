"""The blind battle: nothing that this tab sends to a page names a generator before the vote is on disk.

What a page knows of a battle is its signed token, which comes back with every event; who drew what, from which seeds,
stays here. The question that is chosen above is the one of the battle below: to choose another draws another battle.
"""

import logging
import time
from collections.abc import Iterator, Mapping, Sequence
from enum import StrEnum
from html import escape
from pathlib import Path
from typing import Any, TypeVar

import gradio as gr

from hub.battle import Slot, SlotDrawing
from hub.errors import BattleError, HubError
from hub.raters import Rater
from hub.receipt import Receipt, receipt
from hub.schema import QUESTIONS, Criterion, Outcome, Tag, Vote
from hub.ui import markup
from hub.ui.battle.ballot import TEMPLATE as DESK
from hub.ui.battle.ballot import Desk, render_earlier, render_next_question, render_trouble
from hub.ui.battle.pace import Pace
from hub.ui.battle.showing import Hall, Showing
from hub.ui.battle.wall import NO_NAMES, Trouble, Wall
from hub.ui.battle.wall import TEMPLATE as WALL
from hub.ui.drawing import PULSE
from hub.ui.middleware.gradio_queue import read_event_data
from hub.ui.parts import DRAWINGS, Ask, Updates, show_errors

log = logging.getLogger(__name__)
E = TypeVar("E", bound=StrEnum)
SCRIPT = (Path(__file__).parent / "battle.js").read_text(encoding="utf-8")


class BattleTab:
    """The battle tab: its components and event handlers; it builds itself into the Blocks that is open."""

    def __init__(self, hall: Hall) -> None:
        self.hall, self.battles, self.pace = hall, hall.battles, Pace(hall.rng)
        with gr.Row(elem_classes="vs-ask"):
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
        limits = {"concurrency_limit": DRAWINGS, "concurrency_id": "draw"}
        drawn = shown | limits | {"outputs": [self.wall, self.desk]}
        asked = [self.ask.prompt, self.question]
        retries = self.wall.retry(self.retry, None, api_name="retry", **drawn)
        every = shown | limits | {"outputs": [self.wall, self.desk, self.question]}
        others = self.desk.ask(self.ask_other, self.ask.prompt, api_name="ask", **every)
        starts = [self.ask.prompt.submit, self.ask.draw.click]
        draws = gr.on(starts, self.draw, asked, api_name="draw", cancels=[retries, others], **drawn)
        nexts = self.desk.next_battle(self.next_battle, asked, api_name="next_battle", cancels=[others], **drawn)
        self.desk.ask(None, cancels=[retries, draws, nexts], **shown)
        saved = shown | {"outputs": [self.wall, self.desk], "queue": False}
        self.desk.vote(self.vote, None, api_name="vote", **saved)
        self.desk.names(self.names, None, api_name="names", **saved)
        self.desk.choose(self.choose, None, api_name="choose", **saved)

    def draw(
        self, prompt: str, question: str, request: gr.Request, profile: gr.OAuthProfile | None
    ) -> Iterator[Updates]:
        """Start a battle and show both sides as soon as they are there."""
        with show_errors():
            rater = self.hall.visitors.rater(request, profile)
            token = self.battles.start(rater, prompt, Criterion(question))
        yield from self._battle(rater, token, prompt, Criterion(question), request)

    def next_battle(
        self, prompt: str, question: str, event: gr.EventData, request: gr.Request, profile: gr.OAuthProfile | None
    ) -> Iterator[Updates]:
        """Start the next battle; where no prompt or question was chosen, it may show an earlier one again."""
        with show_errors():
            rater = self.hall.visitors.rater(request, profile)
            again = (_read_text(event, "prompt"), _read_text(event, "criterion")) == (escape(prompt.strip()), question)
            token = self.battles.start(rater, prompt, Criterion(question), again)
        yield from self._battle(rater, token, prompt, Criterion(question), request)

    def ask_other(
        self, prompt: str, event: gr.EventData, request: gr.Request, profile: gr.OAuthProfile | None
    ) -> Iterator[Updates]:
        """Start a battle that asks another question, which was chosen while a battle is open.

        Where none can be drawn, the open battle stays, and its question is the chosen one again.
        """
        try:
            chosen = _parse_enum(Criterion, _read_text(event, "chosen"))
            rater = self.hall.visitors.rater(request, profile)
            token = self.battles.start(rater, prompt, chosen)
        except HubError as error:
            yield {
                self.question: _read_text(event, "criterion"),
                self.desk: gr.update(trouble=render_trouble(str(error))),
            }
            return
        yield from self._battle(rater, token, prompt, chosen, request)

    def choose(self, event: gr.EventData) -> Updates:
        """Show another question, which was chosen while no battle is open, or say that it comes next."""
        with show_errors():
            chosen = _parse_enum(Criterion, _read_text(event, "chosen"))
        if _read_text(event, "voted"):
            return {self.desk: gr.update(trouble=render_next_question(chosen))}
        empty = Wall(count=self.battles.images(chosen)).value
        return {self.wall: empty, self.desk: gr.update(value=Desk(chosen).value, trouble="")}

    def retry(self, event: gr.EventData, request: gr.Request, profile: gr.OAuthProfile | None) -> Iterator[Updates]:
        """Draw the pictures that failed again, on both sides."""
        with show_errors():
            token, criterion = _read_text(event, "token"), _parse_enum(Criterion, _read_text(event, "criterion"))
            rater = self.hall.visitors.rater(request, profile)
            jobs = self.battles.redraw(token, rater)
        prompt = next(iter(jobs.values())).request.prompt
        yield from self._follow(rater, token, prompt, criterion, jobs, request)

    def vote(self, event: gr.EventData, request: gr.Request, profile: gr.OAuthProfile | None) -> Updates:
        """Save the vote, then show the names, or that they come later."""
        token = _read_text(event, "token")
        try:
            outcome, tags = (
                _parse_enum(Outcome, _read_text(event, "outcome")),
                [_parse_enum(Tag, tag) for tag in _read_list(event, "tags")],
            )
            rater = self.hall.visitors.rater(request, profile)
            vote = self.battles.vote(token, rater, outcome, tags)
            return self._after(token, vote, self.battles.told(token, rater))
        except HubError as error:
            return {self.desk: gr.update(trouble=render_trouble(str(error)))}

    def names(self, event: gr.EventData, request: gr.Request, profile: gr.OAuthProfile | None) -> Updates:
        """Show the names that would have come later."""
        token = _read_text(event, "token")
        try:
            own, *before = self.battles.told(token, self.hall.visitors.rater(request, profile), asked=True)
        except HubError as error:
            return {self.desk: gr.update(trouble=render_trouble(str(error)))}
        return self._after(token, own, [own, *before])

    def _after(self, token: str, vote: Vote, votes: Sequence[Vote]) -> Updates:
        """Return the page's updates after a vote: the names of ``votes``, or that its own come later."""
        now = vote in votes
        before = "".join(render_earlier(one, self._receipt(one)) for one in votes if one.id != vote.id)
        own = self._receipt(vote) if now else None
        desk = Desk(
            vote.criterion, vote.prompt, token, outcome=vote.outcome, receipt=own, withheld=not now, earlier=before
        )
        updates: Updates = {self.desk: gr.update(value=desk.value, trouble="")}
        if now:
            names = {"token": token, "a": markup.render_named(vote.a), "b": markup.render_named(vote.b)}
            updates[self.wall] = gr.update(names=names)
        return updates

    def _receipt(self, vote: Vote) -> Receipt | None:
        try:
            return receipt(vote, self.hall.store)
        except HubError:  # the vote is saved, and what is missing can be brought back
            log.exception("vote %s has no receipt", vote.id)
            return None

    def _battle(
        self, rater: Rater, token: str, prompt: str, criterion: Criterion, request: gr.Request
    ) -> Iterator[Updates]:
        with show_errors():
            jobs = self.battles.jobs(token, rater)
        yield from self._follow(rater, token, prompt.strip(), criterion, jobs, request)

    def _follow(
        self,
        rater: Rater,
        token: str,
        prompt: str,
        criterion: Criterion,
        jobs: Mapping[Slot, SlotDrawing],
        request: gr.Request,
    ) -> Iterator[Updates]:
        """Show the progress of both sides, then both sides at once."""
        count = self.battles.images(criterion)
        wall, seen, sent = Wall(token, prompt, count), (0, 0.0), time.monotonic()
        showing = Showing(self.hall, self.pace, rater, token, request.session_hash or "")
        desk = gr.update(value=Desk(criterion, prompt, token).value, trouble="")
        yield {self.wall: wall.value, self.desk: desk}
        for beat in showing.beats(jobs, 2 * count):
            if (beat.place, beat.share) != seen or time.monotonic() - sent >= PULSE:
                seen, sent = (beat.place, beat.share), time.monotonic()
                wall.progress(*seen)
                yield {self.wall: wall.value, self.desk: gr.skip()}
        with show_errors():
            if showing.trouble:
                wall.fail(showing.trouble)
            else:
                wall.hang(showing.hang())
            ready = self.battles.ready(token, rater)
        done = Desk(criterion, prompt, token, ready=ready, held=showing.trouble is Trouble.held)
        yield {self.wall: wall.value, self.desk: gr.update(value=done.value, trouble="")}
        yield {self.wall: gr.skip(), self.desk: gr.skip()}  # the last message repeats the one before it: make it short


def _read_list(event: gr.EventData, name: str) -> list[Any]:
    said = read_event_data(event).get(name)
    return said if isinstance(said, list) else []


def _read_text(event: gr.EventData, name: str) -> str:
    """Return a text that the page sent with an event, which may be anything; empty where it sent none."""
    said = read_event_data(event).get(name)
    return said if isinstance(said, str) else ""


def _parse_enum(kind: type[E], text: Any) -> E:
    try:
        return kind(text)
    except ValueError as error:
        raise BattleError(
            f"There is no {kind.__name__.lower()} {text!r}: reload the page and draw a battle."
        ) from error
