"""A set of pictures with what is known of how they were drawn, whoever made it: folders, Parquet files, data sets.

Of a folder these are believed in this order: ``manifest.jsonl``; a metadata file; ``--name-pattern``; ``NAME.txt``
files; the pictures' own text. Of a data set its columns, and where none is a prompt's, the pictures' own text.
"""

import io
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from eval.features.sources import (
    Picture,
    is_picture_folder,
    list_pictures,
    list_pictures_of_rows,
    load_image_rows,
)
from eval.features.stream import BROKEN, WORKERS
from eval.manifest import MANIFEST, match_lines, read_lines
from eval.picture_records.embedded_text import read_texts
from eval.picture_records.file_names import OPTION, read_caption_files, read_names
from eval.picture_records.merged_records import MergedRecords, describe_origins, merge_records
from eval.picture_records.metadata_files import (
    GENERATOR_FIELDS,
    SEED_FIELD,
    choose_prompt_fields,
    make_record,
    read_metadata,
)
from eval.picture_records.picture_record import PictureRecord, RecordError, RecordSource
from eval.picture_records.tool_text import read_tool_text
from hub.errors import DataError
from hub.files import printable_name
from hub.language.sentence import Sentence, listed, number_of
from hub.progress import track_items

OWN_TEXT = Sentence("the pictures' own text")
NAMED = 6  # generators that a sentence names


@dataclass(frozen=True)
class AskedRecords:
    """How prompts are to be found: the column of a metadata file or data set, and the pattern of files' names."""

    prompt_column: str | None = None
    name_pattern: str | None = None


@dataclass(frozen=True)
class PictureSet:
    """Pictures, the records of those whose prompt is known, why the others' is not, and names that no picture has.

    ``unread`` says why there are no prompts at all; else it is empty. ``differences`` are sentences on sources that
    disagree.
    """

    source: str
    pictures: Sequence[Picture]
    merged: MergedRecords = field(default_factory=MergedRecords)
    lost: tuple[tuple[str, str], ...] = ()
    unread: str = ""

    @property
    def generators(self) -> list[str]:
        """The names of the generators, in their order; empty for pictures that have none."""
        known = self.merged.generators
        if known and not self.merged.records:
            return sorted({known.get(picture.name, "") for picture in self.pictures})
        return sorted({record.generator or "" for record in self.merged.records.values()})

    def describe(self) -> str:
        """Return what was read, as ``800 pictures of 2 generators (a, b): prompts and seeds from metadata.csv``."""
        told = number_of(len(self.pictures), "picture")
        names = [name or "not named" for name in self.generators]
        if any(self.generators):
            shown = names if len(names) <= NAMED else [*names[:NAMED], "..."]
            told += f" of {number_of(len(names), 'generator')} ({', '.join(shown)})"
        return f"{told}: {describe_origins(self.merged) or 'without prompts'}"


def _read_manifest(folder: Path, names: Sequence[str]) -> RecordSource | None:
    """Return the records of a folder's manifest, None where it has none. Raises DataError, OSError."""
    lines = read_lines(folder)
    if not lines:
        return None
    found, lost = match_lines(lines, names)
    records = {
        name: PictureRecord(line.prompt, line.seed, line.generator or None, line.read_as, line.origin)
        for name, line in found.items()
    }
    absent = Sentence("{title} does not name it", title=MANIFEST)
    return RecordSource(MANIFEST, records, absent, True, lost=tuple(lost))


def _read_own_text(picture: Picture) -> PictureRecord | str | None:
    """Return what a picture's own text says, or why it can't be read; None where there is none, or no picture."""
    try:
        with picture.path.open("rb") if picture.path else io.BytesIO(picture.read()) as file:
            record = read_tool_text(read_texts(file))
    except RecordError as error:
        return error.sentence
    except BROKEN:
        return None  # whoever encodes it tells of it
    return record and (record if record.prompt else Sentence("its text ({tool}) names no prompt", tool=record.tool))


def read_own_texts(pictures: Sequence[Picture]) -> RecordSource:
    """Return what the text in the pictures' files says."""
    with ThreadPoolExecutor(WORKERS) as pool:
        found = pool.map(_read_own_text, pictures)
        shown = track_items(pictures, "Reading the pictures' text")
        told = {picture.name: one for picture, one in zip(shown, found, strict=True)}
    records = {name: one for name, one in told.items() if isinstance(one, PictureRecord)}
    problems = {name: one for name, one in told.items() if isinstance(one, str)}
    return RecordSource(OWN_TEXT, records, Sentence("its own text names no prompt"), problems=problems)


def _read_columns(rows: Any, source: str, column: str | None, must: bool) -> RecordSource | None:
    """Return what the columns of a data set say of its rows' pictures, None where none is a prompt's.

    Raises: DataError where the named column is not there, though it ``must``, or a cell can't be taken.
    """
    told = printable_name(source)
    wanted = choose_prompt_fields(rows.column_names, column, must)
    prompt = next((name for name in wanted if name in rows.column_names), None)
    if column and must and prompt is None:
        raise DataError(f"{told} has no column {column}; its columns are {', '.join(rows.column_names)}.")
    if prompt is None:
        return None
    kept = [name for name in (prompt, SEED_FIELD, *GENERATOR_FIELDS) if name in rows.column_names]
    records, problems = dict[str, PictureRecord](), dict[str, str]()
    for number, fields in enumerate(rows.select_columns(kept)):
        where = f"row {number}"
        try:
            record = make_record(_name_classes(rows, fields), prompt, where)
        except RecordError as error:
            raise DataError(f"{told}, {where}: {error}. Mend it there, or name another column.") from error
        records[where] = record
        if record.prompt is None:
            problems[where] = f"its {prompt} is empty"
    return RecordSource(f"the column {prompt}", records, "", problems=problems)


def _name_classes(rows: Any, fields: dict[str, Any]) -> dict[str, Any]:
    """Return a row's fields, those that are numbers of classes by the classes' names."""
    kinds = {name: rows.features[name] for name in fields}
    return {name: kinds[name].int2str(value) if hasattr(kinds[name], "int2str") and isinstance(value, int) else value
            for name, value in fields.items()}  # fmt: skip


def _read_folder(folder: Path, asked: AskedRecords, must: bool) -> tuple[list[Picture], list[RecordSource]]:
    """Return a folder's pictures and what is there to say of them. Raises DataError, OSError."""
    pictures = list_pictures(folder)
    names = [picture.name for picture in pictures]
    sources = [_read_manifest(folder, names), read_metadata(folder, names, asked.prompt_column, must)]
    if asked.name_pattern:
        sources.append(read_names(names, asked.name_pattern, must))
    sources += [read_caption_files(pictures), read_own_texts(pictures)]
    return pictures, [source for source in sources if source]


def _read_rows(source: str, asked: AskedRecords, must: bool) -> tuple[list[Picture], list[RecordSource]]:
    """Return a data set's pictures and what is there to say of them. Raises DataError."""
    if asked.name_pattern and must:
        raise DataError(f"{printable_name(source)} is no folder, so {OPTION} has no names to read: leave it out.")
    rows, column = load_image_rows(source)
    pictures = list_pictures_of_rows(rows, column)
    columns = _read_columns(rows, source, asked.prompt_column, must)
    return pictures, [columns or read_own_texts(pictures)]


def read_picture_set(source: str, asked: AskedRecords | None = None, must: bool = True) -> PictureSet:
    """Return the pictures of a folder, Parquet file or data set with what is known of how they were drawn.

    ``must``: what ``asked`` names has to be there. Where it need not be, as of a reference, records that only some
    pictures have are none, unless a file lists those that belong to the set.

    Raises: DataError, naming what can't be read, and OSError.
    """
    asked, folder = asked or AskedRecords(), Path(source)
    of_files = is_picture_folder(folder)
    pictures, sources = _read_folder(folder, asked, must) if of_files else _read_rows(source, asked, must)
    merged = merge_records([picture.name for picture in pictures], sources)
    lost = tuple(
        (name, Sentence("{title} names it, but there is no such picture", title=one.title))
        for one in sources for name in one.lost
    )  # fmt: skip
    lists = [one.title for one in sources if one.lists]
    if merged.records and (must or lists or not merged.problems):
        return PictureSet(source, pictures, merged, lost)
    nothing = MergedRecords(generators={} if merged.records else merged.generators)
    return PictureSet(source, pictures, nothing, lost, _explain_lack(source, sources, merged))


def _explain_lack(source: str, sources: Sequence[RecordSource], merged: MergedRecords) -> str:
    """Return why there are no prompts, as it ends a sentence."""
    told, lacking = printable_name(source), len(merged.problems)
    lists = [one.title for one in sources if one.lists]
    if lists:
        return f"the {listed(lists)} of {told} names none of its pictures"
    if merged.records:
        return f"{lacking:,} of the {lacking + len(merged.records):,} pictures of {told} have none"
    first = next((problem for one in sources for problem in one.problems.items()), None)
    return (
        f"{told} has none ({first[0]}: {first[1]})"
        if first
        else f"{told} has no {MANIFEST}, and nothing else tells them"
    )
