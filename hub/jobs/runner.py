"""Runs the queued jobs of a data folder, one at a time, from a thread of the one process that holds its lock.

A process that ends in order asks its job to stop, which it does after its step, and which can be resumed; a job whose
step takes longer than PATIENCE is left to it. One that is killed leaves its job running. Whoever runs the jobs next
finds a job that was left, and waits for it.
"""

import fcntl
import logging
import os
import subprocess
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from hub.errors import HubError
from hub.jobs.child import start_process
from hub.jobs.job_queue import Jobs
from hub.jobs.job_record import RESULT, RUN, JobRecord, JobState
from hub.training_process import explain_failure, is_alive
from hub.training_progress import PROGRESS, STOP, read_lines
from hub.votes.disk import explain_disk_error, make_folder

log = logging.getLogger(__name__)
LOOK = 0.2  # seconds between two looks
PATIENCE = 5.0  # seconds that an ending process waits for its job to stop
LOCK = ".runner"  # held by whoever runs the jobs
OnDone = Callable[[str, Path], None]


class JobRunner:
    """Starts queued jobs and sees how they end, from :meth:`open` to :meth:`close`.

    ``on_done`` is given the ID and the result's folder of a job whose training is whole, before it counts as done;
    after a kill it is called again for a job that it was called for before. Where ``only`` names a job, no other one is
    started.
    """

    def __init__(self, jobs: Jobs, on_done: OnDone | None = None, only: str = "") -> None:
        self.jobs, self.on_done, self.only = jobs, on_done, only
        self._children: dict[str, subprocess.Popen[bytes]] = {}
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="jobs", daemon=True)
        self._lock = -1
        self._said = ""

    def open(self, wait: bool = False) -> None:
        """Begin to run jobs; with ``wait``, as soon as no other process runs them and the disk lets it.

        Raises: HubError where another process runs them, and OSError; neither with ``wait``.
        """
        if not wait and not self._take_lock():
            raise HubError(f"The jobs of {self.jobs.data} are run by another process.")
        self._thread.start()

    def close(self) -> None:
        """Ask the running job to stop, give it some seconds for it, and end this runner."""
        self._over.set()
        if self._thread.is_alive():
            self._thread.join()
        for name in self._children:
            with suppress(OSError):
                (self.jobs.folder / name / RUN / STOP).touch()
        end = time.monotonic() + PATIENCE
        while self._children and time.monotonic() < end:
            self._look(start=False)
            time.sleep(LOOK / 4)
        if self._lock >= 0:
            os.close(self._lock)
            self._lock = -1

    def _take_lock(self) -> bool:
        """Return whether this process is the one that runs the jobs, taking the lock if it is free."""
        if self._lock >= 0:
            return True
        make_folder(self.jobs.folder)
        lock = os.open(self.jobs.folder / LOCK, os.O_RDWR | os.O_CREAT, 0o644)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(lock)
            return False
        self._lock = lock
        self.jobs.sweep()
        return True

    def _watch(self) -> None:
        while not self._over.wait(LOOK):
            self._look()

    def _look(self, start: bool = True) -> None:
        """Note which job ended, and start the next; where the disk is full, it is tried again at the next look."""
        try:
            if not self._take_lock():
                return
            for name, record in list(self.jobs.unsaved.items()):
                with self.jobs.changing():
                    if self.jobs.unsaved.get(name) is record:  # it may have been resumed or removed meanwhile
                        self.jobs.write(name, record)
            records = self.jobs.records()
            running = {name: one for name, one in records.items() if one.state is JobState.running}
            for name, record in running.items():
                self._see(name, record)
            queued = [name for name, one in records.items() if one.state is JobState.queued and self.only in ("", name)]
            if start and queued and not running:
                self._start(queued[0])
        except OSError as error:
            if (said := explain_disk_error(error)) != self._said:
                log.warning("Jobs wait: %s.", said)
            self._said = said

    def _start(self, name: str) -> None:
        folder = self.jobs.folder / name
        with self.jobs.changing():
            record = self.jobs.record(name)
            if record.state is not JobState.queued:
                return  # stopped or removed meanwhile
            progress = folder / RUN / PROGRESS
            told = progress.stat().st_size if progress.exists() else 0
            new = {"state": JobState.running, "started": time.time(), "told_before": told, "pid": None}
            record = record.model_copy(update=new)
            self.jobs.write(name, record)
            if (folder / RESULT).exists():
                return  # its training is whole, what was to come of it is not: it is seen as one that has ended
            if record.module not in self.jobs.modules:
                self._refuse(name, record, f"{record.module} is no training that a job may run.")
                return
            try:
                self._children[name] = child = start_process(folder, record)
            except OSError as error:
                self._refuse(name, record, f"It could not be started: {explain_disk_error(error)}, then resume it.")
                return
            self.jobs.write(name, record.model_copy(update={"pid": child.pid}))
        log.info("A job begins", extra={"event": "job", "job": name})

    def _refuse(self, name: str, record: JobRecord, sentence: str) -> None:
        new = {"state": JobState.failed, "sentence": sentence, "ended": time.time()}
        self.jobs.write(name, record.model_copy(update=new))

    def _see(self, name: str, record: JobRecord) -> None:
        """Record how a job ended, if it did."""
        folder, child = self.jobs.folder / name, self._children.get(name)
        code = child.poll() if child else None
        if code is None and (child or is_alive(folder)):
            return
        state, sentence = self._outcome(name, record, code)
        new: dict[str, Any] = {"state": state, "sentence": sentence, "pid": None, "ended": time.time()}
        if state is JobState.queued:
            new |= {"ended": None}
        with self.jobs.changing():  # before it is shown: who resumes it at once must not be written over
            self._children.pop(name, None)
            self.jobs.unsaved[name] = record = record.model_copy(update=new)
            self.jobs.write(name, record)
        log.info("A job has ended", extra={"event": "job", "job": name, "state": str(state)})

    def _outcome(self, name: str, record: JobRecord, code: int | None) -> tuple[JobState, str]:
        """Return the state of a job whose process has ended, and why; ``code`` is None if another server started it."""
        folder = self.jobs.folder / name
        asked = (folder / RUN / STOP).exists()
        last = next(reversed(read_lines(folder / RUN, record.told_before)), None)
        if code == 0 or (folder / RESULT).exists():
            return self._done(name)
        if last and last.stopped:
            return JobState.stopped, f"It was stopped at step {last.step} of {last.of}."
        if code is None and last and last.step == last.of:
            return JobState.queued, ""  # all steps are done: started again, it writes what is missing and says so
        if code is None or (code < 0 and asked):
            return JobState.stopped, explain_failure(folder, code)
        return JobState.failed, explain_failure(folder, code)

    def _done(self, name: str) -> tuple[JobState, str]:
        folder = self.jobs.folder / name
        if not (folder / RESULT).exists():
            (folder / RUN / STOP).unlink(missing_ok=True)
            (folder / RUN).rename(folder / RESULT)
        try:
            if self.on_done:
                self.on_done(name, folder / RESULT)
        except Exception as error:  # whatever is plugged in, the others' jobs go on
            log.exception("What a job made could not be put in its place", extra={"job": name})
            said = str(error) if isinstance(error, HubError | OSError) else f"{type(error).__name__}."
            return JobState.failed, f"It is trained, but not in its place: {said}"
        return JobState.done, ""
