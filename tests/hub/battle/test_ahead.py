"""Battles drawn ahead: there when they are wanted, for as much as was set, after everybody else, and told to nobody."""

import random
import threading
from collections import Counter
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from hub.battle import SlotDrawing, ahead
from hub.battle.ahead import AheadBattle, BattlesAhead
from hub.engine import DrawnSample
from hub.errors import Cancelled, GenerationError, HubError
from hub.log_entries import Drawing
from hub.moderation import Moderation
from hub.prompt_sets.open_sets import open_sets
from hub.schema import Criterion, Failure, Outcome, Request
from hub.votes.segment import parse_lines
from tests.hub.battle.fakes import ADA, Hall, drawn

Q, V = Criterion.quality, Criterion.variety


class Easel:
    """An engine whose drawings are done at once, unless ``stuck``; ``others`` wait in its queue."""

    def __init__(self) -> None:
        self.asked: list[SlotDrawing] = []
        self.others, self.stuck, self.cancelled = Counter[str](), False, 0
        self.failing: Mapping[str, HubError] = {}
        self.seen: Callable[[], None] = lambda: None

    def waiting(self) -> Counter[str]:
        """Who waits."""
        return self.others

    def ask(self, name: str, request: Request, on_progress: Any, owner: str, party: str) -> Any:
        """Draw."""
        self.asked.append(SlotDrawing(name, request))
        result: Future[DrawnSample] = Future()
        if name in self.failing:
            result.set_exception(self.failing[name])
        elif not self.stuck:
            result.set_result(drawn(self.asked[-1]))
        self.seen()
        return SimpleNamespace(result=result, cancel=self._cancel)

    def _cancel(self) -> None:
        self.cancelled += 1


class Studio:
    """A hall, an easel, and what is drawn ahead there; :meth:`work` does what the thread would."""

    def __init__(self, data: Path, most: int = 4, **options: Any) -> None:
        self.hall, self.easel = Hall(data, **options), Easel()
        rng = random.Random(0)
        parts: Any = (self.hall.battles, self.easel, Moderation(("none",)), rng, open_sets(["captions"], rng), most)
        self.ahead = BattlesAhead(*parts)

    def work(self, times: int = 200) -> None:
        """Draw what is wanted, at most so many times."""
        for _ in range(times):
            one = self.ahead._choose()
            if one is None or self.easel.waiting():
                return
            self.ahead._try(one, threading.Event())

    def logged(self) -> list[Drawing]:
        """The drawings in the log."""
        files = (self.hall.data / "log").glob("*.jsonl")
        lines = [line for file in files for line in parse_lines(file.read_bytes())]
        return [line.entry for line in lines if isinstance(line.entry, Drawing)]

    def adopt(self, one: AheadBattle | None, criterion: Criterion = Q) -> str:
        """The token of a battle that is Ada's now."""
        assert one
        assert one.battle
        return self.hall.battles.adopt(ADA, one.battle, criterion, one.drawn)


@pytest.fixture
def studio(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Studio:
    for name in ("LOOK", "PAUSE", "AGAIN"):
        monkeypatch.setattr(ahead, name, 0.0)
    return Studio(tmp_path)


def test_as_many_battles_are_drawn_as_were_set_and_then_no_more(studio: Studio) -> None:
    studio.work()
    assert len(studio.easel.asked) == 4 * 2 + 8  # four pairs of pictures, a pair of sets
    studio.work()
    assert len(studio.easel.asked) == 16
    assert studio.ahead.take(Q)
    studio.work()
    assert len(studio.easel.asked) == 18  # one for one that was taken
    assert studio.ahead.take(V)
    assert not studio.ahead.take(V)


def test_nothing_is_drawn_ahead_where_none_was_set(tmp_path: Path) -> None:
    studio = Studio(tmp_path, most=0)
    studio.ahead.run(threading.Event())  # it ends
    studio.ahead.want("page", "a cat", Q)
    assert studio.ahead.take(Q) is None
    assert studio.ahead.take_next("page", "a cat", Q) is None
    assert studio.easel.asked == []


def test_nothing_of_a_battle_is_written_before_it_is_somebodys(studio: Studio) -> None:
    studio.work()
    assert [path for path in studio.hall.data.rglob("*") if path.is_file()] == []
    one = studio.ahead.take(Criterion.alignment)  # whose pictures are those of the other question on single ones
    token = studio.adopt(one, Criterion.alignment)
    assert studio.hall.battles.ready(token, ADA)
    assert {(entry.rater, entry.criterion) for entry in studio.logged()} == {("ada", "alignment")}
    vote = studio.hall.battles.vote(token, ADA, Outcome.a)
    assert one
    assert (vote.prompts[0], vote.criterion) == (one.prompt, Criterion.alignment)
    assert {entry.battle for entry in studio.logged()} == {vote.id}


def test_who_waits_goes_first_and_what_was_drawn_before_stays(studio: Studio) -> None:
    studio.easel.others["ink"] += 1
    studio.work()
    assert studio.easel.asked == []
    studio.easel.others.clear()

    def come() -> None:  # somebody comes while the second picture is drawn
        studio.easel.stuck = len(studio.easel.asked) == 1
        if len(studio.easel.asked) == 2:
            studio.easel.others["ink"] += 1

    studio.easel.seen = come
    studio.work()
    assert (len(studio.easel.asked), studio.easel.cancelled) == (2, 1)
    assert studio.ahead.take(Q) is None
    studio.easel.others.clear()
    studio.easel.seen, studio.easel.stuck = lambda: None, False
    studio.work(1)
    assert studio.easel.asked[2] == studio.easel.asked[1]
    assert len(studio.easel.asked) == 3
    assert studio.ahead.take(Q)


def test_a_page_gets_the_next_battle_of_its_own_prompt_and_of_no_other(studio: Studio) -> None:
    studio.ahead.want("page", "a cat", Q)
    studio.work()
    assert studio.ahead.has("page", "a cat", Q)
    assert not studio.ahead.has("other", "a cat", Q)
    assert studio.ahead.take_next("page", "a dog", Q) is None
    assert studio.ahead.take_next("page", "a cat", Criterion.alignment) is None
    one = studio.ahead.take_next("page", "a cat", Q)
    jobs = studio.hall.battles.jobs(studio.adopt(one), ADA)
    assert jobs == {}
    assert studio.ahead.take_next("page", "a cat", Q) is None


def test_a_page_that_comes_early_gets_what_is_drawn_so_far(studio: Studio) -> None:
    studio.work()
    before = len(studio.easel.asked)

    def come() -> None:
        studio.easel.stuck = True
        if len(studio.easel.asked) == before + 2:
            studio.taken = studio.ahead.take_next("page", "a cat", Q)  # type: ignore[attr-defined]

    studio.easel.seen = come
    studio.ahead.want("page", "a cat", Q)
    studio.work()
    one: AheadBattle = studio.taken  # type: ignore[attr-defined]
    assert len(one.drawn) == 1
    jobs = studio.hall.battles.jobs(studio.adopt(one), ADA)
    assert list(jobs.values()) == [studio.easel.asked[-1]]
    assert studio.easel.cancelled == 1  # the page asks for that one itself


def test_pages_that_left_and_the_oldest_beyond_the_most_cost_nothing_more(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ahead, "PAGES", 3)
    studio.work()
    before = len(studio.easel.asked)
    for number in range(5):
        studio.ahead.want(f"page {number}", "a cat", Q)
    studio.ahead.clear("page 3")
    studio.work()
    assert len(studio.easel.asked) == before + 2 * 2
    assert [studio.ahead.has(f"page {number}", "a cat", Q) for number in range(5)] == [False, False, True, False, True]
    monkeypatch.setattr(ahead, "HELD", 0)
    studio.ahead.want("page 5", "a cat", Q)
    assert not studio.ahead.has("page 4", "a cat", Q)


def test_a_failure_is_logged_and_counts_and_its_battle_is_no_more(studio: Studio) -> None:
    studio.easel.failing = {"wax": GenerationError("the wax melted")}
    studio.work(40)
    failures = [entry.result for entry in studio.logged()]
    assert failures
    assert {type(one) for one in failures} == {Failure}
    assert {(one.generator, entry.rater) for entry in studio.logged() if (one := entry.result)} == {("wax", "nobody")}
    while taken := studio.ahead.take(Q):
        assert taken.battle
        assert "wax" not in {corner.job.name for corner in taken.battle.corners.values()}


def test_an_engine_that_closes_is_no_failure(studio: Studio) -> None:
    studio.easel.failing = dict.fromkeys(("ink", "oil", "wax"), Cancelled("closed"))
    studio.work(3)
    assert studio.logged() == []


def test_what_goes_wrong_once_is_logged_and_the_next_is_drawn(studio: Studio, caplog: pytest.LogCaptureFixture) -> None:
    stopped, asked = threading.Event(), iter(range(20))

    def waiting() -> Counter[str]:
        if next(asked) == 0:
            raise ValueError("a device is gone")
        stopped.set()
        return Counter()

    studio.easel.waiting = waiting  # type: ignore[method-assign]
    studio.ahead.run(stopped)
    assert "nothing can be drawn ahead" in caplog.text
    assert studio.easel.asked


def test_who_meets_nobody_any_more_is_in_no_battle_that_is_taken(studio: Studio) -> None:
    studio.work()
    studio.hall.battles.change_roster(("ink", "oil"))
    while one := studio.ahead.take(Q):
        assert one.battle
        assert {corner.job.name for corner in one.battle.corners.values()} == {"ink", "oil"}
    studio.work()
    assert studio.ahead.take(Q)


def test_seeds_and_sides_of_battles_ahead_are_chance(tmp_path: Path) -> None:
    studio = Studio(tmp_path, most=40)
    studio.work()
    seeds, lefts = set(), Counter[str]()
    while one := studio.ahead.take(Q):
        assert one.battle
        left, right = (corner.job for _, corner in sorted(one.battle.corners.items()))
        assert left.request == right.request
        seeds.add(left.request.seed)
        lefts[left.name] += 1
    assert len(seeds) == 40
    assert all(5 < count < 23 for count in lefts.values())
    firsts = Counter(job.name for job in studio.easel.asked[:80:2])
    assert all(5 < count < 23 for count in firsts.values())
