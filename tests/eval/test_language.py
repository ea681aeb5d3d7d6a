"""Reports in every language: no English left over, and one language that never disturbs another."""

import ast
import re
from collections.abc import Iterator
from dataclasses import is_dataclass, replace
from enum import StrEnum
from functools import cache
from pathlib import Path

import pytest
from rich.console import Console

from eval.agreement.by_vote import ANY, WITNESS
from eval.encoders import ENCODERS
from eval.measure import REAL, Missing, Row, Table
from eval.metrics import METRICS, FigureName, Measured, Unmeasured
from eval.render.html import to_html
from eval.render.markdown import to_markdown
from eval.render.names import WORDS, metric_name
from eval.render.terminal import show
from eval.summary import Summary, summarise
from hub.language.catalogue import ENGLISH, Language, language, languages
from hub.language.sentence import Sentence
from hub.votes.read import Unread
from tests.catalogues import catalogue, ids, messages, remembering
from tests.eval import made
from tests.eval.made import vote, votes
from tests.eval.test_report import FLOOD, RATERS, REPEATS, ROOT, VOTES

TRANSLATED = languages()[1:]
JAPANESE = language("ja")
PROSE = {"alarms", "excluded", "missing", "note", "prior", "problems", "reason", "unrated", "why"}  # fields of reports


@cache
def summary(*, told: bool = True) -> Summary:
    """A report with something in every part of it, categories, priors, alarms and reasons too; ``told``: metrics."""
    quick = [vote(1000 + i, outcome="ab"[i % 3 == 0], seconds=(2.0, 5.0, 20.0)[i % 3]) for i in range(30)]
    lone = [vote(2000, "three", "four", unchecked=("rate-limit",))]
    rows = [Row(name, Measured(metric.name, 2.0, 1.0, 3.0, 20, "t@1")) for metric in METRICS for name in ("mock", REAL)]
    lacking = (Missing("mock", Unmeasured("FD", "?", "EfficientNet-Lite2")),)
    table = made.apart(Table(tuple(rows), lacking)) if told else None
    problems = [Sentence("{path}: votes left out because their ids were counted already: {count}.", path="a", count=2)]
    read = made.read([*VOTES[:-8], *quick, *RATERS, *REPEATS, *FLOOD], problems, {Unread.repeated: 1})
    whole = summarise(read, table)
    return replace(whole, questions=(*whole.questions, *summarise(made.read(lone)).questions[:1]))


def empty() -> Summary:
    """A report on nothing."""
    return summarise(made.read([]))


def unjoined() -> Summary:
    """A report whose votes give no ratings, and one rater."""
    return summarise(made.read(votes([("a", "b", "a"), ("c", "d", "b")])))


def pages(of: Summary, spoken: Language) -> list[str]:
    """The report for people in all its forms."""
    console = Console(record=True, width=400)
    show(of, console, spoken)
    return [to_markdown(of, spoken), to_html(of, spoken).split("</head>")[1], console.export_text()]


@pytest.mark.parametrize("code", TRANSLATED)
def test_all_that_reports_say_is_in_the_catalogue(code: str) -> None:
    """What the extraction can't see, as a message inside an f-string, is seen here."""
    spoken, untold = remembering(language(code))
    for of in (summary(), summary(told=False), empty(), unjoined()):
        pages(of, spoken)
    assert not untold.lacking


def test_translated_words_are_those_of_metrics_and_encoders() -> None:
    names = {metric.name for metric in METRICS}
    assert set(WORDS) <= names | {ANY, WITNESS} | {encoder.title for encoder in ENCODERS}
    assert {name for name in names if name == name.lower()} <= set(WORDS)  # plain words; names such as FD stay
    assert metric_name(FigureName("seconds an image"), JAPANESE) == "1枚あたりの秒数"
    assert metric_name(FigureName("consistency", "embedded judge"), JAPANESE) == "一貫性 (組み込みの判定器)"
    assert metric_name(FigureName("tie", "quality"), JAPANESE) == "tie (quality)"


def told(item: object, field: str = "") -> Iterator[tuple[str, str]]:
    """Every text inside, with the name of the field that holds it; of sentences also what they are filled with."""
    if isinstance(item, StrEnum):
        return  # a state or a key, which is never shown
    if isinstance(item, str):
        yield field, item
    if isinstance(item, Sentence):
        inside: object = item.fields
    else:
        inside = vars(item) if is_dataclass(item) else item
    if isinstance(inside, dict):
        for name, value in inside.items():
            yield from told(value, name if is_dataclass(item) else field)
        if inside is item:
            yield from told(list(inside), field)
    elif isinstance(inside, list | tuple):
        for value in inside:
            yield from told(value, field)


def untranslated(of: Summary) -> set[str]:
    """Prose in a report that is no sentence, or one that the Japanese catalogue lacks."""
    known = {one for message in messages(catalogue("ja")) for one in [ids(message)] if isinstance(one, str)}
    texts = list(told(of))
    plain = {text for field, text in texts if field in PROSE and not isinstance(text, Sentence)}
    return plain | {text for _, text in texts if isinstance(text, Sentence) and text.template not in known}


def lacking(of: Summary) -> set[str]:
    """Messages that a Japanese report on it looks up in vain."""
    spoken, untold = remembering(JAPANESE)
    pages(of, spoken)
    return untold.lacking


def test_no_english_is_left_in_a_japanese_report() -> None:
    english = re.compile(r"\b[A-Za-z]{2,} [a-z]{2,} [a-z]{2,}\b")
    for of in (summary(told=False), empty(), unjoined()):
        for page in pages(of, JAPANESE):
            text = re.sub(r"<script.*?</script>|<[a-z/][^>]*>", " \n ", page, flags=re.DOTALL)
            labels = re.findall(r'aria-label="([^"]*)"', page)
            assert not [found for part in (text, *labels) for found in english.findall(part)]
    assert english.search(to_markdown(empty()))


def test_every_reason_that_a_metric_gives_is_a_sentence() -> None:
    """What can't be measured is a note of the report; a plain string there could be said in English only."""
    raised = [
        (path.name, node.lineno, node.args[0])
        for path in [
            *(ROOT / "eval" / "metrics").rglob("*.py"),
            ROOT / "eval" / "statistics.py",
            ROOT / "eval" / "arrays.py",
        ]
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "DataError"
    ]
    assert len(raised) > 10
    said = [(name, line) for name, line, text in raised if not ast.unparse(text).startswith("Sentence(")]
    assert not said


def test_a_japanese_page_says_so() -> None:
    assert '<html lang="ja">' in to_html(empty(), JAPANESE)
    assert '<html lang="en">' in to_html(empty())


def test_one_language_does_not_disturb_another() -> None:
    first = {spoken.code: pages(summary(), spoken) for spoken in (ENGLISH, JAPANESE)}
    again = {spoken.code: pages(summary(), spoken) for spoken in (JAPANESE, ENGLISH, language("ja"))}
    assert first == again
    assert first["en"][0] != first["ja"][0]


def test_the_japanese_page_is_the_golden_one() -> None:
    """A change of the Japanese page shows here, for a native reader to judge."""
    table = Table((Row(REAL, made.figure("FD (EfficientNet-Lite2)", 12.34567, 10.0, 15.0, 20, "t@1")),))
    text = to_markdown(summarise(made.read([*RATERS, *REPEATS, *FLOOD]), table), JAPANESE)
    assert text == Path(__file__).with_name("golden_report_ja.txt").read_text(encoding="utf-8")


def test_names_are_never_taken_for_words() -> None:
    page = to_markdown(summarise(made.read([vote(i, "tie", "quality") for i in range(3)])), JAPANESE)
    assert "| tie |" in page
    assert "| quality |" in page
