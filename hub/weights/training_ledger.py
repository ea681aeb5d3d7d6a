"""The ledger of trainings, ``ledger.csv``: one row a finished run, told by its checkpoint's metadata.

Rows are only ever added, whole or not at all. What a checkpoint does not tell, as older ones do not tell date and
commit, stays empty.
"""

import csv
import fcntl
import io
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from hub.errors import DataError
from hub.files import WEIGHTS, write_whole
from hub.weights.trained_checkpoint import TrainedCheckpoint, find_trained

LEDGER = WEIGHTS / "ledger.csv"
COLUMNS = (
    "date", "name", "method", "device", "minutes", "images_seen", "seed", "commit", "sha256", "validation",
)  # fmt: skip
Row = dict[str, str]


def make_row(name: str, found: TrainedCheckpoint, date: str = "", commit: str = "") -> Row:
    """Return a checkpoint's row. ``date`` is the day on which it was trained, ``commit`` the code that did."""
    told = found.training
    values = {
        "date": date,
        "name": name,
        "method": _method_of(str(told.get("command", ""))),
        "commit": commit,
        "sha256": found.sha256,
        "validation": _format_validation(told),
    }
    return {column: values.get(column, str(told.get(column, ""))) for column in COLUMNS}


def _method_of(command: str) -> str:
    """Return the method whose command a training was: ``scad`` of ``python -m hub.methods.scad ...``."""
    modules = [word for word in command.split() if word.startswith("hub.methods.")]
    return modules[0].split(".")[2] if modules else ""


def _format_validation(told: dict[str, Any]) -> str:
    """Return validation figures as ``r1=0.22 r5=0.4675``; nothing where a checkpoint tells none."""
    figures = dict(told.get("validation", {}))
    if kids := told.get("validation_kid"):  # one an average; the best was kept
        figures["kid"] = min(kids)
    return " ".join(f"{name}={value:.4g}" for name, value in figures.items())


def read_rows(ledger: Path = LEDGER) -> list[Row]:
    """Return the ledger's rows, oldest first; none where there is no ledger.

    Raises: DataError for a file that is no ledger.
    """
    if not ledger.exists():
        return []
    try:
        reader = csv.DictReader(io.StringIO(ledger.read_text(encoding="utf-8")), strict=True)
        rows = list(reader)
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise DataError(f"{ledger} can't be read ({error}): restore it from the repository.") from error
    if tuple(reader.fieldnames or ()) != COLUMNS or any(None in row or None in row.values() for row in rows):
        raise DataError(f"{ledger} is no ledger of trainings, or a row of it is torn: restore it from the repository.")
    return rows


def append_rows(new: Sequence[Row], ledger: Path = LEDGER) -> list[Row]:
    """Add rows to the ledger, all or none, and return those added: a checkpoint that has its row gets no second one.

    Raises: DataError, StorageError.
    """
    with _changing(ledger.parent):
        rows = read_rows(ledger)
        known = {(row["name"], row["sha256"]) for row in rows}
        added = [row for row in new if (row["name"], row["sha256"]) not in known]
        if added:
            text = io.StringIO()
            writer = csv.DictWriter(text, COLUMNS, lineterminator="\n")
            writer.writeheader()
            writer.writerows([*rows, *added])
            write_whole(ledger, text.getvalue().encode())
    return added


@contextmanager
def _changing(folder: Path) -> Iterator[None]:
    """Hold the lock of a ledger's folder, so that two who add rows at once both find theirs there."""
    fd = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(fd, fcntl.LOCK_EX)
        yield
    finally:
        os.close(fd)


def list_installed(weights: Path = WEIGHTS) -> list[Row]:
    """Return the row of every installed checkpoint, by name, as its metadata tells it."""
    found = {folder.name: find_trained(folder) for folder in sorted(weights.iterdir()) if folder.is_dir()}
    return [make_row(name, one) for name, one in found.items() if one and not name.startswith(".")]
