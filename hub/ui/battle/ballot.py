"""The desk below the wall: the question, the vote's buttons and tags, the thanks and the receipt, as one component."""

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

from hub.generators.former import label_of
from hub.receipt import Receipt
from hub.schema import QUESTIONS, TAGS, Criterion, Outcome, Tag, Vote

BUTTONS = {
    Outcome.a: "A is better",
    Outcome.b: "B is better",
    Outcome.tie: "Tie",
    Outcome.both_bad: "Both bad",
}
SAID = {
    Outcome.a: "You preferred A.",
    Outcome.b: "You preferred B.",
    Outcome.tie: "You called it a tie.",
    Outcome.both_bad: "You found both bad.",
}
WORDS = {
    Tag.sharpness: "sharper",
    Tag.composition: "composition",
    Tag.colours: "colours",
    Tag.fewer_flaws: "fewer flaws",
    Tag.objects: "right objects",
    Tag.attributes: "right details",
    Tag.placement: "right places",
    Tag.style: "style",
    Tag.shapes: "shapes",
    Tag.layouts: "layouts",
}
NEXT = (
    '<button type="button" class="vs-button vs-primary vs-next" id="next-battle" data-event="next_battle">'
    "Next battle</button>"
)
LATER = (
    '<p class="vs-receipt" id="later">The names come with a later battle. '
    '<button type="button" class="vs-link" id="names" data-event="names">Show them now</button></p>'
)
TEMPLATE = "${value.html}${trouble}"  # evaluated by the page; no text of a user's is part of it


def render_trouble(sentence: str) -> str:
    """Return the HTML that says why a vote was not taken; Gradio itself shows no errors of events past its queue."""
    return f'<p class="vs-trouble" id="trouble" role="alert">{escape(sentence)}</p>'


def render_next_question(criterion: Criterion) -> str:
    """Return the HTML of the next battle's question, where another one was chosen after a vote."""
    return f'<p class="vs-receipt" id="next-question" role="status">The next battle asks: {QUESTIONS[criterion]}</p>'


def _render_votes(ready: bool, chosen: Outcome | None) -> str:
    off = "" if ready else " disabled"
    return "".join(
        f'<button type="button" class="vs-button{" vs-chosen" if outcome is chosen else ""}" id="vote-{outcome}" '
        f'data-event="vote" data-outcome="{outcome}"{off}>{text}</button>'
        for outcome, text in BUTTONS.items()
    )


def _render_tags(criterion: Criterion) -> str:
    boxes = "".join(
        f'<label class="vs-tag"><input type="checkbox" value="{tag}"><span>{WORDS[tag]}</span></label>'
        for tag in TAGS[criterion]
    )
    return f'<fieldset class="vs-tags" id="tags"><legend>Because of (if you like)</legend>{boxes}</fieldset>'


def _render_link(receipt: Receipt, text: str) -> str:
    """Return a link that contains the receipt as a file."""
    code = base64.b64encode(receipt.model_dump_json(indent=1).encode()).decode()
    name = escape(f"receipt-{receipt.vote}.json")
    return f'<a download="{name}" href="data:application/json;base64,{code}">{text}</a>'


def render_receipt(receipt: Receipt) -> str:
    """Return the HTML of the receipt's link, and how to draw the pictures again with it."""
    return (
        f'<p class="vs-receipt" id="receipt">{_render_link(receipt, "Download the receipt")} and draw these pictures '
        f"again with <code>python -m hub.receipt replay {escape(f'receipt-{receipt.vote}.json')}</code></p>"
    )


def render_earlier(vote: Vote, receipt: Receipt | None) -> str:
    """Return the HTML that tells the names of an earlier vote, which were withheld until now."""
    a, b = (escape(label_of(side[0].generator).title) for side in (vote.a, vote.b))
    link = f" {_render_link(receipt, 'Its receipt')}" if receipt else ""
    said = f"Kept back until now, of “{escape(vote.prompt)}”: A was {a}, B was {b}. {SAID[vote.outcome]}"
    return f'<p class="vs-receipt vs-earlier">{said}{link}</p>'


@dataclass(frozen=True)
class Desk:
    """The ballot of one battle, before its vote (``ready`` or not) and after it (``outcome``).

    ``withheld``: the names come later. ``earlier``: HTML that tells those of earlier votes.
    """

    criterion: Criterion
    prompt: str = ""
    token: str = ""
    ready: bool = False
    held: bool = False
    outcome: Outcome | None = None
    receipt: Receipt | None = None
    withheld: bool = False
    earlier: str = ""

    @property
    def value(self) -> dict[str, Any]:
        """Return what the page gets; events send back all but the HTML."""
        facts = {"token": self.token, "criterion": str(self.criterion), "prompt": escape(self.prompt)}
        return facts | {"voted": self.outcome is not None, "html": "".join(self._pieces())}

    def _pieces(self) -> Sequence[str]:
        votes = (
            f'<div class="vs-votes" role="group" aria-label="Your vote">{_render_votes(self.ready, self.outcome)}</div>'
        )
        if self.outcome is None:
            question = f'<h2 class="vs-question" id="verdict">{QUESTIONS[self.criterion]}</h2>'
            return question, votes, NEXT if self.held else _render_tags(self.criterion)
        thanks = f"{SAID[self.outcome]} Thank you, your vote is saved."
        return (
            f'<h2 class="vs-question vs-thanks" id="verdict" role="status">{thanks}</h2>',
            votes,
            NEXT,
            LATER if self.withheld else render_receipt(self.receipt) if self.receipt else "",
            self.earlier,
        )
