"""Between: eight pictures on the way from one prompt or picture to another, by one seed."""

from collections.abc import Iterator
from typing import Any

import gradio as gr

from hub.errors import RequestError
from hub.language.sentence import Sentence
from hub.receipt import make_receipt
from hub.schema import Request
from hub.ui import markup
from hub.ui.field_notes import at_field
from hub.ui.parts import Updates, read_seed, show_errors
from hub.ui.studio.sheet import render_download, render_foot
from hub.ui.studio.strip_export import make_gif, make_strip
from hub.ui.studio.studio_drawing import StudioDrawing, StudioParts, StudioTask
from hub.ui.studio.studio_mode import KEEP, StudioMode
from hub.ui.studio.term_field import TermField
from hub.ui.studio.terms import describe_mix, mix_between
from hub.ui.translated_page import TranslatedBlocks
from hub.ui.visitor_language import get_language

NAME = "between"


class BetweenMode(StudioMode):
    """The tab's components and event handlers."""

    def __init__(self, parts: StudioParts, page: TranslatedBlocks) -> None:
        super().__init__(NAME, lambda accepts: accepts.mix, parts, page)
        with gr.Row(elem_classes="vs-terms"):
            self.left = TermField(f"{NAME}-left", Sentence("From"), None, parts, page)
            self.right = TermField(f"{NAME}-right", Sentence("To"), None, parts, page)
        self.build_row(draws=True)
        self.build_keep(KEEP)
        self.build_sheet()
        inputs = [*self.left.inputs, *self.right.inputs]
        triggers = [self.left.prompt.submit, self.right.prompt.submit, self.button.click]
        self.wire(triggers, self.draw, inputs)

    def draw(
        self,
        entry: str,
        seed: str | None,
        keep: bool,
        left_prompt: str,
        left_box: Any,
        right_prompt: str,
        right_box: Any,
        request: gr.Request,
        profile: gr.OAuthProfile | None,
    ) -> Iterator[Updates]:
        """Draw the strip from left to right."""
        language, page = get_language(request), request.session_hash or ""
        with show_errors(language):
            generator, number = self.entry.read(entry), read_seed(seed, NAME)
            left = self.left.read([left_prompt, left_box], page, generator.name, language)
            right = self.right.read([right_prompt, right_box], page, generator.name, language)
            if left is None or right is None:
                lacking = self.left if left is None else self.right
                with at_field(lacking.name):
                    raise RequestError(Sentence("A strip needs two ends: give each a prompt or a picture."))
            rater = self.parts.visitors.rater(request, profile)
        tasks = []
        for step, mix in enumerate(mixes := mix_between(left, right)):
            heading, asked = f"{step / (len(mixes) - 1):.0%}", Request(prompt="", seed=number, mix=mix)
            tasks.append(StudioTask(heading, asked, "", describe_mix(mix, language)))
        drawing = StudioDrawing(self.parts, generator.name, tasks, NAME, page, language)
        yield from self.follow(drawing, rater, keep, lambda one: _render_end(one, keep))


def _render_end(drawing: StudioDrawing, kept: bool) -> str:
    """Return what comes below the strip: what it is, its receipt, and it as one file."""
    receipt, language, whole = make_receipt(drawing.whole), drawing.language, drawing.whole
    pngs = [one.png for one in whole]
    files = [
        render_download(drawing.wall.hang(make_gif(pngs)), f"{receipt.name}.gif", language.gettext("Save as a GIF")),
        render_download(drawing.wall.hang(make_strip(pngs)), f"{receipt.name}.png", language.gettext("Save as a PNG")),
    ]
    first, last = (describe_mix(one.sample.mix, language) for one in (whole[0], whole[-1]))
    seed = language.ngettext("seed {seeds}", "seeds {seeds}", 1, seeds=str(whole[0].sample.seed))
    seconds = sum(one.sample.seconds for one in whole)
    way = language.gettext(
        "from {first} to {last}, {seed}, {seconds:.2f} s", first=first, last=last, seed=seed, seconds=seconds
    )
    return markup.render_details(whole[0].sample, way, language) + render_foot(receipt, files, "", kept, language)
