"""Prompts: what a user may ask for, and the held-out test captions."""

import json
import random
import unicodedata
from functools import cache

from safetensors import safe_open

from hub.errors import MissingFile, PromptError
from hub.files import WEIGHTS
from hub.language.sentence import Sentence

REFERENCE = WEIGHTS / "reference" / "test.safetensors"
MAX_LENGTH = 500
ZWNJ, ZWJ = "\u200c", "\u200d"
SELECTORS = frozenset(map(chr, (*range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0))))  # text or emoji, forms of signs
SKINS = frozenset(map(chr, range(0x1F3FB, 0x1F400)))
BLANK = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")  # not of category Cf, and yet invisible
VISIBLE = frozenset("\u0600\u0601\u0602\u0603\u0604\u0605\u06dd\u070f\u0890\u0891\u08e2\U000110bd\U000110cd")  # yet Cf
FLAGS = tuple(  # of England, Scotland and Wales: those that are written with tags
    "\U0001f3f4" + "".join(chr(0xE0000 + ord(letter)) for letter in f"{region}\x7f")
    for region in ("gbeng", "gbsct", "gbwls")
)
JOINING = (  # scripts that are written with joiners, as the names of their characters begin
    *("ARABIC ", "SYRIAC ", "MANDAIC ", "NKO ", "MONGOLIAN ", "DEVANAGARI ", "BENGALI ", "GURMUKHI ", "GUJARATI "),
    *("ORIYA ", "TAMIL ", "TELUGU ", "KANNADA ", "MALAYALAM ", "SINHALA ", "TIBETAN ", "MYANMAR ", "KHMER "),
    *("BALINESE ", "JAVANESE "),
)


def check_prompt(text: str) -> str:
    """Return the prompt without outer space.

    What can't be seen is refused, because a prompt must be what people read: control characters, half characters, and
    invisible or direction-changing ones, except where a script or an emoji is written with them.

    Raises: PromptError for a prompt that can't be drawn, saying why.
    """
    text = text.strip()
    if not text:
        raise PromptError(Sentence("The prompt is empty: type what the picture should show."))
    if len(text) > MAX_LENGTH:
        raise PromptError(
            Sentence(
                "The prompt has {length:,} characters; at most {most} can be used.",
                length=len(text),
                most=MAX_LENGTH,
            )
        )
    if any(unicodedata.category(char) in ("Cc", "Zl", "Zp") for char in text):
        raise PromptError(Sentence("The prompt has control characters (such as line breaks or tabs): remove them."))
    if any(unicodedata.category(char) == "Cs" for char in text):
        raise PromptError(Sentence("The prompt has half of a character (an unpaired surrogate): type it again."))
    hidden = _find_hidden(text)
    if hidden is not None:
        raise PromptError(
            Sentence(
                "The prompt has an invisible or direction-changing character, U+{code:04X}: remove it, or type the "
                "prompt again instead of pasting it.",
                code=ord(hidden),
            )
        )
    return text


def _find_hidden(text: str) -> str | None:
    """Return the first invisible character that is out of place, None if there is none."""
    for flag in FLAGS:
        text = text.replace(flag, FLAGS[0][0])
    for index, char in enumerate(text):
        before, after = text[:index], text[index + 1 :]
        if char in SELECTORS:
            fits = before[-1:] not in ("", " ", ZWJ, *SELECTORS)
        elif char in (ZWJ, ZWNJ):
            fits = _joins_letters(before) or (char == ZWJ and _joins_emoji(before, after))
        else:
            fits = char in VISIBLE or (unicodedata.category(char) != "Cf" and char not in BLANK)
        if not fits:
            return char
    return None


def _joins_letters(before: str) -> bool:
    """Return whether the last character is of a script that is written with joiners and non-joiners."""
    return unicodedata.name(before[-1:] or " ", "").startswith(JOINING)


def _joins_emoji(before: str, after: str) -> bool:
    """Return whether there is an emoji on both sides, the left one with its skin tone or variation selector."""
    left = before.rstrip("".join(SELECTORS | SKINS))[-1:]
    return all(char and unicodedata.category(char) in ("So", "Sm") for char in (left, after[:1]))


@cache
def load_captions() -> tuple[str, ...]:
    """Return the held-out captions: the test concepts in every style, ordered as the committed reference features."""
    if not REFERENCE.exists():
        raise MissingFile(Sentence("{path} is missing; restore it from the repository.", path=REFERENCE))
    with safe_open(REFERENCE, "numpy") as file:
        return tuple(json.loads(file.metadata()["captions"]))


@cache
def load_wordings() -> tuple[tuple[str, ...], ...]:
    """Return held-out ideas, each in two wordings or more."""
    load_captions()
    with safe_open(REFERENCE, "numpy") as file:
        return tuple(tuple(group) for group in json.loads(file.metadata()["paraphrases"]) if len(group) > 1)


def pick_wordings(rng: random.Random) -> tuple[str, ...]:
    """Return the wordings of one of the held-out ideas."""
    return rng.choice(load_wordings())
