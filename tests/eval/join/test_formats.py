"""The joined part of the report in Japanese and as CSV."""

from collections.abc import Callable
from pathlib import Path

from eval import report
from eval.features.reference import Reference
from eval.join import Evidence, Strips
from eval.join.voted import Voted
from eval.measure import Table
from eval.summary import Summary, summarise
from hub.sentences import Sentence
from hub.settings import Settings
from hub.votes import Store, read_votes
from tests.eval import made
from tests.eval.join.test_fronts import COST, FOUR, KID, PPD
from tests.eval.join.test_fronts import table as fronts
from tests.eval.join.test_models import LOWER, asked
from tests.eval.join.test_models import table as figures
from tests.eval.join.test_page import arena
from tests.eval.made import votes
from tests.eval.test_language import lacking
from tests.eval.test_tidy import check_all


def by_model() -> Summary:
    """A report on five generators by three metrics, and the front of four others."""
    sides = zip(asked().votes.left, asked().votes.right, asked().votes.outcome, strict=True)
    rows = [(asked().votes.names[a], asked().votes.names[b], "ab"[outcome]) for a, b, outcome in sides]
    table = Table((*figures(**LOWER).rows, *fronts((COST, KID, PPD), FOUR).rows[:-1]))
    return summarise(made.read(votes(rows)), table)


def test_all_that_joins_votes_and_metrics_is_in_the_catalogue(
    tmp_path: Path, reference: Reference, judged: Callable[[Path], Voted]
) -> None:
    arena(tmp_path / "data")
    whole = report.report(tmp_path / "data", tmp_path / "out", True, "mock", Settings())
    unseen = arena(tmp_path / "lost", 12)
    Store(tmp_path / "lost").image(unseen[5].a[0].sha256).unlink()
    evidence = Evidence(judged(tmp_path / "lost"), Strips((), (), (("mock", Sentence("a repeated vote")),)))
    lost = summarise(read_votes(tmp_path / "lost"), fronts((COST, KID, PPD), FOUR), evidence)
    for of in (whole, lost, by_model(), summarise(made.read([]), Table())):
        assert lacking(of) == set()


def test_every_joined_figure_is_in_the_csv_report(tmp_path: Path, judged: Callable[[Path], Voted]) -> None:
    arena(tmp_path / "data")
    evidence = Evidence(judged(tmp_path / "data"), Strips((), (), (("mock", "torn"),)))
    for of in (summarise(read_votes(tmp_path / "data"), Table(), evidence), by_model()):
        check_all(of)
