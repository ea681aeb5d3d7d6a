"""Prompts: what people can read is drawn, in every script; what can't be seen is refused."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.errors import PromptError
from hub.prompts import FLAGS, check_prompt

LEGAL = {
    "family": "👨‍👩‍👧‍👦 at the sea",
    "skin tones": "👩🏽‍🤝‍👨🏿 and 🧑🏻‍🚀",
    "heart on fire": "❤️‍🔥",
    "rainbow flag": "🏳️‍🌈 in the wind",
    "pirate flag": "🏴‍☠️",
    "health worker": "👩‍⚕️",
    "black cat": "🐈‍⬛",
    "head shaking": "🙂‍↔️",
    "kiss": "👩‍❤️‍💋‍👨",
    "keycap": "1️⃣ and #️⃣",
    "text style": "a ☺︎ face",
    "regions": "🇩🇪🇯🇵",
    "Scotland": f"the flag {FLAGS[1]} on a hill",
    "Persian": "می‌خواهم یک گربه",
    "Persian at a word's end": "ه‍.ق",
    "Arabic": "قطة حمراء",
    "Arabic number sign": "\u06001234",
    "Hindi": "क्‍ष और क्‌ष",
    "Malayalam": "അവന്‍ ഒരു പൂച്ച",
    "Sinhala": "ක්‍රියා",
    "Bengali": "র‍্যাব",
    "Mongolian": "ᠮᠣᠩᠭᠣᠯ ᠬᠡᠯᠡ᠌",
    "Khmer": "ឆ្មាពណ៌ក្រហម",
    "Thai": "แมวสีแดง",
    "Hebrew": "חתול אדום",
    "Japanese": "葛\U000e0100飾区の赤いリンゴ",
    "Hangul": "빨간 사과",
    "Vietnamese": "một con mèo đỏ",
    "decomposed": "cafe\u0301 noir",
    "ideographic space": "赤い\u3000リンゴ",
}
HIDDEN = {
    "right-to-left override": "a \u202etac",
    "left-to-right mark": "a\u200e cat",
    "isolate": "a \u2066cat\u2069",
    "Arabic letter mark": "a\u061c cat",
    "zero-width space": "a\u200b cat",
    "word joiner": "a\u2060cat",
    "byte-order mark": "\ufeffa cat",
    "soft hyphen": "fu\u00adn",
    "joiner in Latin": "fu\u200dn",
    "non-joiner in Latin": "fu\u200cn",
    "joiner alone": "\u200d",
    "joiner after an emoji": "🐈\u200d cat",
    "joiner before an emoji": "a\u200d🐈",
    "two joiners": "👨\u200d\u200d👩",
    "two joiners in Hindi": "क्\u200d\u200dष",
    "non-joiner between emoji": "👨\u200c👩",
    "tags that spell nothing known": "a\U000e0063\U000e0061\U000e0074",
    "tags after a flag": "🏴" + "".join(chr(0xE0000 + ord(c)) for c in "secret\x7f"),
    "selector at the start": "\ufe0f a cat",
    "selector after a space": "a \ufe0fcat",
    "selectors in a row": "☺\ufe0f\ufe0f",
    "hidden text in selectors": "☺\U000e0101\U000e0102\U000e0103",
    "grapheme joiner": "a\u034fcat",
    "Hangul filler": "a\u3164cat",
    "half-width Hangul filler": "a\uffa0cat",
    "blank braille": "a\u2800cat",
    "musical control": "a\U0001d173cat",
    "annotation": "a\ufff9cat",
    "Mongolian vowel separator": "a\u180ecat",
}


@pytest.mark.parametrize("name", LEGAL)
def test_what_scripts_and_emoji_are_written_with_is_kept(name: str) -> None:
    assert check_prompt(f" {LEGAL[name]} ") == LEGAL[name]


@pytest.mark.parametrize("name", HIDDEN)
def test_what_cannot_be_seen_is_refused_by_its_number(name: str) -> None:
    with pytest.raises(PromptError, match=r"invisible or direction-changing character, U\+[0-9A-F]{4,5}: remove it"):
        check_prompt(HIDDEN[name])


@pytest.mark.parametrize("text", ["a\u2028b", "a\u2029b", "a\x00b", "a\x85b", "a\x7fb", "a\tb"])
def test_line_breaks_of_every_kind_are_control_characters(text: str) -> None:
    with pytest.raises(PromptError, match="control characters"):
        check_prompt(text)


@pytest.mark.parametrize("text", ["a\ud83d", "\udc08 cat", "\ude00\ud83d"])
def test_half_characters_are_refused(text: str) -> None:
    with pytest.raises(PromptError, match="unpaired surrogate") as caught:
        check_prompt(text)
    str(caught.value).encode()


@given(st.text(max_size=40))
def test_what_is_accepted_can_be_stored_and_stays_accepted(text: str) -> None:
    try:
        prompt = check_prompt(text)
    except PromptError as error:
        assert str(error).endswith(".")
        return
    assert prompt.encode().decode() == prompt == check_prompt(prompt)
    assert not {unicodedata.category(char) for char in prompt} & {"Cc", "Cs", "Zl", "Zp"}
    assert "\u202e" not in prompt


@given(st.text(st.characters(categories=["L", "N", "P", "S", "Zs"]), min_size=1, max_size=40))
def test_letters_numbers_and_signs_of_all_scripts_are_accepted(text: str) -> None:
    text = "".join(char for char in text if char not in "\u115f\u1160\u2800\u3164\uffa0").strip()
    if text:
        assert check_prompt(text) == text
