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
from hub.generators import GENERATORS, Placement
from hub.generators.kinds import ConfiguredEntry, register_entries, registered_entries
from hub.schema import Request

PROCESS = Path("/proc/self")
PICTURE = Request(prompt="a red apple", seed=0)
TIMES = 5  # of which the median stands


def reset_peak() -> None:
    """Start anew from what is held now; where the system can't, the peak stays what it was."""
    try:
        (PROCESS / "clear_refs").write_text("5", encoding="ascii")
    except OSError:
        return


def _field(name: str) -> int | None:
    try:
        status = (PROCESS / "status").read_text(encoding="ascii")
    except OSError:
        return None
    found = re.search(rf"^{name}:\s+(\d+) kB$", status, re.MULTILINE)
    return int(found[1]) * 1024 if found else None


def peak_bytes() -> int | None:
    """Bytes of host memory held at most since :func:`reset_peak`, libraries included; None where it is not known."""
    return _field("VmHWM")


def _settle() -> None:
    """Give back to the system what nothing holds, as far as its allocator can."""
    gc.collect()
    try:
        ctypes.CDLL(None).malloc_trim(0)
    except (OSError, AttributeError):  # another C library: the figure is a little less
        return


def _drawn(name: str, device: str) -> None:
    GENERATORS[name].load(Placement(device))(PICTURE, None, lambda share: None)


def _grown(entries: tuple[ConfiguredEntry, ...], name: str, device: str) -> int | None:
    """What this process grows by. The first drawing loads the libraries, which are no part of it."""
    register_entries(entries, "the report's settings")
    _drawn(name, device)
    grown = []
    for _ in range(TIMES):
        _settle()
        reset_peak()
        before = _field("VmRSS")
        _drawn(name, device)
        after = peak_bytes()
        if before is None or after is None:
            return None
        grown.append(max(0, after - before))
    return median_high(grown)


def own_bytes(name: str, device: str = "cpu") -> int | None:
    """Bytes that a generator's weights and one drawing take on the host, 0 for one without weights; None for one that
    runs elsewhere, or where the system can't tell."""
    if GENERATORS[name].remote or not GENERATORS[name].weights:
        return None if GENERATORS[name].remote else 0
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as apart:
        try:
            return apart.submit(_grown, registered_entries(), name, device).result()
        except (HubError, BrokenProcessPool):  # it can't be drawn alone there; the report says that it is not known
            return None
