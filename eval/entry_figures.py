"""The figures that came with this repository's entries, read from the table of them that is committed."""

import csv
from pathlib import Path

from eval.measure import Row, Table
from eval.metrics import METRICS, Measured
from hub.errors import DataError
from hub.files import WEIGHTS

FIGURES = WEIGHTS / "entries.csv"
HALVES = "real, half against half"  # a floor of distances, no entry's figures


def read_entry_figures(path: Path = FIGURES) -> Table:
    """Return every figure of the entries and of the real images, written by ``python -m eval.studies.entries``.

    Raises: DataError for a file that can't be read, or is no such table.
    """
    try:
        with path.open(encoding="utf-8", newline="") as file:
            rows = [_parse_row(line) for line in csv.DictReader(file) if line["entry"] != HALVES]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise DataError(f"{path} is no table of the entries' figures ({error}): restore it.") from error
    known = {metric.name for metric in METRICS}
    return Table(tuple(row for row in rows if row.measured.metric in known))


def _parse_row(line: dict[str, str]) -> Row:
    value, low, high = (float(line[name]) for name in ("value", "low", "high"))
    return Row(
        line["entry"], Measured(line["metric"], value, low, high, int(line["n"]), line["encoder"], None, line["space"])
    )
