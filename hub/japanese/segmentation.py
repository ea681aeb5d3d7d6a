"""A Japanese text cut into the words of the lexicon, what ties them, and what is not known.

Of all ways to cut it the one is taken that leaves the fewest characters unread, then the one of the fewest tokens: the
longest words. A word of one or two characters that touches what is unread, in the same script, is unread too: it is
most likely a part of a longer word, as 海 (sea) is of 海老 (shrimp).
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cache

from hub.japanese.lexicon import Lexicon, fold_kana, read_lexicon

KANJI = r"\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U000323af々〆〇"
LETTER = re.compile(rf"[\u3040-\u30fa\u30fc-\u30ff\u31f0-\u31ff{KANJI}]")
SIGN = re.compile(r"[\u3001-\u3004\u3008-\u303f・]")  # of Japanese texts, such as 、 and 「
WIDTHS = re.compile(r"[\u3000\uff00-\uffef]+")  # characters that are others in another width
HIRAGANA = re.compile(r"[\u3040-\u309f]")
KATAKANA = re.compile(r"[\u30a0-\u30ff\u31f0-\u31ff]")
SURE = 3  # characters from which on a word stands for itself, whatever touches it


class Role(StrEnum):
    """What a token does in its text."""

    word = "word"
    number = "number"
    between = "between"
    joining = "joining"
    subject = "subject"
    dropped = "dropped"
    unread = "unread"


@dataclass(frozen=True)
class JapaneseToken:
    """A part of a text, from ``start`` to ``end``, and its English: of a number its figure, of a particle itself."""

    role: Role
    start: int
    end: int
    english: str = ""


Cost = tuple[int, int]  # characters unread, tokens


@dataclass(frozen=True)
class _Way:
    """The best way to a place: its cost, its last token, and the way before that."""

    cost: Cost
    token: JapaneseToken | None = None
    before: "_Way | None" = None


def normalise(text: str) -> str:
    """Return a text with characters of one width: half-width katakana and full-width letters as the common ones.

    Signs that stand for Japanese words, as many emoji do, stay as they are.
    """
    return WIDTHS.sub(lambda found: unicodedata.normalize("NFKC", found[0]), unicodedata.normalize("NFC", text))


def cut_tokens(text: str) -> list[JapaneseToken]:
    """Return the tokens of a normalised text; foreign words are words as they are, and spaces are left out."""
    return _merge_unread(_spread_unread(_find_way(text), text))


@cache
def _read_ties() -> dict[str, tuple[Role, str]]:
    """Return the role and English of what ties words, by its folded form."""
    lexicon = read_lexicon()
    return {
        **{form: (Role.dropped, form) for form in lexicon.dropped},
        **dict.fromkeys(lexicon.subjects, (Role.subject, " ")),
        **{form: (Role.joining, english) for form, english in lexicon.joining.items()},
        **{form: (Role.between, english) for form, english in lexicon.between.items()},
    }


@cache
def _list_lengths() -> dict[str, list[int]]:
    """Return the lengths of words and of what ties them, by their first character, the longest first."""
    found: dict[str, set[int]] = {}
    for form in (*read_lexicon().words, *_read_ties()):
        found.setdefault(form[0], set()).add(len(form))
    return {first: sorted(lengths, reverse=True) for first, lengths in found.items()}


@cache
def _compile_number() -> re.Pattern[str]:
    """Return what finds a number with its counter: figures, numerals such as 二十三, or a word's such as ふた."""
    lexicon = read_lexicon()
    words, counters = (
        "|".join(sorted(map(re.escape, forms), key=len, reverse=True)) for forms in (lexicon.numerals, lexicon.counters)
    )
    return re.compile(f"(?P<value>[0-9]{{1,3}}|[一二三四五六七八九十]{{1,3}}|{words})(?:{counters})")


def _read_number(value: str) -> int:
    """Return the value of figures, or of a numeral below 100."""
    numerals = read_lexicon().numerals
    if value.isascii() or value in numerals:
        return int(value) if value.isascii() else numerals[value]
    total = unit = 0
    for numeral in value:
        if numerals[numeral] == 10:
            total, unit = total + 10 * (unit or 1), 0
        else:
            unit = numerals[numeral]
    return total + unit


def _find_way(text: str) -> list[JapaneseToken]:
    """Return the tokens of the cheapest way through a text."""
    folded, lexicon = fold_kana(text), read_lexicon()
    ways: list[dict[bool, _Way]] = [{} for _ in range(len(text) + 1)]  # by whether what ties words may follow
    ways[0][False] = _Way((0, 0))
    for place in range(len(text)):
        for tied, way in ways[place].items():
            if text[place].isspace():
                _keep(ways[place + 1], tied, way)
                continue
            for token in _list_tokens(text, folded, place, tied, lexicon):
                is_unread = token.role is Role.unread
                unread, tokens = way.cost
                follows = not is_unread or not HIRAGANA.match(text[place])
                _keep(ways[token.end], follows, _Way((unread + is_unread, tokens + 1), token, way))
    return _trace(min(ways[-1].values(), key=lambda way: way.cost))


def _keep(ways: dict[bool, _Way], tied: bool, way: _Way) -> None:
    if tied not in ways or way.cost < ways[tied].cost:
        ways[tied] = way


def _trace(way: _Way | None) -> list[JapaneseToken]:
    found = []
    while way and way.token:
        found.append(way.token)
        way = way.before
    return found[::-1]


def _list_tokens(text: str, folded: str, place: int, tied: bool, lexicon: Lexicon) -> Iterator[JapaneseToken]:
    """Yield every token that may begin at a place, the longest words first."""
    ties = _read_ties()
    for length in _list_lengths().get(folded[place], ()):
        form = folded[place : place + length]
        if form in lexicon.words:
            yield JapaneseToken(Role.word, place, place + len(form), lexicon.words[form])
        if form in ties and (tied or SIGN.match(form)):
            role, english = ties[form]
            yield JapaneseToken(role, place, place + len(form), english)
    if number := _compile_number().match(folded, place):
        yield JapaneseToken(Role.number, place, number.end(), str(_read_number(number["value"])))
    if SIGN.match(text[place]):
        yield JapaneseToken(Role.dropped, place, place + 1)
    elif LETTER.match(text[place]):
        yield JapaneseToken(Role.unread, place, place + 1)
    else:
        end = place + 1
        while end < len(text) and not (text[end].isspace() or LETTER.match(text[end]) or SIGN.match(text[end])):
            end += 1
        yield JapaneseToken(Role.word, place, end, text[place:end])


def _script(char: str) -> str:
    return "kana" if HIRAGANA.match(char) else "katakana" if KATAKANA.match(char) else "kanji"


def _spread_unread(tokens: list[JapaneseToken], text: str) -> list[JapaneseToken]:
    """Return the tokens, of which short words that touch unread ones of their script are unread as well."""
    found = list(tokens)
    for way in (1, -1) * 2:  # to both sides, and what came of one side on to the other
        for number in range(len(found))[::way]:
            token, before = found[number], found[number - way] if 0 <= number - way < len(found) else None
            if before is None or before.role is not Role.unread or token.end - token.start >= SURE:
                continue
            one, other = (before.end - 1, token.start) if way == 1 else (before.start, token.end - 1)
            is_word = token.role in (Role.word, Role.number) and LETTER.match(text[other])
            if is_word and abs(one - other) == 1 and _script(text[one]) == _script(text[other]):
                found[number] = replace(token, role=Role.unread)
    return found


def _merge_unread(tokens: list[JapaneseToken]) -> list[JapaneseToken]:
    """Return the tokens, of which unread ones that touch are one."""
    found: list[JapaneseToken] = []
    for token in tokens:
        last = found[-1] if found else None
        if last and last.role is token.role is Role.unread and last.end == token.start:
            found[-1] = replace(last, end=token.end)
        else:
            found.append(token)
    return found
