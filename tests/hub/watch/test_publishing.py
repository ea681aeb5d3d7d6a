"""What publishing tells of itself: what waits, when it last went well, what failed."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from hub.dataset import Patience, Published, Publisher
from hub.settings import Settings
from hub.votes import VoteLog
from tests.hub.dataset.conftest import data, filled, hub, naps, patience, settings_of
from tests.hub.dataset.made import fill
from tests.hub.dataset.server import FakeHub
from tests.hub.watch.test_watch import figure, watching

__all__ = ["data", "filled", "hub", "naps", "patience", "settings_of"]
Make = Callable[..., Settings]


def until(publisher: Publisher, fits: Callable[[Published], Any]) -> Published:
    """The first state that fits."""
    end = time.monotonic() + 60
    while not fits(publisher.state):
        assert time.monotonic() < end, publisher.state
        time.sleep(0.01)
    return publisher.state


@pytest.fixture
def often(settings_of: Make) -> Make:
    """Settings that publish all the time."""
    return lambda data, **more: settings_of(data, publish_minutes=0.0005, **more)


def test_nothing_is_known_before_the_first_look_then_nothing_waits(
    hub: FakeHub, data: Path, often: Make, patience: Patience
) -> None:
    publisher = Publisher(often(data), VoteLog(data), patience)
    assert publisher.state == Published(None, 0, "", None)
    publisher.start()
    state = until(publisher, lambda state: state.success)
    publisher.stop()
    assert (state.failures, state.error, state.waiting) == (0, "", ())
    assert state.success == pytest.approx(time.time(), abs=30)


def test_an_outage_shows_in_failures_error_and_lag_and_is_over(
    hub: FakeHub, data: Path, often: Make, patience: Patience
) -> None:
    publisher = Publisher(often(data), VoteLog(data), patience)
    publisher.start()
    until(publisher, lambda state: state.success)
    hub.stop()
    fill(data, "fourth")  # given at 1e9
    state = until(publisher, lambda state: state.waiting and state.failures)
    watch = watching(data, published=state, dataset="someone/votes")
    assert "could not be reached" in state.error
    assert len(state.waiting or ()) == 2
    assert figure(watch, "vernissage_publisher_lag_seconds") == pytest.approx(time.time() - 1e9, abs=60)
    assert figure(watch, "vernissage_publisher_unpublished_shards") == 2
    hub.start()
    over = until(publisher, lambda state: state.waiting == () and not state.error)
    publisher.stop()
    assert over.failures >= state.failures


def test_without_a_data_set_nothing_waits(data: Path) -> None:
    publisher = Publisher(Settings(data=data, publish_minutes=0.001), VoteLog(data))
    assert publisher.state.waiting == ()
    publisher.start()
    until(publisher, lambda state: state.success)
    publisher.stop()


def test_a_damaged_shard_is_a_figure_and_aborts_no_scrape(data: Path, often: Make, patience: Patience) -> None:
    (path, other) = sorted((data / "data" / "votes").glob("*.parquet"))
    path.write_bytes(path.read_bytes()[:-40] + bytes(40))
    for dataset in ("", "someone/votes"):
        state = Published(None, 0, "", (path, other), (path,))
        watch = watching(data, published=state, dataset=dataset)
        assert figure(watch, "vernissage_damaged_shards") == 1
    assert figure(watch, "vernissage_publisher_lag_seconds") == pytest.approx(time.time() - 1e9, abs=600)
