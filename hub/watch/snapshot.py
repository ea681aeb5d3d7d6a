"""All that the admin page shows, at one moment, as plain values."""

import time
from collections.abc import Mapping
from dataclasses import dataclass

from prometheus_client.metrics import MetricWrapperBase

from hub.dataset import Published
from hub.errors import Cancelled
from hub.watch.figures import CONSENT, EntryFigures, Watch
from hub.watch.readings import DeviceMemory, measure_lag, read_devices
from hub.watch.timeline import Sampled

Quantiles = tuple[float, float] | None  # p50 and p95 of the latest, in seconds


@dataclass(frozen=True)
class GeneratorRow:
    """The figures of one generator; ``failures`` are those by kind."""

    name: str
    entry: EntryFigures
    drawn: int
    failures: Mapping[str, int]
    seconds: Quantiles
    waits: Quantiles
    drawing: int
    waiting: int

    @property
    def failure_rate(self) -> float | None:
        """The share of drawings that gave no picture, without cancelled ones; None before the first."""
        failed = sum(count for kind, count in self.failures.items() if kind != Cancelled.kind)
        asked = self.drawn + failed
        return failed / asked if asked else None


@dataclass(frozen=True)
class Snapshot:
    """The figures of an arena at one moment, since ``started``; ``hours`` also has an earlier process's votes."""

    time: float
    started: float
    battles: int
    accepted: int
    excluded: int
    gates: Mapping[str, int]
    refused: Mapping[tuple[str, str], int]  # what, and the kind of error
    consent: Mapping[str, int]  # times that it was asked for, and answers
    lines: tuple[GeneratorRow, ...]
    pages: int  # events in the page's queue
    resident: int | None
    devices: tuple[DeviceMemory, ...]
    free: int
    disk: Quantiles
    dataset: str
    published: Published
    lag: float | None
    hours: tuple[tuple[float, Mapping[str, int]], ...]
    samples: tuple[Sampled, ...]


def read_values(metric: MetricWrapperBase, suffix: str = "_total") -> dict[tuple[str, ...], int]:
    """Return a metric's values by its labels, in their order."""
    samples = [sample for family in metric.collect() for sample in family.samples]
    return {tuple(one.labels.values()): int(one.value) for one in samples if one.name.endswith(suffix)}


def take_snapshot(watch: Watch) -> Snapshot:
    """Return the present figures of the watch and its sources."""
    sources, queues = watch.sources, watch.sources.queues()
    votes, published = read_values(watch.votes), sources.publishing()
    return Snapshot(
        time=time.time(),
        started=watch.started,
        battles=sum(read_values(watch.battles).values()),
        accepted=sum(count for (_, result), count in votes.items() if result == "accepted"),
        excluded=sum(count for (_, result), count in votes.items() if result == "excluded"),
        gates={gate: count for (gate,), count in read_values(watch.excluded).items()},
        refused={(what, kind): count for (what, kind), count in read_values(watch.refused).items()},
        consent={answer: read_values(watch.consent).get((answer,), 0) for answer in CONSENT},
        lines=tuple(_make_row(watch, name, entry, queues) for name, entry in sorted(watch.roster.items())),
        pages=queues["pages"],
        resident=watch.resident(),
        devices=tuple(read_devices()),
        free=sources.free(),
        disk=_make_quantiles(watch.disk.quantile("log", 0.5), watch.disk.quantile("log", 0.95)),
        dataset=sources.dataset,
        published=published,
        lag=measure_lag(published),
        hours=tuple(watch.timeline.hours()),
        samples=tuple(watch.timeline.samples),
    )


def _make_row(watch: Watch, name: str, entry: EntryFigures, queues: Mapping[str, int]) -> GeneratorRow:
    return GeneratorRow(
        name=name,
        entry=entry,
        drawn=read_values(watch.drawing, "_count").get((name,), 0),
        failures={kind: count for (own, kind), count in read_values(watch.failures).items() if own == name},
        seconds=_make_quantiles(watch.seconds.quantile(name, 0.5), watch.seconds.quantile(name, 0.95)),
        waits=_make_quantiles(watch.waits.quantile(name, 0.5), watch.waits.quantile(name, 0.95)),
        drawing=read_values(watch.going, "").get((name,), 0),
        waiting=queues.get(name, 0),
    )


def _make_quantiles(p50: float | None, p95: float | None) -> Quantiles:
    return (p50, p95) if p50 is not None and p95 is not None else None
