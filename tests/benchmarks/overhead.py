"""``python -m tests.benchmarks.overhead``: what the hub itself costs, with generators that only wait.

Time of a side beyond the bare call; k sides on k mock devices; 100 users at once, over HTTP on loopback through the
page, with mock generators of 200 ms. Exit code 1 where a target is missed.
"""

import asyncio
import ssl
import statistics
import sys
import tempfile
import time
from contextlib import AbstractContextManager, AsyncExitStack
from functools import partial
from pathlib import Path
from typing import Any

import httpx
from PIL import Image
from rich.console import Console
from rich.table import Table

from hub.battle import SlotDrawing
from hub.engine.local_engine import LocalEngine
from hub.generators import GENERATORS, NamedPictures, OnProgress, ignore_progress
from hub.schema import Request
from hub.ui.drawing import Done, draw_each
from tests.asking import asking
from tests.benchmarks import instant
from tests.benchmarks.raters import Heard, Rater
from tests.benchmarks.serving import serving
from tests.hub.engine.mocks import MockHardware, MockModel, models

SECONDS = 0.2  # of a mock's drawing
SIDES = 200
USERS = 100
DEVICES = (1, 2, 4, 8)
P95 = 0.030  # seconds of overhead
NAMES = ("wait-one", "wait-two")


def _wait(name: str, request: Request, pictures: NamedPictures, on_progress: OnProgress) -> Image.Image:
    time.sleep(SECONDS)
    return instant._draw(name, request, pictures, on_progress)


class Waiting(instant.Instant):
    """One that takes its time."""

    def load(self, place: object) -> Any:
        """Nothing to load."""
        return partial(_wait, self.name)


for one in NAMES:
    GENERATORS.register(partial(Waiting, one))


def overheads() -> list[float]:
    """Seconds from asking to the page's event, less the bare call, of sides one after another."""
    engine, found = LocalEngine(), []
    list(engine.prepare(NAMES))
    bare = GENERATORS[NAMES[0]].load(None)  # type: ignore[arg-type]
    for seed in range(SIDES):
        start = time.perf_counter()
        bare(asking("a boat", seed), {}, ignore_progress)
        alone = time.perf_counter() - start
        start = time.perf_counter()
        for news in draw_each(engine, {0: SlotDrawing(NAMES[0], asking("a boat", seed))}, "rater"):
            if any(isinstance(event, Done) for event in news):
                found.append(time.perf_counter() - start - alone)
    return found


def parallel(count: int, folder: Path) -> float:
    """Seconds that ``count`` sides take on as many mock devices, over those of the slowest alone."""
    hardware = MockHardware(*[1000] * count)
    names = [f"model-{number}" for number in range(count)]
    made = [
        partial(MockModel, name, hardware, size=600, seconds=SECONDS * (1 + number / count))
        for number, name in enumerate(names)
    ]
    with models(folder, *made):
        engine = LocalEngine(hardware=hardware)
        list(engine.prepare(names))
        slowest = max(engine.draw(name, asking("a boat", 0), ignore_progress).sample.seconds for name in names)
        start = time.perf_counter()
        for _ in draw_each(engine, {name: SlotDrawing(name, asking("a boat", 1)) for name in names}, "rater"):
            pass
        return (time.perf_counter() - start) / slowest


def arena(data: Path) -> AbstractContextManager[str]:
    """An arena of the two that wait."""
    code = "import tests.benchmarks.overhead, runpy; runpy.run_path('app.py', run_name='__main__')"
    env = {"PATH": "/usr/bin:/bin", "HUB_GENERATORS": ",".join(NAMES), "HUB_FILTERS": "none", "HUB_GATES": "none"}
    return serving([sys.executable, "-c", code], data, env)


async def crowd(url: str) -> Heard:
    """All users draw one battle at the same moment, and vote."""
    heard, nothing_secret = Heard(), ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    config = httpx.get(f"{url}/config").json()
    events = {event["api_name"]: event["id"] for event in config["dependencies"] if event["api_name"]}
    async with AsyncExitStack() as stack:
        users = []
        for number in range(USERS):
            http = await stack.enter_async_context(httpx.AsyncClient(base_url=url, timeout=120, verify=nothing_secret))
            users.append(Rater(http, events, number, heard))
            await users[-1].open()
        start = time.perf_counter()
        await asyncio.gather(*(user.vote_once() for user in users))
        heard.seconds = time.perf_counter() - start
    return heard


def main() -> None:
    """Print the table; exit code 1 where a target is missed."""
    table = Table("what", "measured", "target", "met")
    found = overheads()
    p95 = statistics.quantiles(found, n=20)[-1]
    table.add_row(f"overhead of a side, p95 of {SIDES}", f"{1000 * p95:.1f} ms", "30 ms", str(p95 < P95))
    met = [p95 < P95]
    for count in DEVICES:
        with tempfile.TemporaryDirectory() as folder:
            ratio = parallel(count, Path(folder))
        met.append(ratio < 1.2)
        table.add_row(f"{count} sides on {count} mock devices", f"{ratio:.2f} x the slowest", "1.2 x", str(met[-1]))
    with tempfile.TemporaryDirectory() as folder, arena(Path(folder)) as url:
        heard = asyncio.run(crowd(url))
    for error in sorted(set(heard.errors)):
        Console().print(error, style="red", markup=False)
    least, spread = USERS * SECONDS, sorted(heard.to_pictures)
    well = not heard.errors and len(heard.saved) == USERS
    met.append(well and bool(spread) and spread[-1] < 2 * least)
    told = f"{len(heard.errors)} errors, {len(heard.saved)} votes, pictures after {spread[0]:.1f} to {spread[-1]:.1f} s"
    table.add_row(
        f"{USERS} users at once, {SECONDS:g} s a side", told, f"no error, all by {2 * least:.0f} s", str(met[-1])
    )
    Console().print(table)
    sys.exit(not all(met))


if __name__ == "__main__":
    main()
