"""Rows of CSV, TSV, JSON-lines and Parquet files as people have them, each with where it stands and what is wrong.

A row that can't be read has a ``problem``, which follows its place in a sentence; a file that can't be read at all is a
DataError. Files are read as far as their rows are asked for.
"""

import csv
import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal, NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq

from hub.errors import DataError
from hub.files import printable_name
from hub.language.sentence import Sentence

MOST_LINE = 1 << 20  # bytes of a line of JSON
BATCH = 64  # rows of a Parquet file at a time: each may repeat a long text that stands in it once


class FileRow(NamedTuple):
    """A row: where it stands, as ``line 3``, its cells by column, and what is wrong with its form, if anything."""

    where: str
    cells: Mapping[str, Any]
    problem: str = ""


class RowFile(NamedTuple):
    """The columns that a file names apart from its rows, none of JSON lines, and its rows."""

    columns: tuple[str, ...]
    rows: Iterator[FileRow]


@contextmanager
def reading(path: Path) -> Iterator[None]:
    """Raise what goes wrong with a whole file as DataError, which names it."""
    name = printable_name(str(path))
    try:
        yield
    except UnicodeDecodeError as error:
        why = str(error)
        raise DataError(Sentence("{path} is no text in UTF-8 ({why}): write it so.", path=name, why=why)) from error
    except pa.ArrowException as error:
        why = str(error)
        raise DataError(
            Sentence("{path} can't be read as Parquet ({why}): write it again.", path=name, why=why)
        ) from error
    except OSError as error:
        why = error.strerror or str(error)
        raise DataError(
            Sentence("{path} can't be read ({why}): mend that, or name another file.", path=name, why=why)
        ) from error


def say_wrong_row(path: Path, where: str, problem: str) -> Sentence:
    """Return the sentence of what is wrong in a row of a file."""
    told = printable_name(str(path))
    return Sentence("{path}, {where}: {why}. Mend it there.", path=told, where=where, why=problem)


def _line(number: int) -> Sentence:
    return Sentence("line {number}", number=number)


def _row(number: int) -> Sentence:
    return Sentence("row {number}", number=number)


def _list_delimited(path: Path, delimiter: str, quoting: Literal[0, 3], ragged: bool) -> Iterator[FileRow]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.DictReader(file, delimiter=delimiter, quoting=quoting, strict=True)
        columns: list[str] = []
        try:
            columns = list(reader.fieldnames or ())
            yield FileRow(_line(1), dict.fromkeys(columns))
            for cells in reader:
                more = cells.pop(None, None)
                wrong = more or (None in cells.values() and not ragged)
                problem = (
                    Sentence("it has not the {count} cells of the first line", count=len(columns)) if wrong else ""
                )
                yield FileRow(_line(reader.line_num), cells, problem)
        except csv.Error as error:
            problem = Sentence("it is no line of a CSV file ({why})", why=str(error))
            yield FileRow(_line(reader.reader.line_num), {}, problem)


def _parse_line(line: bytes, where: str) -> FileRow:
    if len(line) == MOST_LINE:
        return FileRow(where, {}, Sentence("it is longer than {most:,} bytes", most=MOST_LINE))
    try:
        cells = json.loads(line.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        return FileRow(where, {}, Sentence("it is no JSON ({why})", why=str(error)))
    if not isinstance(cells, dict):
        return FileRow(where, {}, Sentence("it is no JSON object with fields"))
    return FileRow(where, cells)


def _list_json_lines(path: Path) -> Iterator[FileRow]:
    """Yield no columns, then the lines that are not empty, which end at a line feed alone."""
    yield FileRow(_line(1), {})
    with path.open("rb") as file:
        for number, line in enumerate(iter(lambda: file.readline(MOST_LINE), b""), 1):
            if line.strip():
                yield _parse_line(line, _line(number))
            if len(line) == MOST_LINE:
                return  # what follows is the rest of it


def _is_large(kind: pa.DataType) -> bool:
    """Return whether a column may hold pictures or lists, which no row has use for."""
    return bool(pa.types.is_nested(kind) or pa.types.is_binary(kind) or pa.types.is_large_binary(kind))


def _list_parquet(path: Path) -> Iterator[FileRow]:
    """Yield all columns, then the rows without pictures and lists."""
    file, before = pq.ParquetFile(path), 0
    yield FileRow(_row(1), dict.fromkeys(file.schema_arrow.names))
    kept = [one.name for one in file.schema_arrow if not _is_large(one.type)]
    for batch in file.iter_batches(BATCH, columns=kept):
        for number, cells in enumerate(batch.to_pylist(), before + 1):
            yield FileRow(_row(number), cells)
        before += len(batch)


READERS: Mapping[str, Callable[[Path, bool], Iterator[FileRow]]] = {
    ".csv": lambda path, ragged: _list_delimited(path, ",", csv.QUOTE_MINIMAL, ragged),
    ".tsv": lambda path, ragged: _list_delimited(path, "\t", csv.QUOTE_NONE, ragged),  # its quotes are letters
    ".jsonl": lambda path, _: _list_json_lines(path),
    ".parquet": lambda path, _: _list_parquet(path),
}


def read_rows(path: Path, *, ragged: bool = False) -> RowFile:
    """Return the columns and rows of a file by its ending; ``ragged``: a line may lack its last cells.

    Raises: DataError for a file that can't be read, here or while rows are taken.
    """
    rows = READERS[path.suffix.lower()](path, ragged)
    with reading(path):
        columns = tuple(next(rows).cells)

    def read() -> Iterator[FileRow]:
        with reading(path):
            yield from rows

    return RowFile(columns, read())
