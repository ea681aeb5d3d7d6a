"""The page in the language of whoever opens it.

Gradio draws a page from its config, which is made once. Its own ``gr.I18n`` translates in the browser, by the browser's
language alone: it knows neither the visitor's choice nor HTML. An event that follows the page could say all of it
again, and the visitor would see English first and the page move. So the config itself is said in the language before it
is sent: the first thing that is drawn is right, and nothing moves.
"""

from collections.abc import Callable, Mapping
from contextvars import ContextVar
from copy import deepcopy
from typing import Any, TypeVar

import gradio as gr

from hub.language.catalogue import ENGLISH, Language
from hub.language.sentence import Sentence

C = TypeVar("C")
Said = Sentence | Callable[[Language], Any]  # what a component's property says, in any language
SPOKEN: ContextVar[Language] = ContextVar("spoken", default=ENGLISH)  # of the request that is answered now


def _say(said: Said, language: Language) -> Any:
    return language.tell(said) if isinstance(said, Sentence) else said(language)


class TranslatedBlocks(gr.Blocks):
    """A page whose config is in the language ``SPOKEN``, where components were added with :meth:`build`."""

    def __init__(self, **settings: Any) -> None:
        self.logins = False  # whether somebody can log in here
        self._said: dict[int, Mapping[str, Said]] = {}  # by the component's id
        self._in_english: Any = None
        self._translated: dict[str, Any] = {}
        super().__init__(**settings)

    def build(self, kind: Callable[..., C], said: Mapping[str, Said], **settings: Any) -> C:
        """Return a new component of a kind whose properties ``said`` follow the visitor's language."""
        component = kind(**{name: _say(what, ENGLISH) for name, what in said.items()}, **settings)
        self._said[component._id] = said  # type: ignore[attr-defined]  # every block of Gradio's has one
        return component

    @property
    def expects_oauth(self) -> bool:
        """Return whether Gradio must know logins, which it sees by a button of its own alone."""
        return self.logins

    @property
    def config(self) -> Any:
        """Return the page as Gradio sends it; an answer to one request may change a copy only."""
        spoken = SPOKEN.get()
        if spoken is ENGLISH:
            return self._in_english
        if spoken.code not in self._translated:
            self._translated[spoken.code] = self._translate(spoken)
        return self._translated[spoken.code]

    @config.setter
    def config(self, made: Any) -> None:
        self._in_english = made
        self._translated = {}

    def _translate(self, spoken: Language) -> Any:
        config = deepcopy(self._in_english)
        for component in config["components"]:
            for name, what in self._said.get(component["id"], {}).items():
                component["props"][name] = _say(what, spoken)
        return config
