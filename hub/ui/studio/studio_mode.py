"""What the ways of working in the Studio share: how one asks, cancels and sees what comes."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import gradio as gr

from hub.generators import Accepts
from hub.language.sentence import Sentence
from hub.raters import Rater
from hub.ui.drawing_events import DrawingEvents
from hub.ui.parts import Updates, add_seed_box, show_errors
from hub.ui.studio.entry_choice import EntryChoice
from hub.ui.studio.sheet import TEMPLATE, Sheet
from hub.ui.studio.studio_drawing import StudioDrawing, StudioParts
from hub.ui.translated_page import TranslatedBlocks

SCRIPT = (Path(__file__).parent / "sheet.js").read_text(encoding="utf-8")
KEEP = Sentence("Keep the pictures on this server, so that the receipt can be replayed here")
KEEP_GUIDE = Sentence("Keep the guide picture on this server, so that the receipt can be replayed here")
FORGOTTEN = Sentence("Without this it is gone when you close the page; the receipt names it by its SHA-256.")
Finish = Callable[[StudioDrawing], str]  # the HTML below a result that is whole


class StudioMode:
    """One way of working: its choice of a generator, seed, buttons and sheet; ``name`` starts its elements' ids."""

    def __init__(self, name: str, able: Callable[[Accepts], bool], parts: StudioParts, page: TranslatedBlocks) -> None:
        self.name, self.parts, self.page = name, parts, page
        self.entry: EntryChoice
        self.able = able

    def build_row(self, draws: bool) -> None:
        """Add the choice of a generator, the seed, and the button that ``draws`` where it is not elsewhere."""
        with gr.Row(elem_classes="vs-ask"):
            self.entry = EntryChoice(self.name, self.able, self.parts, self.page)
            self.seed = add_seed_box(self.page, self.parts.rng, self.name)
            if draws:
                said = {"value": Sentence("Draw")}
                self.button = self.page.build(
                    gr.Button, said, variant="primary", min_width=90, elem_id=f"{self.name}-draw"
                )
        self.entry.build_note()

    def build_keep(self, label: Sentence) -> None:
        """Add the box by which somebody agrees that what they gave is kept; it is not ticked."""
        said = {"label": label, "info": FORGOTTEN}
        self.keep = self.page.build(gr.Checkbox, said, value=False, elem_id=f"{self.name}-keep", elem_classes="vs-keep")

    def build_sheet(self) -> None:
        """Add the button that cancels, and the sheet of the result."""
        self.cancel = self.page.build(
            gr.Button,
            {"value": Sentence("Cancel")},
            interactive=False,
            elem_id=f"{self.name}-cancel",
            elem_classes="vs-cancel",
            size="sm",
        )
        self.sheet = gr.HTML(
            Sheet().value,
            html_template=TEMPLATE,
            elem_id=f"{self.name}-sheet",
            js_on_load=SCRIPT,
            apply_default_css=False,
            padding=False,
        )

    def wire(self, triggers: list[Any], draw: Callable[..., Iterator[Updates]], inputs: list[Any]) -> None:
        """Let these triggers draw, and the other button cancel."""
        self._events = DrawingEvents(self.sheet, self.cancel, lambda language: Sheet(language=language))
        given = [self.entry.choice, self.seed, self.keep, *inputs]
        self._events.wire(triggers, draw, given, f"studio_{self.name}")

    def follow(self, drawing: StudioDrawing, rater: Rater, keep: bool, finish: Finish) -> Iterator[Updates]:
        """Draw, showing each step; once all pictures are there, show what ``finish`` gives."""
        with show_errors(drawing.language):
            if keep:
                drawing.keep()

        def end() -> None:
            if drawing.complete:
                drawing.sheet.finish(finish(drawing))

        yield from self._events.follow(drawing, rater, end)
