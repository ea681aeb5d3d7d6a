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
from pathlib import Path

from rich.console import Console
from rich.table import Table

from hub.engine.local import LocalEngine
from hub.generators import roster

ROOT = Path(__file__).parents[2]
RUNS = 5


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def start_seconds() -> float:
    """Seconds from ``python app.py`` to a page that answers 200."""
    with tempfile.TemporaryDirectory() as data:
        port = free_port()
        command = [sys.executable, "app.py", "--port", str(port), "--data", data]
        start = time.perf_counter()
        with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as app:
            try:
                while app.poll() is None:
                    try:
                        with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=5):
                            return time.perf_counter() - start
                    except (urllib.error.URLError, ConnectionError):
                        time.sleep(0.05)
                raise RuntimeError(f"the app ended with {app.returncode}")
            finally:
                app.terminate()


def draw_seconds(engine: LocalEngine, name: str) -> list[float]:
    """Seconds of each of ``RUNS`` images after one to warm up."""
    drawn = [engine.draw(name, f"a red apple {seed}", seed, lambda _: None) for seed in range(RUNS + 1)]
    return [one.sample.seconds for one in drawn[1:]]


def set_seconds(engine: LocalEngine, name: str) -> list[float]:
    """Seconds of each of ``RUNS`` sets of nine seeds, the largest of a side."""
    return [sum(engine.draw(name, "a red apple", 9 * run + seed, lambda _: None).sample.seconds for seed in range(9))
            for run in range(RUNS)]  # fmt: skip


def main() -> None:
    """Print the table."""
    table = Table("what", "median s", "least s", "most s", title=f"{os.cpu_count()} cores, {RUNS} runs")
    engine = LocalEngine()
    rows = {"python app.py to a page": [start_seconds() for _ in range(RUNS)]}
    rows |= {f"one image, {entry.name}": draw_seconds(engine, entry.name) for entry in roster()}
    rows |= {f"nine images, {entry.name}": set_seconds(engine, entry.name) for entry in roster()}
    for title, seconds in rows.items():
        table.add_row(title, *(f"{value:.3f}" for value in (statistics.median(seconds), min(seconds), max(seconds))))
    Console().print(table)


if __name__ == "__main__":
    main()
