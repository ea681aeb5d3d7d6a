"""Pulling: what was published comes back whole, and nothing else gets in."""

import hashlib
import io
import json
import logging
import re
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from hub.dataset import Patience, pull_shards, push_shards
from hub.dataset.shard_names import list_local_shards
from hub.errors import RemoteError, StorageError
from hub.settings import Settings
from hub.votes import VOTES_SCHEMA, ContentStore, find_vote, read_votes
from tests.hub.dataset.conftest import DATASET
from tests.hub.dataset.made import fill
from tests.hub.dataset.server import READER, WRITER, FakeHub
from tests.hub.votes.made import SETUP

Make = Callable[..., Settings]
CDN = "^/cdn/"


def contents(data: Path) -> dict[str, bytes]:
    """The shards of a folder."""
    return {name: path.read_bytes() for name, path in list_local_shards(data).items()}


@pytest.fixture
def there(hub: FakeHub, data: Path, settings_of: Make, patience: Patience) -> Path:
    """A folder that was published."""
    push_shards(data, settings_of(data), patience=patience)
    return data


def shard(table: pa.Table) -> tuple[str, bytes]:
    """A shard of votes with the right name, and its content."""
    buffer = io.BytesIO()
    pq.write_table(table, buffer)
    return f"data/votes/{hashlib.sha256(buffer.getvalue()).hexdigest()}.parquet", buffer.getvalue()


def test_a_lost_folder_comes_back(there: Path, tmp_path: Path, settings_of: Make, patience: Patience) -> None:
    new = tmp_path / "new"
    pulled = pull_shards(new, settings_of(new), patience=patience)
    assert contents(new) == contents(there)
    assert set(pulled.files) == set(contents(there))
    assert not pulled.problems
    assert read_votes(new).table.equals(read_votes(there).table)
    vote = find_vote(new, "second")
    assert ContentStore(new).read_image(vote.a[0].sha256) == ContentStore(there).read_image(vote.a[0].sha256)
    assert ContentStore(new).read_setup(SETUP).digest == SETUP
    images = {path.name for path in (there / "images").rglob("*.png")}
    assert {path.name for path in (new / "images").rglob("*.png")} == images
    assert len(images) == 9


def test_only_what_is_missing_is_fetched(
    hub: FakeHub, there: Path, tmp_path: Path, settings_of: Make, patience: Patience
) -> None:
    name, path = next(iter(list_local_shards(there).items()))
    path.unlink()
    assert pull_shards(there, settings_of(there), patience=patience).files == (name,)
    assert hub.count("GET", CDN) == 1
    assert pull_shards(there, settings_of(there), patience=patience).files == ()
    assert hub.count("GET", CDN) == 1


@pytest.mark.parametrize(
    ("token", "private", "sentence"),
    [(None, False, None), (READER, True, None), (WRITER, True, None), (None, True, "without a token .* set HF_TOKEN")],
)
def test_who_may_pull(
    hub: FakeHub,
    there: Path,
    tmp_path: Path,
    settings_of: Make,
    patience: Patience,
    token: str | None,
    private: bool,
    sentence: str | None,
) -> None:
    hub.repos[DATASET].private = private
    new = tmp_path / "new"
    if sentence is None:
        pull_shards(new, settings_of(new, token), patience=patience)
        assert contents(new) == contents(there)
    else:
        with pytest.raises(RemoteError, match=sentence):
            pull_shards(new, settings_of(new, token), patience=patience)


def test_a_data_set_that_is_not_there_is_told(
    hub: FakeHub, tmp_path: Path, settings_of: Make, patience: Patience
) -> None:
    with pytest.raises(RemoteError, match="no data set someone/votes"):
        pull_shards(tmp_path, settings_of(tmp_path), patience=patience)


FAULTS = {
    "busy listing": {"kind": "status", "method": "GET", "path": "/tree/", "times": 8},
    "busy head": {"kind": "status", "method": "HEAD", "path": "/resolve/", "times": 8},
    "too many requests": {"kind": "status", "method": "HEAD", "path": "/resolve/", "status": 429, "times": 2},
    "busy store": {"kind": "status", "method": "GET", "path": CDN, "status": 500, "times": 2},
    "reset": {"kind": "reset", "method": "GET", "path": CDN, "times": 2},
    "reset head": {"kind": "reset", "method": "HEAD", "path": "/resolve/", "times": 2},
    "download cut": {"kind": "cut_download", "method": "GET", "path": CDN, "after": 4000},
    "download cut again and again": {"kind": "cut_download", "method": "GET", "path": CDN, "after": 500, "times": 6},
}


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
def test_after_an_outage_the_folder_is_the_data_set(
    hub: FakeHub, there: Path, tmp_path: Path, settings_of: Make, patience: Patience, fault: dict[str, object]
) -> None:
    new = tmp_path / "new"
    hub.fail(**fault)  # type: ignore[arg-type]
    pull_shards(new, settings_of(new), patience=patience)
    assert hub.faults[0].times == 0
    assert contents(new) == contents(there)


def test_a_file_that_is_not_what_its_name_says_is_refused(
    hub: FakeHub, there: Path, tmp_path: Path, settings_of: Make, patience: Patience
) -> None:
    new = tmp_path / "new"
    wrong, *right = sorted(contents(there))
    hub.repos[DATASET].add("forged", {wrong: (contents(there)[right[0]], True)})
    pulled = pull_shards(new, settings_of(new), patience=patience)
    assert sorted(contents(new)) == right
    assert len(pulled.problems) == 1
    assert re.search(f"{wrong} was refused: its SHA-256 is [0-9a-f]{{64}}", pulled.problems[0])


ODD = [
    "data/votes/../../../evil.parquet",
    "data/votes/evil.pkl",
    "data/votes/evil.parquet",
    "data/other/" + "0" * 64 + ".parquet",
    "data/votes/" + "A" * 64 + ".parquet",
    "data/votes/" + "0" * 64 + ".parquet\n",
    "data/votes/\x1b[31m.parquet",
]


def test_other_names_are_left_alone(
    hub: FakeHub, there: Path, tmp_path: Path, settings_of: Make, patience: Patience
) -> None:
    new = tmp_path / "inner" / "new"
    odd = dict.fromkeys([*ODD, "evil.py", "votes.py"], (b"evil", True))
    hub.repos[DATASET].add("evil", odd)
    pulled = pull_shards(new, settings_of(new), patience=patience)
    assert contents(new) == contents(there)
    assert len(pulled.problems) == len(ODD)
    assert not any("\x1b" in problem or "\n" in problem for problem in pulled.problems)
    assert not list(tmp_path.rglob("*evil*"))


def _changed(there: Path, column: str, value: object) -> pa.Table:
    path = next(path for name, path in list_local_shards(there).items() if "votes" in name)
    rows = pq.read_table(path).to_pylist()
    rows[0][column] = value
    return pa.Table.from_pylist(rows, VOTES_SCHEMA)


@pytest.mark.parametrize(
    ("column", "value", "sentence"),
    [
        ("images_a", [{"bytes": b"another picture", "path": None}], "row 1: a picture is not the one of SHA-256"),
        ("images_a", [{"bytes": None, "path": "/etc/passwd"}], "row 1: a picture is not the one of SHA-256"),
        ("images_a", [], "row 1: it has not as many pictures as digests"),
        ("outcome", "c", "row 1: this is none of the votes"),
        ("risk", "no JSON", "row 1: this is none of the votes"),
        ("sha256_a", ["../../../evil"], "row 1: this is none of the votes"),
    ],
)
def test_a_shard_with_forged_rows_is_refused(
    hub: FakeHub,
    there: Path,
    tmp_path: Path,
    settings_of: Make,
    patience: Patience,
    column: str,
    value: object,
    sentence: str,
) -> None:
    new = tmp_path / "new"
    name, content = shard(_changed(there, column, value))
    hub.repos[DATASET].add("forged", {name: (content, True)})
    pulled = pull_shards(new, settings_of(new), patience=patience)
    assert contents(new) == contents(there)
    assert len(pulled.problems) == 1
    assert sentence in pulled.problems[0]


def test_a_shard_with_other_columns_or_no_columns_is_refused(
    hub: FakeHub, there: Path, tmp_path: Path, settings_of: Make, patience: Patience
) -> None:
    new = tmp_path / "new"
    name, content = shard(pa.table({"id": ["x"]}))
    garbage = b"PAR1 and no more"
    other = f"data/samples/{hashlib.sha256(garbage).hexdigest()}.parquet"
    hub.repos[DATASET].add("forged", {name: (content, True), other: (garbage, True)})
    pulled = pull_shards(new, settings_of(new), patience=patience)
    assert contents(new) == contents(there)
    assert sorted(problem.split("refused: ")[1][:20] for problem in pulled.problems) == [
        "it can't be read as ",
        "its columns are not ",
    ]


@pytest.mark.parametrize("where", [0.1, 0.2, 0.5, 0.9, 0.97, 0.99])
def test_a_shard_that_is_damaged_inside_is_refused_and_the_others_come(
    hub: FakeHub, there: Path, tmp_path: Path, settings_of: Make, patience: Patience, where: float
) -> None:
    """Its name is the SHA-256 of the damaged content, so only reading finds it."""
    new = tmp_path / "new"
    sound = next(content for name, content in contents(there).items() if "votes" in name)
    at = int(len(sound) * where)
    content = sound[:at] + bytes(byte ^ 0xFF for byte in sound[at : at + 40]) + sound[at + 40 :]
    name = f"data/votes/{hashlib.sha256(content).hexdigest()}.parquet"
    hub.repos[DATASET].add("damaged", {name: (content, True)})
    pulled = pull_shards(new, settings_of(new), patience=patience)
    assert contents(new) == contents(there)
    assert len(pulled.problems) == 1
    assert pulled.problems[0].startswith(f"{name} was refused: ")


def test_a_full_disk_is_told(
    there: Path, tmp_path: Path, settings_of: Make, patience: Patience, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("hub.votes.disk.write_all", full)
    with pytest.raises(StorageError, match="the disk is full"):
        pull_shards(tmp_path / "new", settings_of(tmp_path / "new"), patience=patience)


def test_the_token_goes_to_the_hub_only(
    hub: FakeHub, there: Path, tmp_path: Path, settings_of: Make, patience: Patience, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        pull_shards(tmp_path / "new", settings_of(tmp_path / "new"), patience=patience)
    storage = [seen for seen in hub.seen if seen.path.startswith("/cdn/")]
    assert len(storage) == 4
    assert all(seen.authorization is None for seen in storage)
    assert all(seen.authorization for seen in hub.seen if "/resolve/" in seen.path)
    assert WRITER not in caplog.text
    assert json.dumps(WRITER) not in repr(pull_shards)


def test_votes_of_two_hubs_come_together(
    hub: FakeHub, there: Path, tmp_path: Path, settings_of: Make, patience: Patience
) -> None:
    other = tmp_path / "other"
    fill(other, "fourth")
    push_shards(other, settings_of(other), patience=patience)
    pull_shards(other, settings_of(other), patience=patience)
    assert sorted(read_votes(other).table["id"].to_pylist()) == ["first", "fourth", "second", "third"]
