"""Two more generators for tests of the page; importing this module registers them.

As a script it serves ``app.py``, with two filters more; ``FAKE_PATIENCE`` shortens how long it waits for the Hub.
"""

import os
import runpy
import time
from pathlib import Path

from PIL import Image

from hub.dataset import Publisher
from hub.errors import GenerationError, MissingFile
from hub.generators import GENERATORS, Accepts, Draw, NamedPictures, OnProgress, Placement, Sampling
from hub.generators.entries import mock
from hub.jobs import Jobs
from hub.moderation import FILTERS
from hub.schema import Request
from tests.hub.jobs.made import MODULES

NAMES = ("gouache-fake", "fresco-fake")
SECRETS = (*NAMES, "Gouache the Fake", "Fresco the Fake", "hidden-method")
FAILS_ONCE = "a fresco that fails once"
HELD_BACK = "a fresco that is all black"  # fake-filter holds such a picture back
UNSPEAKABLE = "unspeakable"  # and refuses this word
GATE = Path(os.environ.get("FAKE_GATE", "no-gate"))  # fresco-fake does not finish while this file is there
_failed: set[str] = set()


def _gouache(request: Request, pictures: NamedPictures, on_progress: OnProgress) -> Image.Image:
    return mock.draw(request.model_copy(update={"prompt": "gouache " + request.prompt}), pictures, on_progress)


def _fresco(request: Request, pictures: NamedPictures, on_progress: OnProgress) -> Image.Image:
    for step in range(4):
        on_progress(step / 4)
        time.sleep(0.05)
    while GATE.exists():
        time.sleep(0.02)
        on_progress(0.8)
    if request.prompt.startswith(FAILS_ONCE) and request.prompt not in _failed:
        _failed.add(request.prompt)
        raise GenerationError("Fresco the Fake of hidden-method dropped the brush.")
    if request.prompt == HELD_BACK:
        return Image.new("RGB", (64, 64))
    return mock.draw(request.model_copy(update={"prompt": "fresco " + request.prompt}), pictures, on_progress)


@GENERATORS.register
class Gouache:
    """Draws at once."""

    name = "gouache-fake"
    title = "Gouache the Fake"
    method = "hidden-method one"
    licence = "MIT"
    weights: tuple[Path, ...] = ()
    sampling = Sampling()
    remote = False
    accepts = Accepts()
    hidden = True

    def load(self, place: Placement) -> Draw:
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
    sampling = Sampling()
    remote = False
    accepts = Accepts()
    hidden = True

    def load(self, place: Placement) -> Draw:
        """Nothing to load."""
        return _fresco


class FakeFilter:
    """Refuses one word and black pictures; is its own loaded self."""

    name = "fake-filter"

    def load(self) -> "FakeFilter":
        """Nothing to load."""
        return self

    def prompt(self, text: str) -> str | None:
        """Why this prompt is refused."""
        return "The prompt has a word that is not drawn here: choose another." if UNSPEAKABLE in text else None

    def image(self, image: Image.Image) -> str | None:
        """Why this picture is held back."""
        return None if image.getbbox() else "The picture is black."


class MissingFilter:
    """Needs what is not installed."""

    name = "fake-missing"

    def load(self) -> FakeFilter:
        """Raises MissingFile."""
        raise MissingFile("its package is not there: install it.")


if __name__ == "__main__":
    FILTERS.register(FakeFilter)
    FILTERS.register(MissingFilter)
    if patience := os.environ.get("FAKE_PATIENCE"):  # seconds that a start and a stop wait for the Hub
        Publisher.start.__defaults__ = Publisher.stop.__defaults__ = (float(patience),)
    Jobs.__init__.__defaults__ = (MODULES,)  # of trainings, the one that pretends
    runpy.run_path("app.py", run_name="__main__")
