"""Features kept by content: one row for an image's SHA-256 and an encoder, in one file that grows batch by batch."""

import sqlite3
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from hub.errors import DataError, StorageError

Array32 = NDArray[np.float32]
TABLE = (
    "CREATE TABLE IF NOT EXISTS features (encoder TEXT, sha256 TEXT, row BLOB NOT NULL, PRIMARY KEY (encoder, sha256))"
    " WITHOUT ROWID"
)


class FeatureStore:
    """Features in the SQLite file ``path``; a batch is written whole or not at all."""

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._connection = sqlite3.connect(path, timeout=60)
            self._connection.execute(TABLE)
        except (OSError, sqlite3.Error) as error:
            why = error.strerror if isinstance(error, OSError) else error
            raise StorageError(
                f"{path} can't be used ({why}): delete it, or set XDG_CACHE_HOME to a folder that can be written."
            ) from error

    def known(self, encoder: str) -> set[str]:
        """Return the SHA-256 of every image this encoder has encoded.

        Raises: StorageError.
        """
        try:
            rows = self._connection.execute("SELECT sha256 FROM features WHERE encoder = ?", (encoder,)).fetchall()
        except sqlite3.Error as error:
            raise StorageError(f"{self.path} can't be read ({error}): delete it and run again.") from error
        return {sha256 for (sha256,) in rows}

    def put(self, encoder: str, rows: Mapping[str, Array32]) -> None:
        """Store rows (D,) by SHA-256.

        Raises: StorageError.
        """
        given = [(encoder, sha256, np.ascontiguousarray(row, "<f4").tobytes()) for sha256, row in rows.items()]
        try:
            with self._connection:
                self._connection.executemany("INSERT OR REPLACE INTO features VALUES (?, ?, ?)", given)
        except sqlite3.Error as error:
            raise StorageError(f"{self.path} can't be written ({error}); mend that and run again.") from error

    def get(self, encoder: str, sha256: Sequence[str]) -> Array32:
        """Return rows (N, D) in the order asked for.

        Raises: DataError where one was never kept, StorageError.
        """
        query = "SELECT row FROM features WHERE encoder = ? AND sha256 = ?"
        try:
            found = [self._connection.execute(query, (encoder, one)).fetchone() for one in sha256]
        except sqlite3.Error as error:
            raise StorageError(f"{self.path} can't be read ({error}): delete it and run again.") from error
        if None in found:
            raise DataError(f"{found.count(None)} images were never encoded by {encoder}: encode them first.")
        return np.stack([np.frombuffer(row, "<f4") for (row,) in found])
