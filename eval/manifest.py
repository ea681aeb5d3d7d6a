"""A folder's manifest as scoring reads it, whoever wrote it: the prompt and seed that each picture was drawn for."""

import posixpath
import unicodedata
from collections.abc import Iterable, Sequence
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from hub.errors import DataError

MANIFEST = "manifest.jsonl"


class ManifestLine(BaseModel):
    """One line: a picture's file, relative to the folder, and what it was drawn for; other fields are not looked at."""

    model_config = ConfigDict(frozen=True)

    file: str = Field(min_length=1)
    prompt: str
    seed: int | None = None


def wrong(error: ValidationError) -> str:
    """The first thing that is wrong with a line: ``setup is missing``."""
    first = error.errors(include_url=False, include_input=False)[0]
    field = ".".join(str(part) for part in first["loc"])
    if first["type"] == "missing":
        return f"{field} is missing"
    return f"{field}: {first['msg']}" if field else first["msg"]


def torn(text: bytes, error: ValidationError) -> bool:
    """Whether a line that is none is the beginning of one, as a killed run may leave at the end."""
    return text.startswith(b"{") and error.errors(include_url=False, include_input=False)[0]["type"] == "json_invalid"


def read_lines(folder: Path) -> list[ManifestLine]:
    """The lines of a folder's manifest, none where there is none; a torn last line is left out.

    Raises DataError for any other that is none, saying what it lacks, and OSError.
    """
    path = folder / MANIFEST
    texts = path.read_bytes().splitlines() if path.exists() else []
    lines = []
    for number, text in enumerate(texts, 1):
        try:
            lines.append(ManifestLine.model_validate_json(text))
        except ValidationError as error:
            if number < len(texts) or not torn(text, error):
                raise DataError(
                    f"{path}, line {number}: {wrong(error)}. Of each line file and prompt are read, and seed where it "
                    "is there: mend it, or name another folder."
                ) from error
    return lines


def plain(name: str) -> str:
    """A file's name in one spelling: of its path (``./a/b``, ``a\\b``) and of its letters (NFC and NFD)."""
    return unicodedata.normalize("NFC", posixpath.normpath(name.replace("\\", "/")))


def matched(lines: Iterable[ManifestLine], names: Sequence[str]) -> tuple[dict[str, ManifestLine], list[str]]:
    """The line of each picture by its name, however both spell it, and the files of lines that name no picture."""
    exact, spelt = set(names), {plain(name): name for name in names}
    found: dict[str, ManifestLine] = {}
    lost = []
    for line in lines:
        name = line.file if line.file in exact else spelt.get(plain(line.file))
        if name is None:
            lost.append(line.file)
        else:
            found[name] = line
    return found, lost
