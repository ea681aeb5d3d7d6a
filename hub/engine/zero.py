"""ZeroGPU: generators of a Space draw on a GPU that is lent for one drawing at a time.

The ``spaces`` package, which such Spaces bring, must be imported before torch begins to use CUDA. It then lets models
be moved to a GPU that is not there yet, in the thread that imported it and before the page is served; a function that
it decorates runs in a forked process that has the GPU for as long as the function asked for. So a generator is loaded
ahead, in the main thread, and what draws with it is a decorated Python generator: the request and the pictures that it
names are pickled by the package on their way there, its progress, without previews, and its own picture on their way
back. Elsewhere ``spaces.GPU`` does nothing; without the package this is not used.
"""

import importlib
import importlib.util
import logging
import math
import queue
import threading
import time
from collections import abc
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from typing import Any, Protocol, cast

from PIL import Image

from hub.engine.dispatch import FAILED
from hub.errors import Cancelled, GenerationError, HubError
from hub.generators import GENERATORS, Draw, Generator, NamedPictures, OnProgress, Placement
from hub.generators.contract import MakePreview
from hub.generators.facts import Facts, check, facts
from hub.language.sentence import Sentence
from hub.quantiles import Window
from hub.schema import Request

log = logging.getLogger(__name__)
FIRST = 60  # seconds asked for, as the platform does by itself, until enough drawings were measured
MEASURED = 5  # drawings that are enough
MARGIN = 1.5  # times the p95 of a generator's drawings
MOVING = 10  # seconds more, for the weights to get to the GPU
LONGEST = 120  # seconds at most; nobody is lent a GPU for much longer


class Spaces(Protocol):
    """What is used of the ``spaces`` package."""

    def GPU(self, *, duration: Callable[[Request, NamedPictures], int]) -> Callable[[Any], Any]:  # noqa: N802 - its name
        """Decorate a function; ``duration`` gets its arguments and gives seconds."""
        ...


@dataclass(frozen=True)
class Painted:
    """A picture, and the seconds on the GPU that it took."""

    image: Image.Image
    seconds: float


Event = float | Painted | HubError  # progress, and what ends a drawing; all of it can be pickled


def load_spaces() -> Spaces | None:
    """The ``spaces`` package where it is installed. Call it before anything imports torch."""
    spec = importlib.util.find_spec("spaces")
    if spec is None or spec.loader is None:
        return None
    return cast(Spaces, importlib.import_module("spaces"))


class OnZero:
    """A generator on ZeroGPU: all of the one inside, but for where it draws."""

    def __init__(self, generator: Generator, spaces: Spaces) -> None:
        self._generator = generator
        self._inside: Draw | None = None
        self._seconds = Window(latest=100)
        self._painted = spaces.GPU(duration=self.duration)(self.painting)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._generator, name)

    def facts(self) -> Facts:
        """Its facts, whichever way the one inside tells them."""
        return facts(self._generator)

    def check(self) -> None:
        """Raise HubError where something is missing."""
        check(self._generator)

    def duration(self, request: Request, pictures: NamedPictures) -> int:
        """Seconds to ask for: the p95 of the generator's drawings with a margin, so that little is reserved in vain."""
        p95 = self._seconds.quantile(self._generator.name, 0.95)
        if p95 is None or self._seconds.count(self._generator.name) < MEASURED:
            return FIRST
        return min(LONGEST, math.ceil(MARGIN * p95) + MOVING)

    def load(self, place: Placement) -> Draw:
        """Bring the model to its place, unless it is there, and return what draws on the lent GPU."""
        if self._inside is None:
            self._inside = self._generator.load(replace(place, compile=False))  # no compiled model gets to a fork
        return self.draw

    def draw(self, request: Request, pictures: NamedPictures, on_progress: OnProgress) -> Image.Image:
        """Draw one image in the process that has the GPU. Raises GenerationError where none is lent."""
        with closing(self._lent(request, pictures)) as events:
            for event in events:
                if isinstance(event, float):
                    on_progress(event)
                elif isinstance(event, HubError):
                    raise event
                else:
                    self._seconds.add(self._generator.name, event.seconds)
                    return event.image
        raise GenerationError(Sentence("The GPU was taken back before the picture was there; try again."))

    def _lent(self, request: Request, pictures: NamedPictures) -> abc.Generator[Event, None, None]:
        """The events of a drawing; the package's own errors, which say why no GPU is lent, become the hub's."""
        try:
            yield from self._painted(request, pictures)
        except HubError:
            raise
        except Exception as error:
            words = getattr(error, "message", "")
            log.warning("no GPU for %s", self._generator.name, exc_info=True)
            raise GenerationError(
                Sentence("No GPU could be used: {why}; try again.", why=words or Sentence("it was taken back"))
            ) from error

    def painting(self, request: Request, pictures: NamedPictures) -> Iterator[Event]:
        """Draw in the forked process: progress, then the picture or the error. A reader that stops, stops it."""
        events: queue.SimpleQueue[Event] = queue.SimpleQueue()
        stopped = threading.Event()

        def tell(share: float, preview: MakePreview | None = None) -> None:
            if stopped.is_set():
                raise Cancelled(Sentence("Nobody waits for this picture any more."))
            events.put(float(share))

        threading.Thread(target=self._paint, args=(request, pictures, tell, events), daemon=True).start()
        try:
            while isinstance(event := events.get(), float):
                yield event
            yield event
        finally:
            stopped.set()

    def _paint(
        self,
        request: Request,
        pictures: NamedPictures,
        tell: OnProgress,
        events: "queue.SimpleQueue[Event]",
    ) -> None:
        start = time.perf_counter()
        try:
            if self._inside is None:
                raise GenerationError(Sentence("The generator is not loaded; try again."))
            image = self._inside(request, pictures, tell)
            events.put(Painted(image, time.perf_counter() - start))
        except HubError as error:
            events.put(error)
        except Exception:  # whatever a model's code raises becomes one sentence; its traceback can't be pickled
            log.exception("generator %s failed on the lent GPU", self._generator.name)
            events.put(GenerationError(FAILED))


def on_zero(spaces: Spaces, roster: Sequence[Generator], devices: Sequence[str]) -> tuple[OnZero, ...]:
    """Put the generators that draw on CUDA behind ``spaces.GPU``, in the registry, and return them.

    Those that run elsewhere, or on a device that is no CUDA, stay as they are. The package wants one decorated
    function, at least, before the page is served.
    """
    if devices and not any(device.startswith("cuda") for device in devices):
        return ()
    lent = tuple(OnZero(one, spaces) for one in roster if not one.remote and not isinstance(one, OnZero))
    for one in lent:
        GENERATORS.replace(cast(Generator, one))
    return lent
