"""The wall: the pictures of a battle, two panels side by side, as one component.

One component instead of one for each picture, label and button keeps events small: the server sends what changed
of its value only, and the page changes only those nodes. Until both sides are hung nothing on it differs by side.
"""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from html import escape
from typing import Any

from hub.battle import Slot
from hub.japanese.read_requests import reading_of
from hub.language.catalogue import ENGLISH, Language
from hub.language.sentence import Sentence
from hub.schema import Request, Side
from hub.ui import markup


class Trouble(StrEnum):
    """Why a battle can't be hung."""

    undrawn = "undrawn"  # the reason may name the generator, so it stays in the server's log
    held = "held"


TOLD = {
    Trouble.undrawn: Sentence("could not be drawn"),
    Trouble.held: Sentence("held back by the picture filter: draw another battle"),
}

# Evaluated by the page with ``value`` and ``names``; no text of a user's is part of it.
TEMPLATE = """<div id="wall-status">${value.status}</div><div class="vs-look">${value.tools}</div>${value.reading}
<div class="vs-wall">${["a", "b"].map((side) => `
<section class="vs-panel" id="side-${side}" aria-label="${value.labels[side]}">
<div class="vs-status"><strong>${side.toUpperCase()}</strong></div>
<div id="side-${side}-image" class="vs-grid vs-grid-${value[side].length}">${value[side].join("")}</div>
<div id="side-${side}-card" class="vs-names">${names.token === value.token ? names[side] : ""}</div>
</section>`).join("")}</div>
${value.foot}"""
NO_NAMES = {"token": "none", "a": "", "b": ""}


class Wall:
    """The state of one battle's wall, empty without a token; ``count`` is the pictures a side.

    ``requests`` are what both sides are asked for: of two wordings, one for each picture, which are below them.
    """

    def __init__(
        self,
        token: str = "",
        requests: Sequence[Request] = (),
        count: int = 1,
        language: Language = ENGLISH,
    ) -> None:
        self.token, self.count, self._language, self._requests = token, count, language, requests
        self._worded = len(requests) > 1
        self._reading = "" if self._worded else "".join(_render_reading(one, language) for one in requests)
        self._cells = {side: [self._render_cell(number) for number in range(count)] for side in Side}
        self._heading = language.tell(_choose_heading(count, self._worded))
        self._status = markup.render_waiting(self._heading, language=language)
        if not token:
            self._say(language.gettext("Say what the picture should show, then press Draw."))
        self._foot = self._tools = ""

    def progress(self, place: int, share: float) -> None:
        """Show the progress of both sides."""
        if share and not place:
            self._status = markup.render_drawing(self._heading, share, self._language)
        else:
            self._status = markup.render_waiting(self._heading, place, share, self._language)

    def hang(self, addresses: Mapping[Slot, str]) -> None:
        """Hang all pictures at once."""
        for slot, address in addresses.items():
            said = self._language.gettext("Picture {side} for the prompt: {prompt}")
            if self.count > 1 and not self._worded:
                said = self._language.gettext("Picture {number} of {count} of set {side} for the prompt: {prompt}")
            place = {"side": slot.side.upper(), "number": slot.number + 1, "count": self.count}
            prompt = self._requests[slot.number if self._worded else 0].prompt
            alt = said.format(**place, prompt=prompt)  # a prompt stays as it was typed
            self._cells[slot.side][slot.number] = self._render_cell(slot.number, address, alt)
        self._say(self._language.gettext("done"), 1.0, "done")
        self._tools = _render_looks(self._language)

    def fail(self, trouble: Trouble) -> None:
        """Say that the battle can't be hung; which side is why would be a hint at its generator."""
        self._say(self._language.tell(TOLD[trouble]), tone="failed")
        again = escape(self._language.gettext("Try again"))
        retry = f'<button type="button" class="vs-button vs-retry" id="retry" data-event="retry">{again}</button>'
        self._foot = retry if trouble is Trouble.undrawn else ""

    def _render_cell(self, number: int, address: str = "", alt: str = "") -> str:
        """Return a frame, of two wordings with its own below it."""
        frame = markup.render_frame(address, alt)
        return markup.render_worded(frame, self._requests[number], self._language) if self._worded else frame

    def _say(self, text: str, share: float = 0.0, tone: str = "") -> None:
        self._status = markup.render_status(self._heading, text, share, tone, self._language)

    @property
    def value(self) -> dict[str, Any]:
        """Return what the page gets: a new object each time, because the changes to the last one are what is sent."""
        cells = {str(side): list(cells) for side, cells in self._cells.items()}
        labels = {str(side): self._language.gettext("Side {side}", side=side.upper()) for side in Side}
        return {
            "token": self.token,
            "status": self._status,
            "foot": self._foot,
            "labels": labels,
            "tools": self._tools,
            "reading": self._reading,
        } | cells


def _choose_heading(count: int, worded: bool) -> Sentence:
    if worded:
        return Sentence("Both sides")
    return Sentence("Both pictures") if count == 1 else Sentence("Both sets")


def _render_reading(request: Request, language: Language) -> str:
    return markup.render_reading(reading_of(request), language)


def _render_looks(language: Language) -> str:
    """Return the buttons for a closer look at both sides."""
    looks = [("farther", "−", Sentence("Smaller"), "-"), ("closer", "+", Sentence("Larger"), "+")]
    looks.append(("slide", "⇄", Sentence("Slide one over the other"), "S"))
    label = escape(language.gettext("A closer look"))
    buttons = "".join(
        f'<button type="button" class="vs-small" id="look-{name}" data-look="{name}" '
        f'aria-label="{escape(language.tell(said))}" title="{escape(language.tell(said))} ({key})" '
        f'aria-keyshortcuts="{key}"{" disabled" if name == "farther" else ""}>{sign}</button>'
        for name, sign, said, key in looks
    )
    return f'<div role="group" aria-label="{label}">{buttons}</div>'
