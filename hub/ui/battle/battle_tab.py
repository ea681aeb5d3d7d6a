"""The blind battle: nothing that this tab sends to a page names a generator before the vote is on disk.

What a page knows of a battle is its signed token, which comes back with every event; who drew what, from which seeds,
stays here. The question that is chosen above is the one of the battle below: to choose another draws another battle.
"""

import logging
import time
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import gradio as gr

from hub.battle import Slot, SlotDrawing
from hub.errors import HubError
from hub.language.catalogue import Language
from hub.language.sentence import Sentence
from hub.questions import QUESTIONS
from hub.raters import Rater
from hub.schema import WORDINGS, Criterion
from hub.ui import markup
from hub.ui.battle.ballot import TEMPLATE as DESK
from hub.ui.battle.ballot import Desk, render_trouble
from hub.ui.battle.ballots import Ballots
from hub.ui.battle.beginning import BegunBattle
from hub.ui.battle.consent import SCRIPT as CONSENTING
from hub.ui.battle.consent import render_consent_dialog
from hub.ui.battle.event_fields import is_given, is_same_prompt, parse_enum, read_text, read_wording
from hub.ui.battle.own_panel import OwnPanel
from hub.ui.battle.pace import Pace
from hub.ui.battle.showing import Hall, Showing
from hub.ui.battle.wall import NO_NAMES, Trouble, Wall
from hub.ui.battle.wall import TEMPLATE as WALL
from hub.ui.drawing import PULSE
from hub.ui.field_notes import at_field
from hub.ui.parts import DRAWINGS, Ask, Updates, show_errors
from hub.ui.picture_slider import render_slide_dialog
from hub.ui.translated_page import Said, TranslatedBlocks
from hub.ui.visitor_language import get_language

log = logging.getLogger(__name__)
SCRIPT = (Path(__file__).parent / "battle.js").read_text(encoding="utf-8")
LOOKING = (Path(__file__).parent / "looking.js").read_text(encoding="utf-8")


class BattleTab:
    """The battle tab: its components and event handlers; it builds itself into the Blocks that is open."""

    def __init__(self, hall: Hall, page: TranslatedBlocks) -> None:
        self.hall, self.battles, self.pace = hall, hall.battles, Pace(hall.rng)
        with gr.Row(elem_classes="vs-ask"):
            self.ask = Ask.build(page, hall.prompts, "battle")
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
        asking: Mapping[str, Said] = {"value": partial(render_consent_dialog, hall.consent)}
        self.consent = page.build(gr.HTML, asking, elem_id="battle-consent", **parts | {"js_on_load": CONSENTING})
        parts["js_on_load"] = LOOKING
        page.build(gr.HTML, {"value": render_slide_dialog}, elem_id="battle-over", **parts)
        page.build(gr.HTML, {"value": markup.render_keys})
        OwnPanel(page, hall.visitors, hall.own)
        self.ballots = Ballots(hall, self.wall, self.desk, self._hang)
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
        self.desk.open(self.open, None, api_name="open", **every | {"queue": False})
        saved = shown | {"outputs": [self.wall, self.desk], "queue": False}
        for name in ("vote", "undo", "reveal", "names", "choose"):
            getattr(self.desk, name)(getattr(self.ballots, name), None, api_name=name, **saved)
        told = {"queue": False, "api_name": "consent", "trigger_mode": "multiple"}
        self.consent.consent(self.ballots.note_consent, None, None, **shown | told)
        saved["trigger_mode"] = "multiple"  # in any order: each says which comes last
        self.desk.reasons(self.ballots.give_reasons, None, api_name="reasons", **saved)

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
        with show_errors(get_language(request)), at_field("battle-prompt"):
            rater = self.hall.visitors.rater(request, profile)
            begun = self.hall.beginning.draw(rater, request.session_hash or "", prompt, criterion, image)
        yield from self._show(rater, begun, request)

    def draw_worded(
        self, prompts: tuple[str, str], request: gr.Request, profile: gr.OAuthProfile | None
    ) -> Iterator[Updates]:
        """Start a battle on two wordings of one idea, and show it."""
        with show_errors(get_language(request)):
            rater = self.hall.visitors.rater(request, profile)
            begun = self.hall.beginning.draw_worded(rater, *prompts)
        yield {self.ask.prompt: begun.prompt, self.question: str(begun.criterion)}
        yield from self._show(rater, begun, request)

    def next_battle(
        self, prompt: str, question: str, event: gr.EventData, request: gr.Request, profile: gr.OAuthProfile | None
    ) -> Iterator[Updates]:
        """Start the next battle; where no prompt or question was chosen, it may show an earlier one again."""
        beginning, criterion = self.hall.beginning, Criterion(question)
        with show_errors(get_language(request)), at_field("battle-prompt"):
            rater = self.hall.visitors.rater(request, profile)
            earlier = self.ballots.tell_last(event, rater, get_language(request))
            same = is_same_prompt(event, prompt) and read_text(event, "criterion") == question
            if is_given(event, prompt):
                begun = beginning.give(rater, criterion)
            elif same and (wording := read_wording(event)):
                begun = beginning.draw_next_worded(rater, prompt, wording)
            else:
                begun = beginning.draw_next(rater, request.session_hash or "", prompt, criterion, same)
        yield from self._show(rater, begun, request, earlier)

    def ask_other(
        self, prompt: str, event: gr.EventData, request: gr.Request, profile: gr.OAuthProfile | None
    ) -> Iterator[Updates]:
        """Start a battle that asks another question, which was chosen while a battle is open.

        Where none can be drawn, the open battle stays, and its question is the chosen one again.
        """
        try:
            chosen = parse_enum(Criterion, read_text(event, "chosen"))
            rater = self.hall.visitors.rater(request, profile)
            if is_given(event, prompt):
                begun = self.hall.beginning.give(rater, chosen)
            else:
                begun = self.hall.beginning.draw(rater, request.session_hash or "", prompt, chosen)
        except HubError as error:
            trouble = render_trouble(get_language(request).tell(error.sentence))
            yield {self.question: read_text(event, "criterion"), self.desk: gr.update(trouble=trouble)}
            return
        yield from self._show(rater, begun, request)

    def open(self, request: gr.Request, profile: gr.OAuthProfile | None) -> Updates:
        """Show the battle that this browser has open, else one that was drawn ahead; without either, nothing."""
        try:
            rater = self.hall.visitors.rater(request, profile)
            if begun := self.hall.beginning.open(rater):
                return {**self._hang(rater, begun, request), self.question: str(begun.criterion)}
        except HubError as error:  # a visitor who asked for nothing hears of no trouble
            log.info("a page opens without a battle: %s", error)
        return {self.wall: gr.skip(), self.desk: gr.skip(), self.question: gr.skip()}

    def retry(self, event: gr.EventData, request: gr.Request, profile: gr.OAuthProfile | None) -> Iterator[Updates]:
        """Draw the pictures that failed again, on both sides."""
        with show_errors(get_language(request)):
            token, criterion = read_text(event, "token"), parse_enum(Criterion, read_text(event, "criterion"))
            rater = self.hall.visitors.rater(request, profile)
            jobs = self.battles.redraw(token, rater)
            prompt, *others = (one.prompt for one in self.battles.requests(token, rater))
        begun = BegunBattle(token, prompt, criterion, bool(read_text(event, "given")), wording="".join(others))
        yield from self._follow(rater, begun, jobs, request)

    def _show(self, rater: Rater, begun: BegunBattle, request: gr.Request, earlier: str = "") -> Iterator[Updates]:
        with show_errors(get_language(request)):
            jobs = self.battles.jobs(begun.token, rater)
        if begun.whole and not jobs:
            with show_errors(get_language(request)):
                yield self._hang(rater, begun, request, earlier)
        else:
            yield from self._follow(rater, begun, jobs, request, earlier)

    def _hang(self, rater: Rater, begun: BegunBattle, request: gr.Request, earlier: str = "") -> Updates:
        """Return the page's updates that hang a whole battle, which had no progress to show."""
        language, page = get_language(request), request.session_hash or ""
        showing = Showing(self.hall, self.pace, rater, begun.token, page, language)
        wall = self._make_wall(rater, begun, language)
        showing.wait(begun.since)
        wall.hang(showing.hang())
        self.hall.beginning.follow(page, begun)
        desk = Desk.of(begun, language, ready=True, earlier=earlier)
        return {self.wall: wall.value, self.desk: gr.update(value=desk, trouble="")}

    def _make_wall(self, rater: Rater, begun: BegunBattle, language: Language) -> Wall:
        """Return the wall of a battle whose pictures are not hung yet."""
        return Wall(begun.token, self.battles.requests(begun.token, rater), self._count(begun), language)

    def _count(self, begun: BegunBattle) -> int:
        """Return how many pictures a side a battle has."""
        return WORDINGS if begun.wording else self.battles.images(begun.criterion)

    def _follow(
        self,
        rater: Rater,
        begun: BegunBattle,
        jobs: Mapping[Slot, SlotDrawing],
        request: gr.Request,
        earlier: str = "",
    ) -> Iterator[Updates]:
        """Show the progress of both sides, then both sides at once."""
        language, count = get_language(request), self._count(begun)
        page = request.session_hash or ""
        with show_errors(language):
            wall = self._make_wall(rater, begun, language)
        seen, sent = (0, 0.0), time.monotonic()
        showing = Showing(self.hall, self.pace, rater, begun.token, page, language)
        desk = Desk.of(begun, language, earlier=earlier)
        yield {self.wall: wall.value, self.desk: gr.update(value=desk, trouble="")}
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
                self.hall.beginning.follow(page, begun)
            ready = self.battles.ready(begun.token, rater)
        desk = Desk.of(begun, language, ready=ready, held=showing.trouble is Trouble.held, earlier=earlier)
        yield {self.wall: wall.value, self.desk: gr.update(value=desk, trouble="")}
        yield {self.wall: gr.skip(), self.desk: gr.skip()}  # the last message repeats the one before it: make it short


def _list_questions(language: Language) -> list[tuple[str, str]]:
    """Return the questions as choices, each with what stands for it in events."""
    return [(language.tell(question), str(criterion)) for criterion, question in QUESTIONS.items()]
