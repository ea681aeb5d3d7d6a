"""Zips of bundles: the same members give the same bytes; of a stranger's nothing is ever unpacked to disk."""

import hashlib
import re
import stat
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TypeVar

from eval.bundle.croissant import MemberSum
from hub.errors import DataError, StorageError
from hub.files import replacing
from hub.votes.disk import explain_disk_error

T = TypeVar("T")
Member = Callable[[], Iterable[bytes]]  # its content, part by part, the same at every call
TIME = (1980, 1, 1, 0, 0, 0)  # of every member: the earliest that a zip can tell
MODE = 0o100644 << 16
LARGEST, MOST = 4 << 30, 2_000  # bytes of all members together, and members
NAME = re.compile(r"(?:[A-Za-z0-9_][A-Za-z0-9_.-]*/)*[A-Za-z0-9_][A-Za-z0-9_.-]*")
SUM = re.compile(r"([0-9a-f]{64})  (\S+)")
# what zipfile raises for a torn or altered zip: also for versions, encryption and offsets that a flipped bit tells
DAMAGED = (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, ValueError)


def measure(member: Member) -> MemberSum:
    """Return the size and the SHA-256 of a member."""
    found, size = hashlib.sha256(), 0
    for part in member():
        found.update(part)
        size += len(part)
    return MemberSum(size, found.hexdigest())


def write_sums(sums: Mapping[str, MemberSum]) -> bytes:
    """Return the text that ``sha256sum -c`` checks."""
    return "".join(f"{known.sha256}  {name}\n" for name, known in sorted(sums.items())).encode()


def write_archive(path: Path, members: Mapping[str, Member]) -> None:
    """Write members to a zip, sorted by name, without times: the same content gives the same bytes by the same zlib.

    Raises: StorageError.
    """
    try:
        with replacing(path) as part, zipfile.ZipFile(part, "w", zipfile.ZIP_DEFLATED) as written:
            for name in sorted(members):
                info = zipfile.ZipInfo(name, TIME)
                info.create_system, info.external_attr, info.compress_type = 3, MODE, zipfile.ZIP_DEFLATED
                with written.open(info, "w", force_zip64=True) as file:
                    for content in members[name]():
                        file.write(content)
    except OSError as error:
        why = explain_disk_error(error)
        raise StorageError(f"The bundle {path} can't be written: {why}, then try again.") from error


def _check_member(path: Path, info: zipfile.ZipInfo) -> None:
    """Check that a member is a plain file with a plain name below the zip.

    Raises: DataError.
    """
    kind = stat.S_IFMT(info.external_attr >> 16)
    if not NAME.fullmatch(info.filename) or ".." in info.filename.split("/"):
        raise DataError(f"{path} has a member named {info.filename[:80]!r}, which no bundle has: it is not read.")
    if info.flag_bits & 1 or kind not in {0, stat.S_IFREG}:
        raise DataError(f"{path}: the member {info.filename} is no plain file: it is not read.")
    if info.compress_type not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}:
        raise DataError(f"{path}: the member {info.filename} is packed in a way that no bundle is: it is not read.")


class Archive:
    """The members of a zip, read within its bounds; ``names`` are all there are."""

    def __init__(self, path: Path, file: zipfile.ZipFile) -> None:
        infos = file.infolist()
        if len(infos) > MOST:
            raise DataError(f"{path} has {len(infos):,} members, more than the {MOST:,} that a bundle may have.")
        for info in infos:
            _check_member(path, info)
        if (size := sum(info.file_size for info in infos)) > LARGEST:
            raise DataError(f"{path} unpacks to {size:,} bytes, more than the {LARGEST:,} that a bundle may have.")
        self.path, self._file, self._infos = path, file, {info.filename: info for info in infos}
        if len(self._infos) < len(infos):
            raise DataError(f"{path} has two members of one name: it is no bundle.")

    @property
    def names(self) -> list[str]:
        """The names of all members, sorted."""
        return sorted(self._infos)

    def _read(self, name: str, use: Callable[[IO[bytes]], T]) -> T:
        """Return what ``use`` makes of an open member.

        Raises: DataError where there is none, or it is damaged.
        """
        if name not in self._infos:
            raise DataError(f"{self.path} has no {name}: it is no whole bundle.")
        try:
            with self._file.open(self._infos[name]) as file:
                return use(file)
        except (*DAMAGED, OSError) as error:  # an OSError: its offset lies before the file's beginning
            raise DataError(f"{self.path}: the member {name} is damaged ({error}).") from error

    def read(self, name: str) -> bytes:
        """Return a member.

        Raises: DataError.
        """
        return self._read(name, lambda file: file.read())

    def measure(self, name: str) -> MemberSum:
        """Return the size and the SHA-256 of a member.

        Raises: DataError.
        """
        digest = self._read(name, lambda file: hashlib.file_digest(file, "sha256"))  # type: ignore[arg-type]
        return MemberSum(self._infos[name].file_size, digest.hexdigest())

    def read_sums(self, name: str) -> dict[str, str]:
        """Return the SHA-256 that the member ``name`` tells of each other member.

        Raises: DataError.
        """
        try:
            lines = self.read(name).decode("ascii").splitlines()
        except UnicodeDecodeError as error:
            raise DataError(f"{self.path}: {name} is no list of checksums.") from error
        found = [SUM.fullmatch(line) for line in lines]
        if None in found:
            raise DataError(f"{self.path}: {name}, line {found.index(None) + 1}, is no checksum.")
        return {one[2]: one[1] for one in found if one}


@contextmanager
def open_archive(path: Path) -> Iterator[Archive]:
    """Open a zip.

    Raises: DataError for a file that is none, or is damaged, or has what no bundle has.
    """
    try:
        file = zipfile.ZipFile(path)
    except OSError as error:
        raise DataError(f"{path} can't be read: {explain_disk_error(error)}.") from error
    except (*DAMAGED, struct.error, LookupError, OverflowError) as error:
        raise DataError(f"{path} is no zip, or a damaged one ({error}): fetch it again.") from error
    with file:
        yield Archive(path, file)
