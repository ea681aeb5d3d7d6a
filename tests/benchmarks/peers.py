"""Peers that our environment does not have: arena-rank and FastChat, in one of their own in the user's cache."""

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from eval.ratings.counts import Votes
from hub.paths import cache_dir
from tests.benchmarks.timing import Spent, Work

FITS = ("arena-rank", "arena-rank, counted before", "FastChat")
PINS = ("arena-rank==0.1.1", "jax==0.8.1", "numpy==2.3.3", "pandas==3.1.1", "scikit-learn==1.9.1", "plotly==7.1.0",
        "pytz==2026.6", "tqdm==4.70.1")  # fmt: skip
ALONE = ("fschat==0.2.36",)  # its fit needs nothing of the models it serves


class NoPeers(Exception):
    """They can't be installed; the text says why."""


def _environment() -> Path:
    """The interpreter of an environment that has the pinned peers, made where it is not there. Raises NoPeers."""
    folder = cache_dir() / "benchmarks"
    python, made = folder / "bin" / "python", folder / "made.json"
    pins = [*PINS, *ALONE]
    if made.exists() and json.loads(made.read_text(encoding="utf-8")) == pins:
        return python
    pip = [str(python), "-m", "pip", "install", "-q"]
    for command in ([sys.executable, "-m", "venv", "--clear", str(folder)], [*pip, *PINS], [*pip, "--no-deps", *ALONE]):
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            raise NoPeers(f"could not be installed: {(done.stderr.strip().splitlines() or ['no reason given'])[-1]}")
    made.write_text(json.dumps(pins), encoding="utf-8")
    return python


class Process:
    """A process of the peers' that has the votes."""

    def __init__(self, python: Path, votes: Path) -> None:
        command = [str(python), str(Path(__file__).with_name("peer_fits.py")), str(votes)]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.ratings: dict[str, dict[str, float]] = {}
        if self._line() != "ready":
            raise NoPeers("did not start: see above")

    def _line(self) -> str:
        assert self._process.stdout is not None
        return self._process.stdout.readline().strip()

    def fit(self, name: str) -> Spent:
        """Run a fit; its ratings are kept."""
        assert self._process.stdin is not None
        self._process.stdin.write(f"{name}\n")
        self._process.stdin.flush()
        told: dict[str, Any] = json.loads(self._line())
        self.ratings[name] = told["ratings"]
        return Spent(float(told["seconds"]), float(told["processor"]))

    def close(self) -> None:
        """End it."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait()


@contextmanager
def peers(votes: Votes) -> Iterator[Process]:
    """A process with these votes. Raises NoPeers."""
    python = _environment()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "votes.npz"
        np.savez(path, names=np.array(votes.names), left=votes.left, right=votes.right, outcome=votes.outcome)
        process = Process(python, path)
        try:
            yield process
        finally:
            process.close()


def works(process: Process) -> dict[str, Work]:
    """Their fits, by name."""
    return {name: partial(process.fit, name) for name in FITS}
