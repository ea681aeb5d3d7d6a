"""The words that a Japanese prompt is read by: CLDR's names and keywords of emoji, and a small table of our own.

``lexicon.json`` is built from CLDR's annotations by ``python -m hub.methods.data lexicon`` and under Unicode-3.0
(``LICENSE-Unicode-3.0``); what CLDR lacks, colours, numbers, particles and common words, is ``own_words.toml``.
"""

import json
import tomllib
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

LEXICON = Path(__file__).with_name("lexicon.json")
OWN_WORDS = Path(__file__).with_name("own_words.toml")
HIRAGANA = {code: code - 0x60 for code in range(ord("ァ"), ord("ヶ") + 1)}  # of each katakana
LOWER = {ord(letter): ord(letter.lower()) for letter in "ABCDEFGHIJKLMNOPQRSTUVWXYZ"}


def fold_kana(text: str) -> str:
    """Return a text as it is looked up, character by character: katakana as hiragana, ASCII in lower case."""
    return text.translate(HIRAGANA | LOWER)


def fold(text: str) -> str:
    """Return a word of the lexicon as it is looked up, in NFKC and without spaces."""
    return fold_kana(unicodedata.normalize("NFKC", "".join(text.split())))


@dataclass(frozen=True)
class Lexicon:
    """Folded Japanese words: English of ``words``, values of ``numerals``, and what ties words together.

    ``between``: the English preposition that ties what comes before to what comes after, as ``をした`` ties eyes to a
    face: ``with``. ``joining``: the conjunction of equals. ``subjects`` mark the subject, ``dropped`` say nothing that
    a picture shows.
    """

    words: Mapping[str, str]
    numerals: Mapping[str, int]
    counters: frozenset[str]
    between: Mapping[str, str]
    joining: Mapping[str, str]
    subjects: frozenset[str]
    dropped: frozenset[str]
    plurals: Mapping[str, str]


@cache
def read_lexicon() -> Lexicon:
    """Return the lexicon: a word of ours goes before a name of CLDR's, and that before a keyword of CLDR's."""
    cldr = json.loads(LEXICON.read_text(encoding="utf-8"))
    own = tomllib.loads(OWN_WORDS.read_text(encoding="utf-8"))
    spaced = {name.replace(":", ": "): label for name, label in cldr["names"].items()}  # as CLDR writes 男性: 赤毛
    return Lexicon(
        words=cldr["keywords"] | spaced | cldr["names"] | _by_form(own["words"]),
        numerals=_by_form(own["numerals"], int),
        counters=frozenset(map(fold, own["particles"]["counters"])),
        between=_by_form(own["between"]),
        joining=_by_form(own["joining"]),
        subjects=frozenset(map(fold, own["particles"]["subjects"])),
        dropped=frozenset(map(fold, own["particles"]["dropped"])),
        plurals=own["plurals"],
    )


def _by_form(table: Mapping[str, list[str]], value: Any = str) -> dict[str, Any]:
    """Return a table of Japanese forms by English as one of English by folded form."""
    return {fold(form): value(english) for english, forms in table.items() for form in forms}
