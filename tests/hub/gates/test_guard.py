"""The guard: what a vote is marked with, how much a rater may do, and what happens when that itself fails."""

import itertools
import logging
import threading
import time
from collections.abc import Sequence
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.errors import BattleError, HubError, UnknownName
from hub.gates import GATES, KEPT, Gate, Guard, Opinions, Recent, build_guard, find_excluding_gates
from hub.gates.gate_alarm import LEAST, WINDOW
from hub.raters import Rater
from hub.schema import Vote
from hub.settings import Settings
from tests.hub.votes import made

ADA, BEN, EVE = Rater("ada", "s1", "house"), Rater("ben", "s2", "house"), Rater("eve", "s3", "elsewhere")


class Fixed:
    """A gate that says what it is told, or raises it; remembers what it was given."""

    title = "fixed"

    def __init__(self, name: str, says: float | Exception) -> None:
        self.name, self.says = name, says
        self.given: list[tuple[list[str], str]] = []

    def risk(self, history: Sequence[Vote], vote: Vote, said: Opinions) -> float:
        """What it was told to say."""
        self.given.append(([one.id for one in history], vote.id))
        if isinstance(self.says, Exception):
            raise self.says
        return self.says


def guard(*gates: Gate, limit: float = 1.0, battles: int = 100, votes: int = 100, factor: int = 2) -> Guard:
    """A guard with these gates."""
    return Guard(gates, limit, battles, votes, factor)


@pytest.mark.parametrize(
    ("risks", "limit", "excluded"),
    [
        ({}, 1.0, ()),
        ({"a": 0.5, "b": 0.4}, 1.0, ()),
        ({"a": 0.5, "b": 0.4, "c": 0.1}, 1.0, ("a", "b", "c")),
        ({"a": 0.3, "b": 1.0, "c": 0.7}, 1.0, ("b",)),
        ({"a": 0.3, "b": 0.6, "c": 0.7}, 1.0, ("c", "b")),
        ({"a": 1.0, "b": 1.0}, 1.5, ("a", "b")),
        ({"a": 0.0}, 0.001, ()),
        (dict.fromkeys("abcdefghij", 0.1), 1.0, tuple("abcdefghij")),
    ],
)
def test_a_vote_is_excluded_by_the_fewest_and_highest(
    risks: dict[str, float], limit: float, excluded: tuple[str, ...]
) -> None:
    assert find_excluding_gates(risks, limit) == excluded
    vote = guard(*(Fixed(name, risk) for name, risk in risks.items()), limit=limit).check(made.vote("v"))
    assert (vote.risk, vote.excluded, vote.unchecked) == (risks, excluded, ())


@given(st.dictionaries(st.text(min_size=1), st.floats(0, 1)), st.floats(0.01, 4))
def test_no_gate_is_named_that_was_not_needed(risks: dict[str, float], limit: float) -> None:
    named = find_excluding_gates(risks, limit)
    assert bool(named) == (sum(sorted(risks.values())) >= limit - 2e-9) or abs(sum(risks.values()) - limit) < 1e-6
    if named:
        assert sum(risks[name] for name in named[:-1]) < limit
        assert max([risks[name] for name in risks if name not in named], default=0) <= min(risks[n] for n in named)


@pytest.mark.parametrize("fault", [ValueError("boom"), float("nan"), 1.5, -0.1], ids=str)
def test_a_gate_that_fails_lets_the_vote_in_marked_and_is_logged_once(
    fault: Exception | float, caplog: pytest.LogCaptureFixture
) -> None:
    broken, sound = Fixed("broken", fault), Fixed("sound", 0.25)
    watch = guard(broken, sound, limit=0.5)
    for number in range(5):
        vote = watch.check(made.vote(f"v{number}", unchecked=("rate-limit",)))
        assert (vote.risk, vote.excluded) == ({"sound": 0.25}, ())
        assert vote.unchecked == ("rate-limit", "broken")
    (record,) = caplog.records
    assert record.levelname == "ERROR"
    assert record.exc_info is not None
    assert "The gate broken fails" in record.getMessage()
    broken.says = 0.5
    assert watch.check(made.vote("v9")).excluded == ("broken",)
    assert caplog.messages[-1] == "The gate broken works again."
    broken.says = ValueError("again")
    watch.check(made.vote("v10"))
    assert len(caplog.records) == 3


def test_gates_are_given_the_raters_own_votes_oldest_first_and_a_retry_once() -> None:
    gate = Fixed("gate", 0.0)
    watch = guard(gate)
    for id, rater in (("1", "ada"), ("2", "ben"), ("3", "ada"), ("3", "ada"), ("4", "ada")):
        watch.check(made.vote(id, rater=rater))
    assert gate.given == [([], "1"), ([], "2"), (["1"], "3"), (["1"], "3"), (["1", "3"], "4")]


def test_votes_at_the_same_moment_do_not_hide_from_one_another() -> None:
    gate = Fixed("gate", 0.0)
    watch, barrier = guard(gate), threading.Barrier(20)

    def check(number: int) -> None:
        barrier.wait()
        watch.check(made.vote(f"v{number}"))

    threads = [threading.Thread(target=check, args=(number,)) for number in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(len(history) for history, _ in gate.given) == list(range(20))


def test_the_raters_recent_votes_are_bounded() -> None:
    recent = Recent(each=3, total=6)
    for number, rater in enumerate("aaaaabbbbbcc"):
        recent.add(made.vote(f"v{number}", rater=rater))
        assert len(recent) == sum(len(recent.of(name)) for name in "abc") <= 6
    assert [vote.id for vote in recent.of("b")] == ["v7", "v8", "v9"]
    assert recent.of("a") == ()
    recent.drop(recent.of("b")[0])
    assert (len(recent), [vote.id for vote in recent.of("b")]) == (4, ["v8", "v9"])
    one = Recent(each=9, total=2)
    for number in range(5):
        one.add(made.vote(f"v{number}"))
    assert len(one.of("rater")) <= 9
    assert KEPT < 10**5


def test_too_many_battles_and_votes_are_refused_with_the_time_to_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    watch, now = guard(battles=2, votes=3), 1e9
    monkeypatch.setattr("hub.moving_window.time.monotonic", lambda: now)
    watch.allow_battle(ADA)
    now += 20
    watch.allow_battle(ADA)
    with pytest.raises(BattleError, match=r"^You have drawn 2 battles within a minute, .*: try again in 40 seconds\.$"):
        watch.allow_battle(ADA)
    now += 41
    watch.allow_battle(ADA)
    for _ in range(3):
        assert watch.allow_vote(ADA) == ()
    with pytest.raises(BattleError, match=r"^You have given 3 votes within an hour, .*: try again in 60 minutes\.$"):
        watch.allow_vote(ADA)
    assert watch.allow_vote(BEN) == ()
    now += 3599.5
    with pytest.raises(BattleError, match=r"try again in 1 second\."):
        watch.allow_vote(ADA)


def test_an_address_has_its_raters_worth_and_a_refused_one_costs_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    watch = guard(battles=2, factor=2)
    raters = [Rater(f"r{n}", f"s{n}", "house") for n in range(5)]
    for rater in raters[:4]:
        watch.allow_battle(rater)
    for _ in range(3):
        with pytest.raises(BattleError, match=r"^Your network has drawn 4 battles within a minute"):
            watch.allow_battle(raters[4])
    watch.allow_battle(EVE)
    now = time.monotonic()
    monkeypatch.setattr("hub.moving_window.time.monotonic", lambda: now + 61)
    watch.allow_battle(raters[4])
    watch.allow_battle(raters[4])
    with pytest.raises(BattleError, match=r"^You have drawn 2"):
        watch.allow_battle(raters[4])


def test_an_unknown_address_is_no_shared_one() -> None:
    watch = guard(battles=1, factor=1)
    for number in range(5):
        watch.allow_battle(Rater(f"r{number}", "s"))


def test_threads_together_get_no_more_than_the_limit() -> None:
    watch, barrier = guard(votes=10, factor=1), threading.Barrier(24)
    let_in: list[tuple[str, ...]] = []

    def vote() -> None:
        barrier.wait()
        with suppress(BattleError):
            let_in.append(watch.allow_vote(ADA))

    threads = [threading.Thread(target=vote) for _ in range(24)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert let_in == [()] * 10


def test_a_rate_limit_that_fails_lets_the_vote_in_marked(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    watch = guard(battles=1, votes=1)

    def broken(*key: object) -> None:
        raise ConnectionError("the store is away")

    with monkeypatch.context() as patch:
        patch.setattr("hub.moving_window.MovingWindow.wait", broken)
        for _ in range(3):
            watch.allow_battle(ADA)
            assert watch.allow_vote(ADA) == ("rate-limit",)
    assert [record.levelname for record in caplog.records] == ["ERROR"]
    assert "the store is away" in caplog.text
    assert watch.allow_vote(ADA) == ()
    assert caplog.messages[-1] == "The rate limit works again."


def test_keys_that_count_nothing_any_more_are_dropped(monkeypatch: pytest.MonkeyPatch) -> None:
    watch, now = guard(), time.monotonic()
    monkeypatch.setattr("hub.moving_window.TIDY", 10)
    for number in range(50):
        watch.allow_battle(Rater(f"r{number}", "s"))
    assert len(watch.limits.battles[0]) == 50
    monkeypatch.setattr("hub.moving_window.time.monotonic", lambda: now + 61)
    for _ in range(10):
        watch.allow_battle(ADA)
    assert len(watch.limits.battles[0]) == 1


@pytest.mark.parametrize("put", [-3600.0, 3600.0])
def test_a_clock_that_is_put_back_or_forward_changes_no_limit(monkeypatch: pytest.MonkeyPatch, put: float) -> None:
    wall, now = 1e9, 1000.0
    monkeypatch.setattr(time, "time", lambda: wall)
    monkeypatch.setattr("hub.moving_window.time.monotonic", lambda: now)
    watch = guard(battles=2)
    watch.allow_battle(ADA)
    watch.allow_battle(ADA)
    wall += put
    with pytest.raises(BattleError, match=r"try again in 60 seconds\.$"):
        watch.allow_battle(ADA)
    now += 60
    watch.allow_battle(ADA)


def test_the_alarm_rings_once_when_a_gate_collapses_and_again_after_it_recovered(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.ERROR)
    gate, sound = Fixed("broken", 0.0), Fixed("sound", 0.0)
    watch, numbers = guard(gate, sound), itertools.count()

    def cast(count: int, says: float | Exception) -> int:
        gate.says = says
        for _ in range(count):
            number = next(numbers)
            watch.check(made.vote(f"v{number}", rater=f"r{number % 7}"))
        return len(caplog.records)

    assert cast(LEAST - 1, 1.0) == 0  # too few to say anything
    assert cast(1, 1.0) == 1
    assert cast(1000, 1.0) == 1  # once, not for each vote
    assert cast(WINDOW, 0.0) == 1
    assert cast(WINDOW // 2, 1.0) == 1  # half of them pass still
    assert cast(1, 1.0) == 2
    assert "The gate broken let 49% of the latest 100 votes pass; it excluded 51, by 7 of 7 raters." in caplog.text
    assert "sound" not in caplog.text
    assert cast(WINDOW, ValueError("away")) == 3  # the outage's own line; a gate that did not run excluded nothing


def test_the_settings_name_the_gates_and_their_limits() -> None:
    vote = made.vote("v", seconds=0.1)
    assert build_guard(Settings()).check(vote).excluded == ("time-to-decide",)
    assert set(build_guard(Settings()).check(vote).risk) == {gate.name for gate in GATES}
    assert build_guard(Settings(gates=("none",))).check(vote).risk == {}
    assert build_guard(Settings(gates=("velocity", "streaks"))).check(vote).risk == {"streaks": 0, "velocity": 0}
    lenient = build_guard(Settings(risk_limit=1.5, battles_per_minute=1)).check(vote)
    assert (lenient.excluded, lenient.risk["time-to-decide"]) == ((), 1)
    strict = build_guard(Settings(battles_per_minute=1))
    strict.allow_battle(ADA)
    with pytest.raises(BattleError, match="drawn 1 battle within"):
        strict.allow_battle(ADA)


@pytest.mark.parametrize("gates", [("bogus",), ("all", "bogus"), ("none", "velocity")])
def test_settings_that_name_no_gate_are_refused(gates: tuple[str, ...]) -> None:
    with pytest.raises(UnknownName, match="gate"):
        build_guard(Settings(gates=gates))


def test_a_limit_that_no_gates_can_reach_is_refused() -> None:
    with pytest.raises(HubError, match="HUB_RISK_LIMIT can't be 2"):
        build_guard(Settings(gates=("velocity",), risk_limit=2))
