"""Parts that the tabs share: the row that asks for a picture, the panel that shows one, errors on the page."""

import random
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any

import gradio as gr

from hub.engine import ServingEngine
from hub.errors import HubError, PromptError
from hub.language.catalogue import Language
from hub.language.sentence import Sentence
from hub.moderation import Moderation
from hub.prompt_sets.open_sets import ArenaPrompts
from hub.ui import markup
from hub.ui.field_notes import LONG, ONE_LINE, at_field, render_refusal
from hub.ui.picture_addresses import PictureAddresses
from hub.ui.translated_page import TranslatedBlocks
from hub.ui.visitor_language import get_language
from hub.ui.visitors import Visitors

MAX_SEED = 2**31 - 1
SEED = re.compile("[0-9]{1,19}")
ONE_SEED = Sentence("Seed")
SHOWN = 30  # characters of what was typed instead
DRAWINGS = 32  # pages whose drawings are followed at a time, a thread each: more of them, and a vote waits for its turn
Updates = dict[Any, Any]  # component -> its new value or gr.update(...)


@dataclass(frozen=True)
class DrawingParts:
    """The parts of the arena that a tab needs whose generators are named."""

    engine: ServingEngine
    moderation: Moderation
    addresses: PictureAddresses
    visitors: Visitors
    rng: random.Random
    prompts: ArenaPrompts


@contextmanager
def show_errors(language: Language) -> Iterator[None]:
    """Turn an error of the hub into a message on the page: at the field that it is about, or in the corner."""
    try:
        yield
    except HubError as error:
        raise gr.Error(render_refusal(error, language), print_exception=False) from error


def pick_seed(rng: random.Random) -> int:
    """Return a random seed that the page accepts."""
    return rng.randint(0, MAX_SEED)


@dataclass(frozen=True)
class Ask:
    """The prompt's text box and the buttons beside it."""

    prompt: gr.Textbox
    draw: gr.Button

    @classmethod
    def build(cls, page: TranslatedBlocks, prompts: ArenaPrompts, name: str) -> "Ask":
        """Add the prompt and its buttons to the row that is open; ``name`` starts their element ids."""
        prompt = page.build(
            gr.Textbox,
            {"label": Sentence("Prompt"), "placeholder": Sentence("What should the picture show?")},
            max_lines=LONG,
            scale=5,
            min_width=260,
            autofocus=name == "battle",
            elem_id=f"{name}-prompt",
            elem_classes=ONE_LINE,
        )
        draw = page.build(
            gr.Button, {"value": Sentence("Draw")}, variant="primary", min_width=90, elem_id=f"{name}-draw"
        )
        surprise = page.build(
            gr.Button, {"value": Sentence("Random prompt")}, min_width=130, elem_id=f"{name}-random-prompt"
        )

        def pick(request: gr.Request) -> str:
            with show_errors(get_language(request)):
                return prompts.pick()

        surprise.click(pick, None, prompt, show_progress="hidden", api_visibility="private")
        return cls(prompt, draw)


def add_login(page: TranslatedBlocks) -> None:
    """Add the link that logs in with Hugging Face, and for who is logged in becomes the one that logs out.

    Gradio's own button says it in English only.
    """
    page.logins = True
    link = page.build(gr.HTML, {"value": partial(markup.render_login, "")})

    def greet(request: gr.Request, profile: gr.OAuthProfile | None) -> str:
        return markup.render_login(profile.username if profile else "", get_language(request))

    page.load(greet, None, link, show_progress="hidden", api_visibility="private")


def add_seed_box(
    page: TranslatedBlocks, rng: random.Random, name: str, label: Sentence = ONE_SEED, filled: bool = True
) -> gr.Textbox:
    """Add a box for a seed to the row that is open, and a button that fills it; the seeds of battles are nobody's.

    ``filled``: whether there is one when the page is opened.

    A box of text: one of numbers would round what is typed, and refuse it in words of its own.
    """
    seed = page.build(gr.Textbox, {"label": label}, max_lines=1, scale=2, min_width=120, elem_id=f"{name}-seed")
    dice = page.build(gr.Button, {"value": Sentence("Random seed")}, min_width=120, elem_id=f"{name}-random-seed")
    # progress that is shown is spoken to screen readers
    quiet: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}
    if filled:
        gr.on(None, lambda: str(pick_seed(rng)), None, seed, **quiet)
    dice.click(lambda: str(pick_seed(rng)), None, seed, **quiet)
    return seed


def read_seed(text: str | None, name: str) -> int:
    """Return the seed in the box of a tab of this name. Raises: PromptError, about that box."""
    with at_field(f"{name}-seed"):
        return check_seed(text)


def check_seed(text: str | None, most: int = MAX_SEED) -> int:
    """Return the seed that was typed, ``most`` being the largest.

    Raises: PromptError for anything but a whole number that can be one.
    """
    typed = (text or "").strip()
    cure = Sentence("type a whole number from 0 to {most:,}, or press Random seed", most=most)
    if not typed:
        raise PromptError(Sentence("The seed is empty: {cure}.", cure=cure))
    if not SEED.fullmatch(typed) or int(typed) > most:
        raise PromptError(Sentence("The seed can't be {typed!r}: {cure}.", typed=typed[:SHOWN], cure=cure))
    return int(typed)
