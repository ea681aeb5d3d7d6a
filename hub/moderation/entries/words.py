"""Prompts by better-profanity's list of English words.

The package's own search refuses "a pen is on a table" (it joins words), takes half a second for a long prompt and does
not find "s h i t" or "fuuuck"; so its list and its table of look-alikes are used, and the search is one regular
expression. What is decent in plain letters alone is taken out before (``hub.moderation.decent_words``).
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping

from PIL import Image

from hub.errors import MissingFile
from hub.language.sentence import Sentence
from hub.moderation import FILTERS, Loaded
from hub.moderation.decent_words import split_words, take_out_decent

REQUIREMENT = "better-profanity==0.7.0"
REASON = Sentence(
    "The word filter refuses this prompt: it has a word that is obscene or hateful, or looks like one. Reword it."
)
HARMLESS = """
cow girl, cow girls, cowgirl, cowgirls, dong, doofus, dopey, drunk, dummy, enlargement, erect, facial, fat,
flange, foobar, gae, gai, gay, gays, god, hell, hemp, hiv, hoar, homey, hookah, hump, humped, jerk, jerked,
knob, len, lesbians, loin, loins, massa, maxi, menses, menstruation, muff, nappy, niggle, nimrod, ninny, omg,
oral, orally, organ, ovary, ovum, ovums, paddy, pastie, pasty, pawn, pms, pollock, poop, pot, potty, prude,
punky, puss, queer, racy, revue, rum, rump, sandbar, screw, seaman, seamen, slope, snatch, sniper, snuff,
steamy, strip, stroke, stupid, tampon, tawdry, thrust, tinkle, titi, toots, tramp, transsexual, ugly, undies,
unwed, urinal, urine, uterus, uzi, virgin, vixen, vodka, vomit, vulgar, wad, wang, weed, weirdo, whiz,
willies, willy, womb, woody, xx, yury
"""  # on the list, and yet words with which a picture of something decent is asked for
SPELT = re.compile(r"(?<![^\W_])(?:[^\W_][\s._*-]{1,2}){2,}[^\W_](?![^\W_])")  # letters one by one
GAPS = re.compile(r"[\s._*-]")
ARTICLE = re.compile(r"(?:([ai]) +)?(.*?)(?: +([ai]))?")
DRAWN_OUT = re.compile(r"(.)\1+")
LONG = re.compile(r"(.)\1{2,}")  # no word has so many of one letter


def read_harmless_words() -> set[str]:
    """Return the words of the package's list that are not refused."""
    return set(split_words(HARMLESS))


def build_pattern(words: Iterable[str], look_alikes: Mapping[str, Iterable[str]]) -> re.Pattern[str]:
    """Return a regular expression that finds any of the words between non-letters, also in look-alike characters.

    Nothing repeats inside, so it is quick.
    """

    def one(letter: str) -> str:
        return r"[\s_-]{1,2}" if letter == " " else f"[{''.join(map(re.escape, look_alikes.get(letter, letter)))}]"

    alternatives = "|".join("".join(map(one, word)) for word in sorted(words))
    return re.compile(rf"(?<![^\W\d_])(?:{alternatives})(?![^\W\d_])")


def fold_letters(text: str) -> str:
    """Return a text in lower case without accents, and letters of other shapes (full width, bold) as plain ones."""
    plain = unicodedata.normalize("NFKD", text).casefold()
    return "".join(char for char in plain if not unicodedata.category(char).startswith("M"))


def _join(spelt: re.Match[str]) -> str:
    return GAPS.sub("", spelt[0])


def _join_apart(spelt: re.Match[str]) -> str:
    """Return spelt letters joined, but for an article or a pronoun before or after them."""
    first, inside, last = ARTICLE.fullmatch(GAPS.sub(" ", spelt[0])).group(1, 2, 3)  # type: ignore[union-attr]
    return f"{first or ''} {GAPS.sub('', inside)} {last or ''}"


def list_readings(text: str) -> set[str]:
    """Return the ways to read a prompt: as it is, with spelt letters joined, with drawn-out letters shortened."""
    plain = fold_letters(text)
    whole = {plain, SPELT.sub(_join, plain), SPELT.sub(_join_apart, plain)}
    shorter = {drawn.sub(r"\1" * letters, one) for one in whole for drawn in (DRAWN_OUT, LONG) for letters in (1, 2)}
    return shorter | whole


class _Words:
    def __init__(self, found: re.Pattern[str]) -> None:
        self._found = found

    def prompt(self, text: str) -> str | None:
        rest = take_out_decent(text)
        return REASON if any(map(self._found.search, list_readings(rest))) else None

    def image(self, image: Image.Image) -> str | None:
        return None


@FILTERS.register
class Words:
    """Refuses obscene and hateful English words, also with digits or signs for letters ("sh1t"), or spelt out."""

    name = "words"

    def load(self) -> Loaded:
        """Read the list."""
        try:
            from better_profanity import Profanity
        except ImportError as error:
            raise MissingFile(f"its list is missing: pip install {REQUIREMENT}.") from error

        profanity = Profanity()
        words = {str(word).lower() for word in profanity.CENSOR_WORDSET} - read_harmless_words()
        return _Words(build_pattern(words, profanity.CHARS_MAPPING))
