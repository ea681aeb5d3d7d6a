"""The blind battle: nothing that this tab sends to a page names a generator before the vote is on disk.

What a page knows of a battle is its signed token, which comes back with every event; who drew what, from which seeds,
stays here. The question that is chosen above is the one of the battle below: to choose another draws another battle.
"""

import logging
import time
from collections.abc import Iterator, Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Any

import gradio as gr

from hub.battle import Slot, SlotDrawing
from hub.errors import HubError
from hub.language.catalogue import Language
from hub.language.sentence import Sentence
from hub.questions import QUESTIONS
from hub.raters import Rater
from hub.receipt import Receipt, receipt
from hub.schema import Criterion, Outcome, Tag, Vote
from hub.ui import markup
from hub.ui.battle.ballot import TEMPLATE as DESK
from hub.ui.battle.ballot import Desk, render_earlier, render_next_question, render_trouble
from hub.ui.battle.event_fields import parse_enum, read_list, read_text
from hub.ui.battle.pace import Pace
from hub.ui.battle.showing import Hall, Showing
from hub.ui.battle.wall import NO_NAMES, Trouble, Wall
from hub.ui.battle.wall import TEMPLATE as WALL
from hub.ui.drawing import PULSE
from hub.ui.parts import DRAWINGS, Ask, Updates, show_errors
from hub.ui.translated_page import Said, TranslatedBlocks
from hub.ui.visitor_language import get_language

log = logging.getLogger(__name__)
SCRIPT = (Path(__file__).parent / "battle.js").read_text(encoding="utf-8")


class BattleTab:
    """The battle tab: its components and event handlers; it builds itself into the Blocks that is open."""

    def __init__(self, hall: Hall, page: TranslatedBlocks) -> None:
        self.hall, self.battles, self.pace = hall, hall.battles, Pace(hall.rng)
        with gr.Row(elem_classes="vs-ask"):
            self.ask = Ask.build(page, hall.rng, "battle")
        self.question = page.build(
            gr.Radio,
            {"choices": _list_questions, "label": Sentence("Question")},
            value=str(Criterion.quality),
            show_label=False,
            container=False,
            elem_id="question",
            elem_classes="vs-choice",
        )
        parts: dict[str, Any] = {"js_on_load": SCRIPT, "apply_default_css": False, "padding": False}
        walls: Mapping[str, Said] = {"value": lambda language: Wall(language=language).value}
        desks: Mapping[str, Said] = {"value": lambda language: Desk(Criterion.quality, language=language).value}
        self.wall = page.build(gr.HTML, walls, html_template=WALL, names=NO_NAMES, elem_id="wall", **parts)
        self.desk = page.build(gr.HTML, desks, html_template=DESK, trouble="", elem_id="desk", **parts)
        page.build(gr.HTML, {"value": markup.render_keys})
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
        yield from self.draw_from(prompt, Criterion(question), None, request, profile)

    def draw_from(
        self,
        prompt: str,
        criterion: Criterion,
        image: str | None,
        request: gr.Request,
        profile: gr.OAuthProfile | None,
    ) -> Iterator[Updates]:
        """Start a battle whose both sides start from a picture of the store, where one is given, and show it."""
        with show_errors(get_language(request)):
            rater = self.hall.visitors.rater(request, profile)
            token = self.battles.start(rater, prompt, criterion, image=image)
        yield from self._battle(rater, token, prompt, criterion, request)

    def next_battle(
        self, prompt: str, question: str, event: gr.EventData, request: gr.Request, profile: gr.OAuthProfile | None
    ) -> Iterator[Updates]:
        """Start the next battle; where no prompt or question was chosen, it may show an earlier one again."""
        with show_errors(get_language(request)):
            rater = self.hall.visitors.rater(request, profile)
            again = (read_text(event, "prompt"), read_text(event, "criterion")) == (escape(prompt.strip()), question)
            token = self.battles.start(rater, prompt, Criterion(question), again)
        yield from self._battle(rater, token, prompt, Criterion(question), request)

    def ask_other(
        self, prompt: str, event: gr.EventData, request: gr.Request, profile: gr.OAuthProfile | None
    ) -> Iterator[Updates]:
        """Start a battle that asks another question, which was chosen while a battle is open.

        Where none can be drawn, the open battle stays, and its question is the chosen one again.
        """
        try:
            chosen = parse_enum(Criterion, read_text(event, "chosen"))
            rater = self.hall.visitors.rater(request, profile)
            token = self.battles.start(rater, prompt, chosen)
        except HubError as error:
            yield {
                self.question: read_text(event, "criterion"),
                self.desk: self._tell(error, request),
            }
            return
        yield from self._battle(rater, token, prompt, chosen, request)

    def choose(self, event: gr.EventData, request: gr.Request) -> Updates:
        """Show another question, which was chosen while no battle is open, or say that it comes next."""
        language = get_language(request)
        with show_errors(get_language(request)):
            chosen = parse_enum(Criterion, read_text(event, "chosen"))
        if read_text(event, "voted"):
            return {self.desk: gr.update(trouble=render_next_question(chosen, language))}
        empty = Wall(count=self.battles.images(chosen), language=language).value
        desk = Desk(chosen, language=language)
        return {self.wall: empty, self.desk: gr.update(value=desk.value, trouble="")}

    def retry(self, event: gr.EventData, request: gr.Request, profile: gr.OAuthProfile | None) -> Iterator[Updates]:
        """Draw the pictures that failed again, on both sides."""
        with show_errors(get_language(request)):
            token, criterion = read_text(event, "token"), parse_enum(Criterion, read_text(event, "criterion"))
            rater = self.hall.visitors.rater(request, profile)
            jobs = self.battles.redraw(token, rater)
        prompt = next(iter(jobs.values())).request.prompt
        yield from self._follow(rater, token, prompt, criterion, jobs, request)

    def vote(self, event: gr.EventData, request: gr.Request, profile: gr.OAuthProfile | None) -> Updates:
        """Save the vote, then show the names, or that they come later."""
        token = read_text(event, "token")
        try:
            outcome, tags = (
                parse_enum(Outcome, read_text(event, "outcome")),
                [parse_enum(Tag, tag) for tag in read_list(event, "tags")],
            )
            rater = self.hall.visitors.rater(request, profile)
            vote = self.battles.vote(token, rater, outcome, tags)
            return self._after(token, vote, self.battles.told(token, rater), get_language(request))
        except HubError as error:
            return {self.desk: self._tell(error, request)}

    def names(self, event: gr.EventData, request: gr.Request, profile: gr.OAuthProfile | None) -> Updates:
        """Show the names that would have come later."""
        token = read_text(event, "token")
        try:
            own, *before = self.battles.told(token, self.hall.visitors.rater(request, profile), asked=True)
        except HubError as error:
            return {self.desk: self._tell(error, request)}
        return self._after(token, own, [own, *before], get_language(request))

    def _tell(self, error: HubError, request: gr.Request) -> Any:
        """Return the desk's update that says why something can't be done."""
        return gr.update(trouble=render_trouble(get_language(request).tell(error.sentence)))

    def _after(self, token: str, vote: Vote, votes: Sequence[Vote], language: Language) -> Updates:
        """Return the page's updates after a vote: the names of ``votes``, or that its own come later."""
        now = vote in votes
        before = "".join(render_earlier(one, self._receipt(one), language) for one in votes if one.id != vote.id)
        own = self._receipt(vote) if now else None
        desk = Desk(
            vote.criterion,
            vote.prompt,
            token,
            outcome=vote.outcome,
            receipt=own,
            withheld=not now,
            earlier=before,
            language=language,
        )
        updates: Updates = {self.desk: gr.update(value=desk.value, trouble="")}
        if now:
            a, b = markup.render_named(vote.a, language), markup.render_named(vote.b, language)
            updates[self.wall] = gr.update(names={"token": token, "a": a, "b": b})
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
        with show_errors(get_language(request)):
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
        language, count = get_language(request), self.battles.images(criterion)
        wall, seen, sent = Wall(token, prompt, count, language), (0, 0.0), time.monotonic()
        showing = Showing(self.hall, self.pace, rater, token, request.session_hash or "", language)
        desk = gr.update(value=Desk(criterion, prompt, token, language=language).value, trouble="")
        yield {self.wall: wall.value, self.desk: desk}
        for beat in showing.beats(jobs, 2 * count):
            if (beat.place, beat.share) != seen or time.monotonic() - sent >= PULSE:
                seen, sent = (beat.place, beat.share), time.monotonic()
                wall.progress(*seen)
                yield {self.wall: wall.value, self.desk: gr.skip()}
        with show_errors(get_language(request)):
            if showing.trouble:
                wall.fail(showing.trouble)
            else:
                wall.hang(showing.hang())
            ready = self.battles.ready(token, rater)
        held = showing.trouble is Trouble.held
        done = Desk(criterion, prompt, token, ready=ready, held=held, language=language)
        yield {self.wall: wall.value, self.desk: gr.update(value=done.value, trouble="")}
        yield {self.wall: gr.skip(), self.desk: gr.skip()}  # the last message repeats the one before it: make it short


def _list_questions(language: Language) -> list[tuple[str, str]]:
    """Return the questions as choices, each with what stands for it in events."""
    return [(language.tell(question), str(criterion)) for criterion, question in QUESTIONS.items()]
