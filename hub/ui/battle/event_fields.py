"""What the page sends with an event of its own, which may be anything."""

from enum import StrEnum
from html import escape, unescape
from typing import Any, TypeVar

import gradio as gr

from hub.errors import BattleError
from hub.language.sentence import Sentence
from hub.schema import Criterion, Outcome, Tag
from hub.ui.middleware.gradio_queue import read_event_data

E = TypeVar("E", bound=StrEnum)
UNKNOWN: dict[type[StrEnum], Sentence] = {
    Criterion: Sentence("There is no criterion {text!r}: reload the page and draw a battle."),
    Outcome: Sentence("There is no outcome {text!r}: reload the page and draw a battle."),
    Tag: Sentence("There is no tag {text!r}: reload the page and draw a battle."),
}


def read_list(event: gr.EventData, name: str) -> list[Any]:
    """Return a list that came with an event; empty where none did."""
    said = read_event_data(event).get(name)
    return said if isinstance(said, list) else []


def read_text(event: gr.EventData, name: str) -> str:
    """Return a text that came with an event; empty where none did."""
    said = read_event_data(event).get(name)
    return said if isinstance(said, str) else ""


def is_same_prompt(event: gr.EventData, prompt: str) -> bool:
    """Return whether the prompt is still that of the battle on the page."""
    return read_text(event, "prompt") == escape(prompt.strip())


def is_given(event: gr.EventData, prompt: str) -> bool:
    """Return whether nobody chose a prompt, neither of the battle on the page nor since."""
    return bool(read_text(event, "given")) and is_same_prompt(event, prompt)


def read_wording(event: gr.EventData) -> str:
    """Return the other wording of the battle on the page; empty where it is on one prompt."""
    return unescape(read_text(event, "wording"))


def parse_enum(kind: type[E], text: Any) -> E:
    """Return the member of an enum that is written so.

    Raises: BattleError where there is none.
    """
    try:
        return kind(text)
    except ValueError as error:
        raise BattleError(Sentence(UNKNOWN[kind], text=text)) from error
