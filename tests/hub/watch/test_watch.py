"""Figures: what is counted of drawings, battles and votes, and what is looked up."""

import re
import time
from collections.abc import Mapping
from concurrent.futures import Future
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest.mock import Mock

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client import generate_latest
from prometheus_client.parser import text_string_to_metric_families

from hub.battle import Slot
from hub.dataset import Published
from hub.dataset.card import write_card
from hub.engine import DrawnSample
from hub.errors import BattleError, Cancelled, GenerationError, HubError, MissingFile, ModerationError, RemoteError
from hub.generators import OnProgress, ignore_progress
from hub.quantiles import Window
from hub.schema import Criterion, Outcome, Request, Side
from hub.settings import Settings
from hub.votes import VoteLog
from hub.watch import Readings, TimelineSampler, Watch, WatchedBattles, WatchedEngine, take_snapshot
from hub.watch.readings import measure_lag, read_devices, read_earlier
from hub.watch.timeline import HOUR, HOURS, Sampled, Timeline
from tests.asking import asking, noting
from tests.hub.battle.fakes import ADA, Hall, drawn
from tests.hub.dataset.made import fill
from tests.hub.votes.made import sample, setup, vote

NOTHING_YET = Published(None, 0, "", ())


class Easel:
    """An engine that draws at once, fails as it is told, and tells what waits."""

    def __init__(self) -> None:
        self.error: Exception | None = None
        self.took = 0.0
        self.here = True

    def draw(self, name: str, request: Request, on_progress: OnProgress) -> DrawnSample:
        """See Engine."""
        time.sleep(self.took)
        if self.error:
            raise self.error
        on_progress(1.0)
        return DrawnSample(sample(name, seconds=self.took / 2), b"", setup())

    def ask(self, name: str, request: Request, on_progress: OnProgress, owner: str, party: str) -> Any:
        """See ServingEngine."""
        result: Future[DrawnSample] = Future()  # done in this thread, and so counted before anybody has it
        try:
            result.set_result(self.draw(name, request, on_progress))
        except Exception as error:
            result.set_exception(error)
        return SimpleNamespace(result=result)

    def draw_all(self, name: str, requests: Any) -> Any:
        """Not asked for here."""

    def place(self, party: str) -> int:
        """Nobody waits."""
        return 0

    def loading(self, party: str) -> bool:
        """Nothing is loaded."""
        return False

    def prepare(self, names: Any) -> Any:
        """One can't be loaded, one is, and of others nothing is known."""
        yield "left", "no weights"
        yield "right", ""

    def forget(self, name: str) -> None:
        """Nothing is kept."""

    def close(self) -> None:
        """Nothing is held."""

    def waiting(self) -> Mapping[str, int]:
        """See ServingEngine."""
        return {"left": 3}


def watching(data: Path, engine: Easel | None = None, published: Published = NOTHING_YET, dataset: str = "") -> Watch:
    """A watch that looks at these."""
    watch = Watch()
    watch.look_at(Readings(engine or Easel(), lambda: 2, lambda: published, dataset, data), ["left", "right"])
    return watch


def figure(watch: Watch, name: str, **labels: str) -> float | None:
    """One figure, read as Prometheus does."""
    for family in text_string_to_metric_families(generate_latest(watch.registry).decode()):
        for one in family.samples:
            if (one.name, one.labels) == (name, labels):
                return float(one.value)
    return None


def test_after_a_start_the_three_that_come_first_meet_until_others_are_loaded() -> None:
    class Five(Easel):
        """Loads four of five; the last one does not fit."""

        def prepare(self, names: Any) -> Any:
            """See ServingEngine."""
            yield from ((name, "it is gated" if name == "two" else "") for name in names[:4])

    inside, watch = Five(), Watch()
    names = ["one", "two", "three", "four", "five"]
    loading, absent = WatchedEngine(inside, watch).prepare(names), []
    for name, _ in loading:
        absent.append((name, sorted(watch.absent())))
    assert absent == [
        ("one", ["five", "four"]),
        ("two", ["five", "two"]),
        ("three", ["five", "two"]),
        ("four", ["five", "two"]),
    ]
    assert watch.absent() == {"two"}


def test_two_watches_of_one_process_do_not_mix(tmp_path: Path) -> None:
    one, two = watching(tmp_path), watching(tmp_path)
    one.began(Criterion.quality)
    assert figure(one, "vernissage_battles_total", criterion="quality") == 1
    assert figure(two, "vernissage_battles_total", criterion="quality") is None


def test_a_watched_engine_draws_as_the_one_inside_and_counts(tmp_path: Path) -> None:
    easel = Easel()
    watch = watching(tmp_path, easel)
    engine, heard = WatchedEngine(easel, watch), list[float]()
    assert figure(watch, "vernissage_drawing_seconds_count", generator="left") == 0
    easel.took = 0.02
    picture = engine.draw("left", asking("a cat", 7), noting(heard))
    assert (picture.sample.generator, heard) == ("left", [1.0])
    assert figure(watch, "vernissage_drawing_seconds_count", generator="left") == 1
    assert figure(watch, "vernissage_drawing_seconds_sum", generator="left") == pytest.approx(0.01)
    waited = figure(watch, "vernissage_drawing_wait_seconds_sum", generator="left")
    assert waited is not None
    assert 0.01 <= waited < 1
    assert figure(watch, "vernissage_drawings", generator="left") == 0


@pytest.mark.parametrize(
    ("error", "kind"),
    [(GenerationError("no"), "generation"), (HubError("no"), "other"), (RuntimeError("no"), "fault")],
)
def test_failures_are_counted_by_kind_and_go_on(tmp_path: Path, error: Exception, kind: str) -> None:
    easel = Easel()
    easel.error = error
    watch = watching(tmp_path, easel)
    with pytest.raises(type(error)):
        WatchedEngine(easel, watch).draw("left", asking("a cat", 7), ignore_progress)
    assert figure(watch, "vernissage_drawing_failures_total", generator="left", kind=kind) == 1
    assert figure(watch, "vernissage_drawings", generator="left") == 0
    line = take_snapshot(watch).lines[0]
    assert (line.name, line.failure_rate, line.entry.failure) == ("left", 1.0, kind)


def test_a_cancelled_drawing_is_no_failure_of_its_generator(tmp_path: Path) -> None:
    easel = Easel()
    easel.error = Cancelled("nobody waits")
    watch = watching(tmp_path, easel)
    with pytest.raises(Cancelled):
        WatchedEngine(easel, watch).draw("left", asking("a cat", 7), ignore_progress)
    line = take_snapshot(watch).lines[0]
    assert (line.failures, line.failure_rate, line.entry.failed) == ({"cancelled": 1}, None, None)


def test_what_can_not_be_loaded_is_told(tmp_path: Path) -> None:
    watch = watching(tmp_path)
    engine = WatchedEngine(Easel(), watch)
    assert list(engine.prepare(["left", "right"])) == [("left", "no weights"), ("right", "")]
    assert [(line.entry.loaded, line.entry.problem) for line in take_snapshot(watch).lines] == [
        (False, "no weights"),
        (True, ""),
    ]
    assert watch.unloadable() == {"left": "no weights"}
    engine.draw("left", asking("a cat", 7), ignore_progress)
    assert watch.unloadable() == {}


@pytest.mark.parametrize(
    ("error", "is_out"), [(MissingFile("gone"), True), (RemoteError("gated"), True), (GenerationError("no"), False)]
)
def test_one_that_can_not_be_loaded_in_the_midst_is_out_until_it_draws(
    error: HubError, is_out: bool, tmp_path: Path
) -> None:
    easel = Easel()
    easel.error, watch = error, watching(tmp_path, easel)
    with pytest.raises(type(error)):
        WatchedEngine(easel, watch).draw("left", asking("a cat", 7), ignore_progress)
    assert list(watch.unloadable()) == (["left"] if is_out else [])
    easel.error = None
    WatchedEngine(easel, watch).draw("left", asking("a cat", 7), ignore_progress)
    assert watch.unloadable() == {}


def test_a_drawing_that_goes_on_is_seen(tmp_path: Path) -> None:
    result: Future[DrawnSample] = Future()

    class Held(Easel):
        def ask(self, *_: Any) -> Any:
            return SimpleNamespace(result=result)

    easel = Held()
    watch = watching(tmp_path, easel)
    WatchedEngine(easel, watch).ask("right", asking("a cat", 7), ignore_progress, "ada", "battle")
    assert figure(watch, "vernissage_drawings", generator="right") == 1
    assert watch.sample().drawing == 1
    result.set_result(DrawnSample(sample("right"), b"", setup()))
    assert watch.sample().drawing == 0


def test_battles_votes_and_refusals_are_counted(tmp_path: Path) -> None:
    hall, watch = Hall(tmp_path), watching(tmp_path)
    battles = WatchedBattles(hall.battles, hall.tokens, watch)
    token = battles.start(ADA, "a cat", Criterion.quality)
    for slot, job in battles.jobs(token, ADA).items():
        battles.record(token, ADA, slot, drawn(job))
    assert battles.vote(token, ADA, Outcome.a).outcome is Outcome.a
    with pytest.raises(BattleError):
        battles.vote(token, ADA, Outcome.a)
    with pytest.raises(BattleError):
        battles.vote("forged", ADA, Outcome.a)
    assert figure(watch, "vernissage_battles_total", criterion="quality") == 1
    assert figure(watch, "vernissage_votes_total", criterion="quality", result="accepted") == 1
    for kind in ("voted", "forged"):
        assert figure(watch, "vernissage_refused_total", what="vote", kind=kind) == 1
    (_, counts), *more = watch.timeline.hours()
    assert sum(one.get("refused", 0) for one in (counts, *(found for _, found in more))) == 2


def test_consent_is_counted_by_what_was_answered_and_nothing_else(tmp_path: Path) -> None:
    watch = Watch()
    for answer in ("asked", "declined", "asked", "agreed", "", "<b>", "rater-1"):
        watch.note_consent(answer)
    shown = generate_latest(watch.registry).decode()
    found = re.findall(r"^vernissage_consent_total\{(.*)\} (.*)$", shown, re.MULTILINE)
    assert sorted(found) == [('answer="agreed"', "1.0"), ('answer="asked"', "2.0"), ('answer="declined"', "1.0")]


def test_a_picture_that_is_held_back_is_a_failure(tmp_path: Path) -> None:
    watch = watching(tmp_path)

    def record(*_: object) -> None:
        raise ModerationError("no")

    inside = Mock(record=record)
    battles = WatchedBattles(inside, None, watch)  # type: ignore[arg-type]
    with pytest.raises(ModerationError):
        battles.record("token", ADA, Slot(Side.a, 0), DrawnSample(sample("left"), b"", setup()))
    assert figure(watch, "vernissage_drawing_failures_total", generator="left", kind="held-back") == 1


def test_an_excluded_vote_is_counted_by_each_of_its_gates(tmp_path: Path) -> None:
    watch = watching(tmp_path)
    watch.voted(vote("one", excluded=("streaks", "velocity")))
    assert figure(watch, "vernissage_votes_total", criterion="quality", result="excluded") == 1
    for gate in ("streaks", "velocity"):
        assert figure(watch, "vernissage_votes_excluded_total", gate=gate) == 1
    now = take_snapshot(watch)
    assert (now.accepted, now.excluded, now.gates) == (0, 1, {"streaks": 1, "velocity": 1})


def test_the_log_tells_what_a_write_took(tmp_path: Path) -> None:
    watch = watching(tmp_path)
    log = VoteLog(tmp_path, written=watch.wrote)
    log.append(vote("one"))
    log.close()
    assert figure(watch, "vernissage_log_write_seconds_count") == 1


def test_what_waits_is_looked_up(tmp_path: Path) -> None:
    watch = watching(tmp_path)
    assert figure(watch, "vernissage_queue_length", queue="pages") == 2
    assert figure(watch, "vernissage_queue_length", queue="left") == 3
    assert figure(watch, "vernissage_queue_length", queue="right") is None
    assert [line.waiting for line in take_snapshot(watch).lines] == [3, 0]


def test_memory_and_disk_are_those_of_the_machine(tmp_path: Path) -> None:
    watch = watching(tmp_path / "not" / "yet" / "there")
    resident, free = watch.resident(), figure(watch, "vernissage_data_free_bytes")
    assert resident is not None
    assert free is not None
    assert 10 * 2**20 < resident < 2**40
    assert free > 0


def test_device_memory_is_that_of_a_torch_in_use(monkeypatch: pytest.MonkeyPatch) -> None:
    ready = [False]
    cuda = SimpleNamespace(
        is_initialized=lambda: ready[0], device_count=lambda: 2, mem_get_info=lambda number: (3 - number, 8)
    )
    monkeypatch.setitem(__import__("sys").modules, "torch", SimpleNamespace(cuda=cuda))
    assert list(read_devices()) == []
    ready[0] = True
    assert [(one.device, one.used, one.total) for one in read_devices()] == [("cuda:0", 5, 8), ("cuda:1", 6, 8)]


def test_the_lag_is_the_age_of_the_oldest_vote_that_waits(tmp_path: Path) -> None:
    fill(tmp_path, "first", "second")  # given at 1e9 and a second later
    shards = (*tmp_path.glob("data/votes/*.parquet"), *tmp_path.glob("data/samples/*.parquet"))
    late = measure_lag(Published(None, 0, "", shards))
    assert late == pytest.approx(time.time() - 1e9, abs=5)
    assert measure_lag(Published(None, 0, "", ())) == 0.0
    gone = (tmp_path / "votes" / "gone.parquet",)
    assert measure_lag(Published(None, 0, "", gone)) == 0.0  # published since it was listed
    assert measure_lag(Published(None, 0, "", None)) is None


def test_a_shard_of_no_rows_or_one_that_is_damaged_stops_no_figure(tmp_path: Path) -> None:
    write_card(tmp_path, Settings(data=tmp_path))  # a fresh data set: its shards have no rows
    (damaged := tmp_path / "data" / "votes" / "damaged.parquet").write_bytes(b"PAR1 and nothing else PAR1")
    shards = tuple(tmp_path.glob("data/votes/*.parquet"))
    assert len(shards) == 2
    assert measure_lag(Published(None, 0, "", shards)) == 0.0
    watch = watching(tmp_path, published=Published(None, 0, "", shards), dataset="someone/votes")
    assert figure(watch, "vernissage_publisher_unpublished_shards") == 2
    assert figure(watch, "vernissage_publisher_lag_seconds") == 0
    fill(tmp_path, "first")  # given at 1e9
    late = measure_lag(Published(None, 0, "", (damaged, *tmp_path.glob("data/votes/*.parquet"))))
    assert late == pytest.approx(time.time() - 1e9, abs=60)


def test_what_is_not_known_of_publishing_is_left_out(tmp_path: Path) -> None:
    unknown = watching(tmp_path, published=Published(None, 2, "no answer", None), dataset="someone/votes")
    assert figure(unknown, "vernissage_publisher_failures_total") == 2
    assert figure(unknown, "vernissage_publisher_lag_seconds") is None
    assert figure(unknown, "vernissage_publisher_last_success_timestamp_seconds") is None
    known = watching(tmp_path, published=Published(5.0, 2, "", ()), dataset="someone/votes")
    assert figure(known, "vernissage_publisher_lag_seconds") == 0
    assert figure(known, "vernissage_publisher_last_success_timestamp_seconds") == 5
    assert figure(watching(tmp_path), "vernissage_publisher_failures_total") is None


@given(st.lists(st.floats(0, 1e6), min_size=1, max_size=60), st.sampled_from((0.01, 0.5, 0.95, 1.0)))
def test_a_quantile_is_the_least_value_that_has_its_share_below_or_at_it(values: list[float], share: float) -> None:
    window = Window()
    for value in values:
        window.add("left", value)
    found = window.quantile("left", share)
    assert found in values
    assert sum(value <= found for value in values) >= share * len(values)
    assert sum(value < found for value in values) < share * len(values)


def test_a_window_forgets_and_knows_nothing_of_strangers() -> None:
    window = Window(latest=2)
    for value in (100.0, 1.0, 2.0):
        window.add("left", value)
    assert (window.count("left"), window.quantile("left", 1.0), window.quantile("right", 0.5)) == (2, 2.0, None)
    with pytest.raises(ValueError, match="above 0"):
        window.quantile("left", 0)


def test_hours_are_counted_quiet_ones_too_and_old_ones_forgotten() -> None:
    timeline = Timeline()
    assert [counts for _, counts in timeline.hours(10 * HOUR)] == [{}]
    timeline.add("accepted", 10 * HOUR + 5)
    timeline.add("accepted", 12 * HOUR)
    assert timeline.hours(12 * HOUR + 9) == [
        (10 * HOUR, {"accepted": 1}),
        (11 * HOUR, {}),
        (12 * HOUR, {"accepted": 1}),
    ]
    timeline.add("accepted", (11 + HOURS) * HOUR)
    hours = timeline.hours((11 + HOURS) * HOUR)
    assert (len(hours), hours[0], hours[-1][1]) == (HOURS, (12 * HOUR, {"accepted": 1}), {"accepted": 1})
    timeline.add("accepted", (12 + HOURS) * HOUR)
    assert timeline.hours((12 + HOURS) * HOUR) == [
        ((11 + HOURS) * HOUR, {"accepted": 1}),
        ((12 + HOURS) * HOUR, {"accepted": 1}),
    ]


def test_a_sampler_tells_what_was_before_and_looks(tmp_path: Path) -> None:
    fill(tmp_path, "first", "second")
    timeline = Timeline()
    sampler = TimelineSampler(timeline, lambda: Sampled(1.0, 2, 3, 4, None), lambda: read_earlier(tmp_path, 1e9 + 0.5))
    sampler.start()
    end = time.monotonic() + 60
    while not timeline.samples and time.monotonic() < end:
        time.sleep(0.01)
    sampler.stop()
    assert list(timeline.samples) == [Sampled(1.0, 2, 3, 4, None)]
    assert [counts for _, counts in timeline.hours(1e9) if counts] == [{"accepted": 1}]
    assert list(read_earlier(tmp_path / "nothing", 1e9)) == []
