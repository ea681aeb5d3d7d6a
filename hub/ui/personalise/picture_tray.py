"""A tray for the pictures of a subject: given by files, dropped or pasted, looked at, taken away again.

They come by the arena's own door and stay in memory, each its page's own, until a run is started with them.
"""

import io
from collections.abc import Mapping
from html import escape
from pathlib import Path
from typing import Any

import gradio as gr
from PIL import Image

from hub.errors import HubError, PictureError
from hub.language.catalogue import Language
from hub.language.sentence import Sentence
from hub.subjects.subject_pictures import LEAST, MOST, crop_picture, digest_picture
from hub.ui.battle.event_fields import read_list, read_text
from hub.ui.field_notes import at_field
from hub.ui.parts import Updates
from hub.ui.picture_addresses import PictureAddresses
from hub.ui.studio.held_pictures import HeldPictures
from hub.ui.translated_page import TranslatedBlocks
from hub.ui.visitor_language import get_language
from hub.uploads import MOST_BYTES, TOO_MANY_BYTES

SCRIPT = (Path(__file__).parent / "picture_tray.js").read_text(encoding="utf-8")
WANTED = 4  # pictures that are asked for
TOO_MANY = Sentence("A subject takes at most {most} pictures: leave the best.", most=MOST)
TOO_FEW = Sentence(
    "A subject needs at least {least} pictures, and {wanted} or more are better: add some.", least=LEAST, wanted=WANTED
)
TWICE = Sentence("One of the pictures is in the tray already: it was left out.")
SAID = {  # by the script, for what happens before the arena hears of it
    "many": TOO_MANY,
    "large": TOO_MANY_BYTES,
    "busy": Sentence("The pictures are being sent:"),
    "lost": Sentence("A picture did not arrive: try again."),
}


class PictureTray:
    """The tray: ``html`` is its component, whose value names the pictures in it by their SHA-256."""

    def __init__(self, name: str, held: HeldPictures, addresses: PictureAddresses, page: TranslatedBlocks) -> None:
        self.name, self._held, self._addresses = f"{name}-tray", held, addresses
        looks: dict[str, Any] = {"apply_default_css": False, "padding": False, "js_on_load": SCRIPT}
        self.html = page.build(
            gr.HTML, {"value": lambda language: self.render(language, ())}, html_template="${value.html}",
            elem_id=self.name, **looks,
        )  # fmt: skip
        events: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "undocumented"}
        self.html.taken(self.take, self.html, self.html, api_name=f"{name}_taken", **events)
        self.html.remove(self.remove, self.html, self.html, api_name=f"{name}_remove", **events)

    def take(self, value: Any, event: gr.EventData, request: gr.Request) -> Updates:
        """Put pictures that were sent into the tray; one that is there already, or is no more, is told of."""
        page, language, told = request.session_hash or "", get_language(request), [read_text(event, "said")]
        pictures = self._there(value, page)
        seen = {self._digest(page, one) for one in pictures}
        for offered in read_list(event, "pictures"):
            try:
                if len(pictures) >= MOST:
                    raise PictureError(TOO_MANY)
                sha256 = self._held.claim(page, offered if isinstance(offered, str) else "")
                digest = self._digest(page, sha256)
                if digest in seen:
                    raise PictureError(TWICE)
            except HubError as error:
                told.append(language.tell(error.sentence))
            else:
                seen.add(digest)
                pictures.append(sha256)
        return self._show(page, pictures, language, " ".join(dict.fromkeys(filter(None, told))))

    def remove(self, value: Any, event: gr.EventData, request: gr.Request) -> Updates:
        """Take a picture out of the tray, or all of them."""
        page, gone = request.session_hash or "", read_text(event, "sha256")
        left = [one for one in self._there(value, page) if gone and one != gone]
        return self._show(page, left, get_language(request))

    def read(self, value: Any, page: str) -> list[bytes]:
        """Return the PNGs in the tray. Raises: PictureError for too few or too many, and for one that is gone."""
        named = value.get("pictures") if isinstance(value, Mapping) else None
        pictures = [one for one in named if isinstance(one, str)] if isinstance(named, list) else []
        if not LEAST <= len(set(pictures)) <= MOST:
            with at_field(self.name):
                raise PictureError(TOO_FEW if len(set(pictures)) < LEAST else TOO_MANY)
        return [self._held.of(page, one) for one in dict.fromkeys(pictures)]

    def empty(self, request: gr.Request) -> Updates:
        """Forget what is in the tray."""
        page = request.session_hash or ""
        self._addresses.clear(page, self.name)
        return {self.html: self.render(get_language(request), ())}

    def render(self, language: Language, pictures: tuple[tuple[str, str], ...], trouble: str = "") -> dict[str, Any]:
        """Return what the page gets: the pictures' SHA-256, and the HTML of them and of the ways to give more."""
        said = {name: language.tell(one) for name, one in SAID.items()} | {"most": MOST, "bytes": MOST_BYTES}
        facts = "".join(f' data-{name}="{escape(str(one))}"' for name, one in said.items())
        label = escape(language.gettext("Pictures of the subject"))
        shown = "".join(
            _render_picture(number, sha256, address, language) for number, (sha256, address) in enumerate(pictures, 1)
        )
        hint, choose = language.gettext("Drop pictures here."), language.gettext("Choose files")
        empty = f"<p>{escape(hint)}</p>"
        clear = _render_act("clear", language.gettext("Remove all")) if pictures else ""
        html = (
            f'<div class="vs-tray" role="group" aria-label="{label}"{facts}><span class="vs-label">{label}</span>'
            f'<div class="vs-thumbs">{shown or empty}</div>'
            f'<div class="vs-box-acts">{_render_act("file", choose)}{clear}</div>'
            f'<input type="file" accept="image/*" multiple tabindex="-1" hidden>'
            f'<p class="vs-said" role="status">{escape(trouble)}</p>'
            f'<p class="vs-count">{escape(_count(len(pictures), language))}</p></div>'
        )
        return {"pictures": [sha256 for sha256, _ in pictures], "html": html}

    def _there(self, value: Any, page: str) -> list[str]:
        """Return those pictures of a value that this page has still."""
        named = value.get("pictures") if isinstance(value, Mapping) else None
        found = []
        for one in named[:MOST] if isinstance(named, list) else ():
            try:
                self._held.of(page, one if isinstance(one, str) else "")
            except PictureError:
                continue
            found.append(one)
        return list(dict.fromkeys(found))

    def _digest(self, page: str, sha256: str) -> str:
        """Return the digest of a picture as it is learnt from: two of the same are refused by the training."""
        return digest_picture(crop_picture(Image.open(io.BytesIO(self._held.of(page, sha256)))))

    def _show(self, page: str, pictures: list[str], language: Language, trouble: str = "") -> Updates:
        self._addresses.clear(page, self.name)
        hung = tuple((one, self._addresses.hang(self.name, page, self._held.of(page, one))) for one in pictures)
        return {self.html: self.render(language, hung, trouble)}


def _count(count: int, language: Language) -> str:
    """Return how many pictures there are, and what fewer than are asked for cost."""
    said = language.gettext("{count} of {wanted} to {most} pictures.", count=count, wanted=WANTED, most=MOST)
    if LEAST <= count < WANTED:
        said += " " + language.gettext(
            "With fewer than {wanted} it learns these pictures more than the subject.", wanted=WANTED
        )
    return said


def _render_act(act: str, said: str) -> str:
    return f'<button type="button" class="vs-small" data-act="{act}">{escape(said)}</button>'


def _render_picture(number: int, sha256: str, address: str, language: Language) -> str:
    alt = escape(language.gettext("Picture {number} of the subject", number=number))
    said = escape(language.gettext("Remove picture {number}", number=number))
    return (
        f'<figure><img src="{escape(address)}" alt="{alt}"><button type="button" data-act="remove" '
        f'data-picture="{escape(sha256)}" aria-label="{said}" title="{said}">×</button></figure>'
    )
