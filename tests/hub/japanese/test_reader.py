"""Japanese prompts are read by the lexicon; English is left as it is, and what is not read is told."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.errors import PromptError
from hub.japanese.lexicon import read_lexicon
from hub.japanese.reader import Reading, read_japanese, read_prompt, say_in_english
from hub.prompts import load_captions

READ = {
    # one thing, in kanji, hiragana, katakana, half-width katakana
    "赤いりんご": "red apple",
    "赤いリンゴ": "red apple",
    "赤い林檎": "red apple",
    "あかいりんご": "red apple",
    "赤いｱｯﾌﾟﾙ": "red apple",
    "ﾋﾟｻﾞ": "pizza",
    "ピザ": "pizza",
    "寿司": "sushi",
    "猫": "cat",
    "ネコ": "cat",
    "ねこ": "cat",
    "象": "elephant",
    "ゾウさん": "elephant",
    "桜": "cherry blossom",
    "さくら": "cherry blossom",
    "クリスマスツリー": "Christmas tree",
    "東京タワー": "Tokyo tower",
    "三日月": "crescent moon",
    "Vサイン": "victory hand",
    "Ｖサイン": "victory hand",
    "男性: 赤毛": "man: red hair",
    "男性：赤毛": "man: red hair",
    # what is said of it
    "青い車": "blue car",
    "青いハート": "blue heart",
    "緑のりんご": "green apple",
    "小さな白い犬": "small white dog",
    "怒った顔": "angry face",
    "泣いている赤ちゃん": "crying baby",
    "笑う猫": "smiling cat",
    "赤い 丸": "red circle",
    "赤い\u3000りんご": "red apple",
    # how many
    "二匹の猫": "two cats",
    "2匹の猫": "two cats",
    "２匹の猫": "two cats",
    "猫が二匹": "two cats",
    "りんごを3個": "three apples",
    "一匹の猫": "one cat",
    "猫二匹と犬三匹": "two cats and three dogs",
    "三匹の小さな猫": "three small cats",
    "ふたつの星": "two stars",
    "十二個の星": "12 stars",
    "三人の女性": "three women",
    "二十三人の子供": "23 children",
    # several things
    "りんごとバナナ": "apple and banana",
    "白い犬と黒い猫": "white dog and black cat",
    "りんご、バナナ、ぶどう": "apple, banana, grapes",
    "りんご・バナナ": "apple, banana",
    "赤い車。青い猫。": "red car, blue cat",
    # what ties them
    "ハートの目をした笑顔": "smiling face with heart eyes",
    "目がハートの笑顔": "smiling face with heart-eyes",
    "帽子をかぶった犬": "dog with hat",
    "犬が帽子をかぶっている": "dog with hat",
    "花束を持った少年": "boy with bouquet",
    "机の上の猫": "cat on table",
    "机の上に猫がいる": "cat on table",
    "猫が机の上にいる": "cat on table",
    "箱の中の小さな犬": "small dog in box",
    "大きな木の下の家": "house under big tree",
    "りんごを食べる猫": "cat eating apple",
    "猫がりんごを食べている": "cat eating apple",
    "宇宙飛行士が馬に乗っている": "astronaut riding horse",
    "空を飛ぶ鳥": "bird flying in sky",
    "猫が走っている": "cat running",
    # English beside it
    "赤いapple": "red apple",
    "a red 車": "a red car",
    "赤いりんご, in Noto style": "red apple, in Noto style",
    "箱の中の猫, in Noto style": "cat in box, in Noto style",
    "赤いりんご 👩\u200d🎨 {side} 🈂": "red apple 👩\u200d🎨 {side} 🈂",
}
PARTLY = {
    "静物と猫": Reading("cat", ("静物",)),
    "猫と静物": Reading("cat", ("静物",)),
    "深海の猫": Reading("cat", ("深海",)),
    "ギターを壊すパンダ": Reading("guitar panda", ("壊す",)),
    "猫とイカロス": Reading("cat", ("イカロス",)),  # not squid and something
    "海老と犬": Reading("dog", ("海老",)),  # not sea and something
    "静物, in Noto style": Reading("in Noto style", ("静物",)),
}
JAPANESE = re.compile(  # letters of any width
    r"[\u3040-\u30fa\u30fc-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uff66-\uff9f\U00020000-\U000323af々〆〇]"
)
letters = st.text(
    st.characters(min_codepoint=0x3040, max_codepoint=0x30FF) | st.sampled_from("猫犬赤二匹上中海の 、。a3,")
)
words = st.lists(st.sampled_from([*READ, *PARTLY, "の", "が", "と", "、", " ", "cat", "3"]), max_size=8).map("".join)


@pytest.mark.parametrize("prompt", READ)
def test_a_prompt_is_read_in_the_order_of_english(prompt: str) -> None:
    assert read_prompt(prompt) == Reading(READ[prompt])


@pytest.mark.parametrize("prompt", PARTLY)
def test_what_is_not_known_is_told_and_the_rest_is_read(prompt: str) -> None:
    assert read_prompt(prompt) == PARTLY[prompt]


@pytest.mark.parametrize("prompt", ["静物", "海老", "イカロス", "のが", "ー", "3匹"])
def test_where_nothing_can_be_read_it_is_said_what_can_be(prompt: str) -> None:
    with pytest.raises(PromptError, match=r"Nothing of this prompt could be read: .* such as “赤いりんご”"):
        read_prompt(prompt)
    assert say_in_english(prompt) == prompt


@pytest.mark.parametrize(
    "prompt", ["a red apple", "㊗ button", "🈂 of a cat", "① cat", "빨간 사과", "قطة", "、", "A・B"]
)
def test_a_prompt_without_japanese_letters_is_left_as_it_is(prompt: str) -> None:
    assert read_prompt(prompt) == Reading()
    assert say_in_english(prompt) == prompt


def test_captions_are_left_as_they_are() -> None:
    assert {read_prompt(caption) for caption in load_captions()} == {Reading()}


@given(letters | words | st.text())
def test_a_reading_is_english_that_is_not_read_again(text: str) -> None:
    try:
        reading = read_prompt(text)
    except PromptError:
        assert JAPANESE.search(text)
        return
    assert read_japanese(text) == reading
    assert read_prompt(reading.english) == Reading()
    assert not JAPANESE.search(reading.english)
    assert (reading.english == "") <= (reading.unread == ())
    assert reading.english == reading.english.strip()


@given(st.text(st.characters(max_codepoint=0x2FFF)))
def test_a_text_of_other_scripts_is_never_read(text: str) -> None:
    assert read_prompt(text) == Reading()


@given(st.sampled_from(sorted(read_lexicon().words)), st.sampled_from(sorted(read_lexicon().words)))
def test_two_words_of_the_lexicon_are_both_read(one: str, other: str) -> None:
    assert read_prompt(f"{one}と{other}").english


@given(st.text(alphabet="abc ,.!?()-'", min_size=1))
def test_english_words_stay_beside_japanese_ones(text: str) -> None:
    read = read_prompt(f"{text} 猫").english
    assert re.findall("[abc]+", text) == re.findall("[abc]+", read.removesuffix("cat"))
