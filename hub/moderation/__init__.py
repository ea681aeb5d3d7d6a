"""Moderation: what is not drawn, and what is not shown.

A filter is one file of this package. What it needs is imported when it is loaded; one that is not installed is said in
``Moderation.missing``, and the arena runs without it.
"""

import io
import logging
from collections.abc import Callable, Sequence
from functools import partial
from typing import Protocol

from PIL import Image

from hub.errors import MissingFile, ModerationError, PromptError
from hub.language.sentence import Sentence
from hub.registry import Registry

log = logging.getLogger(__name__)


class Loaded(Protocol):
    """A loaded filter, safe to call from several threads; each answer is None, or a sentence for the user.

    The sentence never repeats what was found.
    """

    def prompt(self, text: str) -> str | None:
        """Return why a prompt is refused, None for one that may be drawn."""
        ...

    def image(self, image: Image.Image) -> str | None:
        """Return why an RGB picture is held back, None for one that may be shown."""
        ...


class Filter(Protocol):
    """One way to moderate prompts or pictures; ``load`` raises ImportError or MissingFile where it is not installed."""

    name: str

    def load(self) -> Loaded:
        """Import and read what the filter needs."""
        ...


FILTERS: Registry[Filter] = Registry("filter", "hub.moderation.entries")


class Moderation:
    """The loaded filters of these names (``all``, ``none``); ``missing`` has a sentence for each that can't be loaded.

    A filter that fails on a prompt or a picture refuses it: nothing is shown that nobody checked.

    Raises: UnknownName.
    """

    def __init__(self, names: Sequence[str]) -> None:
        self._loaded: dict[str, Loaded] = {}
        missing = []
        for one in FILTERS.chosen(names):
            try:
                self._loaded[one.name] = one.load()
            except (ImportError, MissingFile) as error:
                why = str(error).rstrip(".")
                missing.append(f"The filter {one.name} is not used: {why}. Mend that, or leave it out of HUB_FILTERS.")
        self.missing = tuple(missing)

    def check_prompt(self, text: str) -> None:
        """Check a prompt with every filter.

        Raises: PromptError for a prompt that a filter refuses, saying why.
        """
        for name, loaded in self._loaded.items():
            failed = PromptError(
                Sentence("The prompt could not be checked, so it is not drawn: try again, or another prompt.")
            )
            if reason := _ask_filter(name, partial(loaded.prompt, text), failed):
                raise PromptError(reason)

    def check_image(self, png: bytes) -> None:
        """Check a picture with every filter.

        Raises: ModerationError for a picture that a filter holds back, saying why.
        """
        failed = ModerationError(
            Sentence("The picture could not be checked, so it is not shown: try again, or another prompt.")
        )
        for name, loaded in self._loaded.items():
            if reason := _ask_filter(name, partial(_check_picture, loaded, png), failed):
                raise ModerationError(reason)


def _ask_filter(name: str, question: Callable[[], str | None], failed: PromptError | ModerationError) -> str | None:
    try:
        return question()
    except Exception as error:  # whatever a filter's code raises: what was not looked at is not let through
        log.exception("the filter %s failed", name)
        raise failed from error


def _check_picture(loaded: Loaded, png: bytes) -> str | None:
    with Image.open(io.BytesIO(png)) as image:
        return loaded.image(image.convert("RGB"))
