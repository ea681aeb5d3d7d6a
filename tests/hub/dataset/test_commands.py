"""The commands as a user runs them; one of them is killed."""

import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from hub.dataset.__main__ import app
from hub.dataset.shard_names import list_local_shards
from hub.votes import ContentStore, find_vote
from tests.hub.dataset.conftest import DATASET
from tests.hub.dataset.made import published
from tests.hub.dataset.server import WRITER, FakeHub

ROOT = Path(__file__).parents[3]


@pytest.fixture
def environ(hub: FakeHub, data: Path) -> dict[str, str]:
    """The environment of a hub that publishes."""
    known = {name: value for name, value in os.environ.items() if not name.startswith(("HF_", "HUB_"))}
    return {**known, "HF_ENDPOINT": hub.url, "HF_TOKEN": WRITER, "HUB_DATASET": DATASET, "HUB_DATA": str(data)}


def run(environ: dict[str, str], *arguments: str) -> tuple[int, str]:
    """Exit code and text of a command; its token is not in the text."""
    done = CliRunner().invoke(app, arguments, env={"HUB_DATASET": "", **environ})
    assert done.exception is None or isinstance(done.exception, SystemExit)
    assert WRITER not in done.output
    return done.exit_code, done.output.strip()


def process(environ: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a command as a user does."""
    command = [sys.executable, "-m", "hub.dataset", *arguments]
    return subprocess.run(command, cwd=ROOT, env=environ, capture_output=True, text=True, check=False, timeout=120)


@pytest.mark.parametrize("name", ["push", "pull", "verify", "export", "import"])
def test_help_has_an_example(name: str) -> None:
    code, text = run({}, name, "--help")
    assert code == 0
    assert f"hub.dataset {name}" in re.sub(r"\s+", " ", text).split("Example:")[1]


def test_push_verify_pull(hub: FakeHub, data: Path, environ: dict[str, str]) -> None:
    assert run(environ, "push") == (0, "someone/votes: 5 new files")
    assert hub.repos[DATASET].files == published(data)
    assert run(environ, "verify") == (0, "4 shards with 3 votes: no problems")
    vote = find_vote(data, "first")
    ContentStore(data).image(vote.a[0].sha256).unlink()
    name, path = next(iter(list_local_shards(data).items()))
    path.unlink()
    code, text = run(environ, "verify")
    assert code == 1
    assert text.splitlines()[1:] == [f"'{name}' is only in the data set: pull brings it here, if it is a shard."]
    assert run(environ, "pull") == (0, f"someone/votes: 1 new file in {data}")
    assert run(environ, "verify")[0] == 0
    assert ContentStore(data).read_image(vote.a[0].sha256)


def test_what_was_refused_ends_a_pull_with_1(hub: FakeHub, data: Path, tmp_path: Path, environ: dict[str, str]) -> None:
    run(environ, "push")
    hub.repos[DATASET].add("evil", {next(iter(list_local_shards(data))): (b"evil", True)})
    code, text = run(environ, "pull", "--data", str(tmp_path / "new"))
    assert code == 1
    assert "was refused: its SHA-256 is" in text


def test_export_and_import(data: Path, tmp_path: Path, environ: dict[str, str]) -> None:
    out, new = tmp_path / "battles.json", tmp_path / "new"
    assert run(environ, "export", str(out), "--format", "fastchat") == (0, f"{out}: 3 votes")
    took = f"{out}: 3 new votes, 0 there already (a: 2, b: 1)"
    assert run(environ, "import", str(out), "--data", str(new)) == (0, took)
    took = f"{out}: 0 new votes, 3 there already (a: 2, b: 1)"
    assert run(environ, "import", str(out), "--data", str(data)) == (0, took)
    out.write_text(json.dumps([{**json.loads(out.read_text())[0], "winner": "left"}]))
    code, text = run(environ, "import", str(out), "--data", str(tmp_path / "other"))
    assert code == 2
    assert "row 1: winner" in text


def test_errors_are_one_sentence(hub: FakeHub, environ: dict[str, str]) -> None:
    done = process({**environ, "HF_TOKEN": "hf_forged"}, "push")
    assert done.returncode == 2
    assert "refused the token for someone/votes (HTTP 401). Set HF_TOKEN" in done.stderr
    assert "Traceback" not in done.stderr
    assert all(line.startswith("push: ") for line in done.stderr.splitlines()[:-1])  # progress of a slow machine
    code, text = run({**environ, "HUB_DATASET": ""}, "push")
    assert code == 2
    assert "set HUB_DATASET" in text


@pytest.mark.parametrize("after", [0, 3])
def test_a_push_killed_in_mid_upload_is_made_good(
    hub: FakeHub, data: Path, environ: dict[str, str], after: int
) -> None:
    """``after`` uploads were done when it was killed in the middle of the next."""
    hub.fail("hang", "PUT", "^/lfs/", after=2000, skip=after)
    command = [sys.executable, "-m", "hub.dataset", "push"]
    killed = subprocess.Popen(command, cwd=ROOT, env=environ)
    assert hub.uploading.wait(60)
    killed.send_signal(signal.SIGKILL)
    assert killed.wait(10) == -signal.SIGKILL
    assert hub.repos[DATASET].files == {}
    assert len(hub.repos[DATASET].lfs) == after
    done = process(environ, "push")
    assert (done.returncode, done.stderr.splitlines()[-1]) == (0, "someone/votes: 5 new files")
    assert hub.repos[DATASET].files == published(data)
    assert hub.count("PUT", "^/lfs/") == 5


def test_a_data_folder_that_is_none_is_neither_made_nor_published(
    hub: FakeHub, tmp_path: Path, environ: dict[str, str]
) -> None:
    (tmp_path / "file").write_text("precious")
    for folder in (tmp_path / "nowhere", tmp_path / "file"):
        code, text = run(environ, "push", "--data", str(folder))
        assert (code, text) == (2, f"There is no data folder at {folder}: give another with --data, or set HUB_DATA.")
    assert not (tmp_path / "nowhere").exists()
    assert (tmp_path / "file").read_text() == "precious"
    assert hub.repos == {}


@pytest.mark.parametrize("command", ["push", "pull", "verify", "export"])
def test_shards_that_can_not_be_listed_are_a_sentence(
    hub: FakeHub, data: Path, environ: dict[str, str], command: str
) -> None:
    run(environ, "push")
    before = dict(hub.repos[DATASET].files)
    votes = data / "data" / "votes"
    votes.rename(data / "aside")
    votes.write_text("no folder")
    code, text = run(environ, command, *([str(data / "out.csv")] if command == "export" else []))
    assert code == 2
    said = {"pull": "The file data/votes/[0-9a-f]+.parquet was not saved: File exists; mend that, then try again."}
    assert re.fullmatch(
        said.get(command, rf"{votes} can't be read: Not a directory; mend that, then try again\."), text
    )
    assert len(text.splitlines()) == 1
    assert hub.repos[DATASET].files == before
    assert not (data / "out.csv").exists()


def test_an_export_that_lacks_a_damaged_shard_ends_with_1(data: Path, tmp_path: Path) -> None:
    (data / "data" / "votes" / "other.parquet").write_bytes(b"junk")
    code, text = run({}, "export", str(tmp_path / "out.csv"), "--data", str(data))
    assert code == 1
    assert [line.split(" is left out")[0] for line in text.splitlines()] == [
        f"{tmp_path / 'out.csv'}: 3 votes",
        str(data / "data" / "votes" / "other.parquet"),
    ]


def test_an_export_replaces_no_device_or_pipe(data: Path, tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    code, text = run({}, "export", str(pipe), "--data", str(data))
    assert (code, text) == (2, f"{pipe} is no file that could be replaced: name another.")
    assert pipe.is_fifo()


def test_a_battle_file_of_no_battles_adds_no_votes(tmp_path: Path) -> None:
    (tmp_path / "none.json").write_text("[]")
    code, text = run({}, "import", str(tmp_path / "none.json"), "--data", str(tmp_path / "new"))
    assert (code, text) == (0, f"{tmp_path / 'none.json'}: 0 new votes, 0 there already (no votes)")
