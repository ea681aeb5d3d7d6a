"""The process of a training: what a shell would start, ``python -m MODULE --out RUN ...``, in a group of its own.

It holds the file ``alive`` in its folder by flock as long as it lives, whoever started it: so a process that was
killed and begins anew knows whether the training that it watched is there, and takes no other one for it.
"""

import errno
import fcntl
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from hub.files import is_held
from hub.log import make_one_line
from hub.training_progress import STOP

ALIVE, LOG = "alive", "log.txt"  # in a process's folder: held while it lives; what it printed
ROOT = Path(__file__).parents[1]
NICE = 10
SECRETS = ("HUB_SECRET", "HUB_ADMIN_TOKEN")  # of the arena, which no training needs
THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
FULL = tuple(os.strerror(number) for number in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG))
LITTLE = 1024 * 1024  # bytes of free space that are none
TAIL, LINES, LONGEST = 16 * 1024, 20, 300  # bytes and lines of a log's end that are read; characters of a sentence


def build_environment(threads: int) -> dict[str, str]:
    """Return the environment of a training with so many threads: this process's without its secrets."""
    kept = {name: value for name, value in os.environ.items() if name not in SECRETS}
    path = os.pathsep.join(filter(None, [str(ROOT), kept.get("PYTHONPATH", "")]))
    plainly = {"TYPER_STANDARD_TRACEBACK": "1", "TYPER_USE_RICH": "0"}  # the last line of an error is its sentence
    return kept | dict.fromkeys(THREADS, str(threads)) | plainly | {"PYTHONPATH": path, "PYTHONUNBUFFERED": "1"}


def start_training(
    folder: Path, run: Path, module: str, options: Sequence[str], threads: int, **variables: str
) -> "subprocess.Popen[bytes]":
    """Start or resume a training that writes to ``run``; its file ``alive`` and its log are in ``folder``.

    ``variables`` are put into its environment.

    Raises: OSError, BlockingIOError where its process is there already.
    """
    run.mkdir(parents=True, exist_ok=True)
    (run / STOP).unlink(missing_ok=True)
    alive = os.open(folder / ALIVE, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        fcntl.flock(alive, fcntl.LOCK_EX | fcntl.LOCK_NB)
        with (folder / LOG).open("wb") as log:
            child = subprocess.Popen(
                [sys.executable, "-m", module, "--out", str(run), *options],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=build_environment(threads) | variables,
                start_new_session=True,
                pass_fds=(alive,),
            )
    finally:
        os.close(alive)  # the child has it, and holds it
    with suppress(OSError):  # it has ended, or is more polite than that
        os.setpriority(os.PRIO_PROCESS, child.pid, NICE)
    return child


def is_alive(folder: Path) -> bool:
    """Return whether the training of a folder runs, whichever process started it."""
    try:
        return is_held(folder / ALIVE)
    except FileNotFoundError:
        return False


def explain_failure(folder: Path, code: int | None) -> str:
    """Return one sentence on why a training failed: the last line of its own error. ``code`` is its exit code."""
    lines = _read_last_lines(folder / LOG)
    if any(words in line for line in lines for words in FULL) or shutil.disk_usage(folder).free < LITTLE:
        return "The disk is full: free some space, then resume it."
    if code is None:
        return "It ended while nothing watched it; resume it to go on from its last row."
    if code < 0:
        hint = ", as by a machine that is out of memory" if -code == signal.SIGKILL else ""
        return f"It was killed ({signal.Signals(-code).name}{hint}); resume it to go on from its last row."
    return make_one_line(lines[-1], LONGEST) if lines else f"It ended with {code} and said nothing."


def _read_last_lines(log: Path) -> list[str]:
    try:
        with log.open("rb") as file:
            file.seek(max(0, file.seek(0, os.SEEK_END) - TAIL))
            text = file.read().decode(errors="replace")
    except FileNotFoundError:
        return []
    return [line.strip() for line in text.splitlines() if line.strip()][-LINES:]
