"""Metrics against ratings, generator by generator."""

import numpy as np
import pyarrow as pa
import pytest

from eval.agreement import metric_draws, model_agreement
from eval.join import Asked
from eval.join.models import NONE_MEASURED, ByModel, compare
from eval.measure import REAL, Row, Table
from eval.metrics import Measured
from eval.ratings.battles import code
from eval.ratings.bradley_terry import fit
from eval.ratings.clusters import clustered
from eval.ratings.draws import normal
from hub.schema import Criterion
from hub.votes import to_table
from tests.eval import made

NAMES = ("first", "second", "third", "fourth", "fifth")


Question = tuple[pa.Table, Asked]


def question(votes: pa.Table, criterion: Criterion | None = Criterion.quality) -> Question:
    """All these votes on one question."""
    return votes, Asked(criterion, "arena", code(votes))


def asked(names: tuple[str, ...] = NAMES, criterion: Criterion | None = Criterion.quality) -> Question:
    """Votes by which each one beats those after it, mostly."""
    pairs = [(a, b) for i, a in enumerate(names) for b in names[i + 1 :]]
    return question(made.table([(a, b, outcome) for a, b in pairs for outcome in ("a", "a", "a", "b")]), criterion)


def row(metric: str, generator: str, value: float, half: float = 0.1) -> Row:
    """A figure with an interval of ``half`` each way."""
    return Row(generator, Measured(metric, value, value - half, value + half, 20, "e@1"))


def table(**values: list[float]) -> Table:
    """Figures by metric of the generators in their order."""
    return Table(
        tuple(row(metric, name, x) for metric, xs in values.items() for name, x in zip(NAMES, xs, strict=False))
    )


LOWER = {"FD (one)": [1.0, 2, 3, 4, 5], "KID (one)": [2.0, 1, 3, 4, 5], "FD (witness)": [5.0, 4, 3, 2, 1]}


def test_every_space_is_compared_and_claims_come_first() -> None:
    found = compare(*asked(), table(**{"precision (one)": [5.0, 4, 3, 2, 1], **LOWER, "PPD (one)": [1.0, 2, 3, 4, 5]}))
    assert [(one.metric, one.paired) for one in found] == [
        ("FD (one)", True), ("FD (witness)", True), ("KID (one)", True), ("precision (one)", False)
    ]  # fmt: skip
    taus = [one.found.tau for one in found if one.found]
    assert taus == pytest.approx([1, -1, 0.8, 1])
    assert [one.found.generators for one in found if one.found] == [5] * 4


def test_figures_are_the_librarys_on_generators_that_are_in_both() -> None:
    votes, one = asked()
    measured = Table(
        (*table(**{"KID (one)": [2.0, 1, 3, 4]}).rows, row("KID (one)", REAL, 0), row("KID (one)", "x", 9))
    )
    (found,) = compare(votes, one, measured)
    fitted = fit(one.votes.counts)
    places = [fitted.names.index(name) for name in NAMES[:4]]
    value = np.array([2.0, 1, 3, 4])
    draws = metric_draws(value, value - 0.1, value + 0.1)
    rated = normal(fitted, 1000, 0, clustered(fitted, one.votes, [np.arange(40)]))  # each vote has its own prompt
    expected = model_agreement(-value, fitted.theta[places], rated[:, places], -draws)
    assert found == ByModel(Criterion.quality, "arena", "KID (one)", True, expected, None)


@pytest.mark.parametrize("by", ["rater", "prompt"])
def test_votes_that_are_alike_are_not_taken_for_independent(by: str) -> None:
    """Twelve raters, or prompts, each with one answer to every pair: the ratings are no firmer than by twelve votes."""
    pairs = [(a, b) for i, a in enumerate(NAMES) for b in NAMES[i + 1 :]]
    measured, widths = table(**{"KID (one)": [1.0, 2, 3, 4, 5]}), []
    for groups in (12, 2, 1):  # of two, nothing is known of how they differ
        own = [(a, b, "ab"[group % 3 == 0], group % groups) for group in range(12) for a, b in pairs * 4]
        votes = to_table([
            made.vote(i, a, b, outcome, **{"rater": f"rater {i}", "prompt": f"prompt {i}", by: f"{by} {group}"})
            for i, (a, b, outcome, group) in enumerate(own)
        ])  # fmt: skip
        (found,) = compare(*question(votes), measured)
        assert found.found is not None
        widths.append(found.found.tau_high - found.found.tau_low)
    assert widths[0] > 2 * widths[1]
    assert widths[1] == widths[2]


def test_why_there_is_no_agreement_is_said() -> None:
    (few,) = compare(*asked(NAMES[:3]), table(**{"KID (one)": [1.0, 2, 3]}))
    assert few.found is None
    assert "Too few generators, 3" in str(few.missing)
    (none,) = compare(*asked(), Table((row("KID (one)", "unknown", 1.0),)))
    assert none.missing == NONE_MEASURED
    (alike,) = compare(*asked(), table(**{"KID (one)": [1.0] * 5}))
    assert "one and the same figure" in str(alike.missing)
    apart = question(made.table([("first", "second", "a"), ("third", "fourth", "a")]))
    (unjoined,) = compare(*apart, table(**{"KID (one)": [1.0, 2, 3, 4]}))
    assert "No votes join" in str(unjoined.missing)


def test_nothing_is_compared_without_votes_or_a_question() -> None:
    measured = table(**LOWER)
    assert compare(*question(made.table([])), measured) == []
    assert compare(*asked(criterion=None), measured) == []
    assert compare(*asked(criterion=Criterion.alignment), measured) == []
