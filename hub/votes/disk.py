"""Writing that lasts: what these functions have written is on disk when they return, whole or not at all.

A file is made in ``DATA/.parts`` and renamed to its place once it is on disk, so no reader ever sees half of one.
Who makes a part holds it by flock; a part that nobody holds was left by a process that died.
"""

import errno
import fcntl
import os
import secrets
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from hub.errors import StorageError
from hub.language.sentence import Sentence

PARTS = ".parts"  # folder below the data folder
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


def explain_disk_error(error: BaseException) -> str:
    """Return what went wrong with the disk and how to mend it, as the middle of a sentence."""
    if not isinstance(error, OSError) or error.strerror is None:
        return str(error).strip().rstrip(".")
    if error.errno in _FULL:
        return Sentence("the disk is full; free some space")
    return Sentence("{reason}; mend that", reason=error.strerror)


def make_storage_error(what: str, error: BaseException) -> StorageError:
    """Return the error that says that ``what`` is not on disk."""
    why = explain_disk_error(error)
    return StorageError(Sentence("{what} was not saved: {why}, then try again.", what=what, why=why))


def list_files(folder: Path, suffix: str) -> list[Path]:
    """Return the files in a folder with this suffix, in a fixed order; none where there is no such folder.

    Raises: StorageError for a folder that can't be read, which a glob would take for an empty one.
    """
    try:
        return sorted(path for path in folder.iterdir() if path.suffix == suffix) if folder.exists() else []
    except FileNotFoundError:  # removed just now
        return []
    except OSError as error:
        raise StorageError(f"{folder} can't be read: {explain_disk_error(error)}, then try again.") from error


def write_all(fd: int, data: bytes) -> None:
    """Write all of ``data``; it is on disk only after an fsync."""
    view = memoryview(data)
    while view:
        view = view[os.write(fd, view) :]


def sync_folder(folder: Path) -> None:
    """Wait until the names in a folder are on disk."""
    fd = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)


def make_folder(folder: Path) -> None:
    """Make a folder and its parents where they are missing; they are on disk when this returns."""
    if not folder.is_dir():
        make_folder(folder.parent)
        folder.mkdir(exist_ok=True)
        sync_folder(folder.parent)


def hold_file(fd: int, path: Path) -> bool:
    """Lock an open file until it is closed; return False if another holds it or its name leads elsewhere now."""
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return os.path.samestat(path.stat(), os.fstat(fd))
    except (BlockingIOError, FileNotFoundError):
        return False


def create_held_file(name: Callable[[], Path]) -> tuple[Path, int]:
    """Return a new file, opened to append and held; ``name`` gives a new name at each call.

    Raises: OSError.
    """
    while True:
        path = name()
        fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_APPEND, 0o644)
        try:
            if hold_file(fd, path):
                return path, fd
        except BaseException:
            os.close(fd)
            raise
        os.close(fd)  # one who looks for dead files came between


class PartialFile:
    """A new file to write inside a ``with`` block; it is gone at the block's end unless it was put in its place."""

    def __init__(self, data: Path) -> None:
        make_folder(data / PARTS)
        self.path, self._fd = create_held_file(lambda: data / PARTS / secrets.token_hex(16))
        self._kept = False

    def __enter__(self) -> "PartialFile":
        return self

    def __exit__(self, *_: object) -> None:
        with suppress(OSError):
            self.path.unlink(missing_ok=True)
        if not self._kept:
            os.close(self._fd)

    def write(self, content: bytes) -> None:
        """Append bytes to the file."""
        write_all(self._fd, content)

    def keep(self) -> int:
        """Return the open file, held and opened to append; closing it is then up to the caller."""
        self._kept = True
        return self._fd

    def place(self, path: Path) -> None:
        """Put the file on disk under its name; a file that is there already is replaced."""
        os.fsync(self._fd)
        make_folder(path.parent)
        self.path.replace(path)
        sync_folder(path.parent)


def write_file(data: Path, path: Path, content: bytes) -> None:
    """Write a whole file below the data folder.

    Raises: OSError, and then ``path`` is as it was before.
    """
    with PartialFile(data) as part:
        part.write(content)
        part.place(path)


def remove_stale_parts(data: Path) -> None:
    """Remove the parts that dead processes left; those that can't be removed now are left for the next time."""
    for path in (data / PARTS).glob("*"):
        with suppress(OSError):
            fd = os.open(path, os.O_RDWR)
            try:
                if hold_file(fd, path):
                    path.unlink()
            finally:
                os.close(fd)
