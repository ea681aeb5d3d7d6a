"""The figures of one arena, in a registry of its own, so that several arenas of one process do not mix."""

import time
from collections.abc import Sequence
from dataclasses import dataclass

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector

from hub.errors import Cancelled, HubError
from hub.quantiles import Window
from hub.schema import Criterion, Vote
from hub.watch.collectors import LookedUp
from hub.watch.readings import Readings, read_devices
from hub.watch.timeline import Sampled, Timeline

SECONDS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 30, 60, 120, 300)
DISK = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5)
ENOUGH = 3  # generators that meet after a start while the others are still to be loaded
CONSENT = ("asked", "agreed", "declined")  # declined: for now, the same visitor may be asked again
FAULT = "fault"  # what a failure counts as that is none of the hub's errors


@dataclass
class EntryFigures:
    """The figures of one generator: ``problem`` is why it can't be loaded; times are of the wall clock."""

    loaded: bool = False
    problem: str = ""
    drew: float | None = None
    failed: float | None = None
    failure: str = ""  # the kind of the latest


class Watch:
    """Counts what happens in an arena. Safe to use from several threads; it never raises into what it watches."""

    sources: Readings

    def __init__(self) -> None:
        self.registry, self.started = CollectorRegistry(), time.time()
        self.seconds, self.waits, self.disk = Window(), Window(), Window()
        self.timeline = Timeline()
        self.roster: dict[str, EntryFigures] = {}
        self.coming: tuple[str, ...] = ()  # generators that are loaded one by one, as after a start, in their order
        self.battles = Counter("vernissage_battles", "Battles begun", ["criterion"], registry=self.registry)
        self.votes = Counter("vernissage_votes", "Votes on disk", ["criterion", "result"], registry=self.registry)
        self.excluded = Counter(
            "vernissage_votes_excluded", "Votes kept but not counted, by the gate", ["gate"], registry=self.registry
        )
        self.consent = Counter(
            "vernissage_consent", "The question of consent to what a vote means", ["answer"], registry=self.registry
        )
        self.refused = Counter("vernissage_refused", "What was not taken", ["what", "kind"], registry=self.registry)
        self.failures = Counter(
            "vernissage_drawing_failures", "Drawings without a picture", ["generator", "kind"], registry=self.registry
        )
        self.drawing = Histogram(
            "vernissage_drawing_seconds", "A drawing itself", ["generator"], buckets=SECONDS, registry=self.registry
        )
        self.waiting = Histogram(
            "vernissage_drawing_wait_seconds",
            "Waiting for a drawing to begin, loading included",
            ["generator"],
            buckets=SECONDS,
            registry=self.registry,
        )
        self.going = Gauge("vernissage_drawings", "Drawings asked for, not done", ["generator"], registry=self.registry)
        self.writing = Histogram(
            "vernissage_log_write_seconds", "A write to the log, fsync included", buckets=DISK, registry=self.registry
        )
        self._process = ProcessCollector(registry=self.registry)

    def look_at(self, sources: Readings, names: Sequence[str]) -> None:
        """Read these sources at each scrape, and show these generators from the start; to be called once."""
        self.sources = sources
        self.registry.register(LookedUp(sources))
        for name in names:
            self.roster[name] = EntryFigures()
            for metric in (self.drawing, self.waiting, self.going):
                metric.labels(name)

    def resident(self) -> int | None:
        """Return the bytes of memory that this process holds; None where the system does not tell."""
        found = (sample for metric in self._process.collect() for sample in metric.samples)
        return next((int(one.value) for one in found if one.name == "process_resident_memory_bytes"), None)

    def sample(self) -> Sampled:
        """Return the present queues, drawings and memory."""
        used = [device.used for device in read_devices()]
        going = sum(sample.value for metric in self.going.collect() for sample in metric.samples)
        waiting = sum(self.sources.queues().values())
        return Sampled(time.time(), waiting, int(going), self.resident(), sum(used) if used else None)

    def began(self, criterion: Criterion) -> None:
        """Count a battle that began."""
        self.battles.labels(criterion).inc()
        self.timeline.add("battles")

    def voted(self, vote: Vote) -> None:
        """Count a vote that is on disk."""
        result = "excluded" if vote.excluded else "accepted"
        self.votes.labels(vote.criterion, result).inc()
        self.timeline.add(result)
        for gate in vote.excluded:
            self.excluded.labels(gate).inc()

    def refuse(self, what: str, error: HubError) -> None:
        """Count a refused ``battle`` or ``vote``."""
        self.refused.labels(what, error.kind).inc()
        if what == "vote":
            self.timeline.add("refused")

    def note_consent(self, answer: str) -> None:
        """Count that a page asked for consent, or what its visitor answered; a page may say anything else in vain."""
        if answer in CONSENT:
            self.consent.labels(answer).inc()

    def drew(self, name: str, seconds: float, waited: float) -> None:
        """Count a picture that a generator drew."""
        self.drawing.labels(name).observe(seconds)
        self.waiting.labels(name).observe(waited)
        self.seconds.add(name, seconds)
        self.waits.add(name, waited)
        entry = self._entry(name)
        entry.loaded, entry.problem, entry.drew = True, "", time.time()

    def failed(self, name: str, kind: str) -> None:
        """Count a drawing without a picture that can be shown; a cancelled one is not held against its generator."""
        self.failures.labels(name, kind).inc()
        if kind == Cancelled.kind:
            return
        entry = self._entry(name)
        entry.failed, entry.failure = time.time(), kind

    def prepared(self, name: str, problem: str = "") -> None:
        """Note that a generator was loaded, or that it can't be because of ``problem``."""
        entry = self._entry(name)
        entry.loaded, entry.problem = not problem, problem

    def forget(self, name: str) -> None:
        """A generator is no entry any more: what was counted of it stays, whether it can be loaded does not."""
        self.roster.pop(name, None)
        self.coming = tuple(other for other in self.coming if other != name)

    def unloadable(self) -> dict[str, str]:
        """Return the generators that can't be loaded, as far as is known, and why."""
        return {name: entry.problem for name, entry in self.roster.copy().items() if entry.problem}

    def absent(self) -> set[str]:
        """Return the generators that meet nobody now.

        That are those that can't be loaded, and those not loaded yet while ``ENOUGH`` others are, or come before them.
        """
        gone = set(self.unloadable())
        ready = {name for name, entry in self.roster.copy().items() if entry.loaded} - gone
        late = [name for name in self.coming if name not in ready | gone][max(ENOUGH - len(ready), 0) :]
        return gone | set(late)

    def wrote(self, seconds: float) -> None:
        """Count a write of the log to disk."""
        self.writing.observe(seconds)
        self.disk.add("log", seconds)

    def _entry(self, name: str) -> EntryFigures:
        return self.roster.setdefault(name, EntryFigures())
