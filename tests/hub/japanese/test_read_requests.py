"""What was read of a prompt is a part of the request: it is drawn, kept, sent on and replayed."""

import io
import json
import subprocess
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, TypeVar

import pytest
from PIL import Image

from eval.manifest import read_lines
from eval.sample import draw_requests, read_manifest
from eval.sample_requests import list_requests
from hub.dataset.shard_check import check_shard
from hub.engine.local_engine import LocalEngine
from hub.engine.ray_worker import pack_request
from hub.errors import PromptError
from hub.generators import GENERATORS, Accepts, Placement, ignore_progress, read_for
from hub.generators.entries.mock import Mock
from hub.generators.kinds.diffusers import Diffusers
from hub.generators.remote_entry import RemoteEntry
from hub.japanese.read_requests import english_of, list_texts, put_in_english, reading_of
from hub.japanese.reader import Reading
from hub.receipt import read_receipt, receipt
from hub.receipt.replay import replay
from hub.schema import Criterion, Outcome, Request, Term, Vote
from hub.votes import VOTES, ContentStore, VoteLog, find_vote
from tests.asking import asking

T = TypeVar("T")
ROOT = Path(__file__).parents[3]
READ = asking("赤いりんごと静物", 3, read_as="red apple")
MIXED = asking("", 3, mix=(Term(weight=1.0, prompt="猫", read_as="cat"), Term(weight=1.0, image="0" * 64)))


def unwatched(items: Sequence[T], description: str) -> Iterable[T]:
    """Progress that nobody watches."""
    return items


def pixels(png: bytes) -> bytes:
    """What is in a PNG."""
    return Image.open(io.BytesIO(png)).tobytes()


def voted(data: Path, request: Request) -> Vote:
    """A vote on two pictures of a request, in a data folder with all it refers to."""
    store, log, engine = ContentStore(data), VoteLog(data), LocalEngine("cpu")
    drawn = [engine.draw("mock", request, ignore_progress) for _ in range(2)]
    for one in drawn:
        store.write_image(one.png)
        store.write_setup(one.setup)
    a, b = ((one.sample,) for one in drawn)
    vote = Vote(id="v", time=1.0, criterion=Criterion.quality, outcome=Outcome.a, a=a, b=b, rater="r", seconds=1.0)
    log.append(vote)
    log.close()
    return vote


def test_a_reading_is_written_only_where_there_is_one() -> None:
    assert "read_as" not in asking("a cat", 3).model_dump_json()
    assert json.loads(READ.extras) == {"read_as": "red apple"}
    for one in (READ, MIXED):
        assert Request.model_validate_json(one.model_dump_json()) == one
    assert reading_of(READ) == Reading("red apple", ("静物",))
    assert reading_of(asking("静物", 3)) == Reading()
    assert (english_of(READ), english_of(asking("a cat", 3))) == ("red apple", "a cat")
    assert [*list_texts(READ), *list_texts(MIXED)] == ["赤いりんごと静物", "red apple", "猫", "cat"]
    assert put_in_english(MIXED).mix[0] == Term(weight=1.0, prompt="cat")


def test_who_reads_english_alone_draws_the_reading_and_others_what_was_typed(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn = LocalEngine("cpu").draw("mock", READ, ignore_progress)
    assert drawn.sample.request == READ
    draw = Mock().load(Placement("cpu"))
    assert pixels(drawn.png) == draw(asking("red apple", 3), {}, ignore_progress).tobytes()
    monkeypatch.setattr(type(GENERATORS["mock"]), "accepts", Accepts(any_language=True))
    typed = LocalEngine("cpu").draw("mock", READ, ignore_progress)
    assert pixels(typed.png) == draw(asking("赤いりんごと静物", 3), {}, ignore_progress).tobytes()
    assert typed.sample.request == READ


def test_a_roster_of_which_one_reads_english_alone_reads_and_another_does_not(monkeypatch: pytest.MonkeyPatch) -> None:
    assert read_for("赤いりんご", ["mock", "galip"]) == Reading("red apple")
    with pytest.raises(PromptError, match="Nothing of this prompt could be read"):
        read_for("静物", ["mock", "galip"])
    monkeypatch.setattr(type(GENERATORS["mock"]), "accepts", Accepts(any_language=True))
    assert read_for("静物", ["mock"]) == Reading()
    with pytest.raises(PromptError):
        read_for("静物", ["mock", "galip"])


def test_entries_of_this_repository_read_english_alone_and_models_of_others_are_asked_as_typed() -> None:
    assert not any(one.accepts.any_language for one in GENERATORS if one.weights and not one.hidden)
    entry: dict[str, Any] = {"name": "a", "title": "a", "licence": "MIT", "model": "some/model"}
    assert Diffusers(kind="diffusers", steps=1, guidance_scale=0.0, **entry).accepts.any_language
    assert RemoteEntry.accepts.any_language


def test_a_receipt_keeps_the_reading_and_its_replay_is_identical(tmp_path: Path) -> None:
    made = receipt(voted(tmp_path, READ), ContentStore(tmp_path))
    assert read_receipt(made.model_dump_json()) == made
    assert [sample.request for sample in made.pictures] == [READ, READ]
    found = replay(made, LocalEngine("cpu"), ContentStore(tmp_path).image, unwatched)
    assert [one.identical for one in found] == [True, True]
    command = [sys.executable, "-m", "hub.receipt", "replay", "v", "--data", str(tmp_path), "--device", "cpu"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.count('"read_as": "red apple"') == 2
    assert done.stdout.splitlines()[-1] == "identical: 2 of 2 pictures"


def test_a_receipt_of_before_is_replayed_as_it_was_drawn(tmp_path: Path) -> None:
    made = receipt(voted(tmp_path, asking("赤いりんご", 3)), ContentStore(tmp_path))
    found = replay(made, LocalEngine("cpu"), ContentStore(tmp_path).image, unwatched)
    assert [one.identical for one in found] == [True, True]


def test_the_log_and_shards_keep_the_reading(tmp_path: Path) -> None:
    vote = voted(tmp_path, READ)
    assert find_vote(tmp_path, "v") == vote
    (shard,) = VOTES.shards(tmp_path)
    assert check_shard(f"data/votes/{shard.name}", shard).problems == []


def test_a_request_travels_with_its_reading() -> None:
    packed = pack_request(READ, lambda sha256: b"")
    assert Request.model_validate_json(packed["request"]) == READ


def test_pictures_of_a_folder_are_scored_by_the_reading(tmp_path: Path) -> None:
    requests = list_requests(["赤いりんご", "a cat"], range(1), ["mock"])
    assert [one.read_as for one in requests] == ["red apple", ""]
    draw_requests(LocalEngine("cpu"), "mock", requests, tmp_path)
    assert [entry.request for entry in read_manifest(tmp_path)] == requests
    assert [line.read_as for line in read_lines(tmp_path)] == ["red apple", ""]
    with pytest.raises(PromptError, match="静物: Nothing of this prompt could be read"):
        list_requests(["静物"], range(1), ["mock"])
