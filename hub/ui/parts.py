"""Parts that the tabs share: the row that asks for a picture, the panel that shows one, errors on the page."""

import random
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from html import escape
from typing import Any

import gradio as gr

from hub.errors import HubError, PromptError
from hub.prompts import pick_prompt
from hub.ui import markup

MAX_SEED = 2**31 - 1
SEED = re.compile("[0-9]{1,10}")
SHOWN = 30  # characters of what was typed instead
DRAWINGS = 32  # pages whose drawings are followed at a time, a thread each: more of them, and a vote waits for its turn
Updates = dict[Any, Any]  # component -> its new value or gr.update(...)


@contextmanager
def show_errors() -> Iterator[None]:
    """Turn an error of the hub into a message on the page."""
    try:
        yield
    except HubError as error:
        raise gr.Error(escape(str(error)), print_exception=False) from error


def pick_seed(rng: random.Random) -> int:
    """Return a random seed that the page accepts."""
    return rng.randint(0, MAX_SEED)


@dataclass(frozen=True)
class Ask:
    """The prompt's text box and the buttons beside it."""

    prompt: gr.Textbox
    draw: gr.Button

    @classmethod
    def build(cls, rng: random.Random, name: str) -> "Ask":
        """Add the prompt and its buttons to the row that is open; ``name`` starts their element ids."""
        prompt = gr.Textbox(
            label="Prompt",
            placeholder="What should the picture show?",
            max_lines=1,
            scale=5,
            min_width=260,
            autofocus=name == "battle",
            elem_id=f"{name}-prompt",
        )
        draw = gr.Button("Draw", variant="primary", min_width=90, elem_id=f"{name}-draw")
        surprise = gr.Button("Random prompt", min_width=130, elem_id=f"{name}-random-prompt")

        def pick() -> str:
            with show_errors():
                return pick_prompt(rng)

        surprise.click(pick, None, prompt, show_progress="hidden", api_visibility="private")
        return cls(prompt, draw)


def add_seed_box(rng: random.Random, name: str) -> gr.Textbox:
    """Add a box for a seed to the row that is open, and a button that fills it; the seeds of battles are nobody's.

    A box of text: one of numbers would round what is typed, and refuse it in words of its own.
    """
    seed = gr.Textbox(label="Seed", max_lines=1, scale=2, min_width=120, elem_id=f"{name}-seed")
    dice = gr.Button("Random seed", min_width=120, elem_id=f"{name}-random-seed")
    # progress that is shown is spoken to screen readers
    filled: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}
    gr.on(None, lambda: str(pick_seed(rng)), None, seed, **filled)  # when the page is opened
    dice.click(lambda: str(pick_seed(rng)), None, seed, **filled)
    return seed


def check_seed(text: str | None) -> int:
    """Return the seed that was typed.

    Raises: PromptError for anything but a whole number that can be one.
    """
    typed, cure = (text or "").strip(), f"type a whole number from 0 to {MAX_SEED:,}, or press Random seed."
    if not typed:
        raise PromptError(f"The seed is empty: {cure}")
    if not SEED.fullmatch(typed) or int(typed) > MAX_SEED:
        raise PromptError(f"The seed can't be {typed[:SHOWN]!r}: {cure}")
    return int(typed)


@dataclass(frozen=True)
class Panel:
    """A picture with its status above and its label below."""

    status: gr.HTML
    image: gr.HTML
    card: gr.HTML

    @classmethod
    def build(cls, name: str) -> "Panel":
        """Add the panel to the page; ``name`` starts its element ids."""
        status = gr.HTML("", elem_id=f"{name}-status")
        image = gr.HTML(markup.render_frame(), elem_id=f"{name}-image")
        return cls(status, image, gr.HTML("", elem_id=f"{name}-card"))

    @property
    def outputs(self) -> list[Any]:
        """Return the components that an event must name to update the panel."""
        return [self.status, self.image, self.card]

    def waiting(self, heading: str) -> Updates:
        """Return the updates that show an empty panel whose picture was asked for."""
        return {self.status: markup.render_waiting(heading), self.image: markup.render_frame(), self.card: ""}

    def shown(self, heading: str, seconds: float, address: str, alt: str) -> Updates:
        """Return the updates that show a picture; ``alt`` is what a screen reader says of it."""
        return {self.status: markup.render_finished(heading, seconds), self.image: markup.render_frame(address, alt)}
