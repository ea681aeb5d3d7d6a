"""The most memory that this process held since it last asked, where the system can say so (Linux)."""

import re
from pathlib import Path

PROCESS = Path("/proc/self")


def reset_peak() -> None:
    """Start anew from what is held now; where the system can't, the peak stays what it was."""
    try:
        (PROCESS / "clear_refs").write_text("5", encoding="ascii")
    except OSError:
        return


def peak_bytes() -> int | None:
    """Bytes of host memory held at most since :func:`reset_peak`, libraries included; None where it is not known."""
    try:
        status = (PROCESS / "status").read_text(encoding="ascii")
    except OSError:
        return None
    found = re.search(r"^VmHWM:\s+(\d+) kB$", status, re.MULTILINE)
    return int(found[1]) * 1024 if found else None
