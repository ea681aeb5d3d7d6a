"""What a generator is to everything that runs or lists one, and where each registers itself."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from PIL import Image

from hub.registry import Registry

OnProgress = Callable[[float], None]  # the share done, 0 to 1; raises Cancelled where nobody waits any more
Draw = Callable[[str, int, OnProgress], Image.Image]  # prompt, seed, progress -> RGB image


@dataclass(frozen=True)
class Sampling:
    """How a generator draws, as its receipts tell it; ``scheduler`` is the class's name, None for one step.

    ``steps`` are None where a remote model decides. ``dtype`` is what was asked for (see ``hub.devices.choose_dtype``).
    ``parameters`` are what else decides the pixels, such as a size; ``endpoint`` is who is asked for a remote picture.
    """

    scheduler: str | None = None
    steps: int | None = 1
    guidance_scale: float | None = None
    dtype: str = "float32"
    parameters: Mapping[str, str | int | float | bool] = field(default_factory=dict)
    endpoint: str | None = None


@dataclass(frozen=True)
class Placement:
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

    @property
    def name(self) -> str:
        """What it is called in settings, votes and samples."""
        ...

    @property
    def title(self) -> str:
        """What it is called on the page."""
        ...

    @property
    def method(self) -> str:
        """How it draws, in a few words."""
        ...

    @property
    def licence(self) -> str:
        """The licence of its weights."""
        ...

    @property
    def weights(self) -> tuple[Path, ...]:
        """Its checkpoints; none for what needs no device."""
        ...

    @property
    def sampling(self) -> Sampling:
        """How it draws, for receipts."""
        ...

    @property
    def remote(self) -> bool:
        """Whether it draws elsewhere."""
        ...

    @property
    def hidden(self) -> bool:
        """Whether it is shown only when asked for by name."""
        ...

    def load(self, place: Placement) -> Draw:
        """Bring the model to its place."""
        ...


GENERATORS: Registry[Generator] = Registry("generator", "hub.generators.entries")
