"""Metrics against ratings, generator by generator."""

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pytest

from eval.agreement import ModelAgreement, draw_metric, measure_agreement
from eval.agreement.by_generator import NONE_MEASURED, ByModel, compare_generators
from eval.agreement.evidence import QuestionVotes
from eval.measure import REAL, Row, Table
from eval.ratings.bradley_terry import fit
from eval.ratings.counts import Counts, Votes, code_votes, tally
from eval.ratings.draws import draw_normal
from eval.ratings.sandwich import cluster_sandwich
from hub.language.sentence import Sentence
from hub.schema import Criterion, Vote
from hub.votes import make_table
from tests.eval import made
from tests.eval.made import figure

NAMES = ("first", "second", "third", "fourth", "fifth")


def ballots(names: tuple[str, ...] = NAMES, raters: int = 8) -> list[Vote]:
    """Votes by which each one beats those after it, mostly."""
    pairs = [(a, b) for i, a in enumerate(names) for b in names[i + 1 :]]
    rows = [(a, b, outcome) for a, b in pairs for outcome in ("a", "a", "a", "b")]
    return [made.vote(i, *row, rater=f"rater {i % raters}") for i, row in enumerate(rows)]


def compared(votes: Sequence[Vote], measured: Table, criterion: Criterion | None = Criterion.quality) -> list[ByModel]:
    """The metrics against the votes."""
    rows = make_table(votes)
    return compare_generators(rows, QuestionVotes(criterion, "arena", code_votes(rows)), measured)


def row(metric: str, generator: str, value: float, half: float = 0.1) -> Row:
    """A figure with an interval of ``half`` each way."""
    return Row(generator, figure(metric, value, value - half, value + half, 20, "e@1"))


def table(**values: list[float]) -> Table:
    """Figures by metric of the generators in their order."""
    return Table(
        tuple(row(metric, name, x) for metric, xs in values.items() for name, x in zip(NAMES, xs, strict=False))
    )


LOWER = {"FD (one)": [1.0, 2, 3, 4, 5], "KID (one)": [2.0, 1, 3, 4, 5], "FD (witness)": [5.0, 4, 3, 2, 1]}


def test_every_space_is_compared_and_claims_come_first() -> None:
    others = {"precision (one)": [5.0, 4, 3, 2, 1], "PPD (one)": [1.0, 2, 3, 4, 5]}
    found = compared(ballots(), table(**others, **LOWER))
    assert [(str(one.name), one.paired) for one in found] == [
        ("FD (one)", True), ("FD (witness)", True), ("KID (one)", True), ("precision (one)", False)
    ]  # fmt: skip
    taus = [one.found.tau for one in found if one.found]
    assert taus == pytest.approx([1, -1, 0.8, 1])
    assert [one.found.generators for one in found if one.found] == [5] * 4


def test_figures_are_the_librarys_on_generators_that_are_in_both() -> None:
    measured = Table(
        (*table(**{"KID (one)": [2.0, 1, 3, 4]}).rows, row("KID (one)", REAL, 0), row("KID (one)", "x", 9))
    )
    (found,) = compared(ballots(), measured)
    votes = code_votes(make_table(ballots()))
    fitted = fit(votes.counts)
    places = [fitted.names.index(name) for name in NAMES[:4]]
    value = np.array([2.0, 1, 3, 4])
    draws = draw_metric(value, value - 0.1, value + 0.1)
    by_rater = draw_normal(fitted, 1000, 0, cluster_sandwich(fitted, votes, [np.arange(40) % 8]).drawn_from)
    expected = measure_agreement(-value, fitted.theta[places], by_rater[:, places], -draws)
    assert found == ByModel(Criterion.quality, "arena", "KID", True, expected, None, "one")


def test_why_there_is_no_agreement_is_said() -> None:
    (few,) = compared(ballots(NAMES[:3]), table(**{"KID (one)": [1.0, 2, 3]}))
    assert few.found is None
    assert "Too few generators, 3" in str(few.missing)
    (none,) = compared(ballots(), Table((row("KID (one)", "unknown", 1.0),)))
    assert none.missing == NONE_MEASURED
    (alike,) = compared(ballots(), table(**{"KID (one)": [1.0] * 5}))
    assert "one and the same figure" in str(alike.missing)
    apart = made.votes([("first", "second", "a"), ("third", "fourth", "a")])
    (unjoined,) = compared(apart, table(**{"KID (one)": [1.0, 2, 3, 4]}))
    assert "No votes join" in str(unjoined.missing)


def test_one_rater_or_prompt_tells_nothing_of_others() -> None:
    measured = table(**{"KID (one)": [2.0, 1, 3, 4, 5], "FD (one)": [1.0, 2, 3, 4, 5]})
    alone = compared(ballots(raters=1), measured)
    assert [one.found for one in alone] == [None, None]
    assert {one.missing for one in alone} == {"Too few raters, 1: 2 or more tell how raters differ."}
    same = [made.vote(i, v.a[0].generator, v.b[0].generator, v.outcome, prompt="one", rater=v.rater)
            for i, v in enumerate(ballots())]  # fmt: skip
    shared = compared(same, measured)
    assert {one.missing for one in shared} == {"Too few prompts, 1: 2 or more tell how prompts differ."}
    assert {type(one.missing) for one in (*alone, *shared)} == {Sentence}


def test_nothing_is_compared_without_votes_or_a_question() -> None:
    measured = table(**LOWER)
    assert compared([], measured) == []
    assert compared(ballots(), measured, None) == []
    assert compared(ballots(), measured, Criterion.alignment) == []


SWAPPED = table(**{"KID (one)": [2.0, 1, 3, 5, 4]})  # two of ten pairs of the true order turned


def between(rows: np.ndarray, rater: np.ndarray | None, prompt: np.ndarray) -> ModelAgreement:
    """Of KID with votes (number, 3) of left, right and outcome, by these raters, or unknown ones, on these prompts."""
    who = pa.nulls(len(rows), pa.string()) if rater is None else [f"rater {i}" for i in rater]
    left, right, outcome = rows.T
    votes = Votes(NAMES, left, right, outcome, np.arange(len(rows)))
    whose = pa.table({"rater": who, "prompt": [f"prompt {i}" for i in prompt]})
    (found,) = compare_generators(whose, QuestionVotes(Criterion.quality, "arena", votes), SWAPPED)
    assert found.found
    return found.found


def cast(seed: int, group: np.ndarray, taste: float) -> np.ndarray:
    """Votes (number, 3) on strengths from 1 down to -1, moved by each group's taste."""
    rng, number = np.random.default_rng(seed), len(group)
    strength = np.linspace(1, -1, 5) + rng.normal(0, taste, (group.max() + 1, 5))
    left = rng.integers(0, 5, number)
    right = (left + rng.integers(1, 5, number)) % 5
    odds = np.exp(strength[group, right] - strength[group, left])
    return np.stack((left, right, rng.random(number) > 1 / (1 + odds)), axis=1).astype(np.int64)


@pytest.mark.parametrize("by", ["rater", "prompt"])
def test_votes_that_a_rater_or_a_prompt_repeats_tell_no_more(by: str) -> None:
    once, number = cast(1, np.arange(60), 0.0), np.arange(1500)
    many, own = np.tile(once, (25, 1)), number % 60
    one = between(once, np.arange(60), np.arange(60))
    again = between(many, *((own, number) if by == "rater" else (number, own)))
    others = between(many, number, number)
    assert (again.tau_low, again.tau_high) == pytest.approx((one.tau_low, one.tau_high), abs=0.05)
    assert (one.tau_low, one.tau_high) == pytest.approx((0, 0.8))
    assert (others.tau_low, others.tau_high) == pytest.approx((0.2, 0.4))


def test_votes_by_nobody_known_are_taken_one_by_one() -> None:
    rows, alone = cast(0, np.arange(400), 0.0), np.arange(400)
    left, right, outcome = rows.T
    fitted = fit(Counts(NAMES, tally(left, right, outcome, len(NAMES))))
    value = np.array([2.0, 1, 3, 5, 4])
    draws = draw_metric(value, value - 0.1, value + 0.1)
    expected = measure_agreement(-value, fitted.theta, draw_normal(fitted, 1000, 0), -draws)
    assert between(rows, None, alone) == expected


def test_intervals_hold_the_true_agreement_where_raters_have_tastes_of_their_own() -> None:
    """Six raters; with votes taken one by one 75 of 100 intervals do."""
    held, rater = 0, np.arange(1200) % 6
    for seed in range(100):
        found = between(cast(seed, rater, 1.5), rater, np.arange(1200))
        held += found.tau_low - 1e-9 <= 0.6 <= found.tau_high + 1e-9
    assert held >= 93
