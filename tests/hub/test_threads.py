"""Threads that wait do not spin, in every process that draws or measures; a user's own setting holds."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("module", ["hub.devices", "hub.engine.ray_worker, torch"])
@pytest.mark.parametrize(("given", "spins"), [({}, "0"), ({"OMP_WAIT_POLICY": "ACTIVE"}, "30000000000")])
def test_threads_sleep_while_they_wait_unless_the_user_says_otherwise(
    module: str, given: dict[str, str], spins: str
) -> None:
    """As the OpenMP library itself tells it, which reads the variable once, when torch loads."""
    kept = {name: os.environ[name] for name in os.environ.keys() - {"OMP_WAIT_POLICY", "GOMP_SPINCOUNT"}}
    environment = {**kept, **given, "OMP_DISPLAY_ENV": "VERBOSE"}
    done = subprocess.run(
        [sys.executable, "-c", f"import {module}"],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    assert f"GOMP_SPINCOUNT = '{spins}'" in done.stderr
