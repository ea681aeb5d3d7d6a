"""Whether a shard is what was written: it is named by the SHA-256 of its bytes."""

import hashlib
import re
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from pathlib import Path

import pyarrow as pa

from hub.language.sentence import Sentence

UNREADABLE = (OSError, ValueError, LookupError, TypeError, ArithmeticError, MemoryError, pa.ArrowException)
_DIGEST = re.compile(r"[0-9a-f]{64}")


def find_damage(path: Path) -> Sentence | None:
    """Return the sentence about a shard that is not what its name says; None for a sound one, and for other names.

    A file is read once in a process, and again where its size, time or inode is another.

    Raises: OSError.
    """
    status = path.stat()
    return _find_damage(path, status.st_size, status.st_mtime_ns, status.st_ino)


def examine_files(paths: Iterable[Path]) -> None:
    """Examine several files at once, so that :func:`find_damage` answers quickly for them."""
    with ThreadPoolExecutor(thread_name_prefix="sound") as pool:
        list(pool.map(_examine_file, paths))


def _examine_file(path: Path) -> None:
    try:
        find_damage(path)
    except OSError:  # who asks for it is told
        return


@lru_cache(maxsize=100_000)
def _find_damage(path: Path, size: int, changed: int, inode: int) -> Sentence | None:
    if not _DIGEST.fullmatch(path.stem):
        return None
    with path.open("rb") as file:
        sound = hashlib.file_digest(file, "sha256").hexdigest() == path.stem
    if sound:
        return None
    return Sentence(
        "{path} is left out, it is damaged: its SHA-256 is not its name. Restore it, or remove it and pull it again.",
        path=path,
    )
