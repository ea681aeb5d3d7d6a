"""The sheet of a result: one picture or several beside one another, what is told of each, and of them all."""

from collections.abc import Sequence
from html import escape
from typing import Any

from hub.language.catalogue import ENGLISH, Language
from hub.receipt import PictureReceipt
from hub.ui import markup

# Evaluated by the page with ``value``; no text of a user's is part of it.
TEMPLATE = """<div class="vs-sheet-status">${value.status}</div>
<div class="vs-sheet vs-sheet-${value.panels.length}">${value.panels.map((panel) => `
<figure class="vs-panel">${panel.status}${panel.frame}<figcaption>${panel.caption}</figcaption></figure>`)
.join("")}</div>
${value.foot}"""
DOWNLOAD = "vernissage-{name}"


class Sheet:
    """The state of one result: a panel for each heading, empty at first."""

    def __init__(self, headings: Sequence[str] = (), language: Language = ENGLISH) -> None:
        self._headings, self._language = headings, language
        self._panels = [
            {"status": markup.render_waiting(one, language=language), "frame": markup.render_frame(), "caption": ""}
            for one in headings
        ]
        self._status = self._foot = ""

    def wait(self, number: int, place: int) -> None:
        """Show that a picture waits for its turn."""
        self._panels[number]["status"] = markup.render_waiting(self._headings[number], place, language=self._language)

    def progress(self, number: int, share: float, address: str = "") -> None:
        """Show how far a picture is; ``address`` is that of a picture of its step."""
        self._panels[number]["status"] = markup.render_drawing(self._headings[number], share, self._language)
        if address:
            self._panels[number]["frame"] = markup.render_frame(
                address
            )  # steps are for the eye: nothing is said of them

    def hang(self, number: int, address: str, alt: str, caption: str, seconds: float) -> None:
        """Show a picture that is done; ``caption`` is HTML."""
        status = markup.render_finished(self._headings[number], seconds, self._language)
        self._panels[number] = {"status": status, "frame": markup.render_frame(address, alt), "caption": caption}

    def fail(self, number: int, why: str) -> None:
        """Say why a picture is not there."""
        heading = self._headings[number]
        status = markup.render_status(heading, why, tone="failed", language=self._language)
        self._panels[number] |= {"status": status, "frame": markup.render_frame()}

    def say(self, said: str) -> None:
        """Say something of the whole result."""
        self._status = f'<p class="vs-receipt" role="status">{escape(said)}</p>' if said else ""

    def finish(self, foot: str) -> None:
        """Show what comes with the result; ``foot`` is HTML."""
        self._foot = foot

    @property
    def value(self) -> dict[str, Any]:
        """Return what the page gets: a new object each time, because the changes to the last one are what is sent."""
        return {"status": self._status, "panels": [dict(panel) for panel in self._panels], "foot": self._foot}


def render_download(address: str, name: str, text: str) -> str:
    """Return a link that saves what is at an address."""
    file = escape(DOWNLOAD.format(name=name))
    return f'<a class="vs-small" href="{escape(address)}" download="{file}">{escape(text)}</a>'


def render_send(language: Language) -> str:
    """Return the button that puts a result's prompt into a battle."""
    said = escape(language.gettext("Send to a battle"))
    return f'<button type="button" class="vs-small" data-act="send">{said}</button>'


def render_foot(receipt: PictureReceipt, files: Sequence[str], more: str, kept: bool, language: Language) -> str:
    """Return the receipt of a result, how it is drawn again, and links; ``files`` and ``more`` are HTML.

    Where pictures were given and not ``kept``, a replay needs their files.
    """
    name = DOWNLOAD.format(name=f"receipt-{receipt.name}.json")
    picture = "" if kept else "".join(" --picture FILE" for _ in receipt.named)
    said = markup.fill(
        language.gettext("{link} and draw this again with {command}"),
        link=markup.render_receipt_link(receipt, name, language.gettext("Download the receipt")),
        command=f"<code>python -m hub.receipt replay {escape(name)}{picture}</code>",
    )
    return f'<div class="vs-foot"><p class="vs-receipt">{said}</p><p class="vs-acts">{"".join(files)}{more}</p></div>'
