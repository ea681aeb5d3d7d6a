"""Reads a Japanese prompt as English, for generators and judges that understand English alone."""

import re
from dataclasses import dataclass
from functools import lru_cache

from hub.errors import PromptError
from hub.japanese.english_order import put_in_order
from hub.japanese.segmentation import LETTER, Role, cut_tokens, normalise
from hub.language.sentence import Sentence

EXAMPLE = "赤いりんご"
PARTICLE = re.compile("(?<=..)[のがはをにでと]$")  # at the end of what could not be read: not a part of it


@dataclass(frozen=True)
class Reading:
    """A prompt in English, and the parts of it that could not be read.

    Both are empty for a prompt without Japanese letters, which is taken as it is.
    """

    english: str = ""
    unread: tuple[str, ...] = ()


@lru_cache(1024)
def read_japanese(text: str) -> Reading:
    """Return a prompt as it is read by the lexicon; without ``english`` where none of it could be."""
    text = normalise(text)
    if not LETTER.search(text):
        return Reading()
    tokens = cut_tokens(text)
    unread = [PARTICLE.sub("", text[one.start : one.end]) for one in tokens if one.role is Role.unread]
    return Reading(put_in_order(tokens), tuple(dict.fromkeys(unread)))


def read_prompt(text: str) -> Reading:
    """Return a prompt as it is read by the lexicon.

    Raises: PromptError where it holds Japanese letters and nothing of it can be read.
    """
    reading = read_japanese(text)
    if not reading.english and LETTER.search(normalise(text)):
        raise PromptError(
            Sentence(
                "Nothing of this prompt could be read: the generators here understand English, and of Japanese the "
                "names of common things, animals, food, faces and colours, such as “{example}”. Name what the picture "
                "should show, or write it in English.",
                example=EXAMPLE,
            )
        )
    return reading


def say_in_english(prompt: str) -> str:
    """Return a prompt as an English judge reads it: as it is where it is not read, or can't be."""
    return read_japanese(prompt).english or prompt
