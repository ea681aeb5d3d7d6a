"""The joined part of a report out of its bundle: what metrics say of votes is computed again from their scores."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from eval.about import describe_report
from eval.agreement.by_vote import ByVote
from eval.agreement.evidence import Evidence
from eval.agreement.nearest_pairs import NearestPair, NearestPairs
from eval.agreement.strips import Seen, Strip, Strips
from eval.agreement.voted_pictures import Voted
from eval.bundle import MEASURED, PROMPTS
from eval.bundle.content import CaptionSeeds, GivenFigures
from eval.bundle.plain import from_plain, to_plain
from eval.bundle.write import Bundled, write_bundle
from eval.measure import Missing, Row, Table
from eval.metrics import Unmeasured
from eval.summary import rate_votes
from hub.language.catalogue import language
from hub.language.sentence import Sentence
from hub.votes import read_votes
from tests.eval import made
from tests.eval.agreement.test_page import arena
from tests.eval.bundle.test_bundle import check, members, pack
from tests.eval.test_latex import styled

NOTE = Sentence("N = {n} < {dimensions} dimensions: biased upward, compare only figures of equal N", n=9, dimensions=80)
STRIPS = Strips(
    ("mock",), (Strip("a cat", ((Seen("mock", 3, "a" * 64, b"RIFF of a picture"),),)),), (("galip", "torn"),)
)
NEAREST = (NearestPairs("galip", "witness", 90, (NearestPair("a cat", 3, b"RIFF", "a dog", b"RIFF of it", 0.5),)),)


def whole(data: Path, path: Path, voted: Voted) -> Path:
    """The bundle of a report with figures, pictures and votes that are joined, in Japanese."""
    arena(data, 40)
    kid = (Row(name, made.figure("KID (EfficientNet-Lite2)", x, x / 2, 2 * x, 20, "efficientnet-lite2@1", NOTE))
           for name, x in (("mock", 0.25), ("galip", 0.5)))  # fmt: skip
    missing = (Missing("mock", Unmeasured("FD", Sentence("a repeated vote"), "witness")),)
    table = Table(tuple(kid), missing, frozenset({frozenset({"mock", "galip"})}))
    read = read_votes(data)
    rated = rate_votes(read)
    rated = replace(rated, summary=replace(rated.summary, about=describe_report(read, "data")))
    summary = rated.joined(table, Evidence(voted, STRIPS, NEAREST))
    assert summary.join
    summary = replace(summary, join=replace(summary.join, styled=styled()))
    write_bundle(path, Bundled(read, data, summary, (CaptionSeeds("a cat", (3, 4)),)), language("ja"), True)
    return path


def test_metrics_against_votes_are_computed_again_from_scores(tmp_path: Path, judged: Callable[[Path], Voted]) -> None:
    path = whole(tmp_path / "data", tmp_path / "whole.zip", judged(tmp_path / "data"))
    code, said = check(path)
    assert (code, "identical" in said, "were taken as they are" in said) == (0, True, True), said
    content = members(path)
    given = json.loads(content[MEASURED])
    found = [one for one in given["by_vote"] if one["found"]]
    assert len(found) == 3
    assert all(len(one["scores"]) == one["judged"] for one in found)
    for id in found[0]["scores"]:
        found[0]["scores"][id] *= -1
    code, said = check(pack(tmp_path / "b.zip", content | {MEASURED: json.dumps(given).encode()}))
    assert (code, "report/report.json, line" in said) == (1, True), said
    assert json.loads(content[PROMPTS].splitlines()[-1]) == {
        "prompt": "a cat", "use": "metrics", "votes": 0, "seeds": "3,4",
    }  # fmt: skip


def test_what_was_measured_comes_back_as_it_was(tmp_path: Path, judged: Callable[[Path], Voted]) -> None:
    path = whole(tmp_path / "data", tmp_path / "whole.zip", judged(tmp_path / "data"))
    plain = json.loads(members(path)[MEASURED])
    given = from_plain(GivenFigures, plain)
    assert json.loads(json.dumps(to_plain(given))) == plain
    assert given.table
    assert given.table.rows[0].measured.note == NOTE
    assert isinstance(given.table.rows[0].measured.note, Sentence)
    assert given.table.level == {frozenset({"mock", "galip"})}
    assert isinstance(given.by_vote[0], ByVote)
    assert given.strips == STRIPS
    assert given.disputed
    assert (given.nearest, given.styled) == (NEAREST, styled())


def test_the_bundled_report_has_every_section_of_the_report(tmp_path: Path, judged: Callable[[Path], Voted]) -> None:
    page = members(whole(tmp_path / "data", tmp_path / "whole.zip", judged(tmp_path / "data")))["report/report.html"]
    for key in ("by-vote", "by-model", "pictures", "disputed", "nearest", "style-0"):
        assert f'id="{key}"'.encode() in page, key


def test_scores_of_a_question_that_nobody_asked_are_one_sentence(
    tmp_path: Path, judged: Callable[[Path], Voted]
) -> None:
    path = whole(tmp_path / "data", tmp_path / "whole.zip", judged(tmp_path / "data"))
    content = members(path)
    changed = content | {MEASURED: content[MEASURED].replace(b'"source": "arena"', b'"source": "elsewhere"')}
    code, said = check(pack(tmp_path / "b.zip", changed))
    assert (code, "of which there are none" in said, "Traceback" in said) == (2, True, False), said
