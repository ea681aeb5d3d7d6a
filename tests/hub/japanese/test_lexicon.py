"""The lexicon: what the committed file holds, and which concept a shared keyword names."""

import json
import tomllib

import pytest

from hub.japanese.lexicon import LEXICON, OWN_WORDS, fold, read_lexicon
from hub.methods.data.concepts import load_labels
from hub.methods.data.japanese_lexicon import JapaneseConcept, make_lexicon
from hub.methods.data.packages import NAMES

CAT, CAT_FACE, LAUGHING = (
    JapaneseConcept("1f408", "cat", "ネコ", ("ネコ", "ペット", "動物", "猫")),
    JapaneseConcept("1f431", "cat face", "ネコの顔", ("ネコ", "ペット", "動物", "顔", "猫")),
    JapaneseConcept("1f639", "cat with tears of joy", "泣き笑いする猫", ("動物", "顔", "猫", "すぐ", "毒", "WC")),
)


def test_the_committed_lexicon_has_every_label_and_is_small() -> None:
    stored = json.loads(LEXICON.read_text(encoding="utf-8"))
    assert LEXICON.stat().st_size < 200_000
    assert f"{NAMES.name} {NAMES.version}" in stored["source"]
    assert "Unicode-3.0" in stored["source"]
    assert "UNICODE LICENSE V3" in LEXICON.with_name("LICENSE-Unicode-3.0").read_text(encoding="utf-8")
    labels = set(stored["names"].values())
    assert len(set(load_labels()) - labels) <= 3  # older emoji of the same Japanese name have it
    assert set(stored["keywords"].values()) - labels == set(load_labels()) - labels
    assert not stored["names"].keys() & stored["keywords"].keys()
    for word in (*stored["names"], *stored["keywords"]):
        assert word == fold(word)


def test_a_shared_keyword_is_of_the_concept_whose_name_has_it_and_then_of_the_shortest_name() -> None:
    made = make_lexicon([CAT, CAT_FACE, LAUGHING])
    assert made["names"] == {"ねこ": "cat", "ねこの顔": "cat face", "泣き笑いする猫": "cat with tears of joy"}
    assert made["keywords"]["ぺっと"] == "cat"
    assert "猫" not in made["keywords"]  # of one kanji
    assert {"すぐ", "毒", "wc"} & made["keywords"].keys() == set()


def test_a_keyword_of_many_that_names_none_is_the_word_of_a_class() -> None:
    many = [JapaneseConcept(f"1f40{n}", f"animal {n}", f"どうぶつ{n}", ("ペット", "生き物")) for n in range(5)]
    assert make_lexicon(many)["keywords"] == {}
    assert make_lexicon(many[:4])["keywords"] == {"ぺっと": "animal 0", "生き物": "animal 0"}


def test_of_two_with_one_name_the_older_has_it() -> None:
    octopus, kite = (
        JapaneseConcept(key, label, "たこ", ()) for key, label in (("1f419", "octopus"), ("1fa81", "kite"))
    )
    assert make_lexicon([octopus, kite])["names"] == {"たこ": "octopus"}


def test_no_form_of_our_own_words_stands_twice() -> None:
    own = tomllib.loads(OWN_WORDS.read_text(encoding="utf-8"))
    for table in ("words", "numerals", "between", "joining"):
        forms = [fold(form) for forms in own[table].values() for form in forms]
        assert len(forms) == len(set(forms)), table
    ties = [form for table in ("between", "joining") for forms in own[table].values() for form in forms]
    ties += [form for name in ("subjects", "dropped") for form in own["particles"][name]]
    assert len(ties) == len(set(map(fold, ties)))


@pytest.mark.parametrize(("typed", "looked_up"), [("リンゴ", "りんご"), ("ﾘﾝｺﾞ", "りんご"), ("Ｖ サイン", "vさいん")])
def test_words_are_looked_up_in_one_spelling(typed: str, looked_up: str) -> None:
    assert fold(typed) == looked_up


def test_our_own_words_go_before_cldrs() -> None:
    assert json.loads(LEXICON.read_text(encoding="utf-8"))["names"]["はーと"] == "heart suit"
    assert read_lexicon().words["はーと"] == "heart"
