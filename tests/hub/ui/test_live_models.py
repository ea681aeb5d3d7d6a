"""A served arena follows the command that adds and removes entries, without a restart."""

import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import httpx

from tests.hub.generators.models import write_model
from tests.hub.ui import fakes
from tests.hub.ui.served import FAKES, ROOT, TIMEOUT, Arena, Page, served

NOTICED = "is an entry now"


def command(arena: Arena, *arguments: str) -> None:
    """Call ``python -m hub.generators`` on the arena's data folder."""
    env = {**os.environ, "HUB_DATA": str(arena.data)}
    subprocess.run([sys.executable, "-m", "hub.generators", *arguments], cwd=ROOT, env=env, check=True)


def until(true: Callable[[], bool]) -> None:
    """Wait for something to come about."""
    end = time.monotonic() + TIMEOUT
    while not true():
        assert time.monotonic() < end
        time.sleep(0.05)


def test_an_entry_comes_and_goes_while_the_arena_is_open(tmp_path: Path) -> None:
    with served(tmp_path, FAKES, fakes.NAMES) as arena, Page(arena.url) as page:
        page.draw("a boat, when all are warm")
        command(arena, "add", str(write_model(tmp_path / "mine", title="My Own")))
        until(lambda: NOTICED in arena.said)
        told = ""
        for number in range(60):  # its pairs met least, so that it is in the next battles once it is loaded
            page.draw(f"a boat {number}")
            told = page.vote("a")
            if "My Own" in told:
                break
        assert "My Own" in told
        page.draw("one more boat")
        command(arena, "remove", "mine")
        until(lambda: "mine is no entry any more" in arena.said)
        for number in range(6):
            page.draw(f"another boat {number}")
            assert "My Own" not in page.vote("a")
        assert "Traceback" not in arena.said
        assert httpx.get(arena.url, timeout=TIMEOUT).status_code == 200
