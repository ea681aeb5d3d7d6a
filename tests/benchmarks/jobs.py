"""``python -m tests.benchmarks.jobs``: a rater's drawings and votes before and beside a running training.

Over HTTP on loopback, with the generators of 200 ms of ``tests.benchmarks.overhead``; the training is SCAD's at its own
sizes on made-up pictures, a job as a page starts it. With and without it in turns, so that what else the machine does
is in both. Exit code 1 where the 95th percentile is worse beside the job by more than 50 ms.
"""

import asyncio
import ssl
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import httpx
from rich.console import Console
from rich.table import Table

from hub.jobs import JobRunner, Jobs, JobState
from hub.methods.data.pack import write_pack
from hub.progress import track_items
from tests.benchmarks.overhead import arena
from tests.benchmarks.raters import Heard, Rater
from tests.hub.methods.made import fake_encoder, made_rows

TURNS = 3  # with the job, and as many without
BATTLES = 25  # in a turn; a rater may draw 30 a minute
WORSE = 0.050  # seconds
LOADING = 300.0  # seconds that a training may take to its first step


def wait_for(jobs: Jobs, job: str, states: tuple[JobState, ...], step: int = 0) -> None:
    """Wait until a job is in one of these states, and has done a step. Raises RuntimeError when it fails."""
    end = time.monotonic() + LOADING
    while (view := jobs.watch(job)).state not in states or view.step < step:
        if view.state is JobState.failed or time.monotonic() > end:
            raise RuntimeError(f"the training does not run: {view.sentence}")
        time.sleep(0.1)


@contextmanager
def training(jobs: Jobs, pack: Path) -> Iterator[None]:
    """A training that takes steps meanwhile, and is stopped."""
    job = jobs.start("hub.methods.scad", ["scad", "--pack", str(pack)])
    wait_for(jobs, job, (JobState.running,), 1)
    yield
    jobs.stop(job)
    wait_for(jobs, job, (JobState.stopped,), 2)  # it took steps meanwhile


async def vote(url: str, heard: Heard, number: int) -> None:
    """One rater draws and votes, battle after battle."""
    config = httpx.get(f"{url}/config").json()
    events = {event["api_name"]: event["id"] for event in config["dependencies"] if event["api_name"]}
    nothing_secret = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    async with httpx.AsyncClient(base_url=url, timeout=120, verify=nothing_secret) as http:
        rater = Rater(http, events, number, heard)
        await rater.open()
        for _ in range(BATTLES):
            await rater.vote_once()


def p95(seconds: list[float]) -> float:
    """The 95th percentile."""
    return statistics.quantiles(seconds, n=20)[-1]


def measure() -> tuple[Heard, Heard]:
    """What a rater saw before, and beside a training."""
    alone, beside = Heard(), Heard()
    with tempfile.TemporaryDirectory() as folder, arena(Path(folder) / "arena") as url:
        pack = Path(folder) / "pack.safetensors"
        write_pack(made_rows(), pack, fake_encoder, track_items)
        jobs = Jobs(Path(folder) / "trainings")
        runner = JobRunner(jobs)
        runner.open()
        with closing(runner):
            for turn in range(TURNS):
                asyncio.run(vote(url, alone, 2 * turn))
                with training(jobs, pack):
                    asyncio.run(vote(url, beside, 2 * turn + 1))
    return alone, beside


def main() -> None:
    """Print the table; exit code 1 where the target is missed."""
    alone, beside = measure()
    for error in sorted({*alone.errors, *beside.errors}):
        Console().print(error, style="red", markup=False)
    table = Table("what", "p50, p95 before", "p50, p95 beside a training", "p95 worse by", "target", "met")
    met = [not alone.errors and not beside.errors]
    for what, before, after in (
        ("from asking to the pictures", alone.to_pictures, beside.to_pictures),
        ("a vote", alone.to_vote, beside.to_vote),
    ):
        shown = [f"{1000 * statistics.median(one):.0f}, {1000 * p95(one):.0f} ms" for one in (before, after)]
        worse = p95(after) - p95(before)
        met.append(worse <= WORSE)
        table.add_row(what, *shown, f"{1000 * worse:.0f} ms", f"{1000 * WORSE:.0f} ms", str(met[-1]))
    Console().print(table)
    sys.exit(not all(met))


if __name__ == "__main__":
    main()
