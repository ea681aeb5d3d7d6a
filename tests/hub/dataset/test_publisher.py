"""The publisher: it goes on whatever the Hub does, and never holds the hub up."""

import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from hub.dataset import Patience, Publisher
from hub.dataset.shard_names import CARD, list_local_shards
from hub.errors import StorageError
from hub.settings import Settings
from hub.votes import ContentStore, VoteLog, read_votes
from tests.hub.dataset.conftest import DATASET
from tests.hub.dataset.made import published, voted
from tests.hub.dataset.server import HANGS, FakeHub

Make = Callable[..., Settings]
PATIENCE = 60.0  # seconds after which something hangs


@contextmanager
def publishing(settings: Settings, patience: Patience) -> Iterator[VoteLog]:
    """A log with a publisher that runs."""
    log = VoteLog(settings.data)
    publisher = Publisher(settings, log, patience)
    publisher.start()
    try:
        yield log
    finally:
        publisher.stop(PATIENCE)
        log.close()


def until(true: Callable[[], bool]) -> None:
    """Wait until something is true."""
    end = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < end
        time.sleep(0.01)


def test_votes_are_sealed_and_published_again_and_again_and_at_the_end(
    hub: FakeHub, tmp_path: Path, settings_of: Make, patience: Patience
) -> None:
    settings = settings_of(tmp_path, publish_minutes=0.002)
    with publishing(settings, patience) as log:
        for id in ("first", "second"):
            until(lambda: DATASET in hub.repos)
            before = len(hub.repos[DATASET].commits)
            log.append(voted(ContentStore(tmp_path), id))
            until(lambda before=before: len(hub.repos[DATASET].commits) > before)  # type: ignore[misc]
        log.append(voted(ContentStore(tmp_path), "last"))
    assert hub.repos[DATASET].files == published(tmp_path)
    assert sorted(read_votes(tmp_path).table["id"].to_pylist()) == ["first", "last", "second"]
    assert not list((tmp_path / "log").glob("*.jsonl"))


def test_the_last_votes_are_published_at_the_end(
    hub: FakeHub, data: Path, settings_of: Make, patience: Patience
) -> None:
    with publishing(settings_of(data), patience) as log:  # every five minutes
        until(lambda: DATASET in hub.repos and bool(hub.repos[DATASET].files))
        log.append(voted(ContentStore(data), "last"))
    assert hub.repos[DATASET].files == published(data)
    assert "last" in read_votes(data).table["id"].to_pylist()
    assert not (data / "log").exists() or not list((data / "log").glob("*.jsonl"))


def test_with_nothing_new_the_hub_is_not_asked(hub: FakeHub, data: Path, settings_of: Make, patience: Patience) -> None:
    with publishing(settings_of(data, publish_minutes=0.0005), patience):
        until(lambda: DATASET in hub.repos and bool(hub.repos[DATASET].files))

        def is_left_alone() -> bool:
            asked = len(hub.seen)
            time.sleep(0.3)  # ten times as long as between two looks
            return len(hub.seen) == asked

        until(is_left_alone)


def test_an_outage_is_told_in_a_sentence_and_outlived(
    hub: FakeHub, data: Path, settings_of: Make, caplog: pytest.LogCaptureFixture
) -> None:
    hub.stop()
    once = Patience(attempts=1)
    with caplog.at_level(logging.WARNING), publishing(settings_of(data, publish_minutes=0.0005), once) as log:
        until(lambda: caplog.text.count("could not be reached") > 1)
        log.append(voted(ContentStore(data), "meanwhile"))
        hub.start()
        until(lambda: DATASET in hub.repos and len(hub.repos[DATASET].files) >= 5)
    assert hub.repos[DATASET].files == published(data)
    assert "meanwhile" in read_votes(data).table["id"].to_pylist()
    assert "Traceback" not in caplog.text


def test_a_restart_on_an_empty_disk_loses_nothing(
    hub: FakeHub, data: Path, tmp_path: Path, settings_of: Make, patience: Patience
) -> None:
    with publishing(settings_of(data), patience):
        pass
    new = tmp_path / "new"
    with publishing(settings_of(new), patience):
        assert read_votes(new).table.equals(read_votes(data).table)
    assert {*list_local_shards(data)} == {*list_local_shards(new)}


def test_a_hanging_hub_holds_up_neither_start_nor_stop(
    hub: FakeHub, data: Path, settings_of: Make, patience: Patience, caplog: pytest.LogCaptureFixture
) -> None:
    hub.fail("hang", "GET", "/tree/", times=100)
    log = VoteLog(data)
    publisher = Publisher(settings_of(data), log, patience)
    start = time.monotonic()
    with caplog.at_level(logging.WARNING):
        publisher.start(0.1)
        log.append(voted(ContentStore(data), "meanwhile"))
        publisher.stop(0.1)
    assert time.monotonic() - start < HANGS / 2
    assert "it is being fetched" in caplog.text
    assert "they are safe here" in caplog.text
    hub.stop()
    hub.release.set()
    publisher.stop(30)
    assert not any(thread.name == "publisher" for thread in threading.enumerate())
    log.close()


def test_without_a_data_set_the_folder_is_kept_loadable(hub: FakeHub, data: Path, patience: Patience) -> None:
    with publishing(Settings(data=data), patience):
        until((data / CARD).exists)
    assert not hub.seen


def test_a_log_that_can_not_be_sealed_does_not_end_publishing(
    hub: FakeHub,
    data: Path,
    settings_of: Make,
    patience: Patience,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    errors: list[Exception] = [StorageError("The disk is full."), RuntimeError("a fault of ours")]

    def fail() -> None:
        if errors:
            raise errors.pop(0)

    log = VoteLog(data)
    monkeypatch.setattr(log, "seal", fail)
    publisher = Publisher(settings_of(data, publish_minutes=0.0005), log, patience)
    with caplog.at_level(logging.ERROR):
        publisher.start()
        until(lambda: not errors and DATASET in hub.repos and bool(hub.repos[DATASET].files))
        publisher.stop(PATIENCE)
    log.close()
    assert hub.repos[DATASET].files == published(data)
    assert "The disk is full." in caplog.text
    assert "by a fault of the hub" in caplog.text


def test_a_stop_in_the_middle_of_a_push_is_followed_by_the_last_one(
    hub: FakeHub, data: Path, settings_of: Make, patience: Patience
) -> None:
    log = VoteLog(data)
    publisher = Publisher(settings_of(data), log, patience)
    stopping = threading.Thread(target=publisher.stop)

    def meanwhile() -> None:
        log.append(voted(ContentStore(data), "meanwhile"))
        stopping.start()
        stopping.join(0.1)

    hub.fail("lost", "POST", "/commit/", first=meanwhile)
    publisher.start()
    until(lambda: stopping.ident is not None and not stopping.is_alive())
    log.close()
    assert hub.repos[DATASET].files == published(data)
    assert "meanwhile" in read_votes(data).table["id"].to_pylist()
    assert len(hub.repos[DATASET].commits) == 3


def test_a_damaged_shard_is_told_left_out_and_fetched_again_while_publishing_goes_on(
    hub: FakeHub, data: Path, settings_of: Make, patience: Patience, caplog: pytest.LogCaptureFixture
) -> None:
    with publishing(settings_of(data), patience):
        until(lambda: DATASET in hub.repos and bool(hub.repos[DATASET].files))
    good, here = published(data), sorted(list_local_shards(data).values())
    lost = data / "data" / "votes" / f"{'0' * 64}.parquet"
    lost.write_bytes(here[0].read_bytes())  # damaged, and nowhere else
    for path in here:
        content = bytearray(path.read_bytes())
        content[len(content) // 2] ^= 1
        path.write_bytes(content)
    with caplog.at_level(logging.ERROR):
        log = VoteLog(data)
        publisher = Publisher(settings_of(data, publish_minutes=0.0005), log, patience)
        publisher.start()
        until(lambda: publisher.state.damaged == (lost,))
        log.append(voted(ContentStore(data), "meanwhile"))
        until(lambda: len(hub.repos[DATASET].files) > len(good))
        assert f"{lost} is left out, it is damaged" in publisher.state.error
        publisher.stop(PATIENCE)
        log.close()
    assert publisher.state.failures == 0
    assert caplog.text.count("its SHA-256 is not its name. Restore it") == 1
    assert "Traceback" not in caplog.text
    assert {path.read_bytes() for path in here} == {good[path.relative_to(data).as_posix()] for path in here}
    assert "meanwhile" in read_votes(data).table["id"].to_pylist()
