"""Figures that nobody counts: they are looked up at each scrape."""

from collections.abc import Iterator

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from hub.dataset import Published
from hub.watch.readings import Readings, measure_lag, read_devices


class LookedUp(Collector):
    """Collects the figures of queues, device memory, free disk space and publishing; unknown ones are left out."""

    def __init__(self, sources: Readings) -> None:
        self._sources = sources

    def describe(self) -> list[Metric]:
        """Return nothing, so that no figure is read at registration."""
        return []

    def collect(self) -> Iterator[Metric]:
        """Yield the present figures."""
        queues = GaugeMetricFamily("vernissage_queue_length", "What waits for its turn", labels=["queue"])
        for name, length in self._sources.queues().items():
            queues.add_metric([name], length)
        memory = GaugeMetricFamily("vernissage_device_memory_bytes", "Memory of a device", labels=["device", "part"])
        for device in read_devices():
            memory.add_metric([device.device, "used"], device.used)
            memory.add_metric([device.device, "total"], device.total)
        free = GaugeMetricFamily("vernissage_data_free_bytes", "Disk space free for the data folder")
        free.add_metric([], self._sources.free())
        state = self._sources.publishing()
        damaged = GaugeMetricFamily("vernissage_damaged_shards", "Shards that are not what was written, left out")
        damaged.add_metric([], len(state.damaged))
        yield from (queues, memory, free, damaged)
        if self._sources.dataset:
            yield from self._publishing(state)

    def _publishing(self, state: Published) -> Iterator[Metric]:
        yield CounterMetricFamily("vernissage_publisher_failures", "Steps of publishing that failed", state.failures)
        if state.success is not None:
            name = "vernissage_publisher_last_success_timestamp_seconds"
            yield GaugeMetricFamily(name, "When all of publishing last went well", state.success)
        if state.waiting is not None:
            name = "vernissage_publisher_unpublished_shards"
            yield GaugeMetricFamily(name, "Sealed shards that are not in the data set", len(state.waiting))
        if (seconds := measure_lag(state)) is not None:
            name = "vernissage_publisher_lag_seconds"
            yield GaugeMetricFamily(name, "Age of the oldest sealed vote that is not published", seconds)
