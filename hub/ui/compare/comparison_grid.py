"""The grid of a comparison as the page gets it: a column for each generator, a row for each prompt and seed."""

import time
from collections.abc import Sequence
from html import escape
from typing import Any

from hub.language.catalogue import ENGLISH, Language
from hub.language.sentence import Sentence
from hub.ui import markup
from hub.ui.drawing import LOADING

# Evaluated by the page with ``value``; places are numbers, and no text of a user's is part of it.
TEMPLATE = """<div class="vs-sheet-status">${value.status}</div>
<div class="vs-compare" data-empty="${value.heads.length ? "" : "1"}" data-turned="${value.turned}"
data-wide="${Math.max(value.heads.length, value.sides.length) > 4 ? 1 : ""}"
style="--columns:${value.heads.length};--rows:${value.sides.length}">
${value.heads.map((head, c) => `<div class="vs-compare-head"
style="--r:1;--c:${c + 2};--p:${value.places[c]}">${head}</div>`).join("")}
${value.sides.map((side, r) => `<div class="vs-compare-side" style="--r:${r + 2};--c:1;--p:1">${side}</div>` +
value.cells[r].map((cell, c) => `<figure style="--r:${r + 2};--c:${c + 2};--p:${value.places[c]}">${cell.frame}
<figcaption>${cell.note}</figcaption></figure>`).join("")).join("")}</div>
${value.foot}"""
MINUTE = 60


class ComparisonGrid:
    """The state of one comparison: a cell for each picture, empty at first; cells are numbered row by row.

    The last ``own`` columns are of pictures that are not drawn; on a narrow screen they stand first (``places``).
    """

    def __init__(
        self,
        titles: Sequence[str] = (),
        sides: Sequence[tuple[str, str, str]] = (),
        language: Language = ENGLISH,
        turned: bool = False,
        own: int = 0,
    ) -> None:
        """``turned``: rows are shown as columns.

        ``sides``: of each row the prompt, what it was read as (empty: it was not), and what is said of the seed.
        """
        self._titles, self._sides, self._language, self._turned = titles, sides, language, turned
        drawn = len(titles) - own
        self._places = [*range(2 + own, 2 + len(titles)), *range(2, 2 + own)]
        self._begun, self._done, self._count = time.monotonic(), 0, drawn * len(sides)
        self._heads = [f"<strong>{escape(title)}</strong>" for title in titles]
        for column in range(drawn, len(titles)):
            self.head(column, [language.gettext("your pictures")])
        queued = _render_note(language.gettext("queued"))
        self._cells = [
            {"frame": markup.render_frame(), "note": queued if column < drawn else ""}
            for _ in sides for column in range(len(titles))
        ]  # fmt: skip
        self._status, self._foot = (self._render_progress() if self._count else ""), ""

    def wait(self, number: int, place: int) -> None:
        """Show that a picture waits for its turn."""
        if place == LOADING:
            said = self._language.gettext("loading the models")
        else:
            said = self._language.gettext("queued, place {place}", place=place)
        self._cells[number]["note"] = _render_note(said)

    def progress(self, number: int, share: float, address: str = "") -> None:
        """Show how far a picture is; ``address`` is that of a picture of its step."""
        self._cells[number]["note"] = _render_note(
            self._language.gettext("drawing {percent} %", percent=round(100 * share))
        )
        if address:  # steps are for the eye: nothing is said of them
            self._cells[number]["frame"] = markup.render_frame(address)

    def hang(self, number: int, address: str, seconds: float, large: bool = False) -> None:
        """Show a picture that is done; the pixels of one that is not ``large`` are seen as they are."""
        self._frame(number, address, self._language.gettext("{seconds:.2f} s", seconds=seconds), large)
        self._end_one()

    def show_own(self, number: int, address: str, said: str, large: bool) -> None:
        """Show a picture of the visitor's own; ``said`` tells which one it is."""
        self._frame(number, address, said, large)

    def lack(self, number: int, said: str) -> None:
        """Say that there is no picture for a cell."""
        self._cells[number] = {"frame": markup.render_frame(), "note": _render_note(said)}

    def fail(self, number: int, why: str) -> None:
        """Say why a picture is not there."""
        self._cells[number] = {"frame": markup.render_frame(), "note": _render_note(why, "failed")}
        self._end_one()

    def score(self, number: int, fit: float) -> None:
        """Show how well a picture fits its prompt, beside its seconds."""
        said = self._language.gettext("fit {fit:.2f}", fit=fit)
        self._cells[number]["note"] += f' <span class="vs-fit">{escape(said)}</span>'

    def head(self, column: int, lines: Sequence[str]) -> None:
        """Show lines below a column's heading."""
        self._heads[column] += "".join(f"<span>{escape(line)}</span>" for line in lines)

    def say(self, said: str) -> None:
        """Say something of the whole comparison in place of its progress."""
        self._status = f'<p class="vs-receipt" role="status">{escape(said)}</p>' if said else ""

    def finish(self, foot: str) -> None:
        """Show what comes with the result; ``foot`` is HTML."""
        self._foot = foot

    def _frame(self, number: int, address: str, said: str, large: bool) -> None:
        title = self._titles[number % len(self._titles)]
        prompt, _, seed = self._sides[number // len(self._titles)]
        label = self._language.gettext("{title}, {seed}: {prompt}", title=title, seed=seed, prompt=prompt)
        frame = (
            f'<button type="button" class="vs-frame vs-pick{" vs-large" if large else ""}" aria-pressed="false" '
            f'data-cell="{number}">'
            f'<img src="{escape(address)}" alt="{escape(label)}" draggable="false"></button>'
        )
        self._cells[number] = {"frame": frame, "note": _render_note(said)}

    @property
    def value(self) -> dict[str, Any]:
        """Return what the page gets: new objects each time, because the changes to the last ones are what is sent."""
        width = len(self._titles)
        sides = [
            f'<span class="vs-prompt">{escape(prompt)}</span>'
            + (f'<span class="vs-reading">{escape(reading)}</span>' if reading else "")
            + f"<span>{escape(seed)}</span>"
            for prompt, reading, seed in self._sides
        ]
        cells = [[dict(cell) for cell in self._cells[at : at + width]] for at in range(0, len(self._cells), width or 1)]
        return {
            "status": self._status,
            "turned": int(self._turned),
            "heads": list(self._heads),
            "places": list(self._places),
            "sides": sides,
            "cells": cells,
            "foot": self._foot,
        }

    def _end_one(self) -> None:
        self._done += 1
        self._status = self._render_progress()

    def _render_progress(self) -> str:
        heading = self._language.gettext("{done} of {count} pictures", done=self._done, count=self._count)
        left = ""
        if 0 < self._done < self._count:
            seconds = (time.monotonic() - self._begun) / self._done * (self._count - self._done)
            left = self._language.tell(_tell_left(seconds))
        tone = "done" if self._done == self._count else ""
        return markup.render_status(heading, left, self._done / self._count, tone, self._language)


def _tell_left(seconds: float) -> Sentence:
    if seconds < MINUTE:
        return Sentence("about {seconds} s left", seconds=max(1, round(seconds)))
    return Sentence("about {minutes} min left", minutes=round(seconds / MINUTE))


def _render_note(said: str, tone: str = "") -> str:
    return f'<span class="{tone}">{escape(said)}</span>'
