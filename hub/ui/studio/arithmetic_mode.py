"""Arithmetic: one picture of a sum of prompts and pictures, each with a weight."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import gradio as gr

from hub.errors import RequestError
from hub.language.sentence import Sentence
from hub.receipt import make_receipt
from hub.schema import Request
from hub.ui.field_notes import at_field
from hub.ui.parts import Updates, read_seed, show_errors
from hub.ui.studio.sheet import render_download, render_foot
from hub.ui.studio.studio_drawing import StudioDrawing, StudioParts, StudioTask
from hub.ui.studio.studio_mode import KEEP, StudioMode
from hub.ui.studio.term_field import TermField
from hub.ui.studio.terms import describe_mix, render_sum
from hub.ui.translated_page import TranslatedBlocks
from hub.ui.visitor_language import get_language

NAME = "arithmetic"
SCRIPT = (Path(__file__).parent / "sum.js").read_text(encoding="utf-8")
TERMS = (  # A + B - C, and one more
    (Sentence("Term A"), 1.0),
    (Sentence("Term B"), 1.0),
    (Sentence("Term C"), -1.0),
    (Sentence("Term D"), 1.0),
)


class ArithmeticMode(StudioMode):
    """The tab's components and event handlers."""

    def __init__(self, parts: StudioParts, page: TranslatedBlocks) -> None:
        super().__init__(NAME, lambda accepts: accepts.mix, parts, page)
        with gr.Row(elem_classes="vs-terms", elem_id=NAME):
            self.terms = [
                TermField(f"{NAME}-{number}", title, weight, parts, page)
                for number, (title, weight) in enumerate(TERMS, 1)
            ]
        looks: dict[str, Any] = {"apply_default_css": False, "padding": False, "js_on_load": SCRIPT}
        page.build(gr.HTML, {"value": render_sum}, html_template="${value.html}", elem_id="arithmetic-sum", **looks)
        self.build_row(draws=True)
        self.build_keep(KEEP)
        self.build_sheet()
        triggers = [*(term.prompt.submit for term in self.terms), self.button.click]
        self.wire(triggers, self.draw, [one for term in self.terms for one in term.inputs])

    def draw(
        self,
        entry: str,
        seed: str | None,
        keep: bool,
        request: gr.Request,
        profile: gr.OAuthProfile | None,
        *values: Any,
    ) -> Iterator[Updates]:
        """Draw the sum of the terms that say something."""
        language, page = get_language(request), request.session_hash or ""
        with show_errors(language):
            generator, number = self.entry.read(entry), read_seed(seed, NAME)
            parts = (values[start : start + 3] for start in range(0, len(values), 3))
            fields = zip(self.terms, parts, strict=True)
            found = [term.read(part, page, generator.name, language) for term, part in fields]
            mix = tuple(term for term in found if term and term.weight)
            if not mix:
                with at_field(self.terms[0].name):
                    raise RequestError(
                        Sentence("The sum is empty: give a term a prompt or a picture, and a weight but 0.")
                    )
            rater = self.parts.visitors.rater(request, profile)
        asked, said = Request(prompt="", seed=number, mix=mix), describe_mix(mix, language)
        told = language.ngettext("seed {seeds}", "seeds {seeds}", 1, seeds=str(number))
        task = StudioTask(language.gettext("The sum"), asked, f"{said}, {told}", said)
        drawing = StudioDrawing(self.parts, generator.name, [task], NAME, page, language)
        yield from self.follow(drawing, rater, keep, lambda one: _render_end(one, keep))


def _render_end(drawing: StudioDrawing, kept: bool) -> str:
    """Return what comes below the picture: its receipt, and it as a file."""
    receipt, language = make_receipt(drawing.whole), drawing.language
    file = render_download(drawing.addresses[0], f"{receipt.name}.png", language.gettext("Save as a PNG"))
    return render_foot(receipt, [file], "", kept, language)
