"""Two generators that draw at once, for benchmarks; run with ``-m`` it serves ``app.py`` with them."""

import runpy
from functools import partial
from pathlib import Path

from PIL import Image

from hub.generators import GENERATORS, Accepts, Draw, NamedPictures, OnProgress, Placement, Sampling
from hub.generators.entries import mock
from hub.schema import Request

NAMES = ("instant-one", "instant-two")


def _draw(name: str, request: Request, pictures: NamedPictures, on_progress: OnProgress) -> Image.Image:
    return mock.draw(request.model_copy(update={"prompt": f"{name} {request.prompt}"}), pictures, on_progress)


class Instant:
    """One of the two."""

    method = "hash of the prompt and seed, no model"
    licence = "MIT"
    weights: tuple[Path, ...] = ()
    sampling = Sampling()
    remote = False
    accepts = Accepts()
    hidden = True

    def __init__(self, name: str) -> None:
        self.name, self.title = name, name.title()

    def load(self, place: Placement) -> Draw:
        """Nothing to load."""
        return partial(_draw, self.name)


for one in NAMES:
    GENERATORS.register(partial(Instant, one))

if __name__ == "__main__":
    runpy.run_path("app.py", run_name="__main__")
