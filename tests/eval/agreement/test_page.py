"""The joined part of the report in every format: figures, reasons, pictures, escaping, and the same bytes twice."""

import json
import re
from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

from rich.console import Console

from eval.agreement.by_vote import NO_PICTURES
from eval.agreement.evidence import Evidence, Strips
from eval.agreement.voted_pictures import Voted
from eval.features.reference_features import Reference
from eval.measure import Row, Table
from eval.render.agreement_tables import _around
from eval.render.cost_plot import LINE, MARK, place_labels
from eval.render.html import to_html
from eval.render.json import to_json
from eval.render.markdown import to_markdown
from eval.render.pareto import ALONE, NOBODY
from eval.render.terminal import show
from eval.summary import Summary, summarise
from hub.language.catalogue import ENGLISH
from hub.schema import Criterion, Outcome, Vote
from hub.votes import ContentStore, read_votes
from tests.eval import made as plain_votes
from tests.eval.agreement.made import png, side, vote, write
from tests.eval.agreement.test_fronts import COST, FOUR, KID, PPD, table
from tests.eval.agreement.test_models import LOWER, ballots
from tests.eval.agreement.test_models import table as figures
from tests.eval.test_report import HOSTILE, read, run

KEYS = ("by_vote", "by_generator", "fronts", "pictures", "disputed", "nearest", "style")


def arena(data: Path, number: int = 40) -> list[Vote]:
    """Votes of every question with pictures, among them two on one battle that disagree, and a hostile prompt."""
    store = ContentStore(data)
    votes: list[Vote] = []
    for criterion in Criterion:
        for i in range(number):
            pictures = 4 if criterion is Criterion.variety else 1
            prompt = HOSTILE.replace("\x1b", "") if i < 2 else f"prompt {i}"
            seed = 100 * max(i, 1)  # the first two votes are on the same pictures
            a, b = (
                side(store, name, prompt, [png(seed + k, level) for k in range(pictures)])
                for name, level in (("mock", 0.8), ("galip", 0.2))
            )
            votes.append(vote(len(votes), a, b, Outcome.b if i % 5 == 1 else Outcome.a, criterion))
    write(data, votes)
    return votes


def texts(summary: Summary) -> dict[str, str]:
    """The report in every format; the terminal's and the page's with the spaces and lines of running text."""
    console = Console(record=True, width=400)
    show(summary, console)
    page = to_html(summary).split("</head>")[1]
    return {"terminal": console.export_text(), "markdown": to_markdown(summary), "json": to_json(summary), "html": page}


def whole(tmp_path: Path) -> tuple[dict[str, Any], str, list[bytes]]:
    """The joined part as JSON, the page's body, and all files, of a report by the command."""
    data, out = tmp_path / "data", tmp_path / "out"
    if not data.exists():
        arena(data)
    assert run("--votes", data, "--generators", "mock", "--out", out)[0] == 0
    names = ("report.json", "report.md", "report.html")
    body = (out / "report.html").read_text(encoding="utf-8").split("</head>")[1]
    return read(out)["join"], body, [(out / name).read_bytes() for name in names]


def test_the_whole_report_joins_all_and_twice_is_the_same_bytes(reference: Reference, tmp_path: Path) -> None:
    joined, body, first = whole(tmp_path)
    assert first == whole(tmp_path)[2]
    assert tuple(joined) == KEYS
    said = {(one["criterion"], one["metric"]): one for one in joined["by_vote"]}
    asked = {("quality", "FD"), ("alignment", "image-text score (embedded judge)")}
    for space in ("EfficientNet-Lite2", "witness"):
        asked |= {("quality", f"MMD witness ({space})"), ("variety", f"PPD ({space})")}
    assert set(said) == asked
    assert all(one["accuracy"]["votes"] == one["judged"] == 40 for key, one in said.items() if key[1] != "FD")
    assert len(joined["pictures"]["captions"]) == 6
    assert joined["disputed"]["with_votes_for_both"] == 3
    for title in ("Metrics against votes, one by one", "Metrics against ratings, by generator", "Cost, quality and"):
        assert f"<h2>{title}" in body
    assert 'id="by-vote"' in body
    images = re.findall(r"<img ([^>]*)>", body)
    assert len(images) == 6 * 4 + 2 * 1 * 2 + 2 * 4  # strips, then three disputed battles of two sides
    assert all(
        re.match(r'src="data:image/webp;base64,[A-Za-z0-9+/=]+" alt="[^"]+, drawn by ', image) for image in images
    )
    assert sum(map(len, images)) < 2_000_000
    assert "<script>alert" not in body
    assert "&lt;script&gt;alert(&#x27;x&#x27;)" in body
    assert b"<script>alert" not in first[1]


def test_no_metrics_leaves_all_of_it_out(tmp_path: Path) -> None:
    arena(tmp_path / "data", 4)
    assert run("--votes", tmp_path / "data", "--no-metrics", "--out", tmp_path / "out")[0] == 0
    assert read(tmp_path / "out")["join"] is None
    for name in ("report.md", "report.html"):
        text = (tmp_path / "out" / name).read_text(encoding="utf-8").split("</head>")[-1]
        assert "Metrics against" not in text
        assert "data:image" not in text


def test_votes_without_pictures_say_so() -> None:
    summary = summarise(plain_votes.read(plain_votes.votes([("a", "b", "a")] * 40)), Table())
    for text in texts(summary).values():
        assert NO_PICTURES in text


def test_what_can_not_be_judged_is_said_in_words(tmp_path: Path, judged: Callable[[Path], Voted]) -> None:
    data = tmp_path / "data"
    votes = arena(data)
    ContentStore(data).image(votes[5].a[0].sha256).unlink()
    found = texts(summarise(read_votes(data), Table(), Evidence(judged(data), Strips((), (), ()))))
    for name in ("terminal", "markdown", "html"):
        assert "Quality: 39 of 40 votes have all their pictures; 1 pictures are missing or can" in found[name]
        assert "a single picture has none" in found[name]
    assert json.loads(found["json"])["join"]["by_vote"][0]["lost_pictures"] == 1


def test_agreement_by_generator_is_in_every_format() -> None:
    summary = summarise(plain_votes.read(ballots()), figures(**LOWER))
    for name, text in texts(summary).items():
        assert "FD (witness)" in text, name
        assert "-1.00" in text or '"tau": -1.0' in text, name
    assert 'id="by-model"' in texts(summary)["html"]
    few = summarise(plain_votes.read(ballots(("first", "second"))), figures(**LOWER))
    for text in texts(few).values():
        assert "Too few generators, 2" in text


def test_the_front_is_drawn_and_told_with_two_generators_and_not_with_one() -> None:
    two = {name: FOUR[name] for name in ("good", "beaten")}
    nobody = plain_votes.read([])
    found = texts(summarise(nobody, table((COST, KID, PPD), two)))
    for name in ("terminal", "markdown", "html"):
        assert "Beaten by" in found[name]
        assert re.search(r"beaten(?:</td><td>|\W+)good", found[name]), name
    assert 'id="pareto-0"' in found["html"]
    assert json.loads(found["json"])["join"]["fronts"][0]["generators"][1]["beaten_by"] == ["good"]
    alone = texts(summarise(nobody, table((COST, KID, PPD), {"good": FOUR["good"]})))
    none = texts(summarise(nobody, Table()))
    for name in ("terminal", "markdown", "html"):
        assert ALONE in alone[name]
        assert NOBODY in none[name]
    assert 'id="pareto-0"' not in alone["html"]


def test_an_interval_down_to_no_cost_runs_off_the_axis_and_no_cost_is_not_drawn() -> None:
    free = table((COST, KID, PPD), {"a": (0.0, 1.0, 0.5), "b": (1.0, 2.0, 0.5)})
    assert 'id="pareto-0"' not in texts(summarise(plain_votes.read([]), free))["html"]
    rows = tuple(
        replace(row, measured=replace(row.measured, low=0.0)) if row.measured.metric == COST else row
        for row in table((COST, KID, PPD), FOUR).rows
    )
    assert 'id="pareto-0"' in texts(summarise(plain_votes.read([]), Table(rows)))["html"]


def test_hostile_names_are_shown_and_never_run() -> None:
    measured = Table((*table((COST, KID, PPD), {HOSTILE: (1.0, 2.0, 0.5), "b": (2.0, 3.0, 0.1)}).rows,
                      Row(f"{HOSTILE} too", plain_votes.figure(KID, 1, 1, 1, 9, "e"))))  # fmt: skip
    found = texts(summarise(plain_votes.read([]), measured))
    assert "<script>alert" not in found["html"]
    assert "<script>" not in found["markdown"]
    assert "\x1b[31m" not in found["terminal"]


def test_names_in_a_front_lie_over_no_other_name_and_no_mark() -> None:
    places = [(100.0, 200.0), (102.0, 201.0), (98.0, 204.0), (104.0, 215.0), (105.0, 240.0), (500.0, 60.0)]
    names = ["galip", "scad", "scad-dd", "scad-mi", "diffusion", "mock"]
    labels = place_labels(places, names)
    heights = [y for _, y in labels[:5]]
    assert heights == sorted(heights)
    assert min(b - a for a, b in pairwise(heights)) >= LINE
    assert all(x >= 105 + MARK for x, _ in labels[:5])
    assert labels[5][1] == 60


def test_a_coefficient_at_the_end_of_its_interval_is_said_to_be_there() -> None:
    assert _around(0.8, -0.4, 0.8, ENGLISH) == "-0.40 to 0.80, at its end"
    assert _around(0.2, -0.4, 0.8, ENGLISH) == "-0.40 to 0.80"
    assert _around(1.0, 1.0, 1.0, ENGLISH) == "1.00 to 1.00"
