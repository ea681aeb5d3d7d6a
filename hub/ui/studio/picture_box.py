"""A box that takes a visitor's picture: by a file, dropped, pasted, from the camera, or of their last battle."""

from collections.abc import Mapping
from html import escape
from pathlib import Path
from typing import Any

import gradio as gr

from hub.errors import HubError
from hub.language.catalogue import Language
from hub.language.sentence import Sentence
from hub.schema import Side
from hub.ui import markup
from hub.ui.battle.event_fields import read_text
from hub.ui.field_notes import at_field
from hub.ui.parts import Updates
from hub.ui.studio.studio_drawing import StudioParts
from hub.ui.translated_page import TranslatedBlocks
from hub.ui.visitor_language import get_language
from hub.uploads import MOST_BYTES, TOO_MANY_BYTES

SCRIPT = (Path(__file__).parent / "picture_box.js").read_text(encoding="utf-8")
BUTTONS = {  # what each does, by its name in the script
    "file": Sentence("Choose a file"),
    "paste": Sentence("Paste"),
    "film": Sentence("Camera"),
    "a": Sentence("Battle: A"),
    "b": Sentence("Battle: B"),
}
CAMERA = {"snap": Sentence("Take the picture"), "close": Sentence("Close the camera")}
SAID = {  # by the script, for what happens before the arena hears of it
    "sending": Sentence("The picture is being sent."),
    "lost": Sentence("The picture did not arrive: try again."),
    "blind": Sentence("No camera can be used here: allow it in the browser, or choose a file."),
    "nothing": Sentence("There is no picture in the clipboard: copy one, then paste."),
    "keys": Sentence("This browser pastes by keys only: press Ctrl+V, or Cmd+V on a Mac."),
    "large": TOO_MANY_BYTES,
}


class PictureBox:
    """One box: ``html`` is its component, whose value names the picture that it holds by its SHA-256.

    A picture belongs to the page that gave it: another page's value of the same SHA-256 names nothing.
    """

    def __init__(self, name: str, label: Sentence, parts: StudioParts, page: TranslatedBlocks) -> None:
        self.name, self.label, self._parts = f"{name}-box", label, parts
        said = {"value": self.render}
        looks: dict[str, Any] = {"apply_default_css": False, "padding": False, "js_on_load": SCRIPT}
        self.html = page.build(
            gr.HTML, said, html_template="${value.html}${trouble}", trouble="", elem_id=self.name, **looks
        )
        events: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "undocumented"}
        self.html.taken(self.take, None, self.html, api_name=f"{name}_taken", **events)
        self.html.battle(self.take_of_battle, None, self.html, api_name=f"{name}_battle", **events)
        self.html.remove(self.remove, None, self.html, api_name=f"{name}_remove", **events)

    def take(self, event: gr.EventData, request: gr.Request) -> Updates:
        """Make a picture that was sent this page's own, and show it."""
        page = request.session_hash or ""
        try:
            sha256 = self._parts.held.claim(page, read_text(event, "picture"))
            return self._show(page, sha256, get_language(request))
        except HubError as error:
            return self._tell(error, get_language(request))

    def take_of_battle(self, event: gr.EventData, request: gr.Request, profile: gr.OAuthProfile | None) -> Updates:
        """Take a picture of the visitor's own last battle, once it has its vote."""
        page = request.session_hash or ""
        side = Side.b if read_text(event, "side") == Side.b else Side.a
        try:
            rater = self._parts.visitors.rater(request, profile)
            sha256 = self._parts.battles.voted_picture(read_text(event, "token"), rater, side)
            self._parts.held.hold(page, self._parts.store.read_image(sha256))
            return self._show(page, sha256, get_language(request))
        except HubError as error:
            return self._tell(error, get_language(request))

    def remove(self, request: gr.Request) -> Updates:
        """Empty the box."""
        self._parts.addresses.clear(request.session_hash or "", self.name)
        return gr.update(value=self.render(get_language(request)), trouble="")

    def read(self, value: Any, page: str) -> str | None:
        """Return the SHA-256 of the picture in the box, None for an empty one.

        Raises: PictureError for one that this page does not have, or not any more.
        """
        sha256 = value.get("sha256") if isinstance(value, Mapping) else None
        if not isinstance(sha256, str) or not sha256:
            return None
        with at_field(self.name):
            self._parts.held.of(page, sha256)
        return sha256

    def render(self, language: Language, sha256: str = "", address: str = "") -> dict[str, Any]:
        """Return what the page gets: the SHA-256, and the HTML of the picture and of the ways to give one."""
        label = escape(language.tell(self.label))
        facts = "".join(f' data-{name}="{escape(language.tell(said))}"' for name, said in SAID.items())
        empty = f"<span>{escape(language.gettext('none yet'))}</span>"
        frame = (
            markup.render_frame(address, language.tell(self.label))
            if address
            else f'<div class="vs-frame">{empty}</div>'
        )
        html = (
            f'<div class="vs-box" role="group" aria-label="{label}" data-most="{MOST_BYTES}"{facts}>'
            f'<span class="vs-label">{label}</span>{frame}'
            f'<div class="vs-box-acts">{_render_acts(BUTTONS, language)}{_render_kept(address, language)}</div>'
            f'<input type="file" accept="image/*" tabindex="-1" hidden>'
            f'<div class="vs-camera" hidden><video autoplay playsinline muted></video>'
            f'<div class="vs-box-acts">{_render_acts(CAMERA, language)}</div></div>'
            f'<p class="vs-said" role="status"></p></div>'
        )
        return {"sha256": sha256, "html": html}

    def _show(self, page: str, sha256: str, language: Language) -> Updates:
        self._parts.addresses.clear(page, self.name)
        address = self._parts.addresses.hang(self.name, page, self._parts.held.of(page, sha256))
        return gr.update(value=self.render(language, sha256, address), trouble="")

    def _tell(self, error: HubError, language: Language) -> Updates:
        return gr.update(trouble=f'<p class="vs-trouble" role="alert">{escape(language.tell(error.sentence))}</p>')


def _render_acts(acts: Mapping[str, Sentence], language: Language) -> str:
    return "".join(
        f'<button type="button" class="vs-small" data-act="{act}">{escape(language.tell(said))}</button>'
        for act, said in acts.items()
    )


def _render_kept(address: str, language: Language) -> str:
    """Return what can be done with a picture that is there: to save it as it is drawn with, and to take it away."""
    if not address:
        return ""
    save, remove = escape(language.gettext("Save")), escape(language.gettext("Remove"))
    return (
        f'<a class="vs-small" href="{escape(address)}" download="guide.png">{save}</a>'
        f'<button type="button" class="vs-small" data-act="remove">{remove}</button>'
    )
