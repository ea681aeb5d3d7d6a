"""Prompts in the names of files, by a pattern such as ``{prompt}_{seed}``, and in text files beside them."""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from eval.features.sources import Picture
from eval.picture_records.picture_record import (
    MOST_TEXT,
    PictureRecord,
    RecordError,
    RecordSource,
    read_seed,
    read_words,
)
from eval.picture_records.webui_text import read_webui_text
from hub.errors import DataError
from hub.language.sentence import Sentence

OPTION = "--name-pattern"
FIELDS = {"prompt": r"(?P<prompt>[^/]+)", "seed": r"(?P<seed>\d+)", "generator": r"(?P<generator>[^/]+)"}
EXAMPLE = "{prompt}_{seed}"
CAPTIONS = Sentence("NAME.txt files")


def compile_pattern(pattern: str) -> re.Pattern[str]:
    """Return the expression that the paths of pictures, without their endings, are matched with.

    Raises: DataError for a pattern with an unknown field, none, one twice, or two that nothing parts.
    """
    parts = re.split(r"\{([^{}]*)\}", pattern)
    named = parts[1::2]
    unknown = [name for name in named if name not in FIELDS]
    if unknown or not named or any(mark in text for mark in "{}" for text in parts[::2]):
        said = {"option": OPTION, "pattern": pattern, "fields": [f"{{{name}}}" for name in FIELDS], "as_in": EXAMPLE}
        raise DataError(
            Sentence("{option} {pattern!r} has {unknown}: its fields are {fields}, as in {as_in!r}.",
                     unknown=f"{{{unknown[0]}}}", **said)
            if unknown
            else Sentence("{option} {pattern!r} has no field: its fields are {fields}, as in {as_in!r}.", **said)
        )  # fmt: skip
    if len({*named}) < len(named):
        raise DataError(
            Sentence("{option} {pattern!r} has a field twice: name each once.", option=OPTION, pattern=pattern)
        )
    if "" in parts[2:-1:2]:
        raise DataError(
            Sentence("{option} {pattern!r} has two fields with nothing between them: put what parts them there.",
                     option=OPTION, pattern=pattern)
        )  # fmt: skip
    return re.compile("".join(FIELDS[part] if at % 2 else re.escape(part) for at, part in enumerate(parts)))


def _record_of_match(found: re.Match[str]) -> PictureRecord:
    """Return what a name says; a prompt without a space has underscores in their place."""
    fields = found.groupdict()
    prompt = (fields.get("prompt") or "").strip()
    spaced = prompt if " " in prompt else prompt.replace("_", " ").strip()
    return PictureRecord(spaced or None, read_seed(fields.get("seed")), fields.get("generator"))


def read_names(names: Sequence[str], pattern: str, must: bool) -> RecordSource:
    """Return what the pictures' names say by a pattern, whose folders are the last ones of a path.

    Raises: DataError for a pattern that is none, or, where it ``must`` fit, that no name fits.
    """
    compiled, depth = compile_pattern(pattern), pattern.count("/") + 1
    records = {}
    for name in names:
        path = name[: -len(Path(name).suffix)] if Path(name).suffix else name
        found = compiled.fullmatch("/".join(path.split("/")[-depth:]))
        if found:
            try:
                records[name] = _record_of_match(found)
            except RecordError as error:
                raise DataError(f"{name} by {OPTION}: {error}.") from error
    if must and names and not records:
        raise DataError(
            Sentence("{option} {pattern!r} fits no picture's name; the first one is {name!r}: mend the pattern.",
                     option=OPTION, pattern=pattern, name=names[0])
        )  # fmt: skip
    return RecordSource(OPTION, records, Sentence("its name does not fit {option}", option=OPTION))


def _read_caption(path: Path) -> PictureRecord:
    """Return what a text file beside a picture says: its words, or a web UI's lines. Raises RecordError, OSError."""
    with path.open("rb") as file:
        content = file.read(4 * MOST_TEXT + 1)
    if len(content) > 4 * MOST_TEXT:
        raise RecordError(Sentence("{file} is larger than {most:,} bytes", file=path.name, most=4 * MOST_TEXT))
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise RecordError(Sentence("{file} is no text in UTF-8", file=path.name)) from error
    return read_webui_text(text) or PictureRecord(read_words(text, path.name))


def _read_captions(pictures: Sequence[Picture]) -> Iterator[tuple[str, PictureRecord | str]]:
    """Yield the record of each picture that has a text file beside it, or why it can't be read."""
    there: dict[Path, set[str]] = {}
    for picture in pictures:
        assert picture.path is not None
        folder = picture.path.parent
        if folder not in there:
            there[folder] = {path.name for path in folder.iterdir() if path.suffix == ".txt"}
        beside = picture.path.with_suffix(".txt")
        if beside.name in there[folder]:
            try:
                record = _read_caption(beside)
                yield picture.name, record if record.prompt else Sentence("{file} is empty", file=beside.name)
            except RecordError as error:
                yield picture.name, error.sentence
            except OSError as error:
                yield picture.name, str(error)


def read_caption_files(pictures: Sequence[Picture]) -> RecordSource:
    """Return what ``NAME.txt`` beside each picture ``NAME.png`` says."""
    found = dict(_read_captions(pictures))
    records = {name: one for name, one in found.items() if isinstance(one, PictureRecord)}
    problems = {name: one for name, one in found.items() if isinstance(one, str)}
    absent = Sentence("no .txt file of its name is beside it")
    return RecordSource(CAPTIONS, records, absent, problems=problems)
