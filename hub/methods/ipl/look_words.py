"""The words of an adaptation, what the source draws and what it shall draw, before anything is loaded."""

import unicodedata

from hub.errors import DataError
from hub.language.sentence import Sentence


def check_words(source: str, target: str) -> tuple[str, str]:
    """Return both with single spaces between their words.

    Raises: DataError for words that are empty, in no Latin letters, or the same twice.
    """
    source, target = (" ".join(words.split()) for words in (source, target))
    if not source or not target:
        raise DataError(Sentence("Say in words both what the generator draws and what it shall draw."))
    for words in (source, target):
        if not _is_latin(words):
            raise DataError(Sentence("The encoder reads English alone: say {words!r} in English.", words=words))
    if source.casefold() == target.casefold():
        raise DataError(
            Sentence("{words!r} is what the generator draws already: name another look to adapt it to.", words=target)
        )
    return source, target


def _is_latin(words: str) -> bool:
    """Return whether all letters of some words are Latin, and there are any."""
    letters = [letter for letter in words if letter.isalpha()]
    return bool(letters) and all(unicodedata.name(letter, "").startswith("LATIN") for letter in letters)


def warn_drawn_already(source: str, target: str) -> Sentence:
    """Return the warning of a source that seems to draw a look already when a prompt names it."""
    return Sentence(
        "{source} seems to draw {target!r} already when a prompt says so, and such adaptations mostly fail: prompt it "
        "instead.",
        source=source,
        target=target,
    )
