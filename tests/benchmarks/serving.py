"""An arena of its own process, for benchmarks over HTTP."""

import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import httpx

from tests.benchmarks.speed import ROOT, free_port


@contextmanager
def serving(command: Sequence[str], data: Path, env: Mapping[str, str]) -> Iterator[str]:
    """The address of an arena that this command serves; it ends as an operator ends it."""
    url = f"http://127.0.0.1:{(port := free_port())}"
    given = [*command, "--port", str(port), "--data", str(data)]
    with subprocess.Popen(given, cwd=ROOT, env={**env, "PYTHONPATH": str(ROOT)}) as app:
        try:
            for _ in range(600):
                try:
                    httpx.get(url, timeout=5)
                    break
                except httpx.TransportError:
                    time.sleep(0.1)
            yield url
        finally:
            app.terminate()
