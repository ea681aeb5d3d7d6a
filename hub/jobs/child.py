"""The process of a job: a training that leaves half of the cores to the arena, and is signalled with its children."""

import os
import signal
import subprocess
from contextlib import suppress
from pathlib import Path

from hub.jobs.job_record import RUN, JobRecord, list_options
from hub.training_process import is_alive, start_training


def count_threads() -> int:
    """Return how many threads a job has: half as many as there are cores."""
    return max(1, (os.cpu_count() or 1) // 2)


def start_process(folder: Path, record: JobRecord) -> "subprocess.Popen[bytes]":
    """Start or resume the process of a job, whose data folder is that in which the job is.

    Raises: OSError.
    """
    options, data = list_options(folder, record), str(folder.parents[1])
    return start_training(folder, folder / RUN, record.module, options, count_threads(), HUB_DATA=data)


def send_signal(folder: Path, record: JobRecord, number: signal.Signals) -> None:
    """Send a signal to the process of a job and to the processes that it started."""
    if record.pid is not None and is_alive(folder):
        with suppress(ProcessLookupError):
            os.killpg(record.pid, number)
