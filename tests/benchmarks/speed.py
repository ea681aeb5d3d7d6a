"""``python -m tests.benchmarks.speed``: how fast the app starts and each generator draws, medians of several runs."""

import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console
from rich.table import Table

from hub.engine.local_engine import LocalEngine
from hub.generators import ignore_progress, roster
from tests.asking import asking
from tests.hub.ui.served import Page

ROOT = Path(__file__).parents[2]
RUNS = 5


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


@contextmanager
def started() -> Iterator[tuple[str, float]]:
    """The address of an arena of its own, and seconds from ``python app.py`` to a page that answers 200."""
    with tempfile.TemporaryDirectory() as data:
        port = free_port()
        url, command = f"http://127.0.0.1:{port}", [sys.executable, "app.py", "--port", str(port), "--data", data]
        start = time.perf_counter()
        with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as app:
            try:
                while not _answers(url):
                    if app.poll() is not None:
                        raise RuntimeError(f"the app ended with {app.returncode}")
                    time.sleep(0.05)
                yield url, time.perf_counter() - start
            finally:
                app.terminate()


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=60):  # noqa: S310 - loopback
            return True
    except (urllib.error.URLError, ConnectionError):
        return False


def start_seconds() -> tuple[float, float]:
    """Seconds from ``python app.py`` to a page, and from there to both pictures of a battle that is asked for at once.

    Raises RuntimeError where there are none.
    """
    with started() as (url, seconds), Page(url) as page:
        start = time.perf_counter()
        if '"success":true' not in page.draw("a red apple"):
            raise RuntimeError("the first battle after a start has no pictures")
        return seconds, time.perf_counter() - start


def draw_seconds(engine: LocalEngine, name: str) -> list[float]:
    """Seconds of each of ``RUNS`` images after one to warm up."""
    drawn = [engine.draw(name, asking(f"a red apple {seed}", seed), ignore_progress) for seed in range(RUNS + 1)]
    return [one.sample.seconds for one in drawn[1:]]


def set_seconds(engine: LocalEngine, name: str) -> list[float]:
    """Seconds of each of ``RUNS`` sets of nine seeds, the largest of a side."""
    runs = [[asking("a red apple", 9 * run + seed) for seed in range(9)] for run in range(RUNS)]
    return [sum(engine.draw(name, one, ignore_progress).sample.seconds for one in run) for run in runs]


def main() -> None:
    """Print the table."""
    table = Table("what", "median s", "least s", "most s", title=f"{os.cpu_count()} cores, {RUNS} runs")
    engine = LocalEngine()
    starts, battles = zip(*(start_seconds() for _ in range(RUNS)), strict=True)
    rows = {"python app.py to a page": list(starts), "a page to its first battle": list(battles)}
    rows |= {f"one image, {entry.name}": draw_seconds(engine, entry.name) for entry in roster()}
    rows |= {f"nine images, {entry.name}": set_seconds(engine, entry.name) for entry in roster()}
    for title, seconds in rows.items():
        table.add_row(title, *(f"{value:.3f}" for value in (statistics.median(seconds), min(seconds), max(seconds))))
    Console().print(table)


if __name__ == "__main__":
    main()
