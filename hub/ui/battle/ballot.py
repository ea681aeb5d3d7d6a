"""The desk below the wall: the question, the vote's buttons and tags, the thanks and the receipt, as one component."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

from hub.battle import voting
from hub.generators.former import label_of
from hub.language.catalogue import ENGLISH, Language
from hub.language.sentence import Sentence
from hub.questions import QUESTIONS, TAG_WORDS, TAGS, choose_question
from hub.receipt import Receipt
from hub.schema import Criterion, Outcome, Tag, Vote
from hub.ui.battle.beginning import BegunBattle
from hub.ui.markup import fill, render_receipt_link

BUTTONS = {
    Outcome.a: Sentence("A is better"),
    Outcome.b: Sentence("B is better"),
    Outcome.tie: Sentence("Tie"),
    Outcome.both_bad: Sentence("Both bad"),
}
SAID = {
    Outcome.a: Sentence("You preferred A."),
    Outcome.b: Sentence("You preferred B."),
    Outcome.tie: Sentence("You called it a tie."),
    Outcome.both_bad: Sentence("You found both bad."),
}
TEMPLATE = "${value.html}${trouble}"  # evaluated by the page; no text of a user's is part of it


def render_trouble(sentence: str) -> str:
    """Return the HTML that says why a vote was not taken; Gradio itself shows no errors of events past its queue."""
    return f'<p class="vs-trouble" id="trouble" role="alert">{escape(sentence)}</p>'


def render_next_question(criterion: Criterion, language: Language) -> str:
    """Return the HTML of the next battle's question, where another one was chosen after a vote."""
    said = language.gettext("The next battle asks: {question}", question=QUESTIONS[criterion])
    return f'<p class="vs-receipt" id="next-question" role="status">{escape(said)}</p>'


def _render_next(language: Language) -> str:
    said = escape(language.gettext("Next battle"))
    return (
        '<button type="button" class="vs-button vs-primary vs-next" id="next-battle" data-event="next_battle">'
        f"{said}</button>"
    )


def _render_later(language: Language) -> str:
    """Return the HTML that says that the names come later, with the button that shows them now."""
    said, show = language.gettext("The names come with a later battle."), language.gettext("Show them now")
    button = f'<button type="button" class="vs-link" id="names" data-event="names">{escape(show)}</button>'
    return f'<p class="vs-receipt" id="later">{escape(said)} {button}</p>'


def _render_undo(language: Language) -> str:
    """Return the HTML of the ways on from a vote that can be taken back: that, the next battle, or the names now."""

    def button(event: str, text: str, key: str) -> str:
        return (
            f'<button type="button" class="vs-button" id="{event}" data-event="{event}" aria-keyshortcuts="{key}">'
            f"{escape(text)}</button>"
        )

    undo, show = language.gettext("Undo"), language.gettext("Show them now")
    said = language.gettext("The names come in {seconds:.0f} seconds.", seconds=voting.UNDO)
    ways = f"{button('undo', undo, 'U')}{_render_next(language)}{button('reveal', show, 'R')}"
    return f'<div class="vs-after">{ways}</div><p class="vs-receipt" id="undoable">{escape(said)}</p>'


def _render_votes(ready: bool, chosen: Outcome | None, language: Language) -> str:
    off = "" if ready else " disabled"
    return "".join(
        f'<button type="button" class="vs-button{" vs-chosen" if outcome is chosen else ""}" id="vote-{outcome}" '
        f'data-event="vote" data-outcome="{outcome}"{off}>{escape(language.tell(text))}</button>'
        for outcome, text in BUTTONS.items()
    )


def render_kept(language: Language) -> str:
    """Return the HTML that says that the reasons of a vote are saved, and until when there may be more."""
    said = language.gettext("Saved. The names come {seconds:.0f} seconds after the last reason.", seconds=voting.UNDO)
    return f'<p class="vs-receipt" id="kept" role="status">{escape(said)}</p>'


def _render_tags(criterion: Criterion, language: Language, given: Sequence[Tag] = ()) -> str:
    boxes = "".join(
        f'<label class="vs-tag"><input type="checkbox" value="{tag}"{" checked" if tag in given else ""}>'
        f"<span>{escape(language.tell(TAG_WORDS[tag]))}</span></label>"
        for tag in TAGS[criterion]
    )
    legend = escape(language.gettext("Because of (if you like)"))
    return f'<fieldset class="vs-tags" id="tags"><legend>{legend}</legend>{boxes}</fieldset>'


def _render_skip(language: Language) -> str:
    """Return the HTML of the way on from a battle without a vote."""
    said = escape(language.gettext("Skip this battle"))
    return f'<button type="button" class="vs-link" id="skip" data-event="next_battle">{said}</button>'


def render_receipt(receipt: Receipt, language: Language) -> str:
    """Return the HTML of the receipt's link, and how to draw the pictures again with it."""
    said = fill(
        language.gettext("{link} and draw these pictures again with {command}"),
        link=render_receipt_link(receipt, f"receipt-{receipt.vote}.json", language.gettext("Download the receipt")),
        command=f"<code>python -m hub.receipt replay {escape(f'receipt-{receipt.vote}.json')}</code>",
    )
    return f'<p class="vs-receipt" id="receipt">{said}</p>'


def render_earlier(vote: Vote, receipt: Receipt | None, language: Language) -> str:
    """Return the HTML that tells the names of an earlier vote, which were withheld until now."""
    a, b = (escape(label_of(side[0].generator).title) for side in (vote.a, vote.b))
    text = language.gettext("Its receipt")
    link = f" {render_receipt_link(receipt, f'receipt-{receipt.vote}.json', text)}" if receipt else ""
    said = fill(
        language.gettext("Kept back until now, of “{prompt}”: A was {a}, B was {b}. {said}"),
        prompt=" / ".join(map(escape, vote.prompts)),
        a=a,
        b=b,
        said=escape(language.tell(SAID[vote.outcome])),
    )
    return f'<p class="vs-receipt vs-earlier">{said}{link}</p>'


@dataclass(frozen=True)
class Desk:
    """The ballot of one battle, before its vote (``ready`` or not) and after it (``outcome``).

    ``wording``: the other one of a prompt that is in two wordings. ``held``: it takes no vote, and the next one is
    offered. ``withheld``: the names come later. ``earlier``: HTML that tells those of earlier votes. ``given``: nobody
    chose the prompt. ``undoable``: the vote can be taken back, and its names are told when it no more can. ``after``:
    HTML that is told with the names. ``tags``: the reasons that came with the vote, which may be changed as long as it
    can be taken back.
    """

    criterion: Criterion
    prompt: str = ""
    token: str = ""
    wording: str = ""
    ready: bool = False
    held: bool = False
    outcome: Outcome | None = None
    receipt: Receipt | None = None
    withheld: bool = False
    earlier: str = ""
    given: bool = False
    undoable: bool = False
    after: str = ""
    tags: Sequence[Tag] = ()
    language: Language = ENGLISH

    @classmethod
    def of(
        cls, begun: BegunBattle, language: Language, ready: bool = False, held: bool = False, earlier: str = ""
    ) -> dict[str, Any]:
        """Return what the page gets of a battle before its vote."""
        facts = (begun.criterion, begun.prompt, begun.token, begun.wording)
        return cls(*facts, ready, held, earlier=earlier, given=begun.given, language=language).value

    @property
    def value(self) -> dict[str, Any]:
        """Return what the page gets; events send back all but the HTML."""
        facts: dict[str, Any] = {"token": self.token, "criterion": str(self.criterion), "prompt": escape(self.prompt)}
        facts |= {"given": "yes" if self.given else "", "undo": voting.UNDO if self.undoable else 0}
        facts["wording"] = escape(self.wording)
        return facts | {"voted": self.outcome is not None, "html": "".join(self._pieces())}

    def _pieces(self) -> Sequence[str]:
        language, label = self.language, escape(self.language.gettext("Your vote"))
        buttons = _render_votes(self.ready, self.outcome, language)
        votes = f'<div class="vs-votes" role="group" aria-label="{label}">{buttons}</div>'
        if self.outcome is None:
            question = escape(language.tell(choose_question(self.criterion, bool(self.wording))))
            tags = f"{_render_tags(self.criterion, language)}{_render_skip(language) if self.ready else ''}"
            below = _render_next(language) if self.held else f'<section class="vs-below">{tags}</section>'
            return f'<h2 class="vs-question" id="verdict">{question}</h2>', votes, below, self.earlier
        thanks = language.gettext("{said} Thank you, your vote is saved.", said=SAID[self.outcome])
        receipt = self.after + (render_receipt(self.receipt, language) if self.receipt else "")
        return (
            f'<h2 class="vs-question vs-thanks" id="verdict" role="status">{escape(thanks)}</h2>',
            votes,
            self._render_ways(),
            ("" if self.undoable else _render_later(language)) if self.withheld else receipt,
            self.earlier,
        )

    def _render_ways(self) -> str:
        """Return the ways on from a vote; while it can be taken back, its reasons too."""
        if not self.undoable:
            return _render_next(self.language)
        tags = _render_tags(self.criterion, self.language, self.tags)
        return f'{_render_undo(self.language)}<section class="vs-below">{tags}</section>'
