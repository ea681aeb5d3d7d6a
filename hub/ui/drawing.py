"""Several drawings at once, each in a thread of its own, told as they happen."""

import logging
import queue
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from hub.battle import Job
from hub.engine import Drawn, Engine
from hub.errors import GenerationError, HubError

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Progress:
    """The share of a drawing that is done, 0 to 1."""

    key: str
    share: float


@dataclass(frozen=True)
class Done:
    """A drawing that succeeded."""

    key: str
    drawn: Drawn


@dataclass(frozen=True)
class Failed:
    """A drawing that failed, and why. The reason may name the generator: it is no text for a blind battle."""

    key: str
    error: HubError


Event = Progress | Done | Failed
_Events = queue.SimpleQueue[Event]


def _run(engine: Engine, key: str, job: Job, events: _Events) -> None:
    try:
        drawn = engine.draw(job.name, job.prompt, job.seed, lambda share: events.put(Progress(key, share)))
    except HubError as error:
        log.warning("%s could not draw: %s", job.name, error)
        events.put(Failed(key, error))
    except Exception:  # a thread's last resort: the page must hear of it
        log.exception("%s could not draw", job.name)
        events.put(Failed(key, GenerationError("The generator failed; try again.")))
    else:
        events.put(Done(key, drawn))


def _news(events: _Events) -> list[Event]:
    """Wait for news, then take all there is; of each drawing only the latest."""
    latest = {}
    event = events.get()
    latest[event.key] = event
    while not events.empty():
        event = events.get()
        latest[event.key] = event
    return list(latest.values())


def draw_each(engine: Engine, jobs: Mapping[str, Job]) -> Iterator[Event]:
    """Draw every job and yield what happens when it happens; ends when each is done or failed.

    Progress that a slow reader missed is left out. A reader that stops early leaves the threads to finish alone.
    """
    events: _Events = queue.SimpleQueue()
    for key, job in jobs.items():
        threading.Thread(target=_run, args=(engine, key, job, events), daemon=True).start()
    left = len(jobs)
    while left:
        for event in _news(events):
            left -= not isinstance(event, Progress)
            yield event
