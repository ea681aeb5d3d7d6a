"""What one does with a grid that is there, all in the browser: turn it, look closer, slide one picture over another."""

import json
from html import escape

from hub.language.catalogue import Language
from hub.ui.picture_slider import render_slide_dialog

FARTHEST = 8  # times that pictures are enlarged at most


def render_tools(language: Language) -> str:
    """Return the row of tools, and the dialog in which one picture slides over another."""
    swap = escape(language.gettext("Swap rows and columns"))
    zoom = escape(language.gettext("Zoom, all pictures alike"))
    whole = escape(language.gettext("Whole pictures"))
    slide = escape(language.gettext("Slide one over the other"))
    said = {
        "none": language.gettext("Choose two pictures to slide one over the other."),
        "one": language.gettext("One picture is chosen: choose another."),
        "two": language.gettext("Two pictures are chosen."),
    }
    words = escape(json.dumps(said, ensure_ascii=False))
    return (
        f'<div class="vs-tools" role="group" data-words="{words}">'
        f'<button type="button" class="vs-small" data-act="swap" aria-pressed="false">{swap}</button>'
        f'<label class="vs-zoom"><span>{zoom}</span>'
        f'<input type="range" min="1" max="{FARTHEST}" step="0.5" value="1" data-act="zoom"></label>'
        f'<button type="button" class="vs-small" data-act="whole">{whole}</button>'
        f'<button type="button" class="vs-small" data-act="slide" disabled>{slide}</button>'
        f'<span class="vs-said" role="status">{escape(said["none"])}</span></div>{render_slide_dialog(language)}'
    )
