"""Files written whole or not at all."""

import os
from pathlib import Path

from hub.errors import StorageError


def write_whole(path: Path, content: bytes) -> None:
    """Write a file so that it is there whole or not at all. Raises StorageError."""
    part = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            part.write_bytes(content)
            part.replace(path)
        finally:
            part.unlink(missing_ok=True)
    except OSError as error:
        raise StorageError(f"{path} can't be written: {error.strerror}; mend that and run it again.") from error
