"""A folder's manifest as scoring reads it, whoever wrote it: the prompt and seed that each picture was drawn for."""

import posixpath
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from hub.errors import DataError
from hub.language.sentence import Sentence
from hub.prompt_sets import PromptOrigin

MANIFEST = "manifest.jsonl"
Line = TypeVar("Line", bound=BaseModel)


class ManifestLine(BaseModel):
    """One line: a picture's file, relative to the folder, the prompt and seed it was drawn for, and its generator.

    ``read_as`` is the prompt in English where it was read so; ``prompt_set`` and ``prompt_category`` tell where it is
    from. Other fields are not looked at.
    """

    model_config = ConfigDict(frozen=True)

    file: str = Field(min_length=1)
    prompt: str
    seed: int | None = Field(None, gt=-(2**64), lt=2**64)
    generator: str | None = None
    read_as: str = ""
    prompt_set: str = ""
    prompt_category: str = ""

    @property
    def origin(self) -> PromptOrigin:
        """The prompt set that the prompt is from, and its category there."""
        return PromptOrigin(self.prompt_set, self.prompt_category)


def explain(error: ValidationError) -> str:
    """Return the first error of a line, as ``setup is missing``."""
    first = error.errors(include_url=False, include_input=False)[0]
    field = ".".join(str(part) for part in first["loc"])
    if first["type"] == "missing":
        return f"{field} is missing"
    return f"{field}: {first['msg']}" if field else first["msg"]


def is_torn(text: bytes, error: ValidationError) -> bool:
    """Return whether a line that is none is the beginning of one, as a killed run may leave at the end."""
    return text.startswith(b"{") and error.errors(include_url=False, include_input=False)[0]["type"] == "json_invalid"


def parse_lines(folder: Path, kind: type[Line], wrong: str) -> list[Line]:
    """Return the lines of a folder's manifest, none where there is none; a torn last line is left out.

    Raises: DataError for any other that is none, in the words of ``wrong``, which ``{where}`` and ``{why}`` fill; and
    OSError.
    """
    path = folder / MANIFEST
    texts = path.read_bytes().splitlines() if path.exists() else []
    lines = []
    for number, text in enumerate(texts, 1):
        try:
            lines.append(kind.model_validate_json(text))
        except ValidationError as error:
            if number < len(texts) or not is_torn(text, error):
                raise DataError(wrong.format(where=f"{path}, line {number}", why=explain(error))) from error
    return lines


def read_lines(folder: Path) -> list[ManifestLine]:
    """Return the pictures of a folder's manifest, whoever wrote it.

    Raises: DataError for a line that is none, saying what it lacks, and OSError.
    """
    return parse_lines(
        folder, ManifestLine,
        "{where}: {why}. Of each line file and prompt are read, and seed and generator where they are there: mend it, "
        "or name another folder.",
    )  # fmt: skip


def normalise_name(name: str) -> str:
    r"""Return a file's name in one spelling: of its path (``./a/b``, ``a\b``) and of its letters (NFC and NFD)."""
    return unicodedata.normalize("NFC", posixpath.normpath(name.replace("\\", "/")))


def index_names(names: Sequence[str]) -> Callable[[str], str | None]:
    """Return what finds the one of these names that a name means, however both are spelt; None where there is none."""
    exact, spelt = set(names), {normalise_name(name): name for name in names}
    return lambda name: name if name in exact else spelt.get(normalise_name(name))


def match_lines(lines: Iterable[ManifestLine], names: Sequence[str]) -> tuple[dict[str, ManifestLine], list[str]]:
    """Return the line of each picture by its name, however both spell it, and the files of lines without a picture.

    Raises: DataError where two lines of one picture differ.
    """
    find = index_names(names)
    found: dict[str, ManifestLine] = {}
    lost = []
    for line in lines:
        name = find(line.file)
        if name is None:
            lost.append(line.file)
            continue
        if name in found and (told := _find_difference(found[name], line)):
            raise DataError(
                Sentence("{list} names {file} twice, with another {field}: leave one of the lines.",
                         list=MANIFEST, file=line.file, field=told)
            )  # fmt: skip
        found[name] = line
    return found, lost


def _find_difference(one: ManifestLine, other: ManifestLine) -> str:
    """Return the first field in which two lines differ, empty where there is none."""
    fields = ("prompt", "seed", "generator")
    return next((name for name in fields if getattr(one, name) != getattr(other, name)), "")
