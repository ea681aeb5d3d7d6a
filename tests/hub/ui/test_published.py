"""A served arena and its data set: a restart on an empty disk loses nothing, an outage of the Hub stops nothing."""

import time
from pathlib import Path

from hub.receipt import receipt
from hub.votes import ContentStore, find_vote, read_votes
from tests.hub.dataset.server import WRITER, FakeHub
from tests.hub.ui import fakes
from tests.hub.ui.served import FAKES, TIMEOUT, Arena, Page, served

DATASET = "someone/votes"


def published(hub: FakeHub) -> dict[str, str]:
    """Settings of an arena that publishes to this Hub."""
    return {
        "HF_ENDPOINT": hub.url,
        "HF_TOKEN": WRITER,
        "HUB_DATASET": DATASET,
        "HUB_SECRET": "the same secret at every start",
        "HF_HUB_DISABLE_TELEMETRY": "1",
    }


def vote(arena: Arena, prompt: str) -> None:
    """Draw one battle and vote."""
    with Page(arena.url) as page:
        page.draw(prompt)
        assert "your vote is saved" in page.vote("a")


def prompts(data: Path) -> set[str]:
    """The prompts that were voted on."""
    return set(read_votes(data).table["prompt"].to_pylist())


def folder(tmp_path: Path, name: str) -> Path:
    """An empty disk."""
    (tmp_path / name).mkdir()
    return tmp_path / name


def test_a_restart_on_an_empty_disk_loses_nothing_and_an_outage_stops_nothing(tmp_path: Path) -> None:
    with FakeHub() as hub:
        with served(folder(tmp_path, "first"), FAKES, fakes.NAMES, **published(hub)) as first:
            vote(first, "before the restart")
        with served(folder(tmp_path, "second"), FAKES, fakes.NAMES, **published(hub)) as second:
            assert prompts(second.data) == {"before the restart"}
            id = read_votes(second.data).table["id"][0].as_py()
            store = ContentStore(second.data)
            assert receipt(find_vote(second.data, id), store).vote == id
            for sample in receipt(find_vote(second.data, id), store).pictures:
                assert store.read_image(sample.sha256).startswith(b"\x89PNG")
            vote(second, "after the restart")
        hub.stop()
        soon = published(hub) | {"FAKE_PATIENCE": "3"}
        with served(folder(tmp_path, "third"), FAKES, fakes.NAMES, **soon) as third:
            vote(third, "without a Hub")
            assert prompts(third.data) == {"without a Hub"}
            end = time.monotonic() + TIMEOUT
            while "could not be reached" not in third.said:
                assert time.monotonic() < end, third.said
                time.sleep(0.1)
        assert "is not all here yet" in third.said
        assert "they are safe here, the next start publishes them" in third.said
        hub.start()
        with served(tmp_path / "third", FAKES, fakes.NAMES, **published(hub)):
            assert prompts(third.data) == {"before the restart", "after the restart", "without a Hub"}
        names = [name for name in hub.repos[DATASET].files if name.startswith("data/votes/")]
        assert {(third.data / name).read_bytes() for name in names} == {
            hub.repos[DATASET].files[name] for name in names
        }
    for arena in (first, second, third):
        assert WRITER not in arena.said
        assert "Traceback" not in arena.said
    assert not [path for path in tmp_path.rglob("*") if path.is_file() and WRITER.encode() in path.read_bytes()]
