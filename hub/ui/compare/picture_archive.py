"""A ZIP of a folder of pictures, as anybody can have made it, unpacked into an empty folder.

Of it come pictures, the files that list them, and texts beside them; nothing is written outside the folder, no link is
made, and what unpacks to more than it may is refused before it is there.
"""

import io
import re
import stat
import unicodedata
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from eval.manifest import MANIFEST
from eval.picture_records.metadata_files import ENDINGS
from eval.picture_records.picture_record import MOST_TEXT
from hub.errors import PictureError
from hub.language.sentence import Sentence
from hub.uploads import MOST_BYTES

PICTURES = frozenset((".png", ".jpg", ".jpeg", ".webp", ".gif", ".bmp", ".tif", ".tiff"))
LISTS = frozenset((MANIFEST, *(f"metadata{ending}" for ending in ENDINGS)))
MOST_ENTRIES = 2_000
MOST_UNPACKED = 128 << 20  # bytes of all files
MOST_LIST = 4 << 20  # of a file that lists pictures
MOST_DEEP, MOST_NAME = 8, 200  # folders within folders; bytes of a name
PACKED = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}  # other ways of packing take memory as whoever packed likes
DRIVE = re.compile("[A-Za-z]:/")
UNWRITTEN = {"Cc", "Cs", "Zl", "Zp"}  # control characters and ends of lines; blanks of every kind are in names
OF_SYSTEMS = {"__MACOSX", "Thumbs.db", "desktop.ini"}  # that pack them unasked
ENTRY = b"PK\1\2"  # begins each entry of a ZIP's list
PIECE = 1 << 16
NOTHING = Sentence("There is no picture among these files: give PNG, JPEG or WebP files, or one ZIP of a folder.")
NO_ARCHIVE = Sentence("This is no ZIP that can be read: pack the folder again, or give its pictures themselves.")
TOO_MANY_FILES = Sentence("The ZIP has more than {most:,} files, which is the most: give fewer.", most=MOST_ENTRIES)
TOO_LARGE = Sentence(
    "The ZIP unpacks to more than {most} MB, which is the most: give fewer pictures.", most=MOST_UNPACKED >> 20
)
OUTSIDE = Sentence("its path is none within a folder")
LINK = Sentence("it is a link, no file")
LOCKED = Sentence("it is locked by a password")
TWICE = Sentence("another file has its name")
NO_KIND = Sentence("it is no picture, and nothing that tells of pictures")
DAMAGED = Sentence("it can't be unpacked")


@dataclass(frozen=True)
class LeftOutFile:
    """A file that is not used, and why."""

    name: str
    why: str


def unpack_archive(content: bytes, folder: Path) -> list[LeftOutFile]:
    """Write a ZIP's pictures, lists and texts into an empty folder, and return the files that are left out.

    Raises: PictureError for what is no ZIP, has too many files, or unpacks to too much.
    """
    if content.count(ENTRY) > MOST_ENTRIES:  # before the list is read, which takes memory for each
        raise PictureError(TOO_MANY_FILES)
    try:
        archive = zipfile.ZipFile(io.BytesIO(content))
    except Exception as error:  # whatever the reader raises for a file that anybody can have made
        raise PictureError(NO_ARCHIVE) from error
    with archive:
        return list(_unpack_files(archive, folder))


def _unpack_files(archive: zipfile.ZipFile, folder: Path) -> Iterator[LeftOutFile]:
    left, seen = MOST_UNPACKED, set[str]()
    for entry in archive.infolist():
        name = entry.filename.replace("\\", "/")
        if entry.is_dir() or any((part.startswith(".") and part.strip(".")) or part in OF_SYSTEMS
                                 for part in name.split("/")):  # fmt: skip
            continue
        spelt = unicodedata.normalize("NFC", name)
        why = _refuse(entry, name) or (TWICE if spelt in seen else None)
        if why is None:
            seen.add(spelt)
            content, why = _unpack(archive, entry, left)
            left -= len(content)  # of what is left out, too: it took its time
            why = why or _write(folder / name, content)
        if why is not None:
            yield LeftOutFile(name, why)


def _refuse(entry: zipfile.ZipInfo, name: str) -> Sentence | None:
    """Return why an entry is not unpacked, None for one that is."""
    parts = name.split("/")
    if (
        any(part in {"", ".", ".."} or len(part.encode("utf-8", "replace")) > MOST_NAME for part in parts)
        or len(parts) > MOST_DEEP
        or DRIVE.match(name)
        or any(unicodedata.category(char) in UNWRITTEN for char in name)
    ):
        return OUTSIDE
    if stat.S_ISLNK(entry.external_attr >> 16):
        return LINK
    if entry.flag_bits & 1:
        return LOCKED
    most = _most_bytes(name)
    if not most:
        return NO_KIND
    if entry.file_size > most:
        return Sentence("it is larger than {most:,} bytes", most=most)
    return None if entry.compress_type in PACKED else DAMAGED


def _most_bytes(name: str) -> int:
    """Return how large a file of this name may be; 0 for a kind that is not read."""
    path = Path(name)
    if path.suffix.lower() in PICTURES:
        return MOST_BYTES
    if path.name in LISTS:
        return MOST_LIST
    return 4 * MOST_TEXT + 1 if path.suffix == ".txt" else 0


def _unpack(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, left: int) -> tuple[bytes, Sentence | None]:
    """Return what was unpacked of an entry, and why it can't be used; no more is than its head says of its size.

    Raises: PictureError where that is more than there is room ``left`` for.
    """
    content, why = bytearray(), None
    try:
        with archive.open(entry) as file:
            while len(content) <= left and (piece := file.read(PIECE)):
                content += piece
    except Exception:  # whatever an unpacker raises for a file that anybody can have made
        why = DAMAGED
    if len(content) > left:
        raise PictureError(TOO_LARGE)
    return bytes(content), why


def _write(path: Path, content: bytes) -> Sentence | None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("xb") as file:
            file.write(content)
    except (FileExistsError, NotADirectoryError, UnicodeEncodeError):  # a file stands where a folder should, or so
        return TWICE
    return None
