"""Hugging Face's ImageFolder: ``metadata.csv``, ``.jsonl`` or ``.parquet`` beside pictures, ``file_name`` and columns.

A metadata file names the pictures of its own folder and of those below it, by paths from where it lies.
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

from eval.manifest import index_names
from eval.picture_records.picture_record import PictureRecord, RecordError, RecordSource, read_seed, read_words
from hub.errors import DataError
from hub.files import printable_name
from hub.row_files import read_rows, say_wrong_row

ENDINGS = (".csv", ".jsonl", ".parquet")
METADATA = "metadata.csv, .jsonl or .parquet"
FILE_FIELDS, PROMPT_FIELDS = ("file_name", "file"), ("prompt", "text", "caption")
GENERATOR_FIELDS, SEED_FIELD = ("generator", "model"), "seed"


def find_field(fields: Sequence[str], wanted: Sequence[str], where: str, what: str) -> str:
    """Return the first of the wanted fields that is there. Raises DataError, naming those that are there."""
    for name in wanted:
        if name in fields:
            return name
    there = ", ".join(str(name) for name in fields if name is not None) or "none"
    option = "" if what != "prompt" else "; --prompt-column names another"
    raise DataError(f"{where} has no {' or '.join(wanted)} (its fields are {there[:500]}){option}: add it.")


def make_record(fields: Mapping[str, Any], prompt: str, where: str) -> PictureRecord:
    """Return what a row says of a picture; ``prompt`` is its text's field. Raises RecordError, naming the field."""
    generator = next((fields[name] for name in GENERATOR_FIELDS if fields.get(name) is not None), None)
    named = read_words(str(generator) if isinstance(generator, int) else generator, "generator")
    return PictureRecord(read_words(fields.get(prompt), prompt), read_seed(fields.get(SEED_FIELD)), named, where=where)


def choose_prompt_fields(there: Sequence[str], column: str | None, must: bool) -> Sequence[str]:
    """Return the fields that may be the prompt's: the named ``column``, or, where it need not be there, the known."""
    return (column,) if column and (must or column in there) else PROMPT_FIELDS


def _find_prompt(fields: Sequence[str], column: str | None, must: bool, told: str) -> str:
    """Return the field of the prompt, empty where there need not be one. Raises DataError."""
    wanted = choose_prompt_fields(fields, column, must)
    return find_field(fields, wanted, told, "prompt") if must or {*wanted} & {*fields} else ""


def _read_file(path: Path, column: str | None, must: bool) -> Iterator[tuple[str, PictureRecord]]:
    """Yield the file name and record of every row. Raises DataError."""
    told, names, prompt = printable_name(str(path)), "", ""
    for where, fields, problem in read_rows(path).rows:
        if problem:
            raise DataError(say_wrong_row(path, where, problem))
        names = names or find_field([*fields], FILE_FIELDS, told, "file")
        prompt = prompt or _find_prompt([*fields], column, must, told)
        try:
            name = read_words(fields.get(names), names)
            record = make_record(fields, prompt, where)
        except RecordError as error:
            raise DataError(say_wrong_row(path, where, str(error))) from error
        if name is None:
            raise DataError(say_wrong_row(path, where, f"{names} is missing"))
        yield name, record


def find_metadata(folder: Path) -> list[Path]:
    """List a folder's metadata files and those below it. Raises DataError where two stand in one folder."""
    found = sorted(path for ending in ENDINGS for path in folder.rglob(f"metadata{ending}") if path.is_file())
    for one, other in pairwise(found):
        if one.parent == other.parent:
            raise DataError(f"{printable_name(str(folder))} has both {one.name} and {other.name}: leave one of them.")
    return found


def read_metadata(folder: Path, names: Sequence[str], column: str | None, must: bool) -> RecordSource | None:
    """Return the records of a folder's metadata files, None where it has none; ``column`` names the one of the prompt.

    ``must``: they have to have prompts. Where they need not, files without any are none, such as those of labels.

    Raises: DataError, naming file, line and field, and OSError.
    """
    found = find_metadata(folder)
    if not found and column and must:
        raise DataError(f"{printable_name(str(folder))} has no {METADATA} for --prompt-column {column}: add one.")
    if not found:
        return None
    find, title = index_names(names), found[0].name if len(found) == 1 else "the metadata files"
    records: dict[str, PictureRecord] = {}
    problems: dict[str, str] = {}
    lost = []
    for path in found:
        below = path.parent.relative_to(folder).as_posix()
        for name, record in _read_file(path, column, must):
            whole = name if below == "." else f"{below}/{name}"
            picture = find(whole)
            if picture is None:
                lost.append(printable_name(whole))
                continue
            if picture in records:
                told = f"it names {name}, as {records[picture].where} does: leave one of them"
                raise DataError(say_wrong_row(path, record.where, told))
            records[picture] = record
            if record.prompt is None:
                problems[picture] = f"{path.name}, {record.where}: the prompt is missing"
    if not must and all(record.prompt is None for record in records.values()):
        return None
    return RecordSource(title, records, f"{title} does not name it", True, problems, tuple(lost))
