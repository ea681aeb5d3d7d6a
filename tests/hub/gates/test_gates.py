"""Gates: what each measures, from where, and who is caught."""

import inspect
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.gates import GATES, Gate, Opinions
from hub.schema import Criterion, Outcome, Vote
from tests.hub.gates.simulation import BOTS, FEW, HONEST, excluded
from tests.hub.votes import made

LETTERS = {"a": Outcome.a, "b": Outcome.b, "t": Outcome.tie, "x": Outcome.both_bad}


def answered(letters: str, step: float = 10.0) -> list[Vote]:
    """Votes with these answers, ``step`` seconds apart, each on a prompt of its own."""
    return [
        made.vote(f"v{n}", prompt=f"prompt {n}", time=n * step, outcome=LETTERS[letter])
        for n, letter in enumerate(letters)
    ]


def risk(name: str, votes: Sequence[Vote]) -> float:
    """What a gate says of the last vote."""
    return GATES[name].risk(votes[:-1], votes[-1], Opinions())


HISTORIES = st.lists(
    st.builds(
        lambda n, time, outcome, seconds, criterion: made.vote(
            f"v{n}", prompt=f"p{n % 3}", time=time, outcome=outcome, seconds=seconds, criterion=criterion
        ),
        st.integers(0, 10**6),
        st.floats(-1e9, 1e10),
        st.sampled_from(Outcome),
        st.floats(0, 1e6),
        st.sampled_from(Criterion),
    ),
    min_size=1,
    max_size=60,
)


@pytest.mark.parametrize("gate", list(GATES), ids=lambda gate: gate.name)
@given(HISTORIES)
def test_every_gate_is_a_pure_function_to_0_1(gate: Gate, votes: list[Vote]) -> None:
    before = list(votes)
    first, second = (gate.risk(votes[:-1], votes[-1], Opinions()) for _ in range(2))
    assert first == second
    assert 0 <= first <= 1
    assert votes == before


@pytest.mark.parametrize("gate", list(GATES), ids=lambda gate: gate.name)
def test_every_gate_lets_a_first_vote_pass_and_says_what_it_measures(gate: Gate) -> None:
    assert gate.risk((), made.vote("first", seconds=3.0), Opinions()) == 0
    assert gate.title
    assert "Measured:" in (inspect.getdoc(type(gate)) or "")
    assert "risk" in (inspect.getdoc(type(gate)) or "").lower()


def test_the_gates_are_those_that_are_told_of() -> None:
    assert {"favour", "repeats", "streaks", "time-to-decide", "velocity"} <= {gate.name for gate in GATES}


@pytest.mark.parametrize(
    ("seconds", "criterion", "expected"),
    [
        (0.0, Criterion.quality, 1.0),
        (0.3, Criterion.quality, 1.0),
        (0.55, Criterion.alignment, 0.5),
        (0.8, Criterion.quality, 0.0),
        (0.45, Criterion.variety, 1.0),
        (0.8, Criterion.variety, 0.5333),
        (1.2, Criterion.variety, 0.0),
        (1e6, Criterion.quality, 0.0),
    ],
)
def test_time_to_decide(seconds: float, criterion: Criterion, expected: float) -> None:
    vote = made.vote("v", seconds=seconds, criterion=criterion)
    assert risk("time-to-decide", [vote]) == pytest.approx(expected, abs=1e-3)


def test_two_wordings_take_as_long_to_look_at_as_a_set() -> None:
    for seconds, expected in ((0.45, 1.0), (0.8, 0.5333), (1.2, 0.0)):
        vote = made.vote("v", seconds=seconds, wording="one cat")
        assert risk("time-to-decide", [vote]) == pytest.approx(expected, abs=1e-3)


@pytest.mark.parametrize(
    ("count", "step", "expected"),
    [
        (9, 0.0, 0.0),  # too few
        (10, 5 / 9, 1.0),
        (10, 10 / 9, 0.5),
        (10, 15 / 9, 0.0),
        (39, 1.8, 0.0),
        (40, 60 / 39, 0.5),
        (40, 80 / 39, 0.0),
        (40, 40 / 39, 1.0),
        (50, -1.0, 0.0),  # the clock was set back
    ],
)
def test_velocity(count: int, step: float, expected: float) -> None:
    assert risk("velocity", answered("ab" * 30, step)[:count]) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("letters", "expected"),
    [
        ("a" * 8, 0),
        ("a" * 11, 0.5),
        ("b" * 14, 1),
        ("b" * 30, 1),
        ("a" * 20 + "b", 0),
        ("a" * 20 + "t", 0),
        ("a" * 10 + "t" + "a" * 8, 0),
        ("a" * 10 + "x" + "a" * 8, 0),
        ("t" * 30, 0),
        ("x" * 30, 0),
    ],
)
def test_streaks(letters: str, expected: float) -> None:
    assert risk("streaks", answered(letters)) == expected


@pytest.mark.parametrize(
    ("letters", "expected"),
    [
        ("ab" * 5, 0),  # 8 foretold
        ("ab" * 6 + "a", 0.5),  # 11
        ("ab" * 8, 1),  # 14
        ("abb" * 6, 1),
        ("aabbabba" * 3, 1),
        ("ab" * 8 + "b", 0),  # the pattern is broken
        ("a" * 40, 0),  # for the gate of streaks
        ("t" * 40, 0),
        ("tx" * 20, 0),  # no side was chosen
        ("at" * 11, 0),  # the last choice was no side
        ("at" * 8 + "a", 0),  # 8 choices foretold, and as many ties
        ("at" * 15 + "a", 1),
    ],
)
def test_patterns(letters: str, expected: float) -> None:
    assert risk("repeats", answered(letters)) == expected


def test_the_same_pictures_count_once() -> None:
    first, other = made.vote("v1"), made.vote("v2", prompt="a dog")
    again = made.vote("v3", left="right", right="left", outcome=Outcome.b)
    assert risk("repeats", [first, other, again]) == 1
    assert risk("repeats", [other, again]) == 0
    assert risk("repeats", [first, again.model_copy(update={"repeat_of": "v1"})]) == 0
    assert risk("repeats", [first, again.model_copy(update={"criterion": Criterion.alignment})]) == 0
    drawn_anew = again.model_copy(update={"a": (made.sample(sha256="1" * 64),)})
    assert risk("repeats", [first, drawn_anew]) == 0


@pytest.mark.parametrize("name", HONEST)
def test_honest_raters_are_safe(name: str) -> None:
    assert excluded(HONEST[name], raters=30) < 0.005


@pytest.mark.parametrize("name", list(BOTS)[:6])
def test_simple_bots_are_not_counted(name: str) -> None:
    assert excluded(BOTS[name], raters=2, skip=FEW) > 0.9
