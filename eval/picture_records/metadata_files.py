"""Hugging Face's ImageFolder: ``metadata.csv``, ``.jsonl`` or ``.parquet`` beside pictures, ``file_name`` and columns.

A metadata file names the pictures of its own folder and of those below it, by paths from where it lies.
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from eval.manifest import index_names
from eval.picture_records.picture_record import PictureRecord, RecordError, RecordSource, read_seed, read_words
from hub.errors import DataError
from hub.files import printable_name
from hub.language.sentence import Sentence
from hub.row_files import read_rows, reading, say_wrong_row

ENDINGS = (".csv", ".jsonl", ".parquet")
METADATA = "metadata.csv, .jsonl or .parquet"
FILE_FIELDS, PROMPT_FIELDS = ("file_name", "file"), ("prompt", "text", "caption")
GENERATOR_FIELDS, SEED_FIELD = ("generator", "model"), "seed"
ENGLISH_FIELD = "read_as"  # the prompt in English, as the tab Compare writes it
MOST_GIVEN, MOST_ROWS = 256 << 10, 10_000  # bytes and rows of a Parquet file that a stranger gives
LIGHT = {"UNCOMPRESSED", "SNAPPY"}  # ways of packing that unpack to some twenty times the bytes at most


def find_field(fields: Sequence[str], wanted: Sequence[str], where: str, what: str) -> str:
    """Return the first of the wanted fields that is there. Raises DataError, naming those that are there."""
    for name in wanted:
        if name in fields:
            return name
    there = (", ".join(str(name) for name in fields if name is not None) or "none")[:500]
    said = {"where": where, "wanted": " or ".join(wanted), "there": there}
    if what == "prompt":
        raise DataError(
            Sentence("{where} has no {wanted} (its fields are {there}); --prompt-column names another: add it.", **said)
        )
    raise DataError(Sentence("{where} has no {wanted} (its fields are {there}): add it.", **said))


def make_record(fields: Mapping[str, Any], prompt: str, where: str) -> PictureRecord:
    """Return what a row says of a picture; ``prompt`` is its text's field. Raises RecordError, naming the field."""
    generator = next((fields[name] for name in GENERATOR_FIELDS if fields.get(name) is not None), None)
    named = read_words(str(generator) if isinstance(generator, int) else generator, "generator")
    words, english = read_words(fields.get(prompt), prompt), read_words(fields.get(ENGLISH_FIELD), ENGLISH_FIELD)
    return PictureRecord(words, read_seed(fields.get(SEED_FIELD)), named, english or "", where=where)


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
            raise DataError(say_wrong_row(path, where, error.sentence)) from error
        if name is None:
            raise DataError(say_wrong_row(path, where, Sentence("{field} is missing", field=names)))
        yield name, record


def find_metadata(folder: Path) -> list[Path]:
    """List a folder's metadata files and those below it. Raises DataError where two stand in one folder."""
    found = sorted(path for ending in ENDINGS for path in folder.rglob(f"metadata{ending}") if path.is_file())
    for one, other in pairwise(found):
        if one.parent == other.parent:
            raise DataError(
                Sentence("{path} has both {one} and {other}: leave one of them.",
                         path=printable_name(str(folder)), one=one.name, other=other.name)
            )  # fmt: skip
    return found


def check_given_tables(folder: Path) -> None:
    """Refuse a Parquet file of a stranger's that could unpack to far more than it is. Raises DataError."""
    for path in find_metadata(folder):
        if path.suffix != ".parquet":
            continue
        told = printable_name(str(path))
        if path.stat().st_size > MOST_GIVEN:
            raise DataError(Sentence("{path} is larger than {most} KB: give a CSV.", path=told, most=MOST_GIVEN >> 10))
        with reading(path):
            head = pq.read_metadata(path)
        groups = [head.row_group(number) for number in range(head.num_row_groups)]
        packed = {group.column(number).compression for group in groups for number in range(group.num_columns)}
        if head.num_rows > MOST_ROWS or packed - LIGHT:
            raise DataError(
                Sentence("{path} has more than {most:,} rows or is packed by other than Snappy: give a CSV.",
                         path=told, most=MOST_ROWS)
            )  # fmt: skip


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
    find, title = index_names(names), found[0].name if len(found) == 1 else Sentence("the metadata files")
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
                before = records[picture].where
                twice = Sentence("it names {name}, as {before} does: leave one of them", name=name, before=before)
                raise DataError(say_wrong_row(path, record.where, twice))
            records[picture] = record
            if record.prompt is None:
                said = {"file": path.name, "where": record.where}
                problems[picture] = Sentence("{file}, {where}: the prompt is missing", **said)
    if not must and all(record.prompt is None for record in records.values()):
        return None
    absent = Sentence("{title} does not name it", title=title)
    return RecordSource(title, records, absent, True, problems, tuple(lost))
