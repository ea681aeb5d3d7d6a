"""The wall: the pictures of a battle, two panels side by side, as one component.

One component instead of one for each picture, label and button keeps events small: the server sends what changed
of its value only, and the page changes only those nodes.
"""

from collections.abc import Mapping
from typing import Any

from hub.battle import Slot
from hub.schema import Side
from hub.ui import markup

UNDRAWN = "could not be drawn"  # the reason may name the generator, so it stays in the server's log
HELD = "held back by the picture filter: draw another battle"
RETRY = (
    '<button type="button" class="vs-button vs-retry" id="retry-{0}" data-event="retry" data-side="{0}">{1}</button>'
)

# Evaluated by the page with ``value`` and ``names``; no text of a user's is part of it.
TEMPLATE = """<div class="vs-wall">${["a", "b"].map((side) => `
<section class="vs-panel" id="side-${side}" aria-label="Side ${side.toUpperCase()}">
<div id="side-${side}-status">${value[side].status}</div>
<div id="side-${side}-image" class="vs-grid vs-grid-${value[side].cells.length}">${value[side].cells.join("")}</div>
<div id="side-${side}-card">${names.token === value.token ? names[side] : ""}</div>
<div>${value[side].foot}</div></section>`).join("")}</div>"""
NO_NAMES = {"token": "none", "a": "", "b": ""}


class _Panel:
    """One side: how far each of its pictures is."""

    def __init__(self, side: Side, prompt: str, count: int) -> None:
        self.side, self.prompt = side, prompt
        self.cells = [markup.frame()] * count
        self.shares = [0.0] * count
        self.trouble = ""
        self.place = 0  # in the queue

    def show(self, number: int, png: bytes) -> None:
        """Hang a picture."""
        heading, count = self.side.upper(), len(self.cells)
        which = f"Picture {heading}" if count == 1 else f"Picture {number + 1} of {count} of set {heading}"
        self.cells[number] = markup.frame(png, f"{which} for the prompt: {self.prompt}")
        self.shares[number] = 1.0

    @property
    def value(self) -> dict[str, Any]:
        """What the page gets."""
        heading, count, share = self.side.upper(), len(self.shares), sum(self.shares) / max(len(self.shares), 1)
        foot = ""
        if self.trouble:
            status = markup.status(heading, self.trouble, share, "failed")
            foot = RETRY.format(self.side, "Try this side again") if self.trouble == UNDRAWN else ""
        elif not self.prompt:
            status = markup.status(heading, "")
        elif share == 1.0:
            status = markup.status(heading, "done", share, "done")
        elif not share:
            status = markup.waiting(heading, self.place)
        elif count == 1:
            status = markup.drawing(heading, share)
        else:
            there = sum(share == 1.0 for share in self.shares)
            status = markup.status(heading, f"{there} of {count} drawn", share)
        return {"status": status, "cells": list(self.cells), "foot": foot}


class Wall:
    """What one battle's page shows; an empty one without a token."""

    def __init__(self, token: str = "", prompt: str = "", count: int = 1, shown: Mapping[Slot, bytes] | None = None):
        self.token = token
        self._panels = {side: _Panel(side, prompt, count) for side in Side}
        for slot, png in (shown or {}).items():
            self.show(slot, png)

    def progress(self, slot: Slot, share: float) -> None:
        """A picture is being drawn; it is done only when it is shown."""
        self._panels[slot.side].shares[slot.number] = min(max(share, 0.01), 0.99)

    def queue(self, place: int) -> None:
        """What is not begun waits at this place, the same for both sides."""
        for panel in self._panels.values():
            panel.place = place

    def show(self, slot: Slot, png: bytes) -> None:
        """A picture is there."""
        self._panels[slot.side].show(slot.number, png)

    def fail(self, slot: Slot, trouble: str) -> None:
        """A picture won't come; what the filter held back outweighs what can be drawn again."""
        panel = self._panels[slot.side]
        panel.trouble = HELD if HELD in {trouble, panel.trouble} else trouble

    @property
    def complete(self) -> bool:
        """Whether every picture hangs."""
        return all(share == 1.0 for panel in self._panels.values() for share in panel.shares)

    @property
    def held(self) -> bool:
        """Whether the picture filter ended this battle."""
        return any(panel.trouble == HELD for panel in self._panels.values())

    @property
    def value(self) -> dict[str, Any]:
        """What the page gets: a new object each time, because the changes to the last one are what is sent."""
        return {"token": self.token, **{str(side): panel.value for side, panel in self._panels.items()}}
