"""The joined part of the report in Japanese and as CSV."""

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from eval import report
from eval.agreement.evidence import Evidence, Strips, open_evidence
from eval.agreement.strips import choose_requests
from eval.agreement.voted_pictures import Voted
from eval.features.feature_store import FeatureStore as Features
from eval.features.reference_features import Reference
from eval.measure import Missing, Table, measure_generators
from eval.metrics import Unmeasured
from eval.render.markdown import to_markdown
from eval.summary import Summary, summarise
from hub.language.catalogue import language
from hub.language.sentence import Sentence
from hub.settings import Settings
from hub.votes import ContentStore, read_votes
from tests.eval import made
from tests.eval.agreement.test_fronts import COST, FOUR, KID, PPD
from tests.eval.agreement.test_fronts import table as fronts
from tests.eval.agreement.test_models import LOWER, ballots
from tests.eval.agreement.test_models import table as figures
from tests.eval.agreement.test_page import arena
from tests.eval.test_csv import check_all
from tests.eval.test_language import lacking, untranslated


def by_model() -> Summary:
    """A report on five generators by three metrics, and the front of four others."""
    table = Table((*figures(**LOWER).rows, *fronts((COST, KID, PPD), FOUR).rows[:-1]))
    return summarise(made.read(ballots()), table)


def test_all_that_joins_votes_and_metrics_is_in_the_catalogue(
    tmp_path: Path, reference: Reference, judged: Callable[[Path], Voted]
) -> None:
    arena(tmp_path / "data")
    whole = report.make_report(
        report.ReportOptions(tmp_path / "data", generators=("mock",)), tmp_path / "out", Settings()
    )
    unseen = arena(tmp_path / "lost", 12)
    ContentStore(tmp_path / "lost").image(unseen[5].a[0].sha256).unlink()
    evidence = Evidence(judged(tmp_path / "lost"), Strips((), (), (("mock", Sentence("a repeated vote")),)))
    lost = summarise(read_votes(tmp_path / "lost"), fronts((COST, KID, PPD), FOUR), evidence)
    for of in (whole, lost, by_model(), summarise(made.read([]), Table())):
        assert lacking(of) == set()


def test_a_japanese_report_with_all_there_is_says_no_english_sentence(tmp_path: Path, reference: Reference) -> None:
    """Metrics, agreement, fronts, pictures, and figures that are missing for a torn picture and for few votes."""
    arena(tmp_path / "data")
    samples, spaces = tmp_path / "samples", reference.spaces(Features(tmp_path / "features.sqlite"))
    torn = measure_generators(["mock"], made.Torn(next(iter(choose_requests(reference)))), reference, spaces, samples)
    table = Table((*torn.rows, *fronts((COST, KID, PPD), FOUR).rows[:-1]), torn.missing)
    evidence = open_evidence(tmp_path / "data", reference, spaces, ["mock"], samples)
    whole = summarise(read_votes(tmp_path / "data"), table, evidence)
    assert len(torn.missing) > 10
    assert whole.join
    assert whole.join.strips
    assert whole.join.strips.left_out
    assert all((whole.join.by_vote, whole.join.by_model, whole.join.fronts))
    for of in (whole, by_model()):
        assert untranslated(of) == set()
        assert lacking(of) == set()
        page = re.sub(r"\bin the arena\b|python -m hub.dataset pull", "", to_markdown(of, language("ja")))
        assert re.findall(r"[A-Za-z]{2,} [a-z]{2,} [a-z]{2,}", page) == []
    assert "画像でないか、破損している" in to_markdown(whole, language("ja"))
    (row, *rest) = table.rows
    for part in (
        Missing("mock", Unmeasured("FD", "too few", "witness")),
        replace(row, measured=replace(row.measured, note="few")),
    ):
        spoilt = Table((row, *rest), (part,)) if isinstance(part, Missing) else Table((part, *rest))
        assert len(untranslated(replace(whole, table=spoilt))) == 1


def test_every_joined_figure_is_in_the_csv_report(tmp_path: Path, judged: Callable[[Path], Voted]) -> None:
    arena(tmp_path / "data")
    evidence = Evidence(judged(tmp_path / "data"), Strips((), (), (("mock", "torn"),)))
    for of in (summarise(read_votes(tmp_path / "data"), Table(), evidence), by_model()):
        check_all(of)
