"""The alarm rings when gates suddenly keep votes out, and not by noise."""

from collections.abc import Sequence

import numpy as np
import pytest
from scipy.stats import hypergeom

from eval.summary import summarise
from eval.votes.alarm import RULE, chance_by_luck, list_alarms
from hub.votes import ReadVotes
from tests.eval.made import read, vote
from tests.eval.votes.test_ledger import imported


def ring(*left_out: int | Sequence[bool], of: int = 100) -> tuple[str, ...]:
    """Alarms of one gate: votes left out in each hundred, evenly among them, or vote by vote."""
    parts = [
        (np.arange(of) * n // of != (np.arange(of) + 1) * n // of) if isinstance(n, int) else np.array(n)
        for n in left_out
    ]
    out = np.concatenate(parts)
    return list_alarms({"velocity": out}, np.arange(len(out)) % 7)


@pytest.mark.parametrize(
    ("out", "window", "out_all", "votes"), [(3, 100, 5, 400), (30, 100, 40, 10_000), (1, 50, 1, 100)]
)
def test_luck_is_the_hypergeometric_tail(out: int, window: int, out_all: int, votes: int) -> None:
    assert chance_by_luck(out, window, out_all, votes) == pytest.approx(hypergeom.sf(out - 1, votes, out_all, window))
    assert chance_by_luck(0, window, out_all, votes) == 1


def test_a_pass_rate_that_collapses_rings() -> None:
    (alarm,) = ring(2, 2, 2, 40)
    assert alarm.startswith("The gate velocity let 60% of the latest 100 votes pass, after 98% of the 300 before.")
    assert "are of 7 of the 7 raters" in alarm


def test_a_fall_under_twenty_points_does_not_ring() -> None:
    assert ring(2, 2, 2, 2, 21) == ()
    assert len(ring(2, 2, 2, 2, 22)) == 1


def test_a_fall_that_luck_explains_does_not_ring() -> None:
    few, more = [i < 4 for i in range(50)], [i < 14 for i in range(50)]
    assert chance_by_luck(14, 50, 18, 100) > 0.001
    assert ring(few, more) == ()
    assert len(ring(few, [i < 24 for i in range(50)])) == 1


def test_more_than_half_of_the_latest_rings_even_if_it_was_always_so() -> None:
    assert ring(50, 50) == ()
    (alarm,) = ring(51, 51)
    assert alarm.startswith("The gates left out 51 of the latest 100 votes.")


def test_nothing_is_said_on_few_votes() -> None:
    assert ring([True] * 49) == ()
    assert len(ring([True] * 50)) == 1
    assert ring([False] * 49, [True] * 24 + [False] * 25) == ()


def test_noise_rings_less_than_once_in_a_thousand() -> None:
    rng = np.random.default_rng(0)
    rates = rng.uniform(0, 0.4, 2000)
    rang = sum(bool(list_alarms({"velocity": rng.random(300) < rate}, np.zeros(300, dtype=int))) for rate in rates)
    assert rang <= 2


def test_gates_that_fall_together_ring_together() -> None:
    before, third = np.zeros(400, dtype=bool), np.arange(100) % 6
    out = {"streaks": np.append(before, third == 0), "velocity": np.append(before, third == 1)}
    (alarm,) = list_alarms(out, np.zeros(500, dtype=int))
    assert alarm.startswith("The gates together let 66% of the latest 100 votes pass, after 100% of the 400 before.")
    assert "are of 1 of the 1 raters" in alarm


def test_votes_are_taken_by_time_and_imported_ones_not_at_all() -> None:
    made = [vote(i, rater=f"r{i % 5}", excluded=("velocity",) if i >= 200 and i % 2 else ()) for i in range(300)]
    (alarm,) = summarise(read(made)).alarms
    assert "let 50% of the latest 100 votes pass, after 100% of the 200 before" in alarm
    assert "are of 5 of the 5 raters" in alarm
    assert summarise(read(made[::-1])).alarms == (alarm,)
    assert summarise(ReadVotes(imported(made, "elsewhere"), (), {})).alarms == ()


def test_the_rule_names_its_numbers() -> None:
    for number in ("half of the latest 100", "20 points", "once in 1,000", "fewer than 200", "fewer than 50"):
        assert number in RULE
