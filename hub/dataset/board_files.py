"""Frozen leaderboards as files: each named by its content, in the data folder and in the data set alike."""

import gzip
import hashlib
import io
import re
import zlib
from pathlib import Path

from hub.errors import DataError, MissingFile
from hub.files import write_whole
from hub.language.sentence import Sentence
from hub.votes.disk import list_files

FOLDER, SUFFIX = "boards", ".json.gz"  # below the data folder
BOARD = re.compile(r"boards/([0-9a-f]{32})\.json\.gz")  # as the data set has it
NAME = re.compile(r"[0-9a-f]{32}")
LARGEST = 64 << 20  # bytes of one unpacked: one of 1,000 generators has some 30 million
UNKNOWN = Sentence("No report was frozen here under this address: look at the leaderboard of now.")
CHANGED = Sentence("The report of this address is not what was frozen: its file was changed.")


def list_boards(data: Path) -> dict[str, Path]:
    """Return the frozen leaderboards of a data folder by their names in the data set.

    Raises: StorageError.
    """
    named = ((path.relative_to(data).as_posix(), path) for path in list_files(data / FOLDER, ".gz"))
    return {name: path for name, path in named if BOARD.fullmatch(name)}


def write_board(data: Path, text: bytes) -> str:
    """Keep a leaderboard in a data folder and return its name, the start of its SHA-256.

    Raises: StorageError.
    """
    name = _digest(text)
    path = _path(data, name)
    if not path.exists():
        write_whole(path, gzip.compress(text, mtime=0))
    return name


def read_board(data: Path, name: str) -> bytes:
    """Return the leaderboard of a name.

    Raises: MissingFile where there is none, DataError where its file was changed.
    """
    path = _path(data, name)
    if not NAME.fullmatch(name) or not path.is_file():
        raise MissingFile(UNKNOWN)
    try:
        text = unpack_board(path.read_bytes())
    except OSError as error:
        raise DataError(CHANGED) from error
    if _digest(text) != name:
        raise DataError(CHANGED)
    return text


def unpack_board(packed: bytes) -> bytes:
    """Return what a frozen leaderboard's file holds. Raises DataError for one that is damaged or too large."""
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(packed)) as file:
            text = file.read(LARGEST + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise DataError(CHANGED) from error
    if len(text) > LARGEST:
        raise DataError(CHANGED)
    return text


def is_sound(name: str, path: Path) -> bool:
    """Return whether a file has the content that its name in the data set promises; False where it can't be read."""
    try:
        return name == f"{FOLDER}/{_digest(unpack_board(path.read_bytes()))}{SUFFIX}"
    except (DataError, OSError):
        return False


def _path(data: Path, name: str) -> Path:
    return data / FOLDER / f"{name}{SUFFIX}"


def _digest(text: bytes) -> str:
    return hashlib.sha256(text).hexdigest()[:32]
