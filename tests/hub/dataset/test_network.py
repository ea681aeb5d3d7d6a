"""The pseudonym of a vote's network: kept, published, told of; and shards of before, which have none."""

import csv
import hashlib
import io
import json
import subprocess
import sys
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from huggingface_hub import DatasetCard

from hub.dataset import write_card
from hub.dataset.exports import ExportFormat, export_votes
from hub.dataset.imports import import_battles
from hub.dataset.shard_check import check_shard
from hub.dataset.shard_names import list_local_shards
from hub.dataset.verify_shards import verify_shards
from hub.log_entries import ENTRY
from hub.schema import Vote
from hub.settings import CONSENT, Settings
from hub.votes import (
    SAMPLES_SCHEMA,
    VOTES,
    VOTES_SCHEMA,
    ContentStore,
    VoteLog,
    find_vote,
    read_votes,
)
from hub.votes.shards import LATER
from tests.hub.dataset.made import voted
from tests.hub.dataset.test_card import load
from tests.hub.votes.made import setup, vote

NETWORK = "0123456789abcdef"
FEATURES = """
import json, datasets
from hub.votes import SAMPLES, VOTES
kinds = (VOTES, SAMPLES)
print(json.dumps([datasets.Features.from_arrow_schema(kind.schema)._to_yaml_list() for kind in kinds]))
"""


def sealed(data: Path, *ids: str, network: str = NETWORK) -> Path:
    """A data folder with a new shard of these votes."""
    store = ContentStore(data)
    store.write_setup(setup())
    log = VoteLog(data)
    for id in ids:
        log.append(voted(store, id, network=network))
    log.close()
    return data


def aged(data: Path) -> Path:
    """The folder with its shards of votes as they were before votes told their network."""
    for path in VOTES.shards(data):
        table = pq.read_table(path).drop_columns(list(LATER))
        metadata = json.loads(table.schema.metadata[b"huggingface"])
        for name in LATER:
            del metadata["info"]["features"][name]
        buffer = io.BytesIO()
        pq.write_table(table.replace_schema_metadata({"huggingface": json.dumps(metadata)}), buffer)
        path.unlink()
        path.with_name(f"{hashlib.sha256(buffer.getvalue()).hexdigest()}.parquet").write_bytes(buffer.getvalue())
    return data


def networks(data: Path) -> dict[str, str | None]:
    """What the table tells of each vote's network."""
    table = read_votes(data).table
    return dict(zip(table["id"].to_pylist(), table["network"].to_pylist(), strict=True))


def test_a_votes_network_is_in_the_log_the_shards_and_the_exports(tmp_path: Path) -> None:
    data = tmp_path / "data"
    log = VoteLog(data)
    log.append(vote("told", network=NETWORK))
    log.append(vote("unknown"))
    assert networks(data) == {"told": NETWORK, "unknown": None}
    log.close()
    assert networks(data) == {"told": NETWORK, "unknown": None}
    assert (find_vote(data, "told").network, find_vote(data, "unknown").network) == (NETWORK, "")
    export_votes(data, tmp_path / "out.csv", ExportFormat.csv)
    with (tmp_path / "out.csv").open(newline="", encoding="utf-8") as file:
        assert {row["id"]: row["network"] for row in csv.DictReader(file)} == {"told": NETWORK, "unknown": ""}
    export_votes(data, tmp_path / "out.json", ExportFormat.fastchat)
    import_battles(tmp_path / "out.json", tmp_path / "other", "a secret of the tests")
    assert networks(tmp_path / "other") == {"told": NETWORK, "unknown": None}


def test_a_line_of_before_is_a_vote_of_an_unknown_network() -> None:
    line = json.loads(vote("old").model_dump_json())
    del line["network"]
    read = ENTRY.validate_json(json.dumps(line))
    assert isinstance(read, Vote)
    assert read.network == ""


def test_shards_of_before_are_read_found_checked_and_verified(tmp_path: Path) -> None:
    data = sealed(aged(sealed(tmp_path, "old")), "new")
    assert [pq.read_schema(path).equals(VOTES_SCHEMA) for path in VOTES.shards(data)].count(True) == 1
    read = read_votes(data)
    assert (networks(data), read.problems) == ({"old": None, "new": NETWORK}, ())
    assert (find_vote(data, "old").network, find_vote(data, "new").network) == ("", NETWORK)
    assert [check_shard(name, path).problems for name, path in list_local_shards(data).items()] == [[], []]
    assert verify_shards(data, Settings()).problems == ()


def test_a_shard_without_another_column_is_none(tmp_path: Path) -> None:
    (path,) = VOTES.shards(sealed(tmp_path, "old"))
    pq.write_table(pq.read_table(path).drop_columns(["rater"]), path)
    assert check_shard(f"data/votes/{path.name}", path).problems == ["its columns are not those of the votes"]
    assert len(read_votes(tmp_path).problems) == 1


def test_shards_of_before_and_of_now_are_loaded_together_by_the_datasets_library(tmp_path: Path) -> None:
    data = sealed(aged(sealed(tmp_path / "data", "old")), "new")
    write_card(data, Settings())
    found = load(str(data), tmp_path / "home", "streaming")["votes"]
    assert (sorted(found["ids"]), found["columns"]) == (["new", "old"], VOTES_SCHEMA.names)


def test_the_card_has_the_columns_in_the_librarys_words_and_says_what_a_network_is(tmp_path: Path) -> None:
    text = write_card(tmp_path, Settings())
    done = subprocess.run([sys.executable, "-c", FEATURES], capture_output=True, text=True, check=True)
    infos = vars(DatasetCard(text).data)["dataset_info"]
    assert [info["features"] for info in infos] == json.loads(done.stdout)
    assert {info["config_name"]: len(info["features"]) for info in infos} == {
        "votes": len(VOTES_SCHEMA),
        "samples": len(SAMPLES_SCHEMA),
    }
    for told in ("| `network` | string |", "The address itself is stored in no file", f"> {CONSENT}"):
        assert told in text
    assert "network" in CONSENT


def test_a_table_of_votes_has_few_networks(tmp_path: Path) -> None:
    assert read_votes(sealed(tmp_path, "a", "b")).table.schema.field("network").type == pa.dictionary(
        pa.int32(), pa.string()
    )
