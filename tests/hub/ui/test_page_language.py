"""The page in its visitor's language: which one that is, that all of the page is in it, and that events are too."""

import ast
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from html import unescape
from types import SimpleNamespace
from typing import Any, cast

import pytest
from starlette.datastructures import Headers

from hub import errors
from hub.battle import Slot
from hub.generators import roster
from hub.language.catalogue import Language, language
from hub.language.sentence import Sentence
from hub.moderation.entries import images, words
from hub.schema import Criterion, Outcome, Request, Side
from hub.ui import markup
from hub.ui.about_tab import render_generators
from hub.ui.battle.ballot import Desk, render_earlier, render_next_question
from hub.ui.battle.wall import Trouble, Wall
from hub.ui.drawing import LOADING
from hub.ui.page_head import write_language
from hub.ui.visitor_language import COOKIE, choose_language
from hub.votes import find_vote, read_votes
from tests.catalogues import MARKED, ROOT, remembering
from tests.hub.ui import fakes
from tests.hub.ui.said import strings
from tests.hub.ui.served import FAKES, Arena, Page, served
from tests.hub.ui.test_login import SPACE
from tests.hub.votes.made import vote

JAPANESE = language("ja")
ENGLISH_PROSE = re.compile(r"\b[A-Za-z]{2,} [a-z]{2,} [a-z]{2,}\b")
NAMES = {"Vernissage", "English", "日本語", "A", "B", "-", *"1234TN", "Enter"}  # alike in every language


@pytest.mark.parametrize(
    ("said", "accepted", "code"),
    [
        ("", "", "en"),
        ("", "ja", "ja"),
        ("", "ja-JP,ja;q=0.9,en;q=0.8", "ja"),
        ("", "en-US,en;q=0.9,ja;q=0.8", "en"),
        ("", "fr-FR, ja;q=0.3, en;q=0.2", "ja"),
        ("", "fr, de;q=0.9, *;q=0.1", "en"),
        ("", "ja;q=0, en;q=0.1", "en"),
        ("", "JA;q=x, ja;q=nan, ja;q=inf, ;;=,", "en"),
        (f"{COOKIE}=en", "ja", "en"),
        (f"{COOKIE}=ja", "en", "ja"),
        (f"{COOKIE}=xx", "ja", "ja"),
        (f"{COOKIE}=../ja", "en", "en"),
        (f'other={{"a": 1}}; {COOKIE}; é=1; {COOKIE}="ja"', "en", "ja"),
    ],
)
def test_a_choice_goes_before_the_browser_and_what_is_unknown_does_not_matter(
    said: str, accepted: str, code: str
) -> None:
    headers = Headers(raw=[(b"cookie", said.encode()), (b"accept-language", accepted.encode())])
    assert choose_language(headers).code == code


def texts(html: str) -> list[str]:
    """What a visitor reads or hears of some HTML."""
    plain = re.sub(r"<code>.*?</code>|<option.*?</option>", "\n", html, flags=re.DOTALL)
    heard = re.findall(r'(?:aria-label|alt)="([^"]*)"', plain)
    return [unescape(text).strip() for text in (*re.sub(r"<[a-z/][^>]*>", "\n", plain).split("\n"), *heard)]


def unmarked(html: str) -> list[str]:
    """Texts that were looked up in no catalogue."""
    left = html
    while (less := re.sub("⟦[^⟦⟧]*⟧", "", left)) != left:
        left = less
    return [text for text in texts(left) if re.search(r"[^\W\d]", text) and text not in NAMES]


@pytest.fixture(scope="module")
def said(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """What a page that has all that a page can have says in some languages."""
    command = [sys.executable, "-m", "tests.hub.ui.said", str(tmp_path_factory.mktemp("page"))]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT, env=os.environ | SPACE)
    return json.loads(done.stdout.splitlines()[-1])


def test_every_text_of_the_page_is_looked_up(said: Any) -> None:
    found = {where: [one for text in those for one in unmarked(text)] for where, those in said["marked"].items()}
    assert {where: those for where, those in found.items() if those} == {}
    assert sum("⟦" in text for those in said["marked"].values() for text in those) > 20


def test_gradio_sends_each_text_as_the_property_that_it_was_given_as(said: Any) -> None:
    assert said["changed"] == []


def everything(spoken: Language) -> Iterator[str]:
    """All HTML that events answer with."""
    one = vote("1")
    for count in (1, 4):
        wall = Wall("token", [Request(prompt="", seed=1)], count, spoken)
        yield from strings(wall.value)
        wall.progress(0, 0.5)
        yield from strings(wall.value)
        for place in (LOADING, 0, 3):
            wall.progress(place, 0.0)
            yield from strings(wall.value)
        wall.hang({Slot(side, number): "picture/x" for side in Side for number in range(count)})
        yield from strings(wall.value)
        for trouble in Trouble:
            wall.fail(trouble)
            yield from strings(wall.value)
    for criterion in Criterion:
        yield from strings(Desk(criterion, language=spoken).value)
        yield render_next_question(criterion, spoken)
    receipt = cast(Any, SimpleNamespace(vote="1", model_dump_json=lambda indent: "{}"))
    for outcome in Outcome:
        desk = Desk(Criterion.quality, outcome=outcome, receipt=receipt, language=spoken)
        yield from strings(desk.value)
    yield from strings(Desk(Criterion.quality, held=True, language=spoken).value)
    yield from strings(Desk(Criterion.quality, outcome=Outcome.tie, withheld=True, language=spoken).value)
    yield render_earlier(one, receipt, spoken)
    yield markup.render_named(one.a, spoken)
    yield markup.render_finished("", 1.0, spoken)
    yield markup.render_login("", spoken)
    yield render_generators(roster(("diffusion", "galip", "scad", "scad-mi", "scad-dd", "mock")), {}, spoken)


def test_every_text_of_an_event_is_looked_up() -> None:
    names = {"left", "right", "a cat", "CC-BY-4.0", "CC-BY-SA-4.0", "MIT", "Mock"}
    found = {text for html in everything(MARKED) for text in unmarked(html)}
    titles = {generator.title for generator in roster(("diffusion", "galip", "scad", "scad-mi", "scad-dd"))}
    assert {text for text in found if not re.fullmatch(r"[\d,]+", text)} - names - titles == set()


def test_all_of_the_page_and_its_events_is_in_the_catalogue(said: Any) -> None:
    spoken, untold = remembering(JAPANESE)
    told = [*(text for those in said["japanese"].values() for text in those), *everything(spoken)]
    assert untold.lacking | {*said["lacking"]} == set()
    assert [text for html in told for text in texts(html) if ENGLISH_PROSE.search(text)] == []


MET = ["battle", "engine", "gates/rate_limits.py", "moderation", "prompts.py", "ui", "devices.py"]
MET += [f"generators/{name}" for name in ("contract.py", "facts.py", "remote_calls.py", "snapshots.py", "kinds")]
ELSEWHERE = {
    "ray_cluster.py",
    "ray_engine.py",
    "serve.py",
    "kinds/__init__.py",
    "entries/images.py",
    "entries/words.py",
}
RAISED = {name for name, one in vars(errors).items() if isinstance(one, type)} | {"NotWhole", "Busy"}


def test_every_error_that_a_visitor_meets_is_a_sentence() -> None:
    """A plain string could be said in English only. ``ELSEWHERE`` are those that end a start."""
    found, plain = 0, []
    files = [file for part in MET for file in (*ROOT.glob(f"hub/{part}"), *ROOT.glob(f"hub/{part}/**/*.py"))]
    for file in files:
        if file.is_dir() or file.name in ELSEWHERE or f"{file.parent.name}/{file.name}" in ELSEWHERE:
            continue
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in RAISED and node.args:
                found += 1
                plain += [f"{file}:{node.lineno}"] * isinstance(node.args[0], ast.Constant | ast.JoinedStr)
    assert found > 60
    assert plain == []
    assert isinstance(words.REASON, Sentence)
    assert isinstance(images.REASON, Sentence)


def test_the_language_is_in_the_head_before_gradios_script() -> None:
    japanese = language("ja")
    page = write_language(
        b'<!doctype html><html\n\tlang="en" style=""><head><script>a</script></head>lang="en"', japanese
    )
    assert page.startswith(b'<!doctype html><html\n\tlang="ja" style=""><head><script>Object.defineProperty(navigator,')
    assert page.endswith(b'<script>a</script></head>lang="en"')
    assert write_language(b"no page", japanese) == b"no page"


@pytest.fixture(scope="module")
def arena(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Arena]:
    """An arena of the two fakes, served."""
    with served(tmp_path_factory.mktemp("arena"), FAKES, fakes.NAMES, HUB_BATTLES_PER_MINUTE="20") as arena:
        yield arena


def opened(arena: Arena, accepted: str = "", chosen: str = "") -> Page:
    """A page that was opened anew by a browser with these settings."""
    page = Page(arena.url)
    page.http.headers["accept-language"] = accepted
    if chosen:
        page.http.cookies.set(COOKIE, chosen)
    answer = page.http.get("/")
    page.html = answer.text
    page.config = page.http.get("/config").text
    assert {"Accept-Language", "Cookie"} <= set(re.split(r", *", answer.headers["vary"]))
    return page


def test_a_page_comes_in_its_visitors_language_and_no_other_ones(arena: Arena) -> None:
    for accepted, chosen, code in (
        ("ja", "", "ja"),
        ("fr", "", "en"),
        ("ja", "en", "en"),
        ("", "ja", "ja"),
        ("", "", "en"),
    ):
        with opened(arena, accepted, chosen) as page:
            assert re.search(r"<html\s+lang=\"(\w+)\"", page.html)[1] == code  # type: ignore[index]
            for text in (page.html, page.config):
                assert ("見た目が良いのはどちら？" in text) is (code == "ja")
                assert ('"What should the picture show?"' in text) is (code == "en")


def test_events_answer_in_the_language_of_their_page(arena: Arena) -> None:
    with opened(arena, "en", "ja") as page:
        assert "プロンプトが空です" in page.draw(" ")
        assert "Compare" not in page.draw("a boat")
        assert "この対戦のトークンは" in page.vote("a", token="forged")  # noqa: S106
        told = page.vote("a")
        assert "Aを選びました。投票を保存しました。" in told
        assert "この対戦にはすでに投票済みです" in page.vote("b")
        assert "シードに" in page.compare("a cat", "x")
        assert "枚中2枚" in page.compare("a cat", 7)
        assert "そのようなページはありません。" in page.http.get("/nothing").json()["detail"]
        page.http.cookies.set(COOKIE, "en")
        assert "The prompt is empty" in page.draw(" ")
    assert "Traceback" not in arena.said


def test_a_japanese_prompt_is_told_in_english_in_battle_and_compare(arena: Arena) -> None:
    with opened(arena, "ja") as page:
        sent = page.draw("赤いりんごと静物")
        assert "「red apple」と読みました、読み取れなかった部分：静物" in sent
        assert "投票を保存しました" in page.vote("a")
        assert "このプロンプトからは何も読み取れませんでした" in page.draw("静物")
        assert "読みました" not in page.draw("a red apple")
        assert "「cat」と読みました" in page.compare("猫\na cat", 7)
        assert "プロンプト2：このプロンプトからは何も読み取れませんでした" in page.compare("a cat\n静物", 7)
    votes = [find_vote(arena.data, id) for id in read_votes(arena.data).table["id"].to_pylist()]
    assert "red apple" in {vote.a[0].read_as for vote in votes if vote}
    assert "Traceback" not in arena.said


def test_one_drawing_too_many_is_told_in_the_language_of_the_page(arena: Arena) -> None:
    with opened(arena, "ja") as page:
        for _ in range(21):
            answer = page.http.post("/gradio_api/queue/join", json=page.body("draw", [" ", "quality"], {}))
        assert answer.status_code == 429
        assert re.search("1分間に描ける上限の20対戦に達しました。|まだ描き終わっていません", answer.json()["detail"])


def test_prompts_are_never_changed_by_a_translation() -> None:
    """An ideographic space, a joined emoji and braces stay in what a screen reader says of a picture."""
    prompt = "赤い\u3000りんご 👩\u200d🎨 {side}"
    wall = Wall("token", [Request(prompt=prompt, seed=1)], 1, JAPANESE)
    wall.hang({Slot(side, 0): "picture/x" for side in Side})
    assert prompt in wall.value["a"][0]
    told = render_earlier(vote("1", prompt=prompt), None, JAPANESE)
    assert prompt in told
