"""What the local engine asks of the machine; the one place of it that knows torch, which it imports when asked."""

import math
import sys
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Protocol

from safetensors import SafetensorError, safe_open

from hub.engine.placement import Device, Size
from hub.engine.setups import load_place
from hub.errors import GenerationError, MissingFile
from hub.generators import Generator
from hub.language.sentence import Sentence
from hub.schema import Request

TOO_LARGE = Sentence("The generator ran out of memory, even alone on its device: give it a larger one in HUB_DEVICES.")
WARM_UP = Request(prompt="a red apple", seed=0)  # of the picture that a model is warmed up with
CALLS = 4  # of one remote generator at a time
WIDTHS = {"float64": 8, "float32": 4, "bfloat16": 2, "float16": 2, "int8": 1}  # bytes of a number
OUT_OF_MEMORY = ("out of memory", "can't allocate memory", "failed to allocate")  # in the words of other backends


class Hardware(Protocol):
    """The devices of a machine, and their memory."""

    def devices(self, names: Sequence[str]) -> list[Device]:
        """Those of these names, or the best there are. Raises HubError for one that can't be used."""
        ...

    def describe(self, device: str) -> str:
        """A device in a receipt's words."""
        ...

    def held(self, device: str) -> int | None:
        """Bytes that are held there now; None where that can't be told of one model."""
        ...

    def peak(self, device: str) -> int | None:
        """The most bytes that were held there since the last call of ``watch``; None as for ``held``."""
        ...

    def watch(self, device: str) -> None:
        """Begin to look for the peak."""
        ...

    def free(self, device: str) -> None:
        """Give back what no model holds any more."""
        ...


class Torch:
    """The devices as torch sees them."""

    def devices(self, names: Sequence[str]) -> list[Device]:
        """Return the devices of these names, or the best there are. Two sides of a battle draw at once on a CPU."""
        devices = load_devices()
        gpus = {name: name.startswith("cuda") for name in devices.list_devices(names)}
        return [
            Device(name, devices.get_memory_budget(name), 1 if gpu else 2, offloads=gpu) for name, gpu in gpus.items()
        ]

    def describe(self, device: str) -> str:
        """Return a device in a receipt's words."""
        return load_place(device)

    def held(self, device: str) -> int | None:
        """Return the bytes that are held on a device now; None where that is not known."""
        return load_devices().get_allocated_memory(device)  # type: ignore[no-any-return]

    def peak(self, device: str) -> int | None:
        """Return the most bytes held on a device since :meth:`watch`; None where that is not known."""
        return load_devices().get_peak_memory(device)  # type: ignore[no-any-return]

    def watch(self, device: str) -> None:
        """Begin to measure a device's peak."""
        load_devices().reset_peak_memory(device)

    def free(self, device: str) -> None:
        """Give back what no model holds any more."""
        load_devices().release_memory(device)


def load_devices() -> ModuleType:
    """:mod:`hub.devices`, which imports torch."""
    from hub import devices

    return devices


def is_out_of_memory(error: BaseException) -> bool:
    """Whether a device, or the host, had no memory left: torch's own error, or another backend's text."""
    torch = sys.modules.get("torch")
    if isinstance(error, MemoryError) or (torch and isinstance(error, torch.OutOfMemoryError)):
        return True
    return isinstance(error, RuntimeError) and any(text in str(error).lower() for text in OUT_OF_MEMORY)


def lanes_of(generator: Generator) -> int:
    """Drawings at a time of a generator that needs no device here; 0 for one that needs one."""
    return CALLS if generator.remote else int(not generator.weights)


def effort(generator: Generator) -> tuple[bool, int]:
    """What loading it costs, to compare: the bytes of its files, after all those whose cost elsewhere is not known."""
    files = () if generator.remote else generator.weights
    return generator.remote, sum(path.stat().st_size for path in files if path.exists())


@cache
def _numbers(path: Path) -> int:
    """How many numbers a safetensors file holds. Raises MissingFile for one that is damaged."""
    try:
        with safe_open(path, "numpy") as file:
            return sum(math.prod(file.get_slice(key).get_shape()) for key in file.keys())  # noqa: SIM118 - not a mapping
    except SafetensorError as error:
        raise MissingFile(
            Sentence("The checkpoint {path} is damaged ({error}); fetch it again.", path=path, error=str(error))
        ) from error


def estimated(generator: Generator) -> Size:
    """A model's size before it was ever loaded: its weight files in the dtype it draws with.

    Raises GenerationError for a dtype whose width is not known, and MissingFile for a file that is damaged.
    """
    dtype = generator.sampling.dtype
    if dtype not in WIDTHS:
        raise GenerationError(
            Sentence(
                "{title} draws with {dtype}, whose size is not known here: use another dtype.",
                title=generator.title,
                dtype=dtype,
            )
        )
    total = 0
    for path in (path for path in generator.weights if path.exists()):
        total += _numbers(path) * WIDTHS[dtype] if path.suffix == ".safetensors" else path.stat().st_size
    return Size(total)
