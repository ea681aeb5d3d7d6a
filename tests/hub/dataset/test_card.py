"""The card, and what the datasets library makes of a data folder and of a data set."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from huggingface_hub import DatasetCard
from PIL import Image

from hub.dataset import Patience, push_shards, verify_shards, write_card
from hub.dataset.card import render_card
from hub.dataset.frame import frame
from hub.dataset.shard_names import CARD, PUBLISHED, list_local_shards
from hub.log_entries import Reasons, Withdrawal
from hub.schema import Tag
from hub.settings import CONSENT, Settings
from hub.votes import SAMPLES_SCHEMA, VOTES, VOTES_SCHEMA, ContentStore, VoteLog, read_votes
from tests.hub.dataset.conftest import DATASET
from tests.hub.dataset.made import fill
from tests.hub.dataset.server import READER, FakeHub

Make = Callable[..., Settings]
LOAD = """
import json, os, sys
from datasets import load_dataset

path, streaming = sys.argv[1], bool(sys.argv[2:])
found = {}
for config in os.environ.get("CONFIGS", "votes samples").split():
    rows = load_dataset(path, config, split="train", streaming=streaming)
    ids = [row.get("id", row.get("battle", row.get("vote"))) for row in rows]
    found[config] = {"columns": list(rows.features), "ids": ids}
    for row in rows:
        for picture in [*row.get("images_a", []), *row.get("images_b", []), *filter(None, [row.get("image")])]:
            found[config].setdefault("pixels", []).append([picture.size, picture.getpixel((1, 2))])
print(json.dumps(found))
"""


def load(path: str, home: Path, *more: str, **environ: str) -> Any:
    """What a fresh process reads with the datasets library."""
    environ = {
        **os.environ,
        "HF_HOME": str(home),
        "HF_HUB_DISABLE_XET": "1",
        "HF_HUB_DISABLE_TELEMETRY": "1",
        **environ,
    }
    command = [sys.executable, "-c", LOAD, path, *more]
    done = subprocess.run(command, env=environ, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def pixels(data: Path, config: str) -> list[Any]:
    """Sizes and a pixel of the pictures that the shards tell of, from the store."""
    found = []
    for name, path in list_local_shards(data).items():
        for row in pq.read_table(path).to_pylist() if f"/{config}/" in name else ():
            for digest in [*row.get("sha256_a", []), *row.get("sha256_b", []), *filter(None, [row.get("sha256")])]:
                picture = Image.open(ContentStore(data).image(digest))
                found.append([list(picture.size), list(picture.getpixel((1, 2)) or ())])  # type: ignore[arg-type]
    return found


def test_the_card_is_a_card_and_tells_all_columns(data: Path, settings_of: Make) -> None:
    text = write_card(data, settings_of(data))
    assert (data / PUBLISHED).read_text() == text
    assert "download_size" not in text
    assert (data / CARD).read_text().split("\n---\n", 1)[1] == text.split("\n---\n", 1)[1]
    card = DatasetCard(text)
    facts = vars(card.data)
    assert facts["license"] == "cc-by-4.0"
    assert facts["size_categories"] == ["n<1K"]
    assert facts["task_categories"] == ["text-to-image"]
    assert [config["config_name"] for config in facts["configs"]] == ["votes", "samples"]
    for title, schema in (("Columns of `votes`", VOTES_SCHEMA), ("Columns of `samples`", SAMPLES_SCHEMA)):
        section = text.split(f"## {title}")[1].split("\n## ")[0]
        rows = [line.split("|")[1].strip(" `") for line in section.splitlines() if line.startswith("| `")]
        assert rows == schema.names
    assert f"> {CONSENT}" in text
    assert 'load_dataset("someone/votes", "votes"' in text
    assert "hub.receipt replay" in text
    assert "not-blind" in text


@pytest.mark.parametrize(
    ("rows", "category"), [(0, "n<1K"), (999, "n<1K"), (1000, "1K<n<10K"), (10**6, "1M<n<10M"), (10**8, "n>10M")]
)
def test_the_size_is_told_in_the_hubs_words(rows: int, category: str) -> None:
    assert vars(DatasetCard(render_card(Settings(), rows, {})).data)["size_categories"] == [category]


def test_a_consent_of_several_lines_stays_a_quotation() -> None:
    text = render_card(Settings(consent="One.\n---\n# Two {three}"), 0, {})
    assert "> One.\n> ---\n> # Two {three}\n" in text


def test_a_card_that_is_up_to_date_is_not_written_again(data: Path, settings_of: Make) -> None:
    write_card(data, settings_of(data))
    before = (data / CARD).stat().st_mtime_ns, (data / CARD).stat().st_ino
    write_card(data, settings_of(data))
    assert ((data / CARD).stat().st_mtime_ns, (data / CARD).stat().st_ino) == before
    assert len(list_local_shards(data)) == 4


def test_a_folder_is_loaded_by_the_datasets_library(data: Path, tmp_path: Path) -> None:
    write_card(data, Settings())
    found = load(str(data), tmp_path / "home")
    assert sorted(found["votes"]["ids"]) == ["first", "second", "third"]
    assert sorted(found["samples"]["ids"]) == ["unvoted first", "unvoted second", "unvoted third"]
    assert found["votes"]["columns"] == VOTES_SCHEMA.names
    assert found["samples"]["columns"] == SAMPLES_SCHEMA.names
    for config, count in (("votes", 6), ("samples", 3)):
        assert sorted(found[config]["pixels"]) == sorted(pixels(data, config))
        assert len(found[config]["pixels"]) == count


def test_votes_that_came_after_a_folder_was_loaded_are_loaded_too(data: Path, tmp_path: Path) -> None:
    write_card(data, Settings())
    assert sorted(load(str(data), tmp_path / "home")["votes"]["ids"]) == ["first", "second", "third"]
    fill(data, "fourth")
    write_card(data, Settings())
    assert sorted(load(str(data), tmp_path / "home")["votes"]["ids"]) == ["first", "fourth", "second", "third"]


def test_shards_of_before_a_column_came_are_loaded_beside_those_of_today(data: Path, tmp_path: Path) -> None:
    for first in (True, False):  # whichever name comes first, by which the library would take the columns
        old, *_ = VOTES.shards(data)
        rows = pq.read_table(old)
        old.unlink()
        kept = [name for name in rows.column_names if name != "names_withheld"]
        pq.write_table(rows.select(kept), old.with_name(f"{'0' if first else 'f'}{old.name[1:]}"))
        write_card(data, Settings())
        assert sorted(load(str(data), tmp_path / f"home {first}")["votes"]["ids"]) == ["first", "second", "third"]


def test_votes_that_were_taken_back_are_named_in_a_config_of_their_own(data: Path, tmp_path: Path) -> None:
    assert "config_name: withdrawals" not in write_card(data, Settings())
    log = VoteLog(data)
    log.withdraw(Withdrawal(vote="second", time=1.0, rater="ada"))
    log.close()
    assert "config_name: withdrawals" in write_card(data, Settings())
    assert verify_shards(data, Settings()).problems == ()
    found = load(str(data), tmp_path / "home", CONFIGS="votes withdrawals")
    assert found["withdrawals"]["ids"] == ["second"]
    assert sorted(found["votes"]["ids"]) == ["first", "second", "third"]
    marks = zip(*(read_votes(data).table[name].to_pylist() for name in ("id", "excluded")), strict=True)
    assert sorted(marks, key=str) == [("first", None), ("second", "withdrawn"), ("third", None)]


def test_reasons_that_came_after_votes_are_a_config_of_their_own(data: Path, tmp_path: Path) -> None:
    assert "config_name: reasons" not in write_card(data, Settings())
    log = VoteLog(data)
    log.append(Reasons(vote="second", time=1.0, rater="ada", tags=(Tag.colours,)))
    log.close()
    assert "config_name: reasons" in write_card(data, Settings())
    assert verify_shards(data, Settings()).problems == ()
    assert load(str(data), tmp_path / "home", CONFIGS="votes reasons")["reasons"]["ids"] == ["second"]
    assert frame(data, "reasons").to_dict("records") == [
        {"vote": "second", "time": 1.0, "rater": "ada", "tags": ["colours"], "schema_version": 5}
    ]


def test_a_folder_without_votes_is_read_as_no_rows(tmp_path: Path) -> None:
    """Streamed, for the library refuses to make a file of no rows; and the votes that come then are all read."""
    data = tmp_path / "data"
    write_card(data, Settings())
    found = load(str(data), tmp_path / "home", "streaming")
    assert found == {
        "votes": {"columns": VOTES_SCHEMA.names, "ids": []},
        "samples": {"columns": SAMPLES_SCHEMA.names, "ids": []},
    }
    fill(data, "first")
    assert load(str(data), tmp_path / "home")["votes"]["ids"] == ["first"]


@pytest.mark.parametrize("private", [False, True])
def test_what_is_published_is_loaded_from_the_hub(
    hub: FakeHub, data: Path, tmp_path: Path, settings_of: Make, patience: Patience, private: bool
) -> None:
    push_shards(data, settings_of(data, private=private), patience=patience)
    token = {"HF_TOKEN": READER} if private else {"HF_HUB_DISABLE_IMPLICIT_TOKEN": "1"}
    found = load(DATASET, tmp_path / "home", HF_ENDPOINT=hub.url, **token)
    assert sorted(found["votes"]["ids"]) == ["first", "second", "third"]
    for config in ("votes", "samples"):
        assert sorted(found[config]["pixels"]) == sorted(pixels(data, config))
