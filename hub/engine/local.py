"""Generators in this process, each loaded on first use and drawing one image at a time."""

import hashlib
import io
import logging
import threading
import time

from hub.engine import Drawn
from hub.engine.setups import setup_of
from hub.errors import GenerationError, HubError
from hub.generators import GENERATORS, Draw, OnProgress, Place
from hub.schema import Sample

log = logging.getLogger(__name__)


class LocalEngine:
    """Runs generators in this process. ``device`` empty means CUDA where there is one."""

    def __init__(self, device: str = "") -> None:
        self.device = device
        self._locks: dict[str, threading.Lock] = {}
        self._loaded: dict[str, Draw] = {}
        self._guard = threading.Lock()

    def _lock(self, name: str) -> threading.Lock:
        with self._guard:
            return self._locks.setdefault(name, threading.Lock())

    def prepare(self, name: str) -> None:
        """Load a generator ahead of its first draw. Raises MissingFile, or UnknownName."""
        with self._lock(name):
            self._load(name)

    def _load(self, name: str) -> Draw:
        if name not in self._loaded:
            self._loaded[name] = GENERATORS[name].load(Place(self.device))
        return self._loaded[name]

    def draw(self, name: str, prompt: str, seed: int, on_progress: OnProgress) -> Drawn:
        """See :class:`hub.engine.Engine`. ``seconds`` leaves out waiting and loading."""
        with self._lock(name):
            drawing = self._load(name)
            setup = setup_of(GENERATORS[name], self.device)
            start = time.perf_counter()
            try:
                image = drawing(prompt, seed, on_progress)
            except HubError:
                raise
            except Exception as error:  # whatever a model's code raises becomes one sentence
                log.exception("generator %s failed", name)
                raise GenerationError("The generator failed on this prompt; try again or re-roll.") from error
            seconds = time.perf_counter() - start
        buffer = io.BytesIO()
        image.convert("RGB").save(buffer, "png")
        png = buffer.getvalue()
        digest = hashlib.sha256(png).hexdigest()
        sample = Sample(
            generator=name,
            revision=setup.revision,
            prompt=prompt,
            seed=seed,
            sha256=digest,
            seconds=round(seconds, 4),
            setup=setup.digest,
        )
        return Drawn(sample, png, setup)
