"""The choice of a generator that can do what is asked, and who can't."""

from collections.abc import Callable
from html import escape
from typing import Any

import gradio as gr

from hub.errors import RequestError
from hub.generators import Accepts, Generator
from hub.language.catalogue import Language
from hub.language.sentence import Sentence
from hub.ui.field_notes import at_field
from hub.ui.parts import Updates
from hub.ui.studio.studio_drawing import StudioParts
from hub.ui.translated_page import TranslatedBlocks
from hub.ui.visitor_language import get_language

NOBODY = Sentence("No generator of this arena can do this: its operator can add one.")


class EntryChoice:
    """A choice among the generators that ``able`` says can do it; below it the others are named as not able.

    Both are empty until somebody opens the tab: a page that is for battles has no names.
    """

    def __init__(self, name: str, able: Callable[[Accepts], bool], parts: StudioParts, page: TranslatedBlocks) -> None:
        self._able, self._live = able, parts.live
        self.choice = page.build(
            gr.Dropdown,
            {"label": Sentence("Generator")},
            choices=[],
            scale=2,
            min_width=180,
            elem_id=f"{name}-entry",
        )
        # checked when it is read: Gradio forgets the choices of a page that was away
        self.choice.preprocess = lambda payload: payload  # type: ignore[method-assign]
        self._name = name

    def build_note(self) -> None:
        """Add the line that names those that are not able."""
        self.note = gr.HTML("", elem_id=f"{self._name}-unable")

    def refresh(self, chosen: Any, request: gr.Request) -> Updates:
        """Follow the roster: generators made at run time come and go."""
        there = [one.name for one in self._usable()]
        value = chosen if chosen in there else there[0] if there else None
        return {
            self.choice: gr.update(choices=[(one.title, one.name) for one in self._usable()], value=value),
            self.note: self._render(get_language(request)),
        }

    def read(self, chosen: Any) -> Generator:
        """Return the generator that is chosen. Raises: RequestError where it can't do this, or there is none."""
        for one in self._usable():
            if one.name == chosen:
                return one
        with at_field(f"{self._name}-entry"):
            raise RequestError(Sentence("Choose a generator that can do this.") if self._usable() else NOBODY)

    def _usable(self) -> list[Generator]:
        return [one for one in self._live.generators if self._able(one.accepts)]

    def _render(self, language: Language) -> str:
        others: list[str] = [one.title for one in self._live.generators if not self._able(one.accepts)]
        said = [] if self._usable() else [language.tell(NOBODY)]
        said += [language.gettext("Not able to do this: {names}.", names=others)] if others else []
        return f'<p class="vs-unable">{escape(" ".join(said))}</p>'
