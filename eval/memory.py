"""The memory that a generator takes itself, measured in a process of its own; and a process's own peak (Linux)."""

import ctypes
import gc
import re
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_context
from pathlib import Path
from statistics import median_high

from hub.errors import HubError
from hub.generators import GENERATORS, Placement, ignore_progress
from hub.generators.kinds import ConfiguredEntry, register_entries, registered_entries
from hub.schema import Request

PROCESS = Path("/proc/self")
PICTURE = Request(prompt="a red apple", seed=0)
TIMES = 5  # of which the median stands


def reset_peak() -> None:
    """Start the peak anew from what is held now; where the system can't, it stays what it was."""
    try:
        (PROCESS / "clear_refs").write_text("5", encoding="ascii")
    except OSError:
        return


def _read_field(name: str) -> int | None:
    """Return the bytes of a field of this process's status, None where the system has none."""
    try:
        status = (PROCESS / "status").read_text(encoding="ascii")
    except OSError:
        return None
    found = re.search(rf"^{name}:\s+(\d+) kB$", status, re.MULTILINE)
    return int(found[1]) * 1024 if found else None


def read_peak_bytes() -> int | None:
    """Return the bytes of host memory held at most since :func:`reset_peak`, libraries included; None if unknown."""
    return _read_field("VmHWM")


def _release_memory() -> None:
    """Return unused memory to the system, as far as its allocator can."""
    gc.collect()
    try:
        ctypes.CDLL(None).malloc_trim(0)
    except (OSError, AttributeError):  # another C library: the figure is a little less
        return


def _draw_once(name: str, device: str) -> None:
    """Draw one picture."""
    GENERATORS[name].load(Placement(device))(PICTURE, {}, ignore_progress)


def _measure_growth(entries: tuple[ConfiguredEntry, ...], name: str, device: str) -> int | None:
    """Return what this process grows by.

    The first drawing loads the libraries, which are no part of it.
    """
    register_entries(entries, "the report's settings")
    _draw_once(name, device)
    grown = []
    for _ in range(TIMES):
        _release_memory()
        reset_peak()
        before = _read_field("VmRSS")
        _draw_once(name, device)
        after = read_peak_bytes()
        if before is None or after is None:
            return None
        grown.append(max(0, after - before))
    return median_high(grown)


def measure_own_bytes(name: str, device: str = "cpu") -> int | None:
    """Return the bytes that a generator's weights and one drawing take on the host.

    It is 0 for one without weights; None for one that runs elsewhere, or where the system can't tell.
    """
    if GENERATORS[name].remote or not GENERATORS[name].weights:
        return None if GENERATORS[name].remote else 0
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as apart:
        try:
            return apart.submit(_measure_growth, registered_entries(), name, device).result()
        except (HubError, BrokenProcessPool):  # it can't be drawn alone there; the report says that it is not known
            return None
