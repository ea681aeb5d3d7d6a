"""One term of a mix on the page: a prompt or a picture, and where it has one its weight."""

from collections.abc import Sequence
from typing import Any

import gradio as gr

from hub.errors import RequestError
from hub.generators import read_for
from hub.language.catalogue import Language
from hub.language.sentence import Sentence
from hub.prompts import check_prompt
from hub.schema import Term
from hub.ui.field_notes import LONG, ONE_LINE, at_field
from hub.ui.studio.picture_box import PictureBox
from hub.ui.studio.studio_drawing import StudioParts
from hub.ui.studio.terms import check_weight
from hub.ui.translated_page import TranslatedBlocks

OR = Sentence("or a picture")


class TermField:
    """The components of a term; ``inputs`` are what an event must name to :meth:`read` it.

    ``name`` is the element id of its prompt's box.
    """

    def __init__(
        self, name: str, title: Sentence, weight: float | None, parts: StudioParts, page: TranslatedBlocks
    ) -> None:
        self._title, self._parts, self.name = title, parts, f"{name}-prompt"
        self._heavy = f"{name}-weight"
        with gr.Column(min_width=200, elem_classes="vs-term"):
            self.weight = (
                page.build(gr.Number, {"label": Sentence("Weight")}, value=weight, step=0.1, elem_id=self._heavy)
                if weight is not None
                else None
            )
            self.prompt = page.build(
                gr.Textbox,
                {"label": title, "placeholder": Sentence("a prompt")},
                max_lines=LONG,
                elem_id=self.name,
                elem_classes=ONE_LINE,
            )
            self.box = PictureBox(name, OR, parts, page)

    @property
    def inputs(self) -> list[Any]:
        """Return the components, three or two."""
        return [*([self.weight] if self.weight else []), self.prompt, self.box.html]

    def read(self, values: Sequence[Any], page: str, generator: str, language: Language) -> Term | None:
        """Return the term of these values of the inputs, for a generator; None where it says nothing.

        Raises: HubError for a prompt that can't be drawn, a picture that is gone, a weight that is none, or both.
        """
        with at_field(self._heavy):
            weight = check_weight(values[0]) if self.weight else 1.0
        prompt, image = str(values[-2] or "").strip(), self.box.read(values[-1], page)
        with at_field(self.name):
            if prompt and image:
                said = Sentence("{title} has a prompt and a picture: remove one of them.")
                raise RequestError(Sentence(said, title=language.tell(self._title)))
            read_as = read_for(check_prompt(prompt), [generator]).english if prompt else ""
            for text in filter(None, (prompt, read_as)):
                self._parts.moderation.check_prompt(text)
        return Term(weight=weight, prompt=prompt or None, image=image, read_as=read_as) if prompt or image else None
