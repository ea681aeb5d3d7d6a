"""The sets that come with this repository: the held-out captions, and the compositional set."""

from collections.abc import Callable
from functools import cache

from hub.errors import MissingFile
from hub.prompt_sets import PromptOrigin, PromptSet, SetPrompt, merge_origins
from hub.prompt_sets.compositional import NAME as COMPOSITIONAL
from hub.prompt_sets.compositional import list_expectations
from hub.prompts import load_captions

CAPTIONS = "captions"
IN_STYLE = ", in "  # between a caption's words and those of its style


@cache
def load_caption_set() -> PromptSet:
    """Return the held-out captions; a caption's category is the style that it names.

    Their words are labels of emojibase, which is under MIT.

    Raises: MissingFile.
    """
    prompts = [SetPrompt(text, text.rpartition(IN_STYLE)[2].removesuffix(" style")) for text in load_captions()]
    return PromptSet(CAPTIONS, "MIT", tuple(prompts))


@cache
def load_compositional_set() -> PromptSet:
    """Return the compositional set; a prompt's category is its task."""
    found = [SetPrompt(text, expected.task.value) for text, expected in list_expectations().items()]
    return PromptSet(COMPOSITIONAL, "Apache-2.0", tuple(found))


OWN_SETS: dict[str, Callable[[], PromptSet]] = {CAPTIONS: load_caption_set, COMPOSITIONAL: load_compositional_set}


def load_own_origins() -> dict[str, PromptOrigin]:
    """Return where each prompt of our own sets is from, by its text; none where the captions are not at hand."""
    try:
        return merge_origins([load() for load in OWN_SETS.values()])
    except MissingFile:
        return {}
