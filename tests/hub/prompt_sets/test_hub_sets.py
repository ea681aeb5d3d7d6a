"""Prompt sets of the Hub, by the real client from a server on loopback: layouts, licences, and what faults say."""

import io
import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from hub.prompt_sets.read_set import read_file
from tests.hub.dataset.server import READER, FakeHub
from tests.hub.prompt_sets.test_read_set import DRAWBENCH, PARTI

ROOT = Path(__file__).parents[3]
OPEN = """
import json, sys
from hub.errors import HubError
from hub.prompt_sets.open_sets import open_set
for source in sys.argv[1:]:
    try:
        found = open_set(source)
        told = {"name": found.name, "licence": found.licence, "prompts": [list(map(str, (p.text, p.category)))
                for p in found.prompts]}
    except HubError as error:
        told = {"error": type(error).__name__, "said": str(error)}
    print(json.dumps({"source": source, **told}), flush=True)
"""
CARD = "---\nlicense: apache-2.0\n---\n# Prompts\n"
FINE = b'{"text": "fine"}\n'
ODD = (
    f'{PARTI}"never closed\tAbstract\tBasic\t\nNA\tAbstract\tBasic\t\n'  # both are prompts, as reading its file has it
)


def parquet(rows: Sequence[dict[str, Any]], kind: Any = None) -> tuple[bytes, bool]:
    """A Parquet file, which the Hub keeps by LFS; ``kind``: of its column of text."""
    table, out = pa.Table.from_pylist(list(rows)), io.BytesIO()
    if kind is not None:
        table = table.set_column(0, table.column_names[0], table.column(0).cast(kind))
    pq.write_table(table, out)
    return out.getvalue(), True


def fill(hub: FakeHub) -> None:
    """Data sets of all layouts, with and without faults."""
    rows = [{"Prompt": f"a cat, number {n}", "Category": "animals" if n else "", "seed": n} for n in range(3)]
    large = [{"text": f"{n} {os.urandom(99).hex()}"} for n in range(999)]
    train, test = "data/train-00000-of-00001.parquet", "data/test-00000-of-00001.parquet"
    made: dict[str, dict[str, tuple[bytes, bool]]] = {
        "parti-prompts": {"PartiPrompts.tsv": (ODD.encode(), False)},
        "drawbench-v1.0": {"DrawBench.csv": (DRAWBENCH.encode(), False)},
        "parquet": {train: parquet(rows), test: parquet(rows[:2])},
        "large": {train: parquet(rows, pa.large_string())},
        "titles": {"train.jsonl": (b'{"title": "x"}\n', False)},
        "broken-rows": {"train.jsonl": (FINE + b'{"text": ""}\n{"text": null}\n', False)},
        "empty": {},
        "torn": {train: parquet(large)},
        "flaky": {train: parquet(rows[:1])},
        "private": {train: parquet(rows[:1])},
        "no-card": {"train.jsonl": (FINE, False)},
        "own-licence": {"train.jsonl": (FINE, False), "README.md": (_card("other", "license_name: mine"), False)},
        "two-licences": {"train.jsonl": (FINE, False), "README.md": (_card("[mit, cc0-1.0]"), False)},
        "broken-card": {"train.jsonl": (FINE, False), "README.md": (_card("["), False)},
        "long-licence": {"train.jsonl": (FINE, False), "README.md": (_card("x" * 101), False)},
    }
    for name, files in made.items():
        hub.make(f"someone/{name}", private=name == "private")
        hub.repos[f"someone/{name}"].add("prompts", {"README.md": (CARD.encode(), False), **files})
    del hub.repos["someone/no-card"].head.files["README.md"]


def _card(licence: str, more: str = "") -> bytes:
    return f"---\nlicense: {licence}\n{more}\n---\n# Prompts\n".encode()


@dataclass(frozen=True)
class Client:
    """Opens sets in a process of its own, whose client knows this Hub alone and keeps what it fetched in ``home``."""

    hub: FakeHub
    home: Path

    def open(self, *names: str, **env: str) -> dict[str, dict[str, Any]]:
        """What is said of data sets of ``someone``, by name."""
        inherited = {key: value for key, value in os.environ.items() if not key.startswith("HF_")}
        own = {"HF_ENDPOINT": self.hub.url, "HF_HOME": str(self.home), "HF_HUB_DISABLE_TELEMETRY": "1"}
        own |= env or {"HF_HUB_DISABLE_IMPLICIT_TOKEN": "1"}
        command = [sys.executable, "-c", OPEN, *(f"someone/{name}" for name in names)]
        done = subprocess.run(command, cwd=ROOT, env=inherited | own, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr[-2000:]
        lines = [json.loads(line) for line in done.stdout.splitlines()]
        return {line["source"].removeprefix("someone/"): line for line in lines}


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    """The client, of a Hub that is filled."""
    with FakeHub() as hub:
        fill(hub)
        yield Client(hub, tmp_path_factory.mktemp("home"))


WHOLE = (
    "parti-prompts",
    "drawbench-v1.0",
    "parquet",
    "parquet:test",
    "large",
    "no-card",
    "own-licence",
    "two-licences",
)
FAULTY = ("nobody", "private", "parquet:nosplit", "titles", "broken-rows", "empty", "broken-card", "long-licence")


@pytest.fixture(scope="module")
def opened(client: Client) -> dict[str, dict[str, Any]]:
    """All that can be opened or not without an outage."""
    return client.open(*WHOLE, *FAULTY)


def test_the_published_layouts_are_the_sets_that_their_files_are(
    opened: dict[str, dict[str, Any]], tmp_path: Path
) -> None:
    for name, file, content in (
        ("parti-prompts", "PartiPrompts.tsv", ODD),
        ("drawbench-v1.0", "DrawBench.csv", DRAWBENCH),
    ):
        (tmp_path / file).write_text(content, encoding="utf-8")
        same = read_file(tmp_path / file)
        assert opened[name]["prompts"] == [[one.text, one.category] for one in same.prompts]
        assert (opened[name]["name"], opened[name]["licence"]) == (name, "apache-2.0")
    assert {"NA", '"never closed', '"Quoted" throughout'} <= {text for text, _ in opened["parti-prompts"]["prompts"]}


def test_a_parquet_data_set_is_read_split_by_split_whatever_kind_of_text_it_has(
    opened: dict[str, dict[str, Any]],
) -> None:
    cats = [[f"a cat, number {n}", "animals" if n else ""] for n in range(3)]
    assert opened["parquet"]["prompts"] == opened["large"]["prompts"] == cats
    assert opened["parquet:test"]["prompts"] == cats[:2]
    assert opened["parquet:test"]["name"] == "parquet"


def test_the_licence_is_that_of_the_card(opened: dict[str, dict[str, Any]]) -> None:
    told = {name: opened[name]["licence"] for name in ("parquet", "no-card", "own-licence", "two-licences")}
    assert told == {
        "parquet": "apache-2.0",
        "no-card": "unknown",
        "own-licence": "mine",
        "two-licences": "mit, cc0-1.0",
    }


@pytest.mark.parametrize(
    ("name", "kind", "said"),
    [
        ("nobody", "RemoteError", "'someone/nobody' doesn't exist on the Hub or cannot be accessed"),
        ("private", "RemoteError", "'someone/private' doesn't exist on the Hub or cannot be accessed"),
        ("parquet:nosplit", "RemoteError", "Should be one of ['train', 'test']"),
        (
            "titles",
            "DataError",
            "has no column of prompts: call one text, prompt, prompts, caption; its columns are title",
        ),
        ("broken-rows", "PromptError", "someone/broken-rows, row 2: The prompt is empty"),
        ("broken-rows", "PromptError", "row 3: it has no text in 'text'"),
        ("empty", "RemoteError", "doesn't contain any data files"),
        ("broken-card", "RemoteError", "while parsing a flow"),
        ("long-licence", "DataError", "the licence has more than 100 characters"),
    ],
)
def test_what_is_no_set_is_one_sentence(opened: dict[str, dict[str, Any]], name: str, kind: str, said: str) -> None:
    assert opened[name].get("error") == kind, opened[name]
    assert said in opened[name]["said"]
    assert "\n" not in opened[name]["said"]


def test_a_private_data_set_is_opened_with_a_token(client: Client) -> None:
    found = client.open("private", HF_TOKEN=READER)
    assert found["private"]["prompts"] == [["a cat, number 0", ""]]


def test_an_outage_in_the_middle_is_one_sentence_and_the_next_try_has_the_whole_set(client: Client) -> None:
    client.hub.fail("cut_download", "GET", r"/cdn/someone/flaky", after=100, times=1)
    client.hub.fail("cut_download", "GET", r"/cdn/someone/torn", after=500, times=99)
    found = client.open("flaky", "torn")
    assert found["flaky"]["prompts"] == [["a cat, number 0", ""]]  # the client itself tries again
    assert found["torn"]["error"] == "RemoteError"
    assert "someone/torn can't be had from the Hugging Face Hub (peer closed connection" in found["torn"]["said"]
    assert client.hub.count("GET", r"/cdn/someone/torn") > 1
    client.hub.faults.clear()
    assert len(client.open("torn")["torn"]["prompts"]) == 999


def test_a_hub_that_cant_be_reached_is_one_sentence(client: Client, tmp_path: Path) -> None:
    client.hub.stop()
    try:
        found = Client(client.hub, tmp_path).open("parquet")
    finally:
        client.hub.start()
    assert found["parquet"]["error"] == "RemoteError"
    assert "name a file, or OWNER/NAME:SPLIT" in found["parquet"]["said"]
