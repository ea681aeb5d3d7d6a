"""What is read when somebody looks: queues, memory, disk and publishing."""

import shutil
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import pyarrow.compute as pc
import pyarrow.parquet as pq

from hub.dataset import Published
from hub.engine import ServingEngine
from hub.errors import DataError, StorageError
from hub.votes import read_votes
from hub.votes.long_work import iterate_with_pauses
from hub.votes.rows import OWN
from hub.votes.shard_damage import UNREADABLE, find_damage


@dataclass(frozen=True)
class DeviceMemory:
    """The memory of one device in bytes, as the driver tells it: everybody's, not this process's alone."""

    device: str
    used: int
    total: int


@dataclass(frozen=True)
class Readings:
    """The sources of the figures; ``pages`` returns how many events wait in the page's queue."""

    engine: ServingEngine
    pages: Callable[[], int]
    publishing: Callable[[], Published]
    dataset: str
    data: Path

    def queues(self) -> dict[str, int]:
        """Return how much waits in each queue: ``pages``, and each generator that something waits for."""
        return {"pages": self.pages(), **self.engine.waiting()}

    def free(self) -> int:
        """Return the bytes free for the data folder."""
        folder = next(path for path in (self.data.absolute(), *self.data.absolute().parents) if path.exists())
        return shutil.disk_usage(folder).free


def read_devices() -> Iterator[DeviceMemory]:
    """Yield the memory of each CUDA device that torch, once somebody has loaded it, can see and has begun to use."""
    cuda = getattr(sys.modules.get("torch"), "cuda", None)
    if cuda is None or not cuda.is_initialized():
        return
    for number in range(cuda.device_count()):
        free, total = cuda.mem_get_info(number)
        yield DeviceMemory(f"cuda:{number}", total - free, total)


def measure_lag(published: Published) -> float | None:
    """Return the seconds since the oldest vote that is sealed and not published; 0 without any, None if unknown."""
    if published.waiting is None:
        return None
    found = [read_oldest(path) for path in published.waiting if path.parent.name == "votes"]
    times = [at for at in found if at is not None]
    return max(0.0, time.time() - min(times)) if times else 0.0


def read_earlier(data: Path, until: float) -> Iterator[tuple[float, str]]:
    """Yield the time of each vote given here before ``until``, and whether it was ``accepted`` or ``excluded``."""
    try:
        table = read_votes(data).table.select(["time", "excluded", "source"])
    except (DataError, StorageError):  # nobody voted yet, or it can't be read now
        return
    own = pc.and_(pc.less(table["time"], until), pc.equal(table["source"], OWN))
    for row in iterate_with_pauses(table.filter(own).to_pylist()):
        yield row["time"], "excluded" if row["excluded"] else "accepted"


@lru_cache(maxsize=4096)
def read_oldest(shard: Path) -> float | None:
    """Return the time of a shard's oldest row, from its footer; a shard never changes.

    None for one of no rows, one that is gone by now, and one that is damaged: reading votes tells of that.
    """
    try:
        if find_damage(shard):
            return None
        facts = pq.read_metadata(shard)
    except UNREADABLE:
        return None
    groups = [facts.row_group(number) for number in range(facts.num_row_groups)]
    columns = [group.column(number) for group in groups for number in range(group.num_columns)]
    found = [column.statistics for column in columns if column.path_in_schema == "time"]
    return min((float(one.min) for one in found if one is not None and one.has_min_max), default=None)
