"""The jobs of a data folder: any process may queue, watch, stop, resume and remove them; one runs them.

What is kept is changed while a lock is held, and each file is whole or not there.
"""

import fcntl
import os
import re
import secrets
import shutil
import signal
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from hub.errors import DataError, HubError, UnknownName
from hub.jobs.child import send_signal
from hub.jobs.job_record import PICTURES, RECORD, RUN, JobRecord, JobState, JobView, make_view
from hub.training_process import is_alive
from hub.training_progress import STOP
from hub.votes.disk import make_folder, make_storage_error, write_all, write_file

TRAININGS = (
    "eval.drift_watch",
    "hub.methods.contrastive",
    "hub.methods.diffusion",
    "hub.methods.encoder",
    "hub.methods.ipl",
    "hub.methods.personalization",
    "hub.methods.scad",
    "hub.methods.scad.large",
)
FOLDER, LOCK, NEW, GONE = "jobs", ".lock", ".new-", ".gone-"
ID = re.compile(r"[a-z0-9-]+")


def write_pictures(folder: Path, pictures: Sequence[bytes]) -> None:
    """Write pictures into a new folder that only this account may look into; none, and there is no folder."""
    if pictures:
        folder.mkdir(mode=0o700)
    for number, png in enumerate(pictures):
        fd = os.open(folder / f"{number:03d}.png", os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            write_all(fd, png)
            os.fsync(fd)
        finally:
            os.close(fd)


class Jobs:
    """The jobs of a data folder; ``modules`` are the trainings that may be run, each with ``--out`` to resume in."""

    def __init__(self, data: Path, modules: Sequence[str] = TRAININGS) -> None:
        self.data, self.modules = data.absolute(), modules
        self.folder = self.data / FOLDER
        self.unsaved: dict[str, JobRecord] = {}  # how jobs ended that a full disk keeps no record of yet

    def start(self, module: str, options: Sequence[str], *, pictures: Sequence[bytes] = (), **more: str) -> str:
        """Queue a training and return its job's ID; ``more`` are the ``owner``, ``name`` and ``about`` of its record.

        ``pictures`` are PNGs that only this account may read; they are kept in the job's folder, and gone with it.

        Raises: UnknownName, DataError, StorageError.
        """
        if module not in self.modules:
            raise UnknownName(f"There is no training {module!r}; there are {', '.join(self.modules)}.")
        for option in options:
            if option.partition("=")[0] == "--out" or "\0" in option:
                raise DataError(f"{option!r} can't be an option of a job: leave it out.")
        told: dict[str, Any] = {"module": module, "options": tuple(options), "pictures": len(pictures), **more}
        record = JobRecord(state=JobState.queued, queued=time.time(), **told)
        name = f"{module.rpartition('.')[2].replace('_', '-')}-{secrets.token_hex(4)}"
        new = self.folder / f"{NEW}{name}"
        try:
            with self.changing():
                new.mkdir(mode=0o700 if pictures else 0o777)
                write_pictures(new / PICTURES, pictures)
                self._write(new, record)
                new.rename(self.folder / name)
        except OSError as error:
            shutil.rmtree(new, ignore_errors=True)
            raise make_storage_error("The job", error) from error
        return name

    def watch(self, name: str) -> JobView:
        """Return the present state of a job.

        Raises: UnknownName, DataError.
        """
        record = self.record(name)
        waiting = [other for other, one in self.records().items() if one.state is JobState.queued]
        return make_view(self.folder / name, record, waiting.index(name) + 1 if name in waiting else 0)

    def views(self) -> list[JobView]:
        """Return the present state of every job, in the order in which they were queued."""
        return self.watch_some(self.records())

    def watch_some(self, names: Iterable[str]) -> list[JobView]:
        """Return the present state of those of these jobs that are there, in the order in which they were queued."""
        records, wanted = self.records(), set(names)
        waiting = [name for name, one in records.items() if one.state is JobState.queued]
        return [
            make_view(self.folder / name, one, waiting.index(name) + 1 if name in waiting else 0)
            for name, one in records.items()
            if name in wanted
        ]

    def stop(self, name: str) -> None:
        """Ask a job to stop after its step; asked again, end its process at once. A queued job leaves the queue.

        Raises: HubError.
        """
        with self.changing():
            record, stop = self.record(name), self.folder / name / RUN / STOP
            if record.state is JobState.queued:
                self.write(name, record.model_copy(update={"state": JobState.stopped, "ended": time.time()}))
            elif record.state is not JobState.running:
                raise HubError(f"{name} is not running: it is {record.state}.")
            elif stop.exists():
                send_signal(self.folder / name, record, signal.SIGTERM)
            else:
                with suppress(FileNotFoundError):  # its training is whole, and it will be done at once
                    stop.touch()

    def resume(self, name: str) -> None:
        """Queue a job again that stopped or failed; it resumes from its last row.

        Raises: HubError.
        """
        with self.changing():
            record = self.record(name)
            if record.state not in (JobState.stopped, JobState.failed):
                raise HubError(f"{name} can't be resumed: it is {record.state}.")
            if record.pictures and not (self.folder / name / PICTURES).exists():
                raise HubError(f"{name} can't be resumed: its pictures were deleted; start it anew.")
            new = {"state": JobState.queued, "queued": time.time(), "started": None, "ended": None, "sentence": ""}
            try:
                self.write(name, record.model_copy(update=new))
            except OSError as error:
                raise make_storage_error(f"That {name} goes on", error) from error

    def remove(self, name: str) -> None:
        """Remove a job with all that it wrote.

        Raises: HubError where it is running.
        """
        with self.changing():
            if self.record(name).state is JobState.running or is_alive(self.folder / name):
                raise HubError(f"{name} is running: stop it first.")
            gone = (self.folder / name).rename(self.folder / f"{GONE}{name}")
            self.unsaved.pop(name, None)
        shutil.rmtree(gone, ignore_errors=True)

    def delete_pictures(self, name: str) -> None:
        """Delete the pictures that a job was given, were it done or not; what it made of them stays.

        Raises: HubError where it, or a job that looks at its run, is queued or running.
        """
        with self.changing():
            self.record(name)
            for other, one in self.records().items():
                if name in (other, one.about) and one.state in (JobState.queued, JobState.running):
                    raise HubError(f"{other} needs the pictures: stop it first.")
            shutil.rmtree(self.folder / name / PICTURES, ignore_errors=True)

    def record(self, name: str) -> JobRecord:
        """Return the stored record of a job.

        Raises: UnknownName, DataError.
        """
        if name in self.unsaved:
            return self.unsaved[name]
        path = self.folder / name / RECORD
        if not ID.fullmatch(name) or not path.exists():
            raise UnknownName(f"There is no job {name!r}.")
        try:
            return JobRecord.model_validate_json(path.read_bytes())
        except (OSError, ValidationError) as error:
            raise DataError(f"{path} can't be read: remove {path.parent}, or put its file back.") from error

    def records(self) -> dict[str, JobRecord]:
        """Return the stored record of every job whose file can be read, by ID, in the order they were queued."""
        found = {}
        for folder in self.folder.glob("[!.]*"):
            try:
                found[folder.name] = self.record(folder.name)
            except HubError:
                continue  # being removed, or broken: asked for by its name, it says so
        return dict(sorted(found.items(), key=lambda item: (item[1].queued, item[0])))

    def write(self, name: str, record: JobRecord) -> None:
        """Store a job's record; to be called inside :meth:`changing`.

        Raises: OSError.
        """
        self._write(self.folder / name, record)
        self.unsaved.pop(name, None)

    def sweep(self) -> None:
        """Remove the folders of jobs whose making or removal was cut off by the end of a process."""
        with self.changing():
            for folder in [*self.folder.glob(f"{NEW}*"), *self.folder.glob(f"{GONE}*")]:
                shutil.rmtree(folder, ignore_errors=True)

    @contextmanager
    def changing(self) -> Iterator[None]:
        """Hold the lock under which records are changed."""
        make_folder(self.folder)
        lock = os.open(self.folder / LOCK, os.O_RDWR | os.O_CREAT, 0o644)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield
        finally:
            os.close(lock)

    def _write(self, folder: Path, record: JobRecord) -> None:
        write_file(self.data, folder / RECORD, record.model_dump_json(indent=1).encode())
