"""The process of a job: a training as a shell starts it, in a group of its own, polite, with few threads.

It holds the job's file ``alive`` by flock as long as it lives, whoever started it: so a server that was killed and
begins anew knows whether the process is there, and takes none that has the same number for it.
"""

import errno
import fcntl
import os
import shutil
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

from hub.jobs.job_record import ALIVE, LOG, RUN, JobRecord
from hub.log import make_one_line
from hub.training_progress import STOP
from hub.votes.disk import is_held

ROOT = Path(__file__).parents[2]
NICE = 10
SECRETS = ("HUB_SECRET", "HUB_ADMIN_TOKEN")  # of the arena, which no training needs
THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
FULL = tuple(os.strerror(number) for number in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG))
LITTLE = 1024 * 1024  # bytes of free space that are none
TAIL, LINES, LONGEST = 16 * 1024, 20, 300  # bytes and lines of a log's end that are read; characters of a sentence


def build_environment() -> dict[str, str]:
    """Return the environment of a job: this process's without its secrets, with half the cores for its threads."""
    threads = str(max(1, (os.cpu_count() or 1) // 2))
    kept = {name: value for name, value in os.environ.items() if name not in SECRETS}
    path = os.pathsep.join(filter(None, [str(ROOT), kept.get("PYTHONPATH", "")]))
    plainly = {"TYPER_STANDARD_TRACEBACK": "1", "TYPER_USE_RICH": "0"}  # the last line of an error is its sentence
    return kept | dict.fromkeys(THREADS, threads) | plainly | {"PYTHONPATH": path, "PYTHONUNBUFFERED": "1"}


def start_process(folder: Path, record: JobRecord) -> "subprocess.Popen[bytes]":
    """Start or resume the process of a job.

    Raises: OSError.
    """
    run = folder / RUN
    run.mkdir(exist_ok=True)
    (run / STOP).unlink(missing_ok=True)
    command = [sys.executable, "-m", record.module, "--out", str(run), *record.options]
    alive = os.open(folder / ALIVE, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        fcntl.flock(alive, fcntl.LOCK_EX | fcntl.LOCK_NB)
        with (folder / LOG).open("wb") as log:
            child = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=build_environment(),
                start_new_session=True,
                pass_fds=(alive,),
            )
    finally:
        os.close(alive)  # the child has it, and holds it
    with suppress(OSError):  # it has ended, or is more polite than that
        os.setpriority(os.PRIO_PROCESS, child.pid, NICE)
    return child


def is_alive(folder: Path) -> bool:
    """Return whether the process of a job runs, whichever server started it."""
    try:
        return is_held(folder / ALIVE)
    except FileNotFoundError:
        return False


def send_signal(folder: Path, record: JobRecord, number: signal.Signals) -> None:
    """Send a signal to the process of a job and to the processes that it started."""
    if record.pid is not None and is_alive(folder):
        with suppress(ProcessLookupError):
            os.killpg(record.pid, number)


def explain_failure(folder: Path, code: int | None) -> str:
    """Return one sentence on why a job failed: the last line of its own error. ``code`` is its exit code."""
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
