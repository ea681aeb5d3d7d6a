"""Mock devices, whose memory is a number, and models that take of it: what a machine with GPUs would do."""

import threading
import time
import weakref
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from PIL import Image
from safetensors.numpy import save_file

from hub.engine.placement import Device
from hub.generators import GENERATORS, Accepts, Draw, NamedPictures, OnProgress, Placement, Sampling
from hub.generators.entries import mock
from hub.schema import Request


class MockHardware:
    """Devices of so many bytes. What is held there goes up with each model, and down when nobody refers to it."""

    def __init__(self, *capacities: int, offloads: bool = True, at_once: int = 1) -> None:
        self.all = [Device(f"gpu{number}", size, at_once, offloads) for number, size in enumerate(capacities)]
        self.real = {device.name: device.capacity for device in self.all} | {"": 2**40}  # what is truly there
        self.bytes: Counter[str] = Counter()
        self.most: Counter[str] = Counter()
        self.lock = threading.Lock()

    def devices(self, names: Sequence[str]) -> list[Device]:
        """All of them."""
        return [device for device in self.all if not names or device.name in names]

    def describe(self, device: str) -> str:
        """Its name."""
        return device

    def held(self, device: str) -> int | None:
        """Bytes that are held."""
        return self.bytes[device]

    def peak(self, device: str) -> int | None:
        """The most since ``watch``."""
        return self.most[device]

    def watch(self, device: str) -> None:
        """Begin."""
        self.most[device] = self.bytes[device]

    def free(self, device: str) -> None:
        """Nothing: what nobody refers to is given back at once."""

    def take(self, device: str, count: int) -> None:
        """Hold bytes. Raises RuntimeError as torch does where there are none."""
        with self.lock:
            if self.bytes[device] + count > self.real[device]:
                raise RuntimeError(f"CUDA out of memory. Tried to allocate {count} bytes")
            self.bytes[device] += count
            self.most[device] = max(self.most[device], self.bytes[device])

    def give(self, device: str, count: int) -> None:
        """Hold them no more."""
        with self.lock:
            self.bytes[device] -= count

    @contextmanager
    def borrowed(self, device: str, count: int) -> Iterator[None]:
        """Hold bytes for a while."""
        self.take(device, count)
        try:
            yield
        finally:
            self.give(device, count)


class _Held:
    """A loaded model's bytes, given back when it is forgotten."""

    def __init__(self, hardware: MockHardware, device: str, count: int) -> None:
        hardware.take(device, count)
        weakref.finalize(self, hardware.give, device, count)


class MockModel:
    """A model of so many bytes (its file says ``claims``), which needs ``working`` bytes and ``seconds`` to draw."""

    method = "mock of a model on a device"
    licence = "MIT"
    remote = False
    accepts = Accepts()
    hidden = True

    def __init__(
        self, name: str, hardware: MockHardware, file: Path, size: int, working: int = 0, seconds: float = 0.0
    ) -> None:
        self.name, self.title, self.hardware = name, name.title(), hardware
        self.size, self.working, self.seconds = size, working, seconds
        self.weights: tuple[Path, ...] = (file,)
        self.sampling = Sampling(dtype="int8")
        self.loads: list[Placement] = []
        self.drawing: Counter[str] = Counter()
        self.most = 0  # drawings at a time on one device

    def load(self, place: Placement) -> Draw:
        """Take the bytes; offloaded, a tenth of them."""
        self.loads.append(place)
        held = _Held(self.hardware, place.device, self.size // 10 if place.offload else self.size)

        def draw(request: Request, pictures: NamedPictures, on_progress: OnProgress) -> Image.Image:
            assert held
            self.drawing[place.device] += 1
            self.most = max(self.most, self.drawing[place.device])
            try:
                with self.hardware.borrowed(place.device, self.working):
                    for step in range(10):
                        on_progress(step / 10)
                        time.sleep(self.seconds / 10)
            finally:
                self.drawing[place.device] -= 1
            return mock.draw(
                request.model_copy(update={"prompt": f"{self.name} {request.prompt}"}), pictures, on_progress
            )

        return draw


@contextmanager
def models(folder: Path, *made: Callable[[Path], MockModel]) -> Iterator[list[MockModel]]:
    """Register mock models, each with a weight file that claims its size, and take them away again."""
    there = []
    try:
        for number, make in enumerate(made):
            file = folder / f"model{number}" / "weights.safetensors"
            file.parent.mkdir(parents=True)
            model = make(file)
            save_file({"w": np.zeros(model.size, np.int8)}, file)
            GENERATORS.discover()
            GENERATORS.register(lambda model=model: model)  # type: ignore[misc]
            there.append(model)
        yield there
    finally:
        for model in there:
            del GENERATORS._items[model.name]
