"""What the local engine's rooms ask of a generator at each turn, read once for as long as it is the same generator."""

from collections.abc import Callable

from hub.engine.hardware import estimated, lanes_of
from hub.engine.placement import Size
from hub.generators import Generator


class KnownModels:
    """By a generator's name: ``lanes``, the drawings at a time where it needs no device, and else its ``sizes``.

    They stay when a generator is forgotten, as drawings of it may still wait; another of its name replaces them.
    """

    def __init__(self) -> None:
        self.lanes: dict[str, int] = {}
        self.sizes: dict[str, Size] = {}  # as measured, or as estimated until then
        self._generators: dict[str, Generator] = {}

    def know(self, generator: Generator, open_devices: Callable[[], None]) -> None:
        """Look at its files, unless it is known. Devices are opened before the first that needs one counts as known."""
        name = generator.name
        if not self.knows(generator):
            if not (lanes := lanes_of(generator)):
                open_devices()
                self.sizes[name] = estimated(generator)
            self.lanes[name], self._generators[name] = lanes, generator

    def knows(self, generator: Generator) -> bool:
        """Whether this very generator is known, and was not forgotten since."""
        return self._generators.get(generator.name) is generator

    def forget(self, name: str) -> None:
        """The generator of this name is no entry any more."""
        self._generators.pop(name, None)
