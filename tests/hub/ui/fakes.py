"""More generators for tests of the page, two of them for battles; importing this module registers them.

As a script it serves ``app.py``, with two filters more; ``FAKE_PATIENCE`` shortens how long it waits for the
Hub, ``FAKE_UNDO`` says how long a vote can be taken back.
"""

import os
import runpy
import time
from functools import partial
from pathlib import Path

from PIL import Image

from hub.battle import voting
from hub.dataset import Publisher
from hub.errors import GenerationError, MissingFile
from hub.generators import GENERATORS, Accepts, Draw, NamedPictures, OnProgress, Placement, Sampling, ignore_progress
from hub.generators.entries import mock
from hub.jobs import Jobs
from hub.moderation import FILTERS
from hub.schema import Request
from tests.hub.jobs.made import MODULES

NAMES = ("gouache-fake", "fresco-fake")
SECRETS = (*NAMES, "Gouache the Fake", "Fresco the Fake", "hidden-method")
FAILS_ONCE = "a fresco that fails once"
HELD_BACK = "a fresco that is all black"  # fake-filter holds such a picture back
GUIDED = ("aquarelle-fake", "pastel-fake")  # two that take pictures, for the Studio
STEPS, STEP = 8, float(os.environ.get("FAKE_STEP", "0.05"))  # of those two, and the seconds of a step
UNSPEAKABLE = "unspeakable"  # and refuses this word
GATE = Path(os.environ.get("FAKE_GATE", "no-gate"))  # what draws with progress does not finish while this file is there
_failed: set[str] = set()


def _gouache(request: Request, pictures: NamedPictures, on_progress: OnProgress) -> Image.Image:
    return mock.draw(request.model_copy(update={"prompt": "gouache " + request.prompt}), pictures, on_progress)


def _pass_gate(on_progress: OnProgress) -> None:
    while GATE.exists():
        time.sleep(0.02)
        on_progress(0.8)


def _fresco(request: Request, pictures: NamedPictures, on_progress: OnProgress) -> Image.Image:
    for step in range(4):
        on_progress(step / 4)
        time.sleep(0.05)
    _pass_gate(on_progress)
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


def _aquarelle(request: Request, pictures: NamedPictures, on_progress: OnProgress) -> Image.Image:
    """A plain picture, drawn to the guide by the guidance, that goes over from grey in steps."""
    end = mock.draw(request.model_copy(update={"image": None}), pictures, ignore_progress)
    if request.image:
        share = min(1.0, 20 * float(request.parameters.get("guidance", 0.005)))
        end = Image.blend(end, pictures[request.image].resize(end.size), share)
    for step in range(STEPS):
        share = step / STEPS
        on_progress(share, partial(Image.blend, Image.new("RGB", end.size, "grey"), end, share))
        time.sleep(STEP)
    _pass_gate(on_progress)
    on_progress(1.0)
    return end


class Aquarelle:
    """Draws in steps that can be looked at, guided by a picture or from a mix."""

    method = "hidden-method three"
    licence = "MIT"
    weights: tuple[Path, ...] = ()
    sampling = Sampling()
    remote = False
    accepts = Accepts(image=True, mix=True, parameters={"guidance": float})
    hidden = True

    def __init__(self, name: str) -> None:
        self.name, self.title = name, f"{name.partition('-')[0].title()} the Fake"

    def load(self, place: Placement) -> Draw:
        """Nothing to load."""
        return _aquarelle


for one in GUIDED:
    GENERATORS.register(partial(Aquarelle, one))


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
    voting.UNDO = float(os.environ.get("FAKE_UNDO", voting.UNDO))  # seconds that a vote can be taken back
    Jobs.__init__.__defaults__ = (MODULES,)  # of trainings, the one that pretends
    runpy.run_path("app.py", run_name="__main__")
