"""A generator and an encoder that can be held and killed while they work; registered in each worker of a test."""

import hashlib
import os
import signal
import time
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from eval.encoders import ENCODERS, Checkpoint
from hub.generators import GENERATORS, Draw, NamedPictures, OnProgress, Placement, Sampling
from hub.generators.entries import mock
from hub.schema import Request

Array32 = NDArray[np.float32]


KILLS = "a prompt that kills whoever draws it"


def gate() -> Path:
    """While this file is there nothing is finished."""
    return Path(os.environ["SLOW_GATE"])


def work() -> None:
    """Tell the process's id, and wait for the gate."""
    with (gate().parent / "pids").open("a") as file:
        file.write(f"{os.getpid()}\n")
    while gate().exists():
        time.sleep(0.02)


class Slow:
    """Draws when the gate is open."""

    name = "slow-mock"
    title = "Slow mock"
    method = "the mock, held back"
    licence = "MIT"
    weights: tuple[Path, ...] = ()
    sampling = Sampling()
    remote = False
    accepts = mock.Mock.accepts
    hidden = True

    def load(self, place: Placement) -> Draw:
        """Nothing to load."""

        def draw(request: Request, pictures: NamedPictures, on_progress: OnProgress) -> Image.Image:
            with (gate().parent / "pids").open("a") as file:
                file.write(f"{os.getpid()}\n")
            on_progress(0.25)
            if request.prompt == KILLS:
                os.kill(os.getpid(), signal.SIGKILL)
            while gate().exists():
                time.sleep(0.02)
                on_progress(0.5, lambda: Image.new("RGB", (8, 8), "blue"))
            return mock.draw(request.model_copy(update={"prompt": f"slow {request.prompt}"}), pictures, on_progress)

        return draw


class Network:
    """Features that tell what else was in the batch."""

    def prepare(self, image: Image.Image) -> Array32:
        """The picture at 8x8."""
        return np.asarray(image.resize((8, 8)), np.float32).transpose(2, 0, 1)

    def __call__(self, pixels: Array32) -> Array32:
        """Means of the picture, and of the batch."""
        work()
        own = pixels.reshape(len(pixels), -1)
        return np.concatenate([own[:, :6], np.full((len(own), 1), own.mean(), np.float32)], 1)


class SlowEncoder:
    """Encodes when the gate is open."""

    name = "slow-encoder"
    title = "Slow encoder"
    reads_text = False
    resized = "3 px"

    def checkpoint(self, folder: Path | None) -> Checkpoint:
        """None is needed."""
        return Checkpoint(Path("none"), hashlib.sha256(b"none").hexdigest())

    def load(self, checkpoint: Checkpoint, device: str) -> Network:
        """Nothing to load."""
        return Network()


def register() -> None:
    """Register both, once a process."""
    if not any(one.name == Slow.name for one in GENERATORS):
        GENERATORS.register(Slow)
        ENCODERS.discover()
        ENCODERS.register(SlowEncoder)
