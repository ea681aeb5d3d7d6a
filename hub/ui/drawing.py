"""Several drawings at once, and the events of their progress."""

import logging
import queue
import secrets
import time
from collections.abc import Generator, Hashable, Mapping
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Generic, TypeVar

from hub.battle import SlotDrawing
from hub.engine import DrawnSample, PendingDrawing, ServingEngine
from hub.errors import Cancelled, HubError, MissingFile
from hub.files import png_bytes
from hub.generators import OnProgress
from hub.generators.contract import MakePreview
from hub.japanese.read_requests import list_texts

log = logging.getLogger(__name__)
K = TypeVar("K", bound=Hashable)
MOMENT = 0.04  # seconds; too short to see, and one update of a page costs more than several events
PULSE = 2.0  # seconds; how often those who wait hear of their place, and a closed page is noticed
LOOKS = 0.1  # seconds between two pictures of the steps of one drawing, at least
FIRST = 0.3  # seconds; when they hear of it first
LOADING = -1  # in place of a place: what draws is being loaded


@dataclass(frozen=True)
class Waiting(Generic[K]):
    """A queued drawing; ``place`` is its battle's position in the queue, 1 being next, or ``LOADING`` for its model."""

    key: K
    place: int


@dataclass(frozen=True)
class Progress(Generic[K]):
    """A drawing that goes on: the share done, 0 to 1, and the PNG of how far it is where somebody looks at steps."""

    key: K
    share: float
    preview: bytes = b""


@dataclass(frozen=True)
class Done(Generic[K]):
    """A drawing that succeeded."""

    key: K
    drawn: DrawnSample


@dataclass(frozen=True)
class Failed(Generic[K]):
    """A drawing that failed, and why; the reason may name the generator, so a blind battle never shows it."""

    key: K
    error: HubError


Event = Waiting[K] | Progress[K] | Done[K] | Failed[K]


def _remove_prompt(error: HubError, job: SlotDrawing) -> str:
    """Return an error's text without the prompt, which a remote model may quote: no log holds one."""
    said = str(error)
    for text in list_texts(job.request):
        said = said.replace(text, "(the prompt)")
    return said


class _Drawings(Generic[K]):
    """The drawings that one page asked of the engine."""

    def __init__(self, engine: ServingEngine, owner: str, previews: bool) -> None:
        self._engine, self._owner, self._party = engine, owner, secrets.token_hex(8)
        self._previews = previews
        self._events: queue.SimpleQueue[Event[K] | None] = queue.SimpleQueue()  # None wakes whoever waits for one
        self._asked: dict[K, PendingDrawing] = {}
        self._waiting: dict[K, int] = {}  # the place that was told last
        self._pulse = FIRST

    def ask(self, key: K, job: SlotDrawing) -> None:
        """Ask the engine for one drawing; its events come from :meth:`news`."""
        self._waiting[key] = 0
        try:
            self._asked[key] = asked = self._engine.ask(
                job.name,
                job.request,
                self._hear(key),
                self._owner,
                self._party,
            )
        except HubError as error:
            log.warning("%s could not draw: %s", job.name, _remove_prompt(error, job))
            self._events.put(Failed(key, error))
        else:
            asked.result.add_done_callback(lambda result: self._done(key, job, result))

    def _hear(self, key: K) -> OnProgress:
        """Return what notes a drawing's progress; without previews nobody makes any."""
        looked = 0.0

        def hear(share: float, preview: MakePreview | None = None) -> None:
            nonlocal looked
            png = b""
            if preview and self._previews and time.monotonic() - looked >= LOOKS:
                with suppress(MissingFile):  # it was done meanwhile, elsewhere
                    png = png_bytes(preview())
                looked = time.monotonic()
            self._events.put(Progress(key, share, png))

        return hear

    def _done(self, key: K, job: SlotDrawing, result: "Future[DrawnSample]") -> None:
        error = result.exception()
        if isinstance(error, HubError):
            level = logging.INFO if isinstance(error, Cancelled) else logging.WARNING
            log.log(level, "%s could not draw: %s", job.name, _remove_prompt(error, job))
            self._events.put(Failed(key, error))
        else:
            self._events.put(Done(key, result.result()))

    def news(self) -> list[Event[K]]:
        """Wait for events and return the latest of each drawing.

        Where a picture only goes on, wait a moment for more. After a pulse without any, return the places of those that
        wait, or nothing.
        """
        latest: dict[K, Event[K]] = {}
        end = time.monotonic() + self._pulse
        while (left := end - time.monotonic()) > 0 or not self._events.empty():
            try:
                event = self._events.get(timeout=max(left, 0))
            except queue.Empty:
                break
            if event is None:
                return []
            end = min(end, time.monotonic() + (MOMENT if isinstance(event, Progress) else 0))
            before = latest.get(event.key)
            if isinstance(event, Progress) and isinstance(before, Progress) and not event.preview:
                event = replace(event, preview=before.preview)
            latest[event.key] = event
            self._waiting.pop(event.key, None)
        return list(latest.values()) or self._places()

    def _places(self) -> list[Event[K]]:
        self._pulse = PULSE
        place = LOADING if self._engine.loading(self._party) else self._engine.place(self._party)
        told = [key for key, last in self._waiting.items() if place not in {0, last}]
        self._waiting.update(dict.fromkeys(told, place))
        return [Waiting(key, place) for key in told]

    def wake(self, _: object = None) -> None:
        """Let :meth:`news` return at once; harmless once nobody waits."""
        self._events.put(None)

    def cancel(self) -> None:
        """Cancel every drawing that is not done."""
        for asked in self._asked.values():
            asked.cancel()


def draw_each(
    engine: ServingEngine,
    jobs: Mapping[K, SlotDrawing],
    owner: str,
    previews: bool = False,
    stop: "Future[None] | None" = None,
) -> Generator[list[Event[K]], None, None]:
    """Draw every job for ``owner``, who takes turns with others, and yield the events since the last time.

    ``previews``: progress comes with pictures of the steps, which a battle must not have. Ends when each is done or
    failed. Progress that a slow reader missed is left out. At times there is nothing to tell.
    A reader that stops early, as that of a closed page, cancels what is not drawn; so does ``stop``, from any thread,
    once it is done: nothing more is told then.
    """
    drawings: _Drawings[K] = _Drawings(engine, owner, previews)
    stop = stop or Future()
    stop.add_done_callback(drawings.wake)
    try:
        for key, job in jobs.items():
            drawings.ask(key, job)
        left = len(jobs)
        while left:
            news = drawings.news()
            if stop.done():
                return
            left -= sum(isinstance(event, Done | Failed) for event in news)
            yield news
    finally:
        drawings.cancel()
