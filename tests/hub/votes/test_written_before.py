"""What earlier versions wrote is read as it is.

``written_before/schema_2`` was written by the code before a request could name an image and parameters: a data folder
with a sealed shard and an open segment, a folder of samples, a receipt, and in ``expected.json`` what that code read of
them. ``schema_3`` is one of before a request could be a mix: votes on pictures that started from another one, in a
shard and in an open segment. ``schema_4`` is one of before a vote told which set its prompt is from: prompts that were
read as English, and a vote taken back. ``schema_1`` has three votes of the first log.
"""

import json
import shutil
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, TypeVar

import pytest
from typer.testing import CliRunner

from eval import rate
from eval.sample import draw_requests, read_manifest
from hub.command import make_command
from hub.engine.local_engine import LocalEngine
from hub.generators import GENERATORS
from hub.generators.entries.mock import Mock
from hub.receipt import read_receipt
from hub.receipt.replay import replay
from hub.votes import SAMPLES, VOTES, ContentStore, Pictures, VoteLog, find_vote, read_votes
from tests.asking import asking_each

BEFORE = Path(__file__).parent / "written_before"
EXPECTED = json.loads((BEFORE / "schema_2" / "expected.json").read_text(encoding="utf-8"))
T = TypeVar("T")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of what was written."""
    return Path(shutil.copytree(BEFORE / "schema_2", tmp_path / "before"))


@pytest.fixture
def trio(monkeypatch: pytest.MonkeyPatch) -> None:
    """The generators that drew it: mocks by three names."""
    assert GENERATORS["mock"]
    for name in ("other", "third"):
        mock = Mock()
        mock.name = name
        monkeypatch.setitem(GENERATORS._items, name, mock)


def numbers(found: Any) -> Iterator[Any]:
    """All the names and values of a JSON, by name; notes are worded anew at times."""
    if isinstance(found, dict):
        for name in sorted(found.keys() - {"notes"}):
            yield name
            yield from numbers(found[name])
    elif isinstance(found, list):
        for one in found:
            yield from numbers(one)
    else:
        yield pytest.approx(found, abs=2e-6) if isinstance(found, float) else found


def unwatched(items: Sequence[T], description: str) -> Iterable[T]:
    """Progress that nobody watches."""
    return items


def votes(data: Path) -> list[dict[str, Any]]:
    """Every vote of a folder, all its fields."""
    read = read_votes(data)
    assert read.problems == ()
    return [find_vote(data, id).model_dump(mode="json") for id in read.table["id"].to_pylist()]


def test_every_field_of_votes_in_shards_and_segments_is_as_it_was(folder: Path) -> None:
    assert votes(folder / "data") == EXPECTED["votes"]
    assert {vote["schema_version"] for vote in votes(folder / "data")} == {2}


def test_an_open_segment_becomes_a_shard_and_nothing_changes(folder: Path) -> None:
    data = folder / "data"
    lines = [json.loads(line) for line in next((data / "log").glob("*.jsonl")).read_text().splitlines()]
    log = VoteLog(data)
    log.close()
    assert log.recovered == ()
    assert not list((data / "log").glob("*.jsonl"))
    assert votes(data) == EXPECTED["votes"]
    drawn = [row for path in SAMPLES.shards(data) for row in rows(path)]
    wanted = [{key: value for key, value in line.items() if key != "crc32"} for line in lines]
    assert [line for line in wanted if line["kind"] == "drawing" and line not in drawn] == []


def rows(path: Path) -> list[dict[str, Any]]:
    """The drawings of a shard, all their fields."""
    import pyarrow.parquet as pq

    return [SAMPLES.from_row(row).model_dump(mode="json") for row in pq.read_table(path).to_pylist()]


def test_pictures_come_out_of_a_shard_of_before(folder: Path) -> None:
    (shard,) = VOTES.shards(folder / "data")
    pictures = Pictures(shard)
    wanted = {vote["id"]: vote for vote in EXPECTED["votes"]}
    assert pictures.of_votes
    for id, sides in pictures.of_votes.items():
        assert list(sides.a) == [sample["sha256"] for sample in wanted[id]["a"]]
        assert pictures.read(sides.b[0]).startswith(b"\x89PNG")


def test_ratings_are_as_they_were(folder: Path) -> None:
    done = CliRunner().invoke(make_command(rate.main, ""), [str(folder / "data"), "--json"])
    assert done.exit_code == 0
    found = json.loads(done.stdout)
    assert found["rule"].pop("weigh") == "alike"  # as all votes did then
    assert list(numbers(found)) == list(numbers(EXPECTED["ratings"]))


def test_setups_keep_their_digests(folder: Path) -> None:
    store = ContentStore(folder / "data")
    digests = {sample["setup"] for vote in EXPECTED["votes"] for sample in (*vote["a"], *vote["b"])}
    for digest in digests | EXPECTED["setups"].keys():
        assert store.read_setup(digest).digest == digest
        assert store.read_setup(digest).model_dump_json() == store.setup(digest).read_text()
    for digest, setup in EXPECTED["setups"].items():
        assert store.read_setup(digest).model_dump(mode="json") == setup


def test_a_manifest_is_taken_up_and_nothing_is_drawn_again(folder: Path) -> None:
    samples = folder / "samples"
    content = (samples / "manifest.jsonl").read_bytes()
    assert [entry.model_dump(mode="json") for entry in read_manifest(samples)] == EXPECTED["manifest"]
    asked = asking_each([("a red apple", 0), ("größe 🍎", 2**40)])
    entries = draw_requests(LocalEngine("cpu"), "mock", asked, samples)
    assert [entry.model_dump(mode="json") for entry in entries] == EXPECTED["manifest"]
    draw_requests(LocalEngine("cpu"), "mock", asking_each([("a cat", 1)]), samples)
    assert (samples / "manifest.jsonl").read_bytes().startswith(content)


@pytest.mark.usefixtures("trio")
def test_a_receipt_is_replayed_byte_for_byte(folder: Path) -> None:
    text = (folder / "receipt.json").read_text(encoding="utf-8")
    read = read_receipt(text)
    assert read.model_dump_json(indent=1) == text
    found = replay(read, LocalEngine("cpu"), ContentStore(folder / "data").image, unwatched)
    assert [one.identical for one in found] == [True] * 8


def test_votes_of_the_third_schema_and_their_receipt_are_as_they_were(tmp_path: Path) -> None:
    folder = Path(shutil.copytree(BEFORE / "schema_3", tmp_path / "before"))
    data, expected = folder / "data", json.loads((folder / "expected.json").read_text(encoding="utf-8"))
    assert votes(data) == expected
    assert {vote["schema_version"] for vote in expected} == {3}
    log = VoteLog(data)
    log.close()
    assert log.recovered == ()
    assert votes(data) == expected
    text = (folder / "receipt.json").read_text(encoding="utf-8")
    read, store = read_receipt(text), ContentStore(data)
    assert read.model_dump_json(indent=1) == text
    found = replay(read, LocalEngine("cpu", read=store.read_image), store.image, unwatched)
    assert [one.identical for one in found] == [True] * 2


def test_votes_of_the_fourth_schema_are_as_they_were_and_of_no_set(tmp_path: Path) -> None:
    data = Path(shutil.copytree(BEFORE / "schema_4" / "data", tmp_path / "data"))
    expected = json.loads((BEFORE / "schema_4" / "expected.json").read_text(encoding="utf-8"))
    assert {vote["schema_version"] for vote in expected} == {4}
    for _ in range(2):
        assert votes(data) == expected
        table = read_votes(data).table
        assert table["excluded"].to_pylist() == [None, "speed", "withdrawn", None, None]
        assert {*table["prompt_set"].to_pylist(), *table["prompt_category"].to_pylist()} == {None}
        VoteLog(data).close()  # seals what was open


def test_votes_of_the_first_schema_are_rated() -> None:
    read = read_votes(BEFORE / "schema_1" / "votes.jsonl")
    assert read.problems == ()
    first, second, third = read.table.to_pylist()
    known = {"id": "v0", "time": 1700000000.5, "criterion": "quality", "outcome": "a"}
    known |= {"generator_a": "galip", "generator_b": "diffusion", "prompt": "a red apple", "seeds": "0"}
    assert {name: value for name, value in first.items() if value is not None} == known | {"source": "arena"}
    assert (second["outcome"], second["prompt"], third["outcome"]) == ("tie", "größe 🍎", "both_bad")
