"""Prompts: what a user may ask for, and the held-out test captions."""

import json
import random
import unicodedata
from functools import cache

from safetensors import safe_open

from hub.errors import MissingFile, PromptError
from hub.packaged import WEIGHTS

REFERENCE = WEIGHTS / "reference" / "test.safetensors"
MAX_LENGTH = 500


def checked(text: str) -> str:
    """The prompt without outer space. Raises PromptError, saying why, for one that can't be drawn."""
    text = text.strip()
    if not text:
        raise PromptError("The prompt is empty: type what the picture should show.")
    if len(text) > MAX_LENGTH:
        raise PromptError(f"The prompt has {len(text):,} characters; at most {MAX_LENGTH} can be used.")
    if any(unicodedata.category(char) == "Cc" for char in text):
        raise PromptError("The prompt has control characters (such as line breaks or tabs): remove them.")
    return text


@cache
def held_out_captions() -> tuple[str, ...]:
    """Captions of the test concepts in every style, in the order of the committed reference features."""
    if not REFERENCE.exists():
        raise MissingFile(f"{REFERENCE} is missing; restore it from the repository.")
    with safe_open(REFERENCE, "numpy") as file:
        return tuple(json.loads(file.metadata()["captions"]))


def random_prompt(rng: random.Random) -> str:
    """One of the held-out captions."""
    return rng.choice(held_out_captions())
