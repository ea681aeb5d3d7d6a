"""The log of votes and the store of the images they are about: append-only files under one data folder.

``DATA/votes/*.jsonl`` holds one vote a line, in one segment file a process, so that two processes never mix
lines. ``DATA/images/<first two digits>/<SHA-256>.png`` holds each image once. What is acknowledged is on disk.
"""

import errno
import hashlib
import os
import secrets
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from hub.errors import DataError, StorageError
from hub.schema import Vote

_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


def _not_saved(error: OSError) -> StorageError:
    reason = "the disk is full; free some space" if error.errno in _FULL else f"{error.strerror}; mend that"
    return StorageError(f"Your vote was not saved: {reason}, then vote again.")


def _write(fd: int, data: bytes) -> None:
    """Write all of ``data`` and wait until it is on disk."""
    view = memoryview(data)
    while view:
        view = view[os.write(fd, view) :]
    os.fsync(fd)


def _sync_folder(folder: Path) -> None:
    fd = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)


class VoteLog:
    """Appends votes to a segment of its own, made at the first vote. Safe to call from several threads."""

    def __init__(self, data: Path) -> None:
        self.folder = data / "votes"
        self._name = f"{time.strftime('%Y%m%dT%H%M%SZ', time.gmtime())}-{os.getpid()}-{secrets.token_hex(4)}"
        self._segments = 0
        self._fd: int | None = None
        self._lock = threading.Lock()

    def append(self, vote: Vote) -> None:
        """Add one vote; when this returns, it is on disk. Raises StorageError, and then nothing of it counts."""
        line = vote.model_dump_json().encode() + b"\n"
        with self._lock:
            try:
                fd = self._segment()
                end = os.lseek(fd, 0, os.SEEK_END)
                try:
                    _write(fd, line)
                except OSError:
                    self._cut(fd, end)
                    raise
            except OSError as error:
                raise _not_saved(error) from error

    def close(self) -> None:
        """Close the segment; the next vote starts another."""
        with self._lock:
            if self._fd is not None:
                os.close(self._fd)
            self._fd = None

    def _segment(self) -> int:
        if self._fd is None:
            self.folder.mkdir(parents=True, exist_ok=True)
            self._segments += 1
            path = self.folder / f"{self._name}-{self._segments}.jsonl"
            self._fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND, 0o644)
            _sync_folder(self.folder)
        return self._fd

    def _cut(self, fd: int, end: int) -> None:
        """Take a partial line away; where even that fails, leave the segment so that no later vote joins the line."""
        try:
            os.ftruncate(fd, end)
            os.fsync(fd)
        except OSError:
            os.close(fd)
            self._fd = None


class ImageStore:
    """PNG files by their SHA-256. Safe to call from several threads and processes."""

    def __init__(self, data: Path) -> None:
        self.folder = data / "images"

    def path(self, sha256: str) -> Path:
        """Where the image of this digest is, or would be."""
        return self.folder / sha256[:2] / f"{sha256}.png"

    def write(self, png: bytes) -> Path:
        """Store the image unless it is there already; when this returns, it is on disk. Raises StorageError."""
        path = self.path(hashlib.sha256(png).hexdigest())
        if path.exists():
            return path
        part = path.with_name(f".{secrets.token_hex(8)}.part")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            try:
                fd = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o644)
                try:
                    _write(fd, png)
                finally:
                    os.close(fd)
                part.replace(path)
                _sync_folder(path.parent)
            finally:
                part.unlink(missing_ok=True)
        except OSError as error:
            raise _not_saved(error) from error
        return path


@dataclass(frozen=True)
class ReadVotes:
    """Votes in the order of their time, and one sentence for each line that could not be used."""

    votes: tuple[Vote, ...]
    problems: tuple[str, ...]


def _lines(path: Path) -> Iterator[tuple[Path, int, bytes]]:
    for file in sorted((path / "votes").glob("*.jsonl")) if path.is_dir() else [path]:
        for number, line in enumerate(file.read_bytes().split(b"\n"), 1):
            if line.strip():
                yield file, number, line


def _why(error: ValidationError) -> str:
    first = error.errors(include_url=False, include_input=False)[0]
    field = ".".join(str(part) for part in first["loc"])
    return f"{field}: {first['msg']}" if field else first["msg"]


def read_votes(path: Path) -> ReadVotes:
    """Votes of a data folder, or of one ``.jsonl`` file.

    A line that is no vote, or repeats an id, is left out and told in ``problems``. Raises DataError for a path that
    is not there or can't be read.
    """
    if not path.exists():
        raise DataError(f"There are no votes at {path}: give the data folder or one .jsonl file.")
    votes: dict[str, Vote] = {}
    problems = []
    try:
        for file, number, line in _lines(path):
            try:
                vote = Vote.model_validate_json(line)
            except ValidationError as error:
                problems.append(f"{file}, line {number}: left out, this is not a vote ({_why(error)}).")
                continue
            if vote.id in votes:
                problems.append(f"{file}, line {number}: left out, vote {vote.id!r} was counted already.")
            else:
                votes[vote.id] = vote
    except OSError as error:
        raise DataError(f"The votes at {path} can't be read: {error.strerror} ({error.filename}).") from error
    return ReadVotes(tuple(sorted(votes.values(), key=lambda vote: vote.time)), tuple(problems))
