"""The languages of page and report: whole catalogues, and sentences that know their templates."""

import ast
import copy
import json
import subprocess
import sys

import pytest

from hub.errors import DataError, UnknownName
from hub.language.catalogue import ENGLISH, language, language_names, languages
from hub.language.sentence import Sentence, listed
from tests.catalogues import ROOT, SOURCES, asked, catalogue, fields, ids, messages, used

TRANSLATED = languages()[1:]
JAPANESE = language("ja")


@pytest.mark.parametrize("code", TRANSLATED)
def test_every_message_is_translated_with_its_fields_and_none_is_left_over(code: str) -> None:
    found = catalogue(code)
    assert {(message.context, ids(message)) for message in messages(found)} == used()
    assert not found.obsolete
    assert not [message.id for message in found if message.fuzzy and message.id]
    for message in messages(found):
        one = ids(message)
        wanted = fields(one) if isinstance(one, str) else fields(one[-1])
        for text in [message.string] if isinstance(message.string, str) else message.string or [""]:
            assert text.strip(), message.id
            assert fields(text) == wanted, message.id


def test_a_language_that_is_not_there_is_refused() -> None:
    with pytest.raises(UnknownName, match="'xx'; choose one of: en, ja"):
        language("xx")
    with pytest.raises(UnknownName):
        language("../ja")


@pytest.mark.parametrize(("words", "japanese"), [(["A"], "A"), (["A", "B"], "A、B"), (["A", "B", "C"], "A、B、C")])
def test_lists_are_written_as_the_language_writes_them(words: list[str], japanese: str) -> None:
    assert JAPANESE.listed(words) == japanese
    assert ENGLISH.listed(words) == listed(words)


def test_plurals_follow_the_language() -> None:
    one, many = "{votes:,} {of} of {n:,} rater", "{votes:,} {of} of {n:,} raters"
    decided = Sentence("decided votes")
    assert ENGLISH.ngettext(one, many, 1, votes=2, of=decided) == "2 decided votes of 1 rater"
    assert ENGLISH.ngettext(one, many, 3, votes=2, of=decided) == "2 decided votes of 3 raters"
    assert JAPANESE.ngettext(one, many, 1, votes=2, of=decided) == "評価者1人による勝敗のついた票2件"


def test_a_sentence_is_its_english_text_and_keeps_its_template() -> None:
    made_up = Sentence("the gates {gates}", gates=["a", "b", "{c}"])
    assert made_up == "the gates a, b and {c}"
    kept = copy.deepcopy(made_up)
    assert (kept, kept.template, kept.fields) == (made_up, made_up.template, made_up.fields)
    assert json.loads(json.dumps({made_up: made_up})) == {str(made_up): str(made_up)}
    assert JAPANESE.tell(made_up) == "ゲート a、b、{c}"
    assert DataError(made_up).sentence is made_up
    assert DataError("plain").sentence == "plain"
    assert ENGLISH.tell("\x1b[31m") == "\N{REPLACEMENT CHARACTER}[31m"


def test_every_message_is_written_where_it_is_found() -> None:
    """One that is put together where it is looked up would be in no catalogue."""
    shifting = [
        f"{path.name}:{one.lineno}"
        for path in SOURCES
        for _, arguments in asked(path)
        for one in arguments
        if isinstance(one, ast.JoinedStr | ast.BinOp)
    ]
    assert shifting == []


def test_every_language_tells_its_own_name() -> None:
    assert language_names() == {"en": "English", "ja": "日本語"}
    for code in TRANSLATED:
        assert language_names()[code] != code


def test_an_error_that_is_copied_as_between_processes_keeps_its_sentence() -> None:
    came = copy.deepcopy(DataError(Sentence("{n:,} votes", n=1000)))
    assert str(came) == "1,000 votes"
    sentence = came.sentence
    assert isinstance(sentence, Sentence)
    assert (sentence.template, sentence.fields) == ("{n:,} votes", {"n": 1000})


def test_what_imports_the_catalogue_imports_no_babel_before_it_is_needed() -> None:
    code = "import sys; from hub.language.catalogue import *; language_names(); print('babel' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
