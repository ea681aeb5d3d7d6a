"""One file of the log: entries, one JSON a line. Its owner holds it by flock, so others know that the owner lives.

The last field of a line is the CRC-32 of what stands before it; lines of before have none.
"""

import logging
import os
import re
import secrets
import time
import zlib
from collections.abc import Iterator, Set
from contextlib import suppress
from dataclasses import dataclass
from itertools import count
from pathlib import Path

from pydantic import ValidationError

from hub.log_entries import ENTRY, LogEntry
from hub.votes.disk import PartialFile, create_held_file, hold_file, make_folder, sync_folder, write_all, write_file

logger = logging.getLogger(__name__)
LOG = "log"  # folder below the data folder
_numbers = count(1)
_CHECKSUM = re.compile(rb',"crc32":"([0-9a-f]{8})"}')
_LENGTH = 20  # bytes of it
CHANGED = "it is not what was written: its checksum differs"


class Segment:
    """A segment that this process holds; ``end`` is the number of its bytes that count.

    What this process wrote it also remembers until shards are made of it, so that a file or folder that is removed,
    replaced or cut by others meanwhile costs nothing.
    """

    def __init__(self, path: Path, fd: int, end: int, written: bytearray | None = None) -> None:
        self.path = path
        self.fd = fd
        self.end = end
        self.entries = 0
        self.born = time.monotonic()
        self.spoilt = False  # what follows ``end`` is unknown: nothing more may be appended
        self.waits: Set[str] = frozenset()  # battles that were open when shards were made of the rest
        self._written = written  # None: by a dead process

    @classmethod
    def create(cls, data: Path) -> "Segment":
        """Return a new segment, on disk and held.

        Raises: OSError.
        """
        make_folder(data / LOG)
        start = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime())
        path, fd = create_held_file(
            lambda: data / LOG / f"{start}-{os.getpid()}-{secrets.token_hex(4)}-{next(_numbers)}.jsonl"
        )
        try:
            sync_folder(path.parent)
        except BaseException:
            os.close(fd)
            raise
        return cls(path, fd, 0, bytearray())

    @classmethod
    def take(cls, path: Path) -> "Segment | None":
        """Hold the segment of a dead process; return None if its owner lives, or another has just taken it."""
        try:
            fd = os.open(path, os.O_RDWR | os.O_APPEND)
        except FileNotFoundError:
            return None
        if not hold_file(fd, path):
            os.close(fd)
            return None
        return cls(path, fd, os.fstat(fd).st_size)

    def append(self, lines: bytes, entries: int) -> None:
        """Append whole lines; they are on disk when this returns.

        Raises: OSError, and then nothing of them counts.
        """
        try:
            write_all(self.fd, lines)
        except BaseException:
            self._cut()
            raise
        try:
            os.fsync(self.fd)
            if not self.in_place(self.end + len(lines)):
                self._write_again(lines)
        except BaseException:
            self.spoilt = True  # the system may have dropped what it could not write
            self._cut()
            raise
        self.end += len(lines)
        self.entries += entries
        if self._written is not None:
            self._written += lines

    def in_place(self, size: int | None = None) -> bool:
        """Return whether the file is under its name with this size (default: ``end``)."""
        try:
            there = os.fstat(self.fd)
            return there.st_size == (self.end if size is None else size) and os.path.samestat(there, self.path.stat())
        except (FileNotFoundError, NotADirectoryError):
            return False

    def read(self) -> bytes:
        """Return all bytes of the file, also those that do not count."""
        return os.pread(self.fd, os.fstat(self.fd).st_size, 0)

    def content(self) -> bytes:
        """Return the bytes that count, whatever became of the file if this process wrote it."""
        return self.read()[: self.end] if self._written is None else bytes(self._written)

    def rewrite(self, content: bytes) -> None:
        """Put a file of this content in the segment's place, on disk and held when this returns.

        Raises: OSError.
        """
        with PartialFile(self.path.parents[1]) as part:
            part.write(content)
            part.place(self.path)
            old, self.fd = self.fd, part.keep()
        os.close(old)

    def keep_only(self, lines: bytes) -> None:
        """Reduce the segment to these lines.

        Raises: OSError, and then what it holds counts as before.
        """
        self.rewrite(lines)
        self.end = len(lines)
        if self._written is not None:
            self._written = bytearray(lines)

    def set_aside(self, data: Path, offset: int, text: bytes) -> Path:
        """Keep bytes that are no entry below ``DATA/log/torn`` and return their path; they are on disk then."""
        path = data / LOG / "torn" / f"{self.path.stem}-{offset}.txt"
        write_file(data, path, text)
        return path

    def cut(self, end: int) -> None:
        """Remove what follows ``end``.

        Raises: OSError.
        """
        os.ftruncate(self.fd, end)
        os.fsync(self.fd)
        self.end = end

    def remove(self) -> None:
        """Remove the file and let go of it.

        Raises: OSError.
        """
        self.path.unlink(missing_ok=True)
        with suppress(FileNotFoundError):  # others removed the folder
            sync_folder(self.path.parent)
        self.close()

    def close(self) -> None:
        """Let go of the segment."""
        fd, self.fd = self.fd, -1
        if fd >= 0:
            os.close(fd)

    def _write_again(self, lines: bytes) -> None:
        self.rewrite(self.content() + lines)
        logger.warning(
            "%s was removed, replaced or cut while the arena ran: its %d acknowledged entries were written again. Find "
            "out who did it; what else was in that folder is not restored.",
            self.path,
            self.entries,
        )

    def _cut(self) -> None:
        try:
            if os.fstat(self.fd).st_size >= self.end:  # else others cut it, and it must not be filled up with zeros
                self.cut(self.end)
            else:
                self.spoilt = True
        except OSError:
            self.spoilt = True


@dataclass(frozen=True)
class SegmentLine:
    """A finished line of a segment: where it is, and the entry in it, or why there is none."""

    number: int
    offset: int
    text: bytes
    entry: LogEntry | None
    why: str


def parse_lines(content: bytes) -> Iterator[SegmentLine]:
    """Yield the lines of a segment; empty ones mean nothing, and what follows the last line's end does not count."""
    offset = 0
    for number, text in enumerate(content[: count_whole_bytes(content)].split(b"\n"), 1):
        if text.strip():
            try:
                yield SegmentLine(number, offset, text, ENTRY.validate_json(_strip_checksum(text)), "")
            except ValidationError as error:
                yield SegmentLine(number, offset, text, None, _explain_invalid(error))
            except ValueError as error:
                yield SegmentLine(number, offset, text, None, str(error))
        offset += len(text) + 1


def make_line(entry: bytes) -> bytes:
    """Return an entry's JSON object as a line, with its checksum as the last field."""
    return b'%b,"crc32":"%08x"}\n' % (entry[:-1], zlib.crc32(entry[:-1]))


def _strip_checksum(text: bytes) -> bytes:
    """Return the JSON object of a line without its checksum.

    Raises: ValueError for a checksum that does not fit.
    """
    text = text.rstrip()
    found = _CHECKSUM.fullmatch(text[-_LENGTH:])
    if found is None:  # a line of before; one whose checksum's field is damaged has a field too many
        return text
    if zlib.crc32(text[:-_LENGTH]) != int(found[1], 16):
        raise ValueError(CHANGED)
    return text[:-_LENGTH] + b"}"


def count_whole_bytes(content: bytes) -> int:
    """Return how many bytes are in finished lines."""
    return content.rfind(b"\n") + 1


def _explain_invalid(error: ValidationError) -> str:
    first = error.errors(include_url=False, include_input=False)[0]
    field = ".".join(str(part) for part in first["loc"])
    return f"{field}: {first['msg']}" if field else first["msg"]
