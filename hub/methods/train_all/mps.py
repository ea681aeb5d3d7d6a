"""NVIDIA's Multi-Process Service: with it several processes compute on one GPU at once, without it they take turns."""

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

CONTROL = "nvidia-cuda-mps-control"
WAIT = 30  # seconds for an answer


def _tell(command: str) -> bool:
    """Return whether a daemon is there and takes a command."""
    try:
        done = subprocess.run([CONTROL], input=command, text=True, capture_output=True, timeout=WAIT, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0


@contextmanager
def share_gpu() -> Iterator[str]:
    """Share the GPU meanwhile, and yield the words for how: by a daemon that was there, by one of ours, or by turns."""
    if shutil.which(CONTROL) is None:
        yield "taking turns (no MPS here)"
        return
    if _tell("get_server_list\n"):
        yield "by the MPS daemon that runs"
        return
    try:
        started = subprocess.run([CONTROL, "-d"], capture_output=True, timeout=WAIT, check=False).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        started = False
    if not started:
        yield "taking turns (MPS did not start)"
        return
    try:
        yield "by MPS"
    finally:
        _tell("quit\n")
