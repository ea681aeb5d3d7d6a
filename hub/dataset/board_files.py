"""Frozen leaderboards as files, in the data folder and in the data set alike.

Each is named by its content and this arena's secret: a page shows the HTML in it as it is, so one that another wrote
must not be taken for its own.
"""

import gzip
import hashlib
import hmac
import io
import re
import zlib
from pathlib import Path

from hub.errors import DataError, MissingFile
from hub.files import write_whole
from hub.language.sentence import Sentence
from hub.raters import load_secret
from hub.settings import Settings
from hub.votes.disk import list_files

FOLDER, SUFFIX = "boards", ".json.gz"  # below the data folder
NAME = re.compile(r"[0-9a-f]{32}")
BOARD = re.compile(rf"{FOLDER}/{NAME.pattern}{re.escape(SUFFIX)}")  # as the data set has it
LARGEST = 64 << 20  # bytes of one unpacked: one of 1,000 generators has some 30 million
UNKNOWN = Sentence("No report was frozen here under this address: look at the leaderboard of now.")
CHANGED = Sentence("The report of this address is not what was frozen: its file was changed.")


def list_boards(data: Path, settings: Settings) -> dict[str, Path]:
    """Return the leaderboards that this arena froze in a data folder by their names in the data set.

    Raises: StorageError.
    """
    named = {path.relative_to(data).as_posix(): path for path in list_files(data / FOLDER, ".gz")}
    secret = load_secret(settings) if named else ""  # which is made where there is none
    return {name: path for name, path in named.items() if is_signed(name, path, secret)}


def write_board(data: Path, text: bytes, secret: str) -> str:
    """Keep a leaderboard in a data folder and return its name, the start of its HMAC-SHA256 by the arena's secret.

    Raises: StorageError.
    """
    name = _sign(text, secret)
    path = _path(data, name)
    if not is_signed(_name_file(name), path, secret):
        write_whole(path, gzip.compress(text, mtime=0))
    return name


def read_board(data: Path, name: str, secret: str) -> bytes:
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
    if name not in (_sign(text, secret), _digest(text)):  # the second one of those frozen here before names were signed
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


def is_signed(file: str, path: Path, secret: str) -> bool:
    """Return whether the arena of this secret froze what a file has under this name; False where it can't be read."""
    try:
        return hmac.compare_digest(file, _name_file(_sign(unpack_board(path.read_bytes()), secret)))
    except (DataError, OSError):
        return False


def _name_file(name: str) -> str:
    return f"{FOLDER}/{name}{SUFFIX}"


def _path(data: Path, name: str) -> Path:
    return data / _name_file(name)


def _sign(text: bytes, secret: str) -> str:
    return hmac.new(f"{FOLDER} {secret}".encode(), text, hashlib.sha256).hexdigest()[:32]


def _digest(text: bytes) -> str:
    return hashlib.sha256(text).hexdigest()[:32]
