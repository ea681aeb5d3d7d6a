"""Two more generators for tests of the page; importing this module registers them. As a script it serves ``app.py``."""

import os
import runpy
import time
from pathlib import Path

from PIL import Image

from hub.errors import GenerationError
from hub.generators import GENERATORS, Draw, OnProgress, mock

NAMES = ("gouache-fake", "fresco-fake")
SECRETS = (*NAMES, "Gouache the Fake", "Fresco the Fake", "hidden-method")
FAILS_ONCE = "a fresco that fails once"
GATE = Path(os.environ.get("FAKE_GATE", "no-gate"))  # fresco-fake does not finish while this file is there
_failed: set[str] = set()


def _gouache(prompt: str, seed: int, on_progress: OnProgress) -> Image.Image:
    return mock.draw("gouache " + prompt, seed, on_progress)


def _fresco(prompt: str, seed: int, on_progress: OnProgress) -> Image.Image:
    for step in range(4):
        on_progress(step / 4)
        time.sleep(0.05)
    while GATE.exists():
        time.sleep(0.02)
    if prompt == FAILS_ONCE and prompt not in _failed:
        _failed.add(prompt)
        raise GenerationError("Fresco the Fake of hidden-method dropped the brush.")
    return mock.draw("fresco " + prompt, seed, on_progress)


@GENERATORS.register
class Gouache:
    """Draws at once."""

    name = "gouache-fake"
    title = "Gouache the Fake"
    method = "hidden-method one"
    licence = "MIT"
    weights: tuple[Path, ...] = ()
    hidden = True

    def load(self, device: str) -> Draw:
        """Nothing to load."""
        return _gouache


@GENERATORS.register
class Fresco:
    """Draws with progress, when the gate is open; fails on one prompt, once."""

    name = "fresco-fake"
    title = "Fresco the Fake"
    method = "hidden-method two"
    licence = "MIT"
    weights: tuple[Path, ...] = ()
    hidden = True

    def load(self, device: str) -> Draw:
        """Nothing to load."""
        return _fresco


if __name__ == "__main__":
    runpy.run_path("app.py", run_name="__main__")
