"""An arena of its own process, for benchmarks over HTTP."""

import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from tests.benchmarks.speed import ROOT, free_port
from tests.hub.ui.served import wait


@contextmanager
def serving(command: Sequence[str], data: Path, env: Mapping[str, str]) -> Iterator[str]:
    """The address of an arena that this command serves; it ends as an operator ends it."""
    url = f"http://127.0.0.1:{(port := free_port())}"
    given = [*command, "--port", str(port), "--data", str(data)]
    with subprocess.Popen(given, cwd=ROOT, env={**env, "PYTHONPATH": str(ROOT)}) as app:
        try:
            wait(url, lambda: app.poll() is None)
            yield url
        finally:
            app.terminate()
