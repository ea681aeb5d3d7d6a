"""One file of the log: entries, one JSON a line. Its owner holds it by flock, so others know that he lives."""

import os
import secrets
import time
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path

from pydantic import ValidationError

from hub.schema import ENTRY, Drawing, Vote
from hub.votes.disk import create, hold, make_folder, sync_folder, write_all, write_file

LOG = "log"  # folder below the data folder
_numbers = count(1)


class Segment:
    """A segment that this process holds. ``end`` is how many bytes of it count."""

    def __init__(self, path: Path, fd: int, end: int) -> None:
        self.path = path
        self.fd = fd
        self.end = end
        self.entries = 0
        self.born = time.monotonic()
        self.spoilt = False  # what follows ``end`` is unknown: nothing more may be appended

    @classmethod
    def create(cls, data: Path) -> "Segment":
        """A new segment, on disk and held when this returns. Raises OSError."""
        make_folder(data / LOG)
        start = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime())
        path, fd = create(lambda: data / LOG / f"{start}-{os.getpid()}-{secrets.token_hex(4)}-{next(_numbers)}.jsonl")
        try:
            sync_folder(path.parent)
        except BaseException:
            os.close(fd)
            raise
        return cls(path, fd, 0)

    @classmethod
    def take(cls, path: Path) -> "Segment | None":
        """Hold the segment of a dead process; None if its owner lives, or another has just taken it."""
        try:
            fd = os.open(path, os.O_RDWR | os.O_APPEND)
        except FileNotFoundError:
            return None
        if not hold(fd, path):
            os.close(fd)
            return None
        return cls(path, fd, os.fstat(fd).st_size)

    def append(self, lines: bytes, entries: int) -> None:
        """Add whole lines; on disk when this returns. Raises OSError, and then nothing of them counts."""
        try:
            write_all(self.fd, lines)
        except BaseException:
            self._cut()
            raise
        try:
            os.fsync(self.fd)
        except BaseException:
            self.spoilt = True  # the system may have dropped what it could not write
            self._cut()
            raise
        self.end += len(lines)
        self.entries += entries

    def read(self) -> bytes:
        """All the bytes, also those that do not count."""
        return os.pread(self.fd, os.fstat(self.fd).st_size, 0)

    def set_aside(self, data: Path, offset: int, text: bytes) -> Path:
        """Keep bytes that are no entry below ``DATA/log/torn``, on disk when this returns."""
        path = data / LOG / "torn" / f"{self.path.stem}-{offset}.txt"
        write_file(data, path, text)
        return path

    def cut(self, end: int) -> None:
        """Take away what follows ``end``. Raises OSError."""
        os.ftruncate(self.fd, end)
        os.fsync(self.fd)
        self.end = end

    def close(self) -> None:
        """Let go of the segment."""
        fd, self.fd = self.fd, -1
        if fd >= 0:
            os.close(fd)

    def _cut(self) -> None:
        try:
            self.cut(self.end)
        except OSError:
            self.spoilt = True


@dataclass(frozen=True)
class Line:
    """A finished line: where it is, and the entry in it, or why there is none."""

    number: int
    offset: int
    text: bytes
    entry: Vote | Drawing | None
    why: str


def parse(content: bytes) -> Iterator[Line]:
    """The lines of a segment. Empty ones mean nothing; what follows the last line's end does not count."""
    offset = 0
    for number, text in enumerate(content[: whole(content)].split(b"\n"), 1):
        if text.strip():
            try:
                yield Line(number, offset, text, ENTRY.validate_json(text), "")
            except ValidationError as error:
                yield Line(number, offset, text, None, _why(error))
        offset += len(text) + 1


def whole(content: bytes) -> int:
    """How many bytes are in finished lines."""
    return content.rfind(b"\n") + 1


def _why(error: ValidationError) -> str:
    first = error.errors(include_url=False, include_input=False)[0]
    field = ".".join(str(part) for part in first["loc"])
    return f"{field}: {first['msg']}" if field else first["msg"]
