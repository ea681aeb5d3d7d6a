"""Nothing of a battle that is open gets into a shard, and nothing of it is lost or doubled."""

import time
from collections import Counter
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from hub.errors import StorageError
from hub.schema import Outcome
from hub.settings import Settings
from hub.votes import SAMPLES, VOTES, ContentStore, VoteLog, read_votes
from hub.votes.open_battles import MARGIN
from hub.votes.segment import Segment
from tests.hub.battle.fakes import ADA, Hall
from tests.hub.votes.made import PNG, drawing, setup, vote


def battles(data: Path) -> list[str]:
    """The battles of the drawings in shards."""
    return sorted(name for path in SAMPLES.shards(data) for name in pq.read_table(path)["battle"].to_pylist())


def voted(data: Path) -> list[str]:
    """The ids of the votes in shards."""
    return sorted(id for path in VOTES.shards(data) for id in pq.read_table(path)["id"].to_pylist())


@pytest.fixture
def data(tmp_path: Path) -> Path:
    ContentStore(tmp_path).write_image(PNG)
    ContentStore(tmp_path).write_setup(setup())
    return tmp_path


def later(monkeypatch: pytest.MonkeyPatch, seconds: float) -> None:
    now = time.monotonic() + seconds
    monkeypatch.setattr("hub.votes.open_battles.time.monotonic", lambda: now)


def test_drawings_are_sealed_when_their_battle_was_voted_on_or_has_expired(
    data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = VoteLog(data, battle_seconds=100)
    for name in ("voted", "left", "late"):
        log.append(drawing(name))
    log.append(vote("voted"))
    log.seal()
    assert (battles(data), voted(data)) == (["voted"], ["voted"])
    with monkeypatch.context() as patch:
        later(patch, 100 + MARGIN / 2)
        log.seal()
        assert battles(data) == ["voted"]
    log.append(vote("late"))
    log.seal()
    assert battles(data) == ["voted"]  # the rest of its segment waits for all
    with monkeypatch.context() as patch:
        later(patch, 101 + MARGIN)
        log.seal()
    assert battles(data) == ["late", "left", "voted"]
    assert voted(data) == ["late", "voted"]
    assert list((data / "log").glob("*.jsonl")) == []
    log.close()


def test_a_vote_that_withholds_names_waits_until_they_are_told_and_counts_meanwhile(data: Path) -> None:
    log = VoteLog(data, battle_seconds=100)
    log.append(drawing("first"))
    log.append(vote("first"), names_withheld=True)
    log.append(vote("other", time=2.0))
    log.seal()
    assert (battles(data), voted(data)) == ([], ["other"])
    assert read_votes(data).table["id"].to_pylist() == ["first", "other"]
    log.tell("first")
    log.seal()
    assert (battles(data), voted(data)) == (["first"], ["first", "other"])
    log.close()


def test_the_end_of_the_arena_seals_all(data: Path) -> None:
    log = VoteLog(data, battle_seconds=100)
    log.append(drawing("open"))
    log.end_battles()
    log.seal()
    assert battles(data) == ["open"]
    log.append(drawing("late"))
    log.close()
    assert battles(data) == ["late", "open"]


def test_without_a_battles_time_nothing_waits(data: Path) -> None:
    log = VoteLog(data)
    log.append(drawing("open"))
    log.seal()
    assert battles(data) == ["open"]
    log.close()


@pytest.mark.parametrize("step", ["shards", "removal"])
def test_a_failure_between_the_shards_and_what_is_left_doubles_nothing(
    data: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    """In the process that goes on, and in the one that starts after a kill at that point."""

    def broken(*_: object) -> None:
        raise OSError(5, "stuck")

    log = VoteLog(data, battle_seconds=100)
    log.append(drawing("open"))
    log.append(drawing("voted"))
    log.append(vote("voted"))
    if step == "removal":
        log.seal()
        log.tell("open")
    with monkeypatch.context() as patch:
        patch.setattr(Segment, "keep_only" if step == "shards" else "remove", broken)
        with pytest.raises(StorageError, match="could not be made into shards: stuck"):
            log.seal()
    (path,) = (data / "log").glob("*.jsonl")
    content = path.read_bytes()
    log.close()
    assert Counter(battles(data)) == {"open": 1, "voted": 1}
    path.write_bytes(content)
    assert VoteLog(data).recovered == ()
    assert (battles(data), voted(data)) == (["open", "voted"], ["voted"])


def test_a_battle_of_the_arena_is_sealed_after_its_vote(tmp_path: Path) -> None:
    hall = Hall(tmp_path, open_seconds=Settings().battle_minutes * 60)
    log = hall.log
    token = hall.finished()
    log.seal()
    assert battles(hall.data) == []
    id = hall.battles.vote(token, ADA, Outcome.a).id
    log.seal()
    assert battles(hall.data) == [id, id]
    log.close()


def test_a_vote_whose_battle_is_to_be_shown_again_is_sealed_when_its_names_are_told(tmp_path: Path) -> None:
    hall = Hall(tmp_path, repeats=1.0, open_seconds=3600)
    log = hall.log
    token = hall.finished()
    id = hall.battles.vote(token, ADA, Outcome.a).id
    withheld = hall.battles.told(token, ADA) == ()
    log.seal()
    assert voted(hall.data) == ([] if withheld else [id])
    assert withheld
    hall.battles.told(token, ADA, asked=True)
    log.seal()
    assert (voted(hall.data), battles(hall.data)) == ([id], [id, id])
    log.close()
