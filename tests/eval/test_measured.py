"""Metrics in the report: kinds in the order of the questions, and metrics named together."""

import re

from eval.measure import REAL, Missing, Row, Table
from eval.metrics import METRICS, FigureName, Measured, Takes, Unmeasured
from eval.render.html import to_html
from eval.render.metric_tables import kinds, metrics_grid, missing_notes, notes_of
from eval.render.names import named
from eval.summary import summarise
from hub.language.catalogue import ENGLISH, language
from hub.language.sentence import Sentence
from tests.eval import made

NOTE = Sentence("chance is {chance:.2%}", chance=0.01)


def table(low: float = 1.0, note: str | None = None) -> Table:
    """Every metric in every space it stands in, of two generators."""
    spaces = {Takes.images: ("one", "two"), Takes.embeddings: ("judge",), Takes.pairs: ("pairs",)}
    spaces |= {Takes.cost: ("",), Takes.composition: ("",)}
    names = [made.in_space(metric, space) for metric in METRICS for space in spaces[metric.takes]]
    return Table(
        tuple(
            Row(name, Measured(one.metric, 2.0, low, 2.0, 20, "t@1", note, one.space))
            for one in names
            for name in ("a", REAL)
        )
    )


def test_metrics_stand_by_kind_and_those_that_claim_to_answer_come_first() -> None:
    found = kinds(table())
    assert [kind.key for kind in found] == ["quality", "alignment", "variety", "others", "cost"]
    assert list(map(str, found[0].metrics[:4])) == ["FD (one)", "FD (two)", "KID (one)", "KID (two)"]
    assert found[1].metrics[0] == ("image-text score", "judge")
    assert found[2].metrics[:2] == [("PPD", "one"), ("PPD", "two")]
    assert found[3].metrics[-1] == ("consistency", "judge")  # alone in its row, after the pairs
    assert sorted(row.measured.metric for kind in found for row in kind.rows) == sorted(
        row.measured.metric for row in table().rows
    )


def test_the_page_has_a_part_for_each_kind_with_a_plot_a_metric() -> None:
    page = to_html(summarise(made.read([]), table())).split("</head>")[1]
    parts = re.findall(r'<section id="metrics-(\w+)">', page)
    assert parts == ["quality", "alignment", "variety", "others", "cost"]
    plots = sum(len(kind.metrics) for kind in kinds(table()))
    assert len(set(re.findall(r'id="(metrics-\w+-\d+)"', page))) == plots


def test_a_known_figure_has_no_interval() -> None:
    assert {row[3] for row in metrics_grid(kinds(table(low=2.0)), ENGLISH).rows} == {"-"}
    assert {row[3] for row in metrics_grid(kinds(table()), ENGLISH).rows} == {"1.000 to 2.000"}


def test_metrics_that_share_a_note_or_a_reason_are_named_together() -> None:
    (note,) = notes_of(table(note=NOTE), ENGLISH)
    assert note.startswith("FD, KID, FD-infinity, precision, density, ")
    assert note.endswith(": chance is 1.00%.")
    few = "too few."
    lacking = [Missing("a", Unmeasured(name, few, space)) for space in ("one", "two") for name in ("FD", "KID")]
    lacking += [
        Missing("b", Unmeasured("R@1", few, "judge")),
        Missing("b", Unmeasured(Sentence("the picture {file}", file="x (1)"), "?")),
    ]
    assert missing_notes(lacking, ENGLISH) == [
        "FD and KID (one and two) of a are missing: too few.",
        "R@1 (judge) of b is missing: too few.",
        "the picture x (1) of b is missing: ?",
    ]
    assert (
        named([FigureName("FD", "one"), FigureName("FD", "two"), FigureName("R@1", "judge")], language("ja"))
        == "FD (one、two)、R@1 (judge)"
    )
