"""The report from votes to pages: figures, what is said when there are none, escaping, and the same bytes twice."""

import json
import os
import re
import subprocess
import sys
from dataclasses import replace
from html import unescape
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from rich.console import Console
from typer.testing import CliRunner

from eval import about, report
from eval.features.reference_features import Reference
from eval.measure import REAL, Missing, Row, Table
from eval.metrics import METRICS, Takes, Unmeasured
from eval.ratings import bradley_terry
from eval.ratings.newton import maximise
from eval.render import figure
from eval.render.csv import to_csv
from eval.render.html import to_html
from eval.render.json import to_json
from eval.render.markdown import to_markdown
from eval.render.report_files import render_report
from eval.render.terminal import show
from eval.summary import CAVEAT, Summary, summarise
from eval.votes.alarm import RULE
from hub.command import make_command
from hub.errors import DataError
from hub.language.catalogue import languages
from hub.questions import TAGS
from hub.schema import Criterion
from hub.votes.read import Unread
from tests.eval import made
from tests.eval.made import CONCEPTS, STYLES, vote, votes
from tests.eval.votes.test_ledger import imported

ROOT = Path(__file__).parents[2]
HOSTILE = "<script>alert('x')</script>|\x1b[31m"
app = make_command(report.main, "")


VOTES = votes(
    [("one", "two", "a")] * 9
    + [("two", "one", "a")] * 4
    + [("one", "mock", "tie"), ("mock", "one", "b")] * 3
    + [("mock", HOSTILE, "a"), (HOSTILE, "mock", "a"), ("two", "mock", "both_bad"), ("mock", "two", "a")]
    + [("one", "one", "a")]
)
RATERS = [  # of other questions: three raters on the same battles, repeats, gates, votes that were not checked
    vote(
        200 + 3 * battle + number,
        *(("two", "one", "b" if outcome == "a" else outcome) if number else ("one", "two", outcome)),
        prompt=f"battle {battle}",
        rater=f"rater {number}",
        criterion=Criterion.alignment,
        unchecked=("rate-limit",) if battle == 3 else (),
        tags=TAGS[Criterion.alignment][: battle % 3],
    )
    for battle in range(12)
    for number, outcome in enumerate(("a" if battle % 3 else "tie", "a", "both_bad" if battle % 5 == 4 else "a"))
]
REPEATS = [vote(300 + i, "two", "one", "b" if i % 3 else "a", prompt=f"battle {i}", rater="rater 0",
                criterion=Criterion.alignment, repeat_of=f"vote-{200 + 3 * i}") for i in range(12)]  # fmt: skip
FLOOD = [vote(400 + i, rater="bot", excluded=("velocity",) if i % 7 else ("streaks", "velocity")) for i in range(60)]
FIGURES = {"mock": (0.5, 0.3, 0.001), "one": (0.1, 0.2, 0.3), "two": (0.2, 0.1, 0.4), HOSTILE: (0.7,)}
WHOLE = [*VOTES, *RATERS, *REPEATS, *FLOOD]


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A data folder with votes, one of its lines torn and one twice."""
    folder = tmp_path / "data"
    (folder / "log").mkdir(parents=True)
    lines = [v.model_dump_json() for v in VOTES]
    (folder / "log" / "a.jsonl").write_text("\n".join([*lines, lines[0], '{"torn": ']) + "\n")
    return folder


def run(*arguments: object) -> tuple[int, str]:
    """Exit code and output of the command."""
    done = CliRunner().invoke(app, [str(argument) for argument in arguments])
    return done.exit_code, done.output


def read(out: Path) -> dict[str, Any]:
    """The JSON report."""
    content: dict[str, Any] = json.loads((out / "report.json").read_text(encoding="utf-8"))
    return content


def test_ratings_and_the_ledger_of_votes(data: Path, tmp_path: Path) -> None:
    code, output = run("--votes", data, "--no-metrics", "--out", tmp_path / "out")
    content = read(tmp_path / "out")
    assert code == 1  # for the torn line and the one that is there twice
    assert "one" in output
    excluded = {"a line that is no vote": 1, "a repeated vote": 1, "the same generator on both sides": 1}
    assert content["votes"] == {
        "total": len(VOTES) + 2,
        "used": len(VOTES) - 1,
        "excluded": excluded,
        "unchecked": {},
        "alarms": [],
        "alarm_rule": RULE,
    }
    quality, alignment, variety = content["questions"]
    assert (quality["criterion"], quality["source"], quality["prior"]) == ("quality", "arena", None)
    assert quality["votes"] == {"total": 24, "used": 23, "excluded": {"the same generator on both sides": 1}}
    assert (alignment["ratings"], variety["unrated"]) == ([], "Nobody has voted on it yet.")
    ratings = quality["ratings"]
    assert [set(row) for row in ratings] == [{"generator", "rating", "low", "high", "rank", "battles", "win_rate"}] * 4
    assert ratings[0]["generator"] == "one"
    assert np.mean([row["rating"] for row in ratings]) == pytest.approx(1000, abs=0.01)
    assert content["tie_rule"] == "half"
    assert content["metrics"] == []


def test_a_report_of_votes_with_corrupt_lines_is_made_and_exits_with_1(data: Path, tmp_path: Path) -> None:
    code, output = run("--votes", data, "--no-metrics", "--out", tmp_path / "out")
    assert code == 1
    assert "left out" in output
    assert (tmp_path / "out" / "report.html").exists()
    lines = (data / "log" / "a.jsonl").read_text().splitlines()
    (data / "log" / "a.jsonl").write_text("\n".join(lines[: len(VOTES)]) + "\n")
    assert run("--votes", data, "--no-metrics", "--out", tmp_path / "out")[0] == 0


def test_no_votes_yet_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HUB_DATA", str(tmp_path / "nothing"))
    code, output = run("--no-metrics")
    content = read(tmp_path / "nothing" / "report")
    assert code == 0
    assert "no votes yet" in output
    assert [question["ratings"] for question in content["questions"]] == [[], [], []]
    assert content["raters"]["votes_a_rater"] is None
    assert set(content["raters"]["missing"]) == {"left_share", "self_consistency", "alpha_within", "alpha_between"}
    assert all(content["raters"][name] is None for name in content["raters"]["missing"])
    assert "no votes yet" in (tmp_path / "nothing" / "report" / "report.html").read_text(encoding="utf-8")


def test_unjoined_groups_are_said_and_the_report_is_made(tmp_path: Path) -> None:
    summary = summarise(made.read(votes([("a", "b", "a"), ("c", "d", "b")])))
    assert summary.questions[0].ratings == ()
    assert "(a and b) and (c and d)" in str(summary.questions[0].unrated)
    assert "100% of 1" in to_markdown(summary)
    assert "1 of 1" in to_html(summary)


def test_the_prior_is_stated() -> None:
    summary = summarise(made.read(votes([("a", "b", "a")])))
    assert json.loads(to_json(summary))["questions"][0]["prior"] == "half a win each way added to each compared pair"
    for text in (to_markdown(summary), to_html(summary)):
        assert "half a win each way added to each compared pair" in text


def test_pages_are_in_the_language_asked_for_and_data_in_english(data: Path, tmp_path: Path) -> None:
    pages = {}
    for code in ("en", "ja"):
        done, output = run("--votes", data, "--no-metrics", "--language", code, "--out", tmp_path / code)
        assert done == 1
        pages[code] = {path.name: path.read_bytes() for path in (tmp_path / code).iterdir()}, output
    (english, said), (japanese, told) = pages["en"], pages["ja"]
    assert {name for name in english if english[name] == japanese[name]} == {"report.json", "report.csv"}
    assert set(english) == set(japanese) == {"report.json", "report.csv", "report.md", "report.html"}
    assert ("ratings" in said, "レーティング" in told) == (True, True)


def test_votes_that_are_named_and_are_none_are_one_sentence_and_no_report(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "junk").mkdir()
    (tmp_path / "junk" / "notes.txt").write_text("nothing of ours")
    (tmp_path / "torn" / "log").mkdir(parents=True)
    (tmp_path / "torn" / "log" / "a.jsonl").write_text("no vote\n" * 7)
    (tmp_path / "battles.json").write_text("[]")
    for arguments in (["empty"], ["junk"], ["torn"], ["battles.json", "--format", "fastchat"]):
        path = tmp_path / arguments[0]
        code, output = run("--votes", path, *arguments[1:], "--no-metrics", "--out", tmp_path / "out")
        assert (code, len(output.splitlines())) == (2, 1)
        assert f"There are no votes in {path}: vote in the arena, or name other votes." in output
        assert not (tmp_path / "out").exists()
        assert ("a.jsonl, line 5: left out" in output, "And 2 more." in output) == (path.name == "torn",) * 2


def test_mistakes_are_one_sentence(tmp_path: Path) -> None:
    for arguments in (
        ["--votes", tmp_path / "none", "--no-metrics"],
        ["--generators", "nobody"],
        ["--language", "xx", "--no-metrics"],
    ):
        code, output = run(*arguments, "--out", tmp_path / "out")
        assert code == 2
        assert "Traceback" not in output
        assert not (tmp_path / "out").exists()


def test_whole_report_twice_is_the_same_bytes(reference: Reference, data: Path, tmp_path: Path) -> None:
    pages = []
    for out in (tmp_path / "first", tmp_path / "second"):
        assert run("--votes", data, "--generators", "mock", "--out", out)[0] == 1
        pages.append([(out / name).read_bytes() for name in ("report.json", "report.csv", "report.md", "report.html")])
    assert pages[0] == pages[1]
    content = read(tmp_path / "first")
    metrics = content["metrics"]
    found = {(row["generator"], row["metric"]): row for row in metrics}
    titles = {
        Takes.images: ("EfficientNet-Lite2", "witness"),
        Takes.embeddings: ("embedded judge",),
        Takes.pairs: (),
        Takes.cost: ("",),
        Takes.composition: ("",),
    }
    able = [metric for metric in METRICS if not {"before", "training"} & {*metric.needs}]
    drawn = {str(made.in_space(m, title)) for m in able for title in titles[m.takes]}
    real = {str(made.in_space(m, title)) for m in able if m.of_real for title in titles[m.takes]}
    assert {name for generator, name in found if generator == "mock"} == drawn
    assert {name for generator, name in found if generator == REAL} == real
    ppd = found["mock", "PPD (EfficientNet-Lite2)"]
    assert (ppd["n"], ppd["encoder"]) == (12, "efficientnet-lite2@111111111111")
    assert found["mock", "consistency (embedded judge)"]["n"] == 12
    assert ppd["note"].startswith("4 images a prompt")
    assert found["mock", "KID (EfficientNet-Lite2)"]["n"] == CONCEPTS * STYLES
    assert found[REAL, "PPD (EfficientNet-Lite2)"]["n"] == CONCEPTS
    assert content["missing"] == []


def golden_summary() -> Summary:
    """Votes and figures with all that a report has."""
    fd = Row("mock", made.figure("FD (EfficientNet-Lite2)", 12.34567, 10.0, 15.0, 20, "t@1", "few"))
    rows = [
        Row(name, made.figure(metric, x, x / 2, 2 * x, 20, "t@1"))
        for name, xs in FIGURES.items()
        for metric, x in zip(("KID (t)", "PPD (t)", "seconds an image"), xs, strict=False)
    ]
    table = Table((fd, *rows))
    several = [
        one.model_copy(update={"rater": f"rater {10 + i % 6}", "tags": TAGS[one.criterion][i % 2 : 1 + i % 3]})
        for i, one in enumerate(VOTES)
    ]
    read = made.read([*several, *WHOLE[len(VOTES) :]], ["votes, line 9: torn"], {Unread.no_vote: 1})
    return summarise(read, table)


def test_pages_are_the_golden_ones() -> None:
    """A change of the text pages shows here; the HTML page holds plotly's own code, whose version may change."""
    summary, golden = golden_summary(), Path(__file__).with_name("golden_report.txt")
    assert to_markdown(summary) + to_json(summary) == golden.read_text(encoding="utf-8")


@pytest.mark.parametrize("seed", range(3))
def test_the_last_digits_of_a_fit_change_no_page(monkeypatch: pytest.MonkeyPatch, seed: int) -> None:
    """Another processor rounds otherwise: two generators of equal strength differ in the last bit, either way."""
    before, rng = golden_summary(), np.random.default_rng(seed)

    def rounded_otherwise(*given: Any) -> Any:
        at = maximise(*given)
        return at + rng.normal(0, 1e-13, len(at))

    monkeypatch.setattr(bradley_terry, "maximise", rounded_otherwise)
    after = golden_summary()
    for page in (to_markdown, to_json, to_csv):
        assert page(after) == page(before)


def test_an_alarm_is_the_first_thing_on_a_page_and_red_in_a_terminal() -> None:
    summary = summarise(made.read(WHOLE))
    (alarm, *_) = summary.alarms
    page = to_html(summary)
    assert page.index('<p class="alarm" role="alert">') < page.index("<h2>")
    assert alarm in page
    assert to_markdown(summary).splitlines()[2] == f"> **Alarm:** {alarm}"
    console = Console(record=True, width=300, force_terminal=True)
    show(summary, console)
    assert f"\x1b[1;31mAlarm: {alarm}" in console.export_text(styles=True)
    assert 'class="alarm"' not in to_html(summarise(made.read(VOTES)))


def test_each_question_has_its_plots_and_tables() -> None:
    page = to_html(summarise(made.read(WHOLE))).split("</head>")[1]
    assert [page.count(f'id="{name}-{i}"') for name in ("ratings", "wins") for i in (0, 1)] == [1, 1, 1, 1]
    assert [name in page for name in ("<h2>Quality</h2>", "<h2>Alignment</h2>", "<h2>Variety</h2>")] == [
        True,
        True,
        False,
    ]
    assert "Nobody has voted on variety yet." in page


def test_names_are_shown_as_they_are_and_never_run() -> None:
    table = Table((Row(HOSTILE, made.figure("KID (EfficientNet-Lite2)", 0.1, 0.0, 0.2, 20, "t@1")),),
                  (Missing(HOSTILE, Unmeasured("PPD", "too few")),))  # fmt: skip
    hostile = [vote(1000 + i, rater=HOSTILE, excluded=(HOSTILE,) if i >= 100 else ()) for i in range(200)]
    hostile.append(vote(2000, unchecked=(HOSTILE,)))
    read = made.read([*VOTES, *hostile], [f"{HOSTILE}, line 3"], {Unread.no_vote: 1})
    other = imported([vote(3000)], HOSTILE)
    read = replace(read, table=pa.concat_tables([read.table, other]))
    summary = summarise(read, table)
    assert any(HOSTILE in alarm for alarm in summary.alarms)
    page = to_html(summary)
    body = page.split("</head>")[1]
    assert "<script>alert" not in body
    assert "\x1b" not in body
    assert r"\|" in to_markdown(summary)
    assert "<script>" not in to_markdown(summary)
    console = Console(record=True, width=200)
    show(summary, console)
    assert "\x1b[31m" not in console.export_text()


def test_the_page_needs_no_network_and_knows_dark_themes(data: Path, tmp_path: Path) -> None:
    run("--votes", data, "--no-metrics", "--out", tmp_path / "out")
    page = (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
    assert not re.search(r"<(script|link|img|iframe)[^>]+(src|href)\s*=", page.split("</head>")[1])
    assert "<script src" not in page
    assert "prefers-color-scheme: dark" in page


def test_the_caveat_is_in_every_report(reference: Reference) -> None:
    summary = summarise(made.read([]), Table())
    assert "published FID" in CAVEAT
    for text in (to_json(summary), to_markdown(summary), to_html(summary)):
        assert CAVEAT in text


def test_figures_are_short_and_plain() -> None:
    shown = [figure(x) for x in (0.0, 12.34567, 0.0012345, 0.00001234, 323.0215, 1234.5, -0.5, 9999.9, 2315123)]
    assert shown == ["0.000", "12.35", "0.001234", "1.23e-05", "323.0", "1234", "-0.5000", "10,000", "2,315,000"]


def test_rating_alone_imports_neither_torch_nor_gradio(data: Path, tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from eval.report import ReportOptions, make_report; "
        "from hub.settings import Settings; "
        f"make_report(ReportOptions(Path({str(data)!r}), metrics=False), Path({str(tmp_path / 'out')!r}), Settings()); "
        "sys.exit(str([m for m in ('torch', 'gradio', 'datasets') if m in sys.modules] or '') or 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr[-300:]) == (0, done.stderr[-300:])


@pytest.mark.parametrize("code", languages())
def test_other_processes_write_the_same_bytes(code: str, data: Path, tmp_path: Path) -> None:
    pages = []
    for seed in ("1", "2"):
        command = [
            sys.executable,
            "-m",
            "eval.report",
            "--votes",
            str(data),
            "--no-metrics",
            "--language",
            code,
            "--out",
            str(tmp_path / seed),
        ]
        environment = {**os.environ, "PYTHONHASHSEED": seed}
        done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, check=False)
        assert done.returncode == 1  # as lines of the votes are left out
        pages.append({path.name: path.read_bytes() for path in (tmp_path / seed).iterdir()})
    assert pages[0] == pages[1]


SEVEN = votes([("one", "two", "a"), ("two", "mock", "b"), ("mock", "four", "tie")] * 2 + [("four", "one", "a")])


def test_a_page_opens_with_what_the_votes_come_to_and_what_they_are(data: Path, tmp_path: Path) -> None:
    run("--votes", data, "--no-metrics", "--out", tmp_path / "out")
    page = (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
    head = page[: page.index("<nav")]
    assert "Quality: no order is settled with 23 votes." in head
    assert "Nobody has voted on alignment and variety yet." in head
    assert "Votes of 1970-01-01 to 1970-01-01 in data, SHA-256 " in head
    assert "Mock (mock)" in head
    told = read(tmp_path / "out")["about"]
    assert (told["votes"], len(told["digest"])) == ("data", 64)
    assert told["digest"] != read_about(data, tmp_path, "b")


def test_generators_are_called_by_their_titles_and_files_for_programs_keep_their_names(tmp_path: Path) -> None:
    apart = [*votes([("scad", "galip", "a"), ("galip", "scad", "tie")]), vote(9, "unheard", "mock")]
    made_of = about.describe_report(made.read(apart), "votes")
    summary = replace(summarise(made.read(apart)), about=made_of)
    files = {name: content.decode() for name, content in render_report(summary).items()}
    for name in ("report.html", "report.md"):
        assert "(GALIP-style GAN and SCAD) and (Mock and unheard)" in unescape(files[name])
    rated = votes([("scad", "galip", "a"), ("galip", "scad", "a"), ("unheard", "galip", "a"), ("scad", "unheard", "a")])
    summary = replace(summarise(made.read(rated)), about=about.describe_report(made.read(rated), "votes"))
    files = {name: content.decode() for name, content in render_report(summary).items()}
    rows = [line.split(" | ") for line in files["report.md"].splitlines() if line.startswith("| 1 |")]
    assert {(row[1], row[-1].removesuffix(" |")) for row in rows} == {
        ("SCAD", "scad"), ("GALIP-style GAN", "galip"), ("unheard", "unheard"),
    }  # fmt: skip
    assert '<th scope="row">GALIP-style GAN</th>' in files["report.html"]
    for name in ("report.json", "report.csv"):
        assert "galip" in files[name]
    assert "GALIP-style" not in files["report.csv"]


def read_about(data: Path, tmp_path: Path, outcome: str) -> str:
    """The digest of the same votes with another outcome of the first one."""
    path = data / "log" / "a.jsonl"
    path.write_text(path.read_text().replace('"outcome":"a"', f'"outcome":"{outcome}"', 1))
    run("--votes", data, "--no-metrics", "--out", tmp_path / "other")
    return str(read(tmp_path / "other")["about"]["digest"])


def test_the_page_of_seven_votes_is_small_and_has_no_script_and_no_empty_row() -> None:
    page = to_html(summarise(made.read(SEVEN)))
    assert "<script" not in page
    assert len(page) < 100_000
    assert '<th scope="col"></th>' not in page
    assert not re.search(r"<tr>(<td[^>]*>[^<]*</td>){1,3}(<td[^>]*>-</td>){3,}", page)
    assert "100%" not in page.split('class="pairs"')[1].split("</table>")[0]  # single votes are no hundred per cent


def test_ratings_are_written_before_metrics_are_measured(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "out"

    def broken(*_: object) -> None:
        page = (out / "report.html").read_text(encoding="utf-8")
        assert "The metrics were still being measured when this was written" in page
        assert read(out)["unfinished"]
        assert len(read(out)["questions"][0]["ratings"]) == 4
        raise DataError("broken off")

    monkeypatch.setattr(report, "gather_evidence", broken)
    code, said = run("--votes", data, "--generators", "mock", "--out", out)
    assert (code, "1 of 4: rating" in said, "The ratings are in" in said) == (2, True, True)


def test_a_report_says_its_stages_and_where_pictures_stay(reference: Reference, data: Path, tmp_path: Path) -> None:
    code, said = run("--votes", data, "--generators", "mock", "--out", tmp_path / "out")
    assert code == 1
    for number, what in enumerate(("rating", "measuring mock", "timing", "comparing"), 1):
        assert f"{number} of 4: {what}" in said
    assert "mock: no figures came with it; measured here." in said
    assert f"Pictures and features are kept in {tmp_path / 'cache'} (" in said
    assert not read(tmp_path / "out")["unfinished"]


def test_a_terminal_of_80_columns_breaks_no_name() -> None:
    name = "imagenhub_PlayGround/V2_generation"
    ballots = [vote(i, *(("diffusion", name) if i % 2 else (name, "diffusion")), "a") for i in range(8)]
    console = Console(record=True, width=80)
    show(summarise(made.read(ballots)), console)
    text = console.export_text()
    ratings = text[: text.index("wins of row")]
    assert (name in ratings, "diffusion" in ratings, "Generator" in ratings) == (True, True, True)
