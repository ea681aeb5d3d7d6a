"""Machine judges against a stand-in server: both orders, strict answers, retries, resuming, bounds, key, figures."""

import base64
import csv
import io
import json
import threading
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import numpy as np
import pytest
from sklearn.metrics import cohen_kappa_score
from typer.testing import CliRunner

from eval import report
from eval.bundle.verify_bundle import verify_bundle
from eval.judge import __main__ as module
from eval.judge import machine_figures
from eval.judge.battle_question import parse_answer
from eval.judge.chat_endpoint import TOLD, ChatEndpoint, check_endpoint
from eval.judge.machine_figures import cohens_kappa, measure_judges, measure_kappa
from eval.judge.machine_votes import choose_battles, judge_battles, read_known
from eval.render.html import to_html
from eval.render.json import to_json
from eval.render.markdown import to_markdown
from eval.summary import Summary
from eval.votes.ledger import MACHINE, read_ledger
from hub.command import make_command
from hub.errors import DataError, RemoteError
from hub.huggingface.retry import Patience
from hub.schema import Criterion, Outcome, Vote
from hub.settings import Settings
from hub.votes import ContentStore, Pictures, read_votes
from tests.eval.agreement.made import png, side, vote, write
from tests.eval.test_csv import check_all
from tests.eval.test_language import lacking

KEY = "sk-very-secret"
Answer = Callable[[dict[str, Any]], tuple[int, dict[str, str], Any]]


def said(answer: str) -> tuple[int, dict[str, str], Any]:
    """A chat completion of this text."""
    return 200, {}, {"choices": [{"message": {"content": answer}}], "usage": {"total_tokens": 10}}


def always(answer: tuple[int, dict[str, str], Any], body: dict[str, Any]) -> tuple[int, dict[str, str], Any]:
    """This answer, whatever was asked."""
    return answer


def sizes(body: dict[str, Any]) -> list[int]:
    """The length of each picture of a question."""
    parts = body["messages"][1]["content"]
    urls = [part["image_url"]["url"] for part in parts if part["type"] == "image_url"]
    return [len(base64.b64decode(url.removeprefix("data:image/png;base64,"), validate=True)) for url in urls]


def larger(body: dict[str, Any]) -> tuple[int, dict[str, str], Any]:
    """A judge that prefers the side whose files are larger, whichever that is."""
    found = sizes(body)
    half = len(found) // 2
    return said(json.dumps({"answer": "first" if sum(found[:half]) > sum(found[half:]) else "second"}))


@dataclass
class Server:
    """A stand-in: answers by ``answer``, and keeps what it was asked."""

    url: str = ""
    answer: Answer = larger
    bodies: list[dict[str, Any]] = field(default_factory=list)
    keys: list[str | None] = field(default_factory=list)


@pytest.fixture
def server() -> Iterator[Server]:
    """A server of chat completions on this machine."""
    made = Server()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            made.bodies.append(body)
            made.keys.append(self.headers["Authorization"])
            code, headers, content = made.answer(body) if self.path == "/v1/chat/completions" else (404, {}, {})
            told = content if isinstance(content, bytes) else json.dumps(content).encode()
            self.send_response(code)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(told)))
            self.end_headers()
            self.wfile.write(told)

        def log_message(self, *_: object) -> None:
            pass

    http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=partial(http.serve_forever, 0.01))
    thread.start()
    made.url = f"http://127.0.0.1:{http.server_port}/v1"
    yield made
    http.shutdown()
    thread.join()
    http.server_close()


def arena(data: Path, number: int = 12) -> list[Vote]:
    """Votes by people for the larger file, mostly; the last one is on the first's battle, sides swapped."""
    store, votes = ContentStore(data), list[Vote]()
    for i in range(number):
        pictures = 4 if i % 6 == 5 else 1
        large, small = ([png(10 * i + k, size=side_) for k in range(pictures)] for side_ in (24, 12))
        names, files = (("one", "two"), (large, small)) if i // 2 % 2 else (("two", "one"), (small, large))
        a, b = (side(store, name, f"a {i}", those, 100 * i) for name, those in zip(names, files, strict=True))
        right = Outcome.a if i // 2 % 2 else Outcome.b
        outcome = Outcome.tie if i % 4 == 3 else right
        criterion = Criterion.variety if pictures > 1 else (Criterion.quality, Criterion.alignment)[i % 2]
        votes.append(vote(i, a, b, outcome, criterion))
    votes.append(vote(number, votes[0].b, votes[0].a, Outcome.a, votes[0].criterion))
    write(data, votes)
    return votes


def endpoint(server: Server, key: str = "", attempts: int = 3) -> ChatEndpoint:
    """A client of the stand-in that hardly waits."""
    return ChatEndpoint(server.url, "a/model", key, Patience(attempts, 0.001, 0.002))


def run(*arguments: Any) -> tuple[int, str]:
    """Exit code, and all that was printed."""
    result = CliRunner().invoke(make_command(module.main, "example"), [str(one) for one in arguments])
    return result.exit_code, result.output


def test_each_battle_is_judged_once_in_both_orders_with_the_pictures_as_they_are(
    server: Server, tmp_path: Path
) -> None:
    people, out = arena(tmp_path / "data"), tmp_path / "judged.jsonl"
    battles = choose_battles(tmp_path / "data")
    assert len(battles) == 12  # the last vote is on the first's battle
    found = judge_battles(battles, Pictures(tmp_path / "data"), endpoint(server), out)
    assert (found.done, found.failed, len(server.bodies)) == (12, [], 24)
    store = ContentStore(tmp_path / "data")
    for battle, first, second in zip(battles, server.bodies[::2], server.bodies[1::2], strict=True):
        files = [[len(store.read_image(sample.sha256)) for sample in each] for each in (battle.a, battle.b)]
        assert sizes(first) == files[0] + files[1]
        assert sizes(second) == files[1] + files[0]
        assert json.dumps(battle.prompts[0]) in first["messages"][1]["content"][0]["text"]
    written = [Vote.model_validate_json(line) for line in out.read_text().splitlines()]
    assert [one.outcome for one in written[:2]] == [Outcome.b, Outcome.a]
    assert all(one.excluded == (MACHINE,) and one.rater == "machine:a/model" for one in written)
    assert [one.repeat_of for one in written[:2]] == [None, written[0].id]
    assert (written[1].a, written[1].b) == (written[0].b, written[0].a) == (people[0].b, people[0].a)


def test_what_is_there_is_not_asked_again_and_a_torn_line_is(server: Server, tmp_path: Path) -> None:
    arena(tmp_path / "data")
    out, battles, pictures = tmp_path / "judged.jsonl", choose_battles(tmp_path / "data"), Pictures(tmp_path / "data")
    judge_battles(battles[:4], pictures, endpoint(server), out)
    out.write_bytes(out.read_bytes()[:-30])  # killed while it wrote
    found = judge_battles(battles, pictures, endpoint(server), out)
    assert (found.done, found.kept, len(server.bodies)) == (12, 7, 8 + 17)
    assert len(read_known(out)) == 24
    assert judge_battles(battles, pictures, endpoint(server), out).kept == 24
    assert len(server.bodies) == 25
    other = ChatEndpoint(server.url, "another", "", Patience(1))
    assert judge_battles(battles[:1], pictures, other, out).kept == 0


@pytest.mark.parametrize(
    "content", ["notes without an end", "\n\nnotes", '{"kind":"drawing', '{"a": 1}\n{"kind":"vote"']
)
def test_a_file_that_is_refused_keeps_its_bytes(content: str, tmp_path: Path) -> None:
    out = tmp_path / "mine.jsonl"
    out.write_text(content)
    with pytest.raises(DataError, match="that is no machine's vote"):
        read_known(out)
    assert out.read_text() == content


@pytest.mark.parametrize("content", ["", '{"ki', '{"kind":"vote","schema_version":5,"id":"ab'])
def test_a_first_line_that_a_killed_run_left_half_is_cut_off(content: str, tmp_path: Path) -> None:
    out = tmp_path / "judged.jsonl"
    out.write_text(content)
    assert (read_known(out), out.read_text()) == (set(), "")


@pytest.mark.parametrize(
    ("text", "outcome"),
    [('{"answer": "first"}', Outcome.a), ('\n {"answer":"second"} ', Outcome.b), ('{"answer": "tie"}', Outcome.tie),
     ('```json\n{"answer": "both_bad"}\n```', Outcome.both_bad)],
)  # fmt: skip
def test_answers_that_were_asked_for_are_read(text: str, outcome: Outcome) -> None:
    assert parse_answer(text) is outcome


@pytest.mark.parametrize(
    "text",
    ["first", '{"answer": "First"}', '{"answer": "first", "why": "x"}', '{"answer": ["first"]}', "[]", "", "null",
     '{"answer": ""}', 'I say {"answer": "first"}', '{"answer": "first", "answer": "second"}', "[" * 100_000],
)  # fmt: skip
def test_anything_else_is_no_answer(text: str) -> None:
    with pytest.raises(DataError, match="not one of those asked for"):
        parse_answer(text)


def test_battles_without_a_readable_answer_are_told_and_asked_again_later(server: Server, tmp_path: Path) -> None:
    arena(tmp_path / "data")
    out = tmp_path / "judged.jsonl"
    server.answer = lambda body: said("I like both") if '"a 3"' in str(body) else larger(body)
    arguments = ("--votes", tmp_path / "data", "--endpoint", server.url, "--model", "m", "--out", out)
    code, shown = run(*arguments, "--per-minute", 6000)
    assert code == 1
    assert "11 battles of 12 have both answers" in shown
    assert "No answer: vote vote-3: The answer is not one of those asked for" in shown
    assert len(server.bodies) == 22 + 2
    server.answer = larger
    assert run(*arguments, "--per-minute", 6000)[0] == 0
    assert len(server.bodies) == 26


def test_passing_failures_are_tried_again_and_others_are_one_sentence_without_the_key(
    server: Server, tmp_path: Path
) -> None:
    turns = iter([(429, {"Retry-After": "0"}, {}), (503, {}, {}), said('{"answer": "tie"}')])
    server.answer = lambda _: next(turns)
    asked = endpoint(server, KEY)
    assert asked.ask("t", []) == '{"answer": "tie"}'
    assert (asked.asked, asked.tokens, set(server.keys)) == (3, 10, {f"Bearer {KEY}"})
    assert KEY not in repr(asked)
    for answer, reason in (
        ((401, {}, {}), "refuses the key"),
        ((404, {}, {"error": f"bad {KEY} here"}), r"HTTP 404.*bad \*\*\* here"),
        ((404, {}, {"error": "x" * (TOLD - 15) + KEY}), r"HTTP 404.*x\*\*\*"),
        ((503, {}, {}), "HTTP 503"),
        ((302, {"Location": "http://127.0.0.1:1/"}, {}), "HTTP 302|sends elsewhere"),
        ((200, {}, b"<html>"), "no chat completion"),
        ((200, {}, []), "no chat completion"),
        ((200, {}, {"choices": []}), "no chat completion"),
    ):
        server.answer = partial(always, answer)
        with pytest.raises(RemoteError, match=reason) as caught:
            endpoint(server, KEY, 2).ask("t", [])
        assert KEY[:6] not in str(caught.value)
        assert caught.value.__cause__ is None
    with pytest.raises(RemoteError, match="could not be reached"):
        ChatEndpoint("http://127.0.0.1:1/v1", "m", KEY, Patience(2, 0.001, 0.001)).ask("t", [])


def test_what_was_answered_before_an_endpoint_failed_is_kept(server: Server, tmp_path: Path) -> None:
    arena(tmp_path / "data")
    out = tmp_path / "judged.jsonl"
    server.answer = lambda body: larger(body) if len(server.bodies) <= 5 else (403, {}, {})
    arguments = ("--votes", tmp_path / "data", "--endpoint", server.url, "--model", "m", "--out", out)
    code, shown = run(*arguments, "--per-minute", 6000)
    assert (code, "refuses the key" in shown, "6 questions" in shown) == (2, True, True)
    assert len(read_known(out)) == 5


def test_a_key_never_goes_over_a_network_in_the_clear() -> None:
    assert check_endpoint("http://localhost:8000/v1/", KEY) == "http://localhost:8000/v1/chat/completions"
    assert check_endpoint("http://example.org/v1", "") == "http://example.org/v1/chat/completions"
    with pytest.raises(DataError, match="in the clear"):
        check_endpoint("http://example.org/v1", KEY)
    for wrong in ("http://[::1", "http://host:abc/v1", "http://a..b", "http://host:99999/v1", "http://h\n/v1",
                  "ftp://example.org", "example.org/v1", "https://user:pass@example.org/v1", "https://x/v1?key=1",
                  ""):  # fmt: skip
        with pytest.raises(DataError, match="is no endpoint"):
            check_endpoint(wrong, "")


@pytest.mark.parametrize("key", ["sk-\N{LATIN SMALL LETTER E WITH ACUTE}", "sk-a\nHost: b"])
def test_a_key_that_no_header_can_have_is_one_sentence_without_it(key: str) -> None:
    with pytest.raises(DataError, match="letters that no key has") as caught:
        ChatEndpoint("https://example.org/v1", "m", key)
    assert key not in str(caught.value)


NO_TEXT: dict[str, Any] = {"choices": [{"message": {"content": None}}]}


@pytest.mark.parametrize(
    ("answer", "reason"),
    [((200, {}, NO_TEXT), "gave no text"), ((400, {}, {"error": f"{KEY} refused"}), "HTTP 400"),
     ((422, {}, {}), "HTTP 422")],
)  # fmt: skip
def test_a_question_that_is_refused_is_listed_and_the_others_are_asked(
    answer: tuple[int, dict[str, str], Any], reason: str, server: Server, tmp_path: Path
) -> None:
    arena(tmp_path / "data")
    out, battles, pictures = tmp_path / "judged.jsonl", choose_battles(tmp_path / "data"), Pictures(tmp_path / "data")
    server.answer = lambda body: answer if '"a 3"' in str(body) else larger(body)
    found = judge_battles(battles, pictures, endpoint(server, KEY), out)
    (said_,) = found.failed
    assert (found.done, "vote vote-3" in said_, reason in said_, KEY in said_) == (11, True, True, False)
    server.answer = larger
    assert judge_battles(battles, pictures, endpoint(server, KEY), out).failed == []


def test_the_command_is_bounded_and_takes_its_key_from_the_environment(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    arena(tmp_path / "data")
    monkeypatch.setenv(module.KEY, KEY)
    out = tmp_path / "judged.jsonl"
    arguments = ("--votes", tmp_path / "data", "--endpoint", server.url, "--model", "m")
    code, shown = run(*arguments, "--out", out, "--limit", 2, "--per-minute", 6000)
    assert (code, len(server.bodies), set(server.keys)) == (0, 4, {f"Bearer {KEY}"})
    assert "4 questions, 40 tokens" in shown
    assert KEY not in shown + out.read_text()
    for wrong, reason in ((tmp_path / "data" / "log" / "b.jsonl", "lies among people's votes"),
                          (tmp_path / "judged.txt", "must end in .jsonl"),
                          (tmp_path / "data" / "log" / "a.jsonl", "lies among")):  # fmt: skip
        code, shown = run(*arguments, "--out", wrong)
        assert (code, reason in " ".join(shown.split())) == (2, True)
    (tmp_path / "votes.jsonl").write_bytes((tmp_path / "data" / "log" / "a.jsonl").read_bytes())
    code, shown = run(*arguments, "--out", tmp_path / "votes.jsonl")
    assert (code, "line 1: that is no machine's vote" in shown) == (2, True)
    assert len(server.bodies) == 4


def test_machines_votes_count_nowhere_even_among_peoples(server: Server, tmp_path: Path) -> None:
    arena(tmp_path / "data")
    out = tmp_path / "data-judged" / "judged.jsonl"
    judge_battles(choose_battles(tmp_path / "data"), Pictures(tmp_path / "data"), endpoint(server), out)
    before = read_ledger(read_votes(tmp_path / "data").table).counts.sum()
    (tmp_path / "data" / "log" / "judged.jsonl").write_bytes(out.read_bytes())
    table = read_votes(tmp_path / "data").table
    ledger = read_ledger(table)
    assert table.num_rows == 13 + 24
    assert ledger.counts.sum() == before
    assert ledger.excluded()[(MACHINE,)] == 24
    assert ledger.answered.sum() == 13


@pytest.fixture
def judged(server: Server, tmp_path: Path) -> tuple[Path, Path]:
    """People's votes, and those of a fair judge and of one that always says the first."""
    arena(tmp_path / "data", 48)
    out, battles, pictures = tmp_path / "judged.jsonl", choose_battles(tmp_path / "data"), Pictures(tmp_path / "data")
    judge_battles(battles, pictures, endpoint(server), out)
    server.answer = lambda _: said('{"answer": "first"}')
    judge_battles(battles, pictures, ChatEndpoint(server.url, "lopsided", "", Patience(1)), out)
    return tmp_path / "data", out


def test_lean_consistency_and_agreement_are_those_of_the_answers(judged: tuple[Path, Path]) -> None:
    data, out = judged
    found = {(one.model, one.criterion): one for one in measure_judges(out, read_votes(data).table, Pictures(data))}
    assert {model for model, _ in found} == {"a/model", "lopsided"}
    for (model, criterion), one in found.items():
        assert one.left is not None and one.consistent is not None and one.agreeing is not None
        even = model == "a/model"
        assert one.battles == {Criterion.quality: 24, Criterion.alignment: 16, Criterion.variety: 8}[criterion]
        assert (one.left.value, one.consistent.value) == ((0.5, 1.0) if even else (1.0, 0.0))
    fair, lopsided = found["a/model", Criterion.alignment], found["lopsided", Criterion.alignment]
    assert fair.agreeing is not None and lopsided.agreeing is not None
    assert fair.agreeing.value + lopsided.agreeing.value == pytest.approx(1)  # of the latter every verdict is a tie
    quality = found["a/model", Criterion.quality]
    assert quality.agreeing is not None and quality.kappa is not None
    assert (quality.agreeing.value, quality.agreeing.n) == (1, 25)  # the vote on swapped sides too
    assert quality.kappa.value == 1


def test_peoples_votes_are_read_once_for_all_judges(judged: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    read = Mock(side_effect=read_ledger)
    monkeypatch.setattr(machine_figures, "read_ledger", read)
    data, out = judged
    assert len(measure_judges(out, read_votes(data).table, Pictures(data))) == 6
    assert read.call_count == 1


def test_kappa_is_scikit_learns() -> None:
    rng = np.random.default_rng(0)
    person = rng.integers(0, 3, 200)
    verdict = np.where(rng.random(200) < 0.6, person, rng.integers(0, 3, 200))
    found = measure_kappa(verdict, person, np.arange(200) // 2)
    assert found is not None
    assert found.value == pytest.approx(cohen_kappa_score(verdict, person), abs=1e-9)
    assert found.low < found.value < found.high
    table = np.zeros((3, 3))
    np.add.at(table, (verdict, person), 1)
    assert cohens_kappa(table) == pytest.approx(found.value, abs=1e-9)
    assert measure_kappa(np.zeros(9, int), np.zeros(9, int), np.arange(9)) is None


def test_kappas_interval_holds_the_truth() -> None:
    held = 0
    for seed in range(60):
        rng = np.random.default_rng(seed)
        person = rng.integers(0, 3, 150)
        verdict = np.where(rng.random(150) < 0.5, person, rng.integers(0, 3, 150))
        found = measure_kappa(verdict, person, np.arange(150))
        assert found is not None
        held += found.low <= 0.5 <= found.high
    assert held >= 53


def whole(data: Path, out: Path, folder: Path) -> Summary:
    """The report with machine judges."""
    return report.build_report(
        report.ReportOptions(data, metrics=False, judged=out), folder, Settings(data=data)
    ).summary


def test_the_report_shows_them_in_a_section_of_their_own_and_rates_as_without(
    judged: tuple[Path, Path], tmp_path: Path
) -> None:
    data, out = judged
    found = whole(data, out, tmp_path / "one")
    asked = report.ReportOptions(data, metrics=False)
    without = report.build_report(asked, tmp_path / "two", Settings(data=data)).summary
    one, other = (json.loads(to_json(each)) for each in (found, without))
    assert len(one.pop("machines")) == 6
    assert other.pop("machines") == []
    assert one == other
    assert (without.machines, "Machine judges" in to_html(without)) == ((), False)
    check_all(found)
    assert lacking(found) == set()
    page, text = to_html(found), to_markdown(found)
    for shown in (page, text):
        assert "Machine judges" in shown
        assert "lopsided" in shown
        assert "in none of the ratings" in shown
    assert json.loads((tmp_path / "one" / "report.json").read_text())["machines"][0]["battles"] == 24


def test_files_that_are_not_machines_votes_are_told(judged: tuple[Path, Path], tmp_path: Path) -> None:
    data, out = judged
    table, pictures = read_votes(data).table, Pictures(data)
    with pytest.raises(DataError, match="of a person"):
        measure_judges(data / "log" / "a.jsonl", table, pictures)
    alone = tmp_path / "alone.jsonl"
    alone.write_text(out.read_text().splitlines()[0] + "\n")
    with pytest.raises(DataError, match="no battle that was judged in both orders"):
        measure_judges(alone, table, pictures)
    (tmp_path / "torn.jsonl").write_text("{}\n" + out.read_text())
    with pytest.raises(DataError, match="can't be read whole"):
        measure_judges(tmp_path / "torn.jsonl", table, pictures)
    assert machine_figures.KINDS == 3


def test_a_bundle_has_machine_judges_figures_and_verifies_with_them(judged: tuple[Path, Path], tmp_path: Path) -> None:
    data, out = judged
    path = tmp_path / "b.zip"
    asked = report.ReportOptions(data, metrics=False, judged=out, latex=True, bundle=path)
    report.make_report(asked, tmp_path / "report", Settings(data=data))
    with zipfile.ZipFile(path) as file:
        for name in ("html", "md", "json", "csv"):
            own = (tmp_path / "report" / f"report.{name}").read_bytes()
            assert b"lopsided" in own, name
            assert file.read(f"report/report.{name}") == own, name
        assert "report/latex/tables/machines.tex" in file.namelist()
    found = verify_bundle(path)
    assert found.problems == ()
    assert found.given == sum(row["table"] == "machines" for row in csv.DictReader(io.StringIO(own.decode())))
