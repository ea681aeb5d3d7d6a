"""What a page does with a battle beside drawing it: the vote, its names, another question.

Nothing that these events send names a generator before the vote is on disk.
"""

import logging
import re
from collections.abc import Callable, Sequence
from contextlib import suppress
from html import unescape
from typing import Any

import gradio as gr

from hub.errors import BattleError, HubError
from hub.language.catalogue import Language
from hub.raters import Rater
from hub.receipt import Receipt, receipt
from hub.schema import Criterion, Outcome, Tag, Vote
from hub.ui import markup
from hub.ui.battle.after_vote import render_after
from hub.ui.battle.ballot import Desk, render_earlier, render_kept, render_next_question, render_trouble
from hub.ui.battle.beginning import BegunBattle
from hub.ui.battle.consent import check_consent
from hub.ui.battle.event_fields import parse_enum, read_list, read_text, read_wording
from hub.ui.battle.showing import Hall
from hub.ui.battle.wall import Wall
from hub.ui.parts import Updates, show_errors
from hub.ui.visitor_language import get_language

TURN = re.compile("[0-9]{1,9}")
OVER = ("expired", "forgotten")  # kinds of errors of a battle that takes no vote any more
log = logging.getLogger(__name__)
Hang = Callable[[Rater, BegunBattle, gr.Request], Updates]


class Ballots:
    """The handlers of these events, whose answers are updates of the wall and the desk."""

    def __init__(self, hall: Hall, wall: gr.HTML, desk: gr.HTML, hang: Hang) -> None:
        self._hall, self._wall, self._desk, self._hang = hall, wall, desk, hang

    def vote(self, event: gr.EventData, request: gr.Request, profile: gr.OAuthProfile | None) -> Updates:
        """Save the vote, then show the names, or that they come later: where it can be taken back, when it no more can.

        A page that does not say that it offers ``undo`` gets the names at once; one that does not say what its visitor
        ``agreed`` to is refused. A vote that comes again, because its answer was lost on the way, is answered again and
        counted once.
        """
        token, undoable = read_text(event, "token"), bool(read_text(event, "undo"))
        try:
            check_consent(self._hall.consent, read_text(event, "agreed"))
            outcome, tags = parse_enum(Outcome, read_text(event, "outcome")), _read_tags(event)
            rater = self._hall.visitors.rater(request, profile)
            vote, undoable = self._take(token, rater, outcome, tags, undoable)
            if undoable:
                return self._after(event, vote, (), get_language(request), undoable=True)
            return self._after(event, vote, self._hall.battles.told(token, rater), get_language(request))
        except HubError as error:
            return {self._desk: self._refuse(event, error, request)}

    def _take(
        self, token: str, rater: Rater, outcome: Outcome, tags: Sequence[Tag], undoable: bool
    ) -> tuple[Vote, bool]:
        """Save a vote and return it, and whether it can be taken back.

        Of a battle that has the same one already, return that; it may be the second of two clicks.
        """
        try:
            vote = self._hall.battles.vote(token, rater, outcome, tags, undoable)
        except BattleError:
            given = self._hall.battles.given(token, rater)
            if given is None or given.outcome is not outcome:
                raise
            if undoable and self._hall.battles.undoable(token, rater):
                return given, True
            return self._hall.battles.settle(token, rater), False
        self._hall.own.add(rater, 1)
        return vote, undoable

    def note_consent(self, event: gr.EventData) -> None:
        """Count that consent was asked for, or the answer; of whom is not asked."""
        self._hall.battles.note_consent(read_text(event, "answer"))

    def give_reasons(self, event: gr.EventData, request: gr.Request, profile: gr.OAuthProfile | None) -> Updates:
        """Save the reasons of a vote that can still be taken back, and say so."""
        try:
            rater = self._hall.visitors.rater(request, profile)
            turn = read_text(event, "turn")
            said = _read_tags(event), int(turn) if TURN.fullmatch(turn) else 0
            self._hall.battles.give_reasons(read_text(event, "token"), rater, *said)
        except HubError as error:
            return {self._desk: self._tell(error, request)}
        return {self._desk: gr.update(trouble=render_kept(get_language(request)))}

    def undo(self, event: gr.EventData, request: gr.Request, profile: gr.OAuthProfile | None) -> Updates:
        """Take the vote back, and let the same pictures be voted on again."""
        try:
            rater = self._hall.visitors.rater(request, profile)
            token, vote = self._hall.battles.undo(read_text(event, "token"), rater)
            self._hall.own.add(rater, -1)
            given = bool(read_text(event, "given"))
            return self._hang(rater, self._hall.beginning.resume(rater, token, vote, given), request)
        except HubError as error:
            return {self._desk: self._tell(error, request)}

    def reveal(self, event: gr.EventData, request: gr.Request, profile: gr.OAuthProfile | None) -> Updates:
        """Show the names, as the vote is not to be taken back any more."""
        token = read_text(event, "token")
        try:
            rater = self._hall.visitors.rater(request, profile)
            vote = self._hall.battles.settle(token, rater)
            return self._after(event, vote, self._hall.battles.told(token, rater), get_language(request))
        except HubError as error:
            return {self._desk: self._tell(error, request)}

    def tell_last(self, event: gr.EventData, rater: Rater, language: Language) -> str:
        """Return the HTML that tells who painted the last battle, where its rater went on before it was told."""
        token = read_text(event, "token")
        if read_text(event, "undo"):
            with suppress(HubError):  # it is not known any more
                self._hall.battles.settle(token, rater)
                told = self._hall.battles.told(token, rater)
                return "".join(render_earlier(one, self._receipt(one), language) for one in told)
        return ""

    def names(self, event: gr.EventData, request: gr.Request, profile: gr.OAuthProfile | None) -> Updates:
        """Show the names that would have come later."""
        token = read_text(event, "token")
        try:
            own, *before = self._hall.battles.told(token, self._hall.visitors.rater(request, profile), asked=True)
        except HubError as error:
            return {self._desk: self._tell(error, request)}
        return self._after(event, own, [own, *before], get_language(request))

    def _refuse(self, event: gr.EventData, error: HubError, request: gr.Request) -> Any:
        """Return the desk's update that says why a vote was not taken; of a battle that is over, offer the next one."""
        told, asked = self._tell(error, request), read_text(event, "criterion")
        if isinstance(error, BattleError) and error.kind in OVER and asked in list(Criterion):
            prompt, given = unescape(read_text(event, "prompt")), bool(read_text(event, "given"))
            worded, language = read_wording(event), get_language(request)
            desk = Desk(Criterion(asked), prompt, wording=worded, held=True, given=given, language=language)
            told["value"] = desk.value
        return told

    def _tell(self, error: HubError, request: gr.Request) -> Any:
        """Return the desk's update that says why something can't be done."""
        return gr.update(trouble=render_trouble(get_language(request).tell(error.sentence)))

    def _after(
        self, event: gr.EventData, vote: Vote, votes: Sequence[Vote], language: Language, undoable: bool = False
    ) -> Updates:
        """Return the page's updates after a vote: the names of ``votes``, or that its own come later."""
        token = read_text(event, "token")
        now = vote in votes
        before = "".join(render_earlier(one, self._receipt(one), language) for one in votes if one.id != vote.id)
        own = self._receipt(vote) if now else None
        desk = Desk(
            vote.criterion,
            vote.prompts[0],
            token,
            vote.prompts[1] if vote.worded else "",
            outcome=vote.outcome,
            receipt=own,
            withheld=not now,
            earlier=before,
            given=bool(read_text(event, "given")),
            undoable=undoable,
            tags=vote.tags,
            after=render_after(vote, self._hall.verdicts.others(vote), language) if now else "",
            language=language,
        )
        updates: Updates = {self._desk: gr.update(value=desk.value, trouble="")}
        if now:
            a, b = markup.render_named(vote.a, language), markup.render_named(vote.b, language)
            updates[self._wall] = gr.update(names={"token": token, "a": a, "b": b})
        return updates

    def _receipt(self, vote: Vote) -> Receipt | None:
        try:
            return receipt(vote, self._hall.store)
        except HubError:  # the vote is saved, and what is missing can be brought back
            log.exception("vote %s has no receipt", vote.id)
            return None

    def choose(self, event: gr.EventData, request: gr.Request) -> Updates:
        """Show another question, which was chosen while no battle is open, or say that it comes next."""
        language = get_language(request)
        with show_errors(get_language(request)):
            chosen = parse_enum(Criterion, read_text(event, "chosen"))
        if read_text(event, "voted"):
            return {self._desk: gr.update(trouble=render_next_question(chosen, language))}
        empty = Wall(count=self._hall.battles.images(chosen), language=language).value
        desk = Desk(chosen, language=language)
        return {self._wall: empty, self._desk: gr.update(value=desk.value, trouble="")}


def _read_tags(event: gr.EventData) -> list[Tag]:
    """Return the reasons that are ticked. Raises: BattleError for what is none."""
    return [parse_enum(Tag, tag) for tag in read_list(event, "tags")]
