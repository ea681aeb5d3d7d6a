"""``python -m tests.benchmarks.log``: votes the log takes in a second, and how fast a million of them are read."""

import gc
import os
import secrets
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from rich.console import Console
from rich.table import Table

from hub.progress import track_items
from hub.schema import SCHEMA_VERSION, Criterion, Outcome
from hub.votes import VOTES_SCHEMA, ContentStore, VoteLog, write_votes_shard
from tests.hub.votes.made import DIGEST, PNG, SETUP, setup, vote

ROOT = Path(__file__).parents[2]
RUNS = 5
APPENDS = {200: 20_000, 8: 8000, 1: 1000}  # threads -> votes of all together; segments become shards meanwhile
SHARDS = 200
ROWS = 5000  # of a shard
READ = """
import resource, sys, time
start = time.perf_counter()
from pathlib import Path
from eval.ratings.counts import count_votes
from hub.votes import read_votes
table = read_votes(Path(sys.argv[1])).table
read = time.perf_counter()
assert 0 < count_votes(table).used < len(table)
end = time.perf_counter()
print(len(table), read - start, end - start, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20)
"""


def append(threads: int) -> tuple[float, float, float]:
    """Acknowledged votes a second, the median wait for one and the wait that 99 % of them keep, in ms."""
    votes = [[vote(f"{thread}-{number}") for number in range(APPENDS[threads] // threads)] for thread in range(threads)]
    gc.collect()
    gc.freeze()  # these votes are the benchmark's: the log's own garbage is collected without them
    waits: list[float] = []
    ready = threading.Barrier(threads + 1)
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder)
        ContentStore(data).write_image(PNG)
        ContentStore(data).write_setup(setup())
        log = VoteLog(data)

        def work(mine: list[Any]) -> None:
            own = []
            ready.wait()
            for one in mine:
                start = time.perf_counter()
                log.append(one)
                own.append(time.perf_counter() - start)
            waits.extend(own)

        workers = [threading.Thread(target=work, args=(mine,)) for mine in votes]
        for worker in workers:
            worker.start()
        ready.wait()
        start = time.perf_counter()
        for worker in workers:
            worker.join()
        seconds = time.perf_counter() - start
        log.close()
    gc.unfreeze()
    waits.sort()
    return len(waits) / seconds, 1000 * waits[len(waits) // 2], 1000 * waits[len(waits) * 99 // 100]


def make_shard(data: Path, rng: np.random.Generator, generators: int = 8) -> None:
    """A shard of votes by 20,000 raters of 16,000 networks on a thousand prompts, 2 % excluded."""
    raters = rng.integers(0, 20_000, ROWS)

    def side(name: str) -> dict[str, Any]:
        return {
            f"generator_{name}": [f"generator-{number}" for number in rng.integers(0, generators, ROWS)],
            f"revision_{name}": ["r1"] * ROWS,
            f"setups_{name}": [[setup().model_dump_json()]] * ROWS,
            f"setup_sha256_{name}": [[SETUP]] * ROWS,
            f"sha256_{name}": [[secrets.token_hex(32)] for _ in range(ROWS)],
            f"seconds_drawn_{name}": [[seconds] for seconds in rng.random(ROWS)],
            f"images_{name}": [[{"bytes": PNG, "path": f"{DIGEST}.png"}]] * ROWS,
        }

    columns = {
        "id": [secrets.token_hex(16) for _ in range(ROWS)],
        "time": 1.7e9 + 1e7 * rng.random(ROWS),
        "criterion": rng.choice(list(Criterion), ROWS),
        "outcome": rng.choice(list(Outcome), ROWS),
        "prompt": [f"a small red apple beside castle number {number}" for number in rng.integers(0, 1000, ROWS)],
        "seeds": [[seed] for seed in rng.integers(0, 2**31, ROWS)],
        "rater": [f"{number:016x}" for number in raters],
        "network": [f"{number:016x}" for number in raters * 4 // 5],
        "seconds": 30 * rng.random(ROWS),
        "excluded": [["velocity"] if share < 0.02 else [] for share in rng.random(ROWS)],
        **{name: [[]] * ROWS for name in ("tags", "unchecked")},
        **{name: [value] * ROWS for name, value in (("repeat_of", None), ("risk", "{}"), ("source", "arena"))},
        "names_withheld": [False] * ROWS,
        "prompt_set": [None] * ROWS,
        "prompt_category": [None] * ROWS,
        "extras": [None] * ROWS,
        "from_image": [None] * ROWS,
        **{name: [None] * ROWS for name in ("wording", "wording_read_as")},
        "pair_probability": [None] * ROWS,
        "schema_version": [SCHEMA_VERSION] * ROWS,
    }
    write_votes_shard(data, pa.table(columns | side("a") | side("b"), VOTES_SCHEMA))


def read(data: Path) -> tuple[float, float, float]:
    """Seconds from a fresh Python to the table and to its counts, and the most memory held, in GiB."""
    command = [sys.executable, "-c", READ, str(data)]
    done = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout.split()
    assert int(done[0]) == SHARDS * ROWS
    return float(done[1]), float(done[2]), float(done[3])


def main() -> None:
    """Print the table."""
    table = Table("what", "median", "least", "most", "goal", title=f"{os.cpu_count()} cores, {RUNS} runs")

    def show(titles: dict[str, str], runs: list[tuple[float, ...]]) -> None:
        for (title, goal), values in zip(titles.items(), zip(*runs, strict=True), strict=True):
            table.add_row(title, *(f"{f(values):,.2f}" for f in (statistics.median, min, max)), goal)

    append(200)  # the first one imports
    for threads in APPENDS:
        goals = {"acknowledged votes/s": ">= 5,000", "median wait, ms": "", "99 % wait, ms": "< 50"}
        titles = {f"{threads} threads: {name}": goal if threads == 200 else "" for name, goal in goals.items()}
        show(titles, [append(threads) for _ in range(RUNS)])
    with tempfile.TemporaryDirectory() as folder:
        rng = np.random.default_rng(0)
        for _ in track_items(range(SHARDS), "shards"):
            make_shard(Path(folder), rng)
        titles = {"1,000,000 votes: read, s": "", "read and counted, s": "< 5", "most memory, GiB": "< 0.93"}
        show(titles, [read(Path(folder)) for _ in range(RUNS)])
    Console().print(table)


if __name__ == "__main__":
    main()
