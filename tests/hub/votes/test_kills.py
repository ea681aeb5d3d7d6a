"""The kill test: a process killed at any moment loses nothing that it acknowledged, and doubles nothing.

Half of its drawings stay of open battles, so that segments of which shards were made go on with what is left.
"""

import os
import random
import signal
import subprocess
import sys
import threading
from collections import Counter
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from hub.votes import SAMPLES, VOTES, ContentStore, VoteLog, read_votes
from tests.hub.votes.made import PNG, setup

KILLS = 52  # of each folder; 208 in all
ROOT = Path(__file__).parents[3]


def kill(starter: "subprocess.Popen[str]", order: str, rng: random.Random) -> tuple[list[str], list[str]]:
    """Start a process and kill it at some moment; gives the ids it acknowledged and what it had recovered."""
    assert starter.stdin
    assert starter.stdout
    print(order, file=starter.stdin, flush=True)
    clock = rng.choice(("pid", "open"))  # from when the time runs: while it opens the log, or while it appends
    got, recovered, pid = [], [], 0
    for line in starter.stdout:
        word, rest = line.rstrip("\n").split(" ", 1)
        if word == "pid":
            pid = int(rest)
        elif word == "got":
            got.append(rest)
        elif word == "recovered":
            recovered.append(rest)
        elif word == "dead":
            assert int(rest) == -signal.SIGKILL
            return got, recovered
        if word == clock:
            threading.Timer(rng.uniform(0, 0.08), os.kill, (pid, signal.SIGKILL)).start()
    raise AssertionError("the starter ended")


@pytest.mark.parametrize("rows", [5, 20, 100, 5000])
def test_no_kill_loses_or_doubles_what_was_acknowledged(tmp_path: Path, rows: int) -> None:
    store = ContentStore(tmp_path)
    store.write_image(PNG)
    store.write_setup(setup())
    rng = random.Random(rows)
    got: list[str] = []
    recovered: list[str] = []
    command = [sys.executable, "-m", "tests.hub.votes.killed"]
    environ = os.environ | {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    with subprocess.Popen(
        command, cwd=ROOT, env=environ, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as starter:
        for number in range(KILLS):
            acknowledged, found = kill(starter, f"{tmp_path}\t{rows}\t{number}", rng)
            got += acknowledged
            recovered += found
    log = VoteLog(tmp_path)
    recovered += log.recovered
    log.close()
    assert len(got) > KILLS
    assert [sentence for sentence in recovered if "wrote the last line" not in sentence] == []
    assert list((tmp_path / "log").glob("*.jsonl")) == []
    assert list((tmp_path / ".parts").iterdir()) == []
    stored = Counter(id for path in VOTES.shards(tmp_path) for id in pq.read_table(path)["id"].to_pylist())
    stored += Counter(id for path in SAMPLES.shards(tmp_path) for id in pq.read_table(path)["battle"].to_pylist())
    assert set(stored.values()) == {1}
    assert set(got) <= set(stored)
    read = read_votes(tmp_path)
    assert read.problems == ()
    assert len(read.table) == sum(int(id.rsplit("-", 1)[1]) % 4 != 3 for id in stored)
    for line in (tmp_path / "log" / "torn").glob("*"):
        assert b"\n" not in line.read_bytes()
