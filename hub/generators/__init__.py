"""The arena's entries: one file, one generator. Listing them imports no torch."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from PIL import Image

from hub.registry import Registry

OnProgress = Callable[[float], None]  # the share done, 0 to 1; raises Cancelled where nobody waits any more
Draw = Callable[[str, int, OnProgress], Image.Image]  # prompt, seed, progress -> RGB image


@dataclass(frozen=True)
class Sampling:
    """How a generator draws, as its receipts tell it; ``scheduler`` is the class's name, None for one step."""

    scheduler: str | None = None
    steps: int = 1
    guidance_scale: float | None = None
    dtype: str = "float32"


@dataclass(frozen=True)
class Place:
    """Where a model runs: ``device`` is ``cpu``, ``cuda``, ``cuda:1``, or empty for CUDA where there is one.

    ``offload``: parts come to the device only while they run, for a model that does not fit whole; ``compile``: by
    torch.compile. A generator that has no use for one of them leaves it.
    """

    device: str = ""
    offload: bool = False
    compile: bool = False


class Generator(Protocol):
    """An entry of the arena.

    ``load`` brings the model to a place and returns what draws: the same prompt and seed give the same image, whatever
    else runs. It raises MissingFile when weights are missing. ``weights`` are the files that define the revision;
    ``remote`` ones run elsewhere and need no device here; ``hidden`` ones are shown only when asked for by name.
    """

    name: str
    title: str
    method: str
    licence: str
    weights: tuple[Path, ...]
    sampling: Sampling
    remote: bool
    hidden: bool

    def load(self, place: Place) -> Draw:
        """Bring the model to its place."""
        ...


GENERATORS: Registry[Generator] = Registry("generator", "hub.generators")


def roster(names: tuple[str, ...] = ()) -> list[Generator]:
    """The named generators, or all that are not hidden. Raises UnknownName."""
    if names:
        return [GENERATORS[name] for name in names]
    return [generator for generator in GENERATORS if not generator.hidden]
