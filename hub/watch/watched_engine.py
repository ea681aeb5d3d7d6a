"""An engine that is watched: it draws as the wrapped one does, and its seconds and failures are counted."""

import logging
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import Future

from hub.engine import DrawnSample, PendingDrawing, ServingEngine
from hub.errors import Cancelled, HubError, MissingFile, RemoteError
from hub.generators import OnProgress
from hub.schema import Request
from hub.watch.figures import FAULT, Watch

log = logging.getLogger(__name__)


class WatchedEngine:
    """Wraps a :class:`hub.engine.ServingEngine`, and counts its drawings; nothing it logs names a battle."""

    def __init__(self, engine: ServingEngine, watch: Watch) -> None:
        self._engine, self._watch = engine, watch
        self.here, self.place, self.loading = engine.here, engine.place, engine.loading
        self.waiting, self.close = engine.waiting, engine.close
        self.forget = engine.forget

    def draw(self, name: str, request: Request, on_progress: OnProgress) -> DrawnSample:
        """Draw one image, blocking, and count it."""
        return self.ask(name, request, on_progress, "", "").result.result()

    def draw_all(self, name: str, requests: Sequence[Request]) -> Iterator[DrawnSample]:
        """Draw the requests without counting them; only what a page asks for is counted."""
        return self._engine.draw_all(name, requests)

    def ask(self, name: str, request: Request, on_progress: OnProgress, owner: str, party: str) -> PendingDrawing:
        """Ask for a drawing and return at once; it is counted when it is done."""
        start = time.perf_counter()
        try:
            asked = self._engine.ask(name, request, on_progress, owner, party)
        except HubError as error:
            self._failed(name, error)
            raise
        self._watch.going.labels(name).inc()
        asked.result.add_done_callback(lambda result: self._done(name, start, result))
        return asked

    def prepare(self, names: Sequence[str]) -> Iterator[tuple[str, str]]:
        """Load generators, noting which can be loaded, and yield each with why it failed."""
        self._watch.coming = tuple(dict.fromkeys((*self._watch.coming, *names)))
        for name, why in self._engine.prepare(names):
            self._watch.prepared(name, why)
            yield name, why
        # what does not fit beside the others is loaded when it is asked for
        self._watch.coming = tuple(name for name in self._watch.coming if name not in names)

    def _done(self, name: str, start: float, result: "Future[DrawnSample]") -> None:
        self._watch.going.labels(name).dec()
        error = result.exception()
        if isinstance(error, Cancelled):  # whoever asked has left: nobody's fault
            self._watch.failed(name, error.kind)
            return
        if error is not None:
            self._failed(name, error)
            return
        seconds = result.result().sample.seconds
        waited = max(0.0, time.perf_counter() - start - seconds)
        self._watch.drew(name, seconds, waited)
        facts = {"event": "drawing.done", "generator": name, "seconds": seconds, "wait": round(waited, 4)}
        log.info("a picture was drawn", extra=facts)

    def _failed(self, name: str, error: BaseException) -> None:
        kind = error.kind if isinstance(error, HubError) else FAULT
        self._watch.failed(name, kind)
        if isinstance(error, MissingFile | RemoteError):  # it is not this prompt's fault: it could not be loaded
            self._watch.prepared(name, str(error))
        log.warning("a drawing failed", extra={"event": "drawing.failed", "generator": name, "kind": kind})
