"""Several drawings at once, one thread a generator, told as they happen."""

import logging
import queue
import threading
import time
from collections import defaultdict
from collections.abc import Hashable, Iterator, Mapping
from contextvars import copy_context
from dataclasses import dataclass
from typing import Generic, TypeVar

from hub.battle import Job
from hub.engine import Drawn, Engine
from hub.errors import GenerationError, HubError
from hub.generators import OnProgress

log = logging.getLogger(__name__)
K = TypeVar("K", bound=Hashable)
MOMENT = 0.04  # seconds; too short to see, and one update of a page costs more than several events


@dataclass(frozen=True)
class Progress(Generic[K]):
    """The share of a drawing that is done, 0 to 1."""

    key: K
    share: float


@dataclass(frozen=True)
class Done(Generic[K]):
    """A drawing that succeeded."""

    key: K
    drawn: Drawn


@dataclass(frozen=True)
class Failed(Generic[K]):
    """A drawing that failed, and why. The reason may name the generator: it is no text for a blind battle."""

    key: K
    error: HubError


Event = Progress[K] | Done[K] | Failed[K]


def _teller(events: "queue.SimpleQueue[Event[K]]", key: K) -> OnProgress:
    return lambda share: events.put(Progress(key, share))


def _run(engine: Engine, jobs: Mapping[K, Job], events: "queue.SimpleQueue[Event[K]]") -> None:
    for key, job in jobs.items():
        try:
            drawn = engine.draw(job.name, job.prompt, job.seed, _teller(events, key))
        except HubError as error:
            log.warning("%s could not draw: %s", job.name, error)
            events.put(Failed(key, error))
        except Exception:  # a thread's last resort: the page must hear of it
            log.exception("%s could not draw", job.name)
            events.put(Failed(key, GenerationError("The generator failed; try again.")))
        else:
            events.put(Done(key, drawn))


def _news(events: "queue.SimpleQueue[Event[K]]") -> list[Event[K]]:
    """Wait for news, and a moment for more; of each drawing only the latest."""
    event = events.get()
    latest = {event.key: event}
    time.sleep(MOMENT)
    while not events.empty():
        event = events.get()
        latest[event.key] = event
    return list(latest.values())


def draw_each(engine: Engine, jobs: Mapping[K, Job]) -> Iterator[list[Event[K]]]:
    """Draw every job, each generator its own in their order, and yield what happened since the last time.

    Ends when each is done or failed. Progress that a slow reader missed is left out. A reader that stops early
    leaves the threads to finish alone.
    """
    events: queue.SimpleQueue[Event[K]] = queue.SimpleQueue()
    by_generator: dict[str, dict[K, Job]] = defaultdict(dict)
    for key, job in jobs.items():
        by_generator[job.name][key] = job
    for own in by_generator.values():
        context = copy_context()  # the event's request, by which ZeroGPU knows whose quota a drawing is of
        threading.Thread(target=context.run, args=(_run, engine, own, events), daemon=True).start()
    left = len(jobs)
    while left:
        news = _news(events)
        left -= sum(not isinstance(event, Progress) for event in news)
        yield news
