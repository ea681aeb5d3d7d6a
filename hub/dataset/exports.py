"""Votes for others: a table to read, and the battles of FastChat."""

import csv
import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Any

import pyarrow as pa

from hub.errors import StorageError
from hub.files import replacing
from hub.schema import NOT_BLIND, Outcome
from hub.spreadsheet import harmless
from hub.votes import TABLE, read_votes
from hub.votes.disk import explain_disk_error

Row = dict[str, Any]

WINNERS = {  # FastChat's words
    Outcome.a: "model_a",
    Outcome.b: "model_b",
    Outcome.tie: "tie",
    Outcome.both_bad: "tie (bothbad)",
}
_ROWS = 10_000  # held in memory at once


class ExportFormat(StrEnum):
    """The formats that votes can be exported in."""

    csv = "csv"
    fastchat = "fastchat"


@dataclass(frozen=True)
class Exported:
    """How many votes were written, how many were left out, and a sentence for each thing that could not be read.

    A vote that does not count is left out where the format can't say so.
    """

    written: int
    left_out: int
    problems: tuple[str, ...] = ()


def export_votes(data: Path, out: Path, format: ExportFormat) -> Exported:
    """Write the votes of a data folder to a file, ordered by time.

    CSV has all of them, one row each; text that a spreadsheet would take for a formula begins with an apostrophe.
    FastChat's battles have those that count, and those that were not blind as ``anony: false``.

    Raises: DataError where there are no votes to read, StorageError where the file can't be written.
    """
    if out.exists() and not out.is_file():  # a device or a pipe would be replaced, and whoever reads it gets nothing
        raise StorageError(f"{out} is no file that could be replaced: name another.")
    read = read_votes(data)
    try:
        with replacing(out) as part:
            exported = (_write_csv if format is ExportFormat.csv else _write_fastchat)(read.table, part)
    except OSError as error:
        raise StorageError(f"{out} can't be written: {explain_disk_error(error)}.") from error
    return replace(exported, problems=read.problems)


def _iterate_rows(table: pa.Table) -> Iterator[Row]:
    for batch in table.to_batches(max_chunksize=_ROWS):
        yield from batch.to_pylist()


def _format_cell(value: Any) -> Any:
    return harmless(value) if isinstance(value, str) else value


def _write_csv(table: pa.Table, path: Path) -> Exported:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(TABLE.names)
        for row in _iterate_rows(table):
            row["time"] = datetime.fromtimestamp(row["time"], UTC).isoformat(timespec="microseconds")
            writer.writerow([_format_cell(row[name]) for name in TABLE.names])
    return Exported(table.num_rows, 0)


def _write_fastchat(table: pa.Table, path: Path) -> Exported:
    written = 0
    with path.open("w", encoding="utf-8") as file:
        file.write("[")
        for row in _iterate_rows(table):
            if row["excluded"] in {None, NOT_BLIND}:
                file.write(",\n" if written else "\n")
                file.write(json.dumps(_make_battle(row), ensure_ascii=False))
                written += 1
        file.write("\n]\n")
    return Exported(written, table.num_rows - written)


def _make_battle(row: Row) -> Row:
    battle = {
        "question_id": row["id"],
        "model_a": row["generator_a"],
        "model_b": row["generator_b"],
        "winner": WINNERS[Outcome(row["outcome"])],
        "judge": row["rater"],
        "anony": row["excluded"] is None,
        "tstamp": row["time"],
    }
    return battle | {name: row[name] for name in ("criterion", "network") if row[name]}
