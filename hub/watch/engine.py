"""An engine that is watched: it draws as the one inside does, and its seconds and failures are counted."""

import logging
import time

from hub.engine import Drawn, Engine
from hub.errors import HubError
from hub.generators import OnProgress
from hub.watch.metrics import FAULT, Watch

log = logging.getLogger(__name__)


class WatchedEngine:
    """Implements :class:`hub.engine.Engine` round another one. Nothing it logs names a battle."""

    def __init__(self, engine: Engine, watch: Watch) -> None:
        self._engine, self._watch = engine, watch

    def draw(self, name: str, prompt: str, seed: int, on_progress: OnProgress) -> Drawn:
        """See :class:`hub.engine.Engine`."""
        start, kind = time.perf_counter(), FAULT
        with self._watch.going.labels(name).track_inprogress():
            try:
                drawn = self._engine.draw(name, prompt, seed, on_progress)
                kind = ""
            except HubError as error:
                kind = error.kind
                raise
            finally:
                if kind:
                    self._failed(name, kind)
        waited = max(0.0, time.perf_counter() - start - drawn.sample.seconds)
        self._watch.drew(name, drawn.sample.seconds, waited)
        facts = {"event": "drawing.done", "generator": name, "seconds": drawn.sample.seconds, "wait": round(waited, 4)}
        log.info("a picture was drawn", extra=facts)
        return drawn

    def _failed(self, name: str, kind: str) -> None:
        self._watch.failed(name, kind)
        log.warning("a drawing failed", extra={"event": "drawing.failed", "generator": name, "kind": kind})
