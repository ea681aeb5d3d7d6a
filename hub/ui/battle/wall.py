"""The wall: the pictures of a battle, two panels side by side, as one component.

One component instead of one for each picture, label and button keeps events small: the server sends what changed
of its value only, and the page changes only those nodes. Until both sides are hung nothing on it differs by side.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from hub.battle import Slot
from hub.schema import Side
from hub.ui import markup


class Trouble(StrEnum):
    """Why a battle can't be hung."""

    undrawn = "undrawn"  # the reason may name the generator, so it stays in the server's log
    held = "held"


TOLD = {
    Trouble.undrawn: "could not be drawn",
    Trouble.held: "held back by the picture filter: draw another battle",
}
HINT = "Say what the picture should show, then press Draw."
RETRY = '<button type="button" class="vs-button vs-retry" id="retry" data-event="retry">Try again</button>'

# Evaluated by the page with ``value`` and ``names``; no text of a user's is part of it.
TEMPLATE = """<div id="wall-status">${value.status}</div>
<div class="vs-wall">${["a", "b"].map((side) => `
<section class="vs-panel" id="side-${side}" aria-label="Side ${side.toUpperCase()}">
<div class="vs-status"><strong>${side.toUpperCase()}</strong></div>
<div id="side-${side}-image" class="vs-grid vs-grid-${value[side].length}">${value[side].join("")}</div>
<div id="side-${side}-card" class="vs-names">${names.token === value.token ? names[side] : ""}</div>
</section>`).join("")}</div>
${value.foot}"""
NO_NAMES = {"token": "none", "a": "", "b": ""}


class Wall:
    """The state of one battle's wall, empty without a token; ``count`` is the pictures a side."""

    def __init__(self, token: str = "", prompt: str = "", count: int = 1) -> None:
        self.token, self.prompt, self.count = token, prompt, count
        self._cells = {side: [markup.render_frame()] * count for side in Side}
        self._heading = "Both pictures" if count == 1 else "Both sets"
        self._status = markup.render_waiting(self._heading) if token else markup.render_status(self._heading, HINT)
        self._foot = ""

    def progress(self, place: int, share: float) -> None:
        """Show the progress of both sides."""
        going = share and not place
        self._status = (
            markup.render_drawing(self._heading, share) if going else markup.render_waiting(self._heading, place, share)
        )

    def hang(self, addresses: Mapping[Slot, str]) -> None:
        """Hang all pictures at once."""
        for slot, address in addresses.items():
            heading = slot.side.upper()
            which = f"{slot.number + 1} of {self.count} of set {heading}" if self.count > 1 else heading
            alt = f"Picture {which} for the prompt: {self.prompt}"
            self._cells[slot.side][slot.number] = markup.render_frame(address, alt)
        self._status = markup.render_status(self._heading, "done", 1.0, "done")

    def fail(self, trouble: Trouble) -> None:
        """Say that the battle can't be hung; which side is why would be a hint at its generator."""
        self._status = markup.render_status(self._heading, TOLD[trouble], 0.0, "failed")
        self._foot = RETRY if trouble is Trouble.undrawn else ""

    @property
    def value(self) -> dict[str, Any]:
        """Return what the page gets: a new object each time, because the changes to the last one are what is sent."""
        cells = {str(side): list(cells) for side, cells in self._cells.items()}
        return {"token": self.token, "status": self._status, "foot": self._foot} | cells
