"""Stopping: an orderly end, whatever a model does meanwhile."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from hub.votes import read_votes
from tests.hub.ui import fakes
from tests.hub.ui.served import ROOT, Page, environment, free_port, wait

STUCK = Path(__file__).with_name("stuck.py")
MOST = 10.0  # seconds that a stop may take


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_stop_while_a_model_loads_is_clean_and_soon(tmp_path: Path, number: signal.Signals) -> None:
    port, data, log = free_port(), tmp_path / "data", tmp_path / "log"
    command = [sys.executable, str(STUCK), "--port", str(port), "--data", str(data)]
    begin = tmp_path / "begin"
    env = environment(HUB_GENERATORS=",".join(fakes.NAMES), HUB_LOG="json", STUCK_BEGIN=str(begin))
    with log.open("wb") as said, subprocess.Popen(command, env=env, cwd=ROOT, stdout=said, stderr=said) as run:
        try:
            wait(f"http://127.0.0.1:{port}/", lambda: run.poll() is None)
            with Page(f"http://127.0.0.1:{port}") as page:
                page.draw("a boat")
                assert "your vote is saved" in page.vote("a")
                begin.touch()  # not before: the thread would take its share of all that the start needs
                while begin.exists() and run.poll() is None:
                    time.sleep(0.05)
                start = time.monotonic()
                os.kill(run.pid, number)
                assert run.wait(120) == 0
        finally:
            run.kill()
    assert time.monotonic() - start < MOST
    lines = [json.loads(line) for line in log.read_text("utf-8").splitlines()]
    assert not [line for line in lines if "Traceback" in json.dumps(line)]
    assert list(data.glob("data/votes/*.parquet"))
    assert not list(data.glob("log/*.jsonl"))
    assert len(read_votes(data).table) == 1
