"""The box of a comparison's prompts, and what fills it: a random one, one idea in other words, a text file."""

from html import escape
from pathlib import Path
from typing import Any

import gradio as gr

from hub.errors import PromptError
from hub.language.catalogue import Language
from hub.language.sentence import Sentence
from hub.prompt_sets.open_sets import ArenaPrompts
from hub.prompts import load_wordings, pick_wordings
from hub.ui.compare.comparison_request import PROMPTS
from hub.ui.field_notes import MANY_LINES, at_field
from hub.ui.parts import Updates, show_errors
from hub.ui.translated_page import TranslatedBlocks
from hub.ui.visitor_language import get_language

SCRIPT = (Path(__file__).parent / "prompt_file.js").read_text(encoding="utf-8")
WORDED = {
    "label": Sentence("The prompts are one idea in other words"),
    "info": Sentence("A row for each generator, which says how alike its pictures are."),
}
TYPED = Sentence(
    "An example would take the place of your prompts: empty the box for it, or tick below that yours are one idea."
)


class PromptBox:
    """``prompts`` are lines of text; ``worded`` says that they are one idea in several wordings."""

    def __init__(self, prompts: ArenaPrompts, page: TranslatedBlocks) -> None:
        self._prompts = prompts
        with gr.Row(elem_classes="vs-ask"):
            self.prompts = page.build(
                gr.Textbox,
                {"label": Sentence("Prompts, one a line"), "placeholder": Sentence("What should the pictures show?")},
                lines=3,
                max_lines=8,
                scale=5,
                min_width=260,
                elem_id=PROMPTS,
                elem_classes=MANY_LINES,
            )
            with gr.Column(scale=2, min_width=240, elem_classes="vs-more"):
                said = {"value": Sentence("Add a random prompt")}
                more = page.build(gr.Button, said, elem_id="compare-random-prompt")
                idea = page.build(gr.Button, {"value": Sentence("Example in other words")}, elem_id="compare-idea")
                plain: dict[str, Any] = {"apply_default_css": False, "padding": False}
                page.build(gr.HTML, {"value": render_file_button}, js_on_load=SCRIPT, **plain)
        self.worded = page.build(gr.Checkbox, WORDED, value=False, elem_id="compare-worded", elem_classes="vs-keep")
        quiet: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}
        more.click(self.add_prompt, self.prompts, self.prompts, **quiet)
        idea.click(self.fill_wordings, self.prompts, [self.prompts, self.worded], **quiet)

    def add_prompt(self, said: str, request: gr.Request) -> str:
        """Add a line with one of the arena's own prompts."""
        with show_errors(get_language(request)):
            return "\n".join(filter(None, [said.rstrip(), self._prompts.pick()]))

    def fill_wordings(self, said: str, request: gr.Request) -> Updates:
        """Fill in one of the held-out ideas in its wordings, in place of another one, never of what somebody typed."""
        with show_errors(get_language(request)), at_field(PROMPTS):
            if said.strip() and tuple(said.split("\n")) not in load_wordings():
                raise PromptError(TYPED)
            return {self.prompts: "\n".join(pick_wordings(self._prompts.rng)), self.worded: True}


def render_file_button(language: Language) -> str:
    """Return the button that reads a text file's lines into the prompts; the file itself is not sent."""
    said = escape(language.gettext("Prompts from a text file"))
    return (
        f'<button type="button" class="vs-small">{said}</button>'
        f'<input type="file" accept=".txt,text/plain" tabindex="-1" aria-hidden="true" hidden>'
    )
