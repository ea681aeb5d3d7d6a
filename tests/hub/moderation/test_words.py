"""Words: the obscene and the hateful, also disguised; never a harmless caption."""

import time

import pytest
from better_profanity import Profanity
from hypothesis import given
from hypothesis import strategies as st

from hub.errors import PromptError
from hub.moderation import FILTERS, Moderation
from hub.moderation.entries.words import REASON, read_harmless_words
from hub.prompts import MAX_LENGTH, load_captions

WORDS = Moderation(("words",))
REFUSED = (
    *("fuck", "FUCK", "a fucking cat", "fuck!", "oh, fuck-you", "fuck_you", "fuck123", "motherfucker", "shit", "cunt"),
    *("nigger", "faggot", "kike", "a spic", "blow job", "blow  job", "blow-job", "porn", "pussy", "dick"),
    *("sh1t", "5hit", "$hit", "sh!t", "f*ck", "b1tch", "n1gg3r", "p0rn", "c0ck", "a$$", "@ss", "wh0re", "d1ck", "fvck"),
    *("f u c k", "f.u.c.k", "f-u-c-k", "F U C K", "s h i t happens", "f  u  c  k"),
    *("fuuuuck", "shiiiit", "fuckkkk", "ＦＵＣＫ", "fück", "𝐟𝐮𝐜𝐤", "shít"),
)
HARMLESS = (
    *("a pen is on the table", "class of grass", "Scunthorpe", "a peacock and a woodpecker", "an assassin's cloak"),
    *("cockatoo", "titmouse", "shiitake soup", "a cowgirl", "pile of poo", "a poop with eyes", "comic strip"),
    *("a chess pawn", "rice paddy", "ear muff", "a vixen in the snow", "pot of gold", "gay couple holding hands"),
    *("a weed in a pot", "ski slope", "Jackson Pollock", "public bath", "analysis", "a camel's hump", "a gal", "but"),
    *("sextant", "Essex", "basement", "cumulus cloud", "dickens", "a b c", "A4 paper", "x y z", "hoot owl", "kilogram"),
    *("赤いリンゴ", "قطة", "❤️‍🔥", "1️⃣", "100 cats", "rock 'n' roll", "C-3PO", "R2-D2", "U.S.A. flag", "o.k. hand"),
)


def refused(text: str) -> bool:
    """Whether the word filter refuses a prompt."""
    try:
        WORDS.check_prompt(text)
    except PromptError as error:
        assert str(error) == REASON
        return True
    return False


@pytest.mark.parametrize("text", REFUSED)
def test_obscene_and_hateful_words_are_refused(text: str) -> None:
    assert refused(text)
    assert refused(f"a cat and {text} on a sofa")


@pytest.mark.parametrize("text", HARMLESS)
def test_harmless_words_pass(text: str) -> None:
    assert not refused(text)
    assert not refused(f"a cat, {text}, in Noto style")


def test_every_held_out_caption_passes() -> None:
    assert [caption for caption in load_captions() if refused(caption)] == []


def test_every_word_of_the_list_is_refused_unless_it_is_harmless() -> None:
    words = {str(word).lower() for word in Profanity().CENSOR_WORDSET}
    assert read_harmless_words() <= words
    passed = {word for word in words if not refused(f"a {word} of paper")}
    assert passed <= read_harmless_words()
    assert len(words) - len(passed) > 750


def test_the_reason_repeats_no_word_of_the_prompt() -> None:
    assert not refused(REASON)


@given(st.text(max_size=MAX_LENGTH))
def test_any_text_is_answered(text: str) -> None:
    assert refused(text) in (True, False)


@pytest.mark.parametrize("text", ["*", "a", "1", "a ", "*@", "s h ", "5$", "il1", "f u c ", "u*v", "_", "- "])
@pytest.mark.parametrize("start", ["", "f", "shi"])
def test_no_prompt_takes_long(text: str, start: str) -> None:
    prompt = (start + text * MAX_LENGTH)[:MAX_LENGTH]
    loaded = FILTERS["words"].load()
    begun = time.process_time()
    loaded.prompt(prompt)
    assert time.process_time() - begun < 0.3
