"""What is known of how one picture was drawn, and one source of that, such as a metadata file."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from hub.language.sentence import Sentence
from hub.prompt_sets import NO_SET, PromptOrigin

SEED_BOUND = 2**64  # seeds are smaller than it, whichever sign they have
MOST_TEXT = 1 << 16  # characters of a prompt


class RecordError(ValueError):
    """What a file, a name or a picture's own text says and can't be taken; the words follow the name of where it is."""

    @property
    def sentence(self) -> str:
        """The words as they were given, a sentence that knows its template."""
        return self.args[0] if self.args and isinstance(self.args[0], str) else str(self)


@dataclass(frozen=True)
class PictureRecord:
    """A picture's prompt, seed and generator; what is not known is None.

    ``read_as`` is the prompt in English where it was read so, ``origin`` the prompt set that it is from. ``where`` is
    the line of a file that says so, ``tool`` the name of the tool whose text does.
    """

    prompt: str | None = None
    seed: int | None = None
    generator: str | None = None
    read_as: str = ""
    origin: PromptOrigin = NO_SET
    where: str = ""
    tool: str = ""


@dataclass(frozen=True)
class RecordSource:
    """One source's records of a folder's pictures, by name.

    ``title`` is what it is called in a sentence; ``absent`` says of a picture that it has no record of why. ``lists``:
    it names every picture that belongs to the set. ``problems`` are reasons why a picture has no prompt, ``lost`` the
    names that no picture has.
    """

    title: str
    records: Mapping[str, PictureRecord]
    absent: str
    lists: bool = False
    problems: Mapping[str, str] = field(default_factory=dict)
    lost: tuple[str, ...] = ()


def read_seed(value: Any) -> int | None:
    """Return the seed that a cell or field holds: a whole number, also as text or as 3.0; None where it is empty.

    Raises: RecordError, saying what it is, for anything else.
    """
    if _is_blank(value):
        return None
    wrong = RecordError(Sentence("seed is {value}, which is no whole number of 64 bits", value=repr(value)[:60]))
    try:
        number = float(value) if isinstance(value, float) or "." in str(value) else int(value)
    except (TypeError, ValueError) as error:
        raise wrong from error
    if isinstance(value, bool) or not math.isfinite(number) or number != int(number) or abs(number) >= SEED_BOUND:
        raise wrong
    return int(number)


def _is_blank(value: Any) -> bool:
    """Return whether a cell or field is empty; pandas writes NaN for it."""
    return (
        value is None
        or (isinstance(value, float) and math.isnan(value))
        or (isinstance(value, str) and not value.strip())
    )


def read_words(value: Any, field_name: str) -> str | None:
    """Return the text that a cell or field holds, None where it is empty.

    Raises: RecordError, saying what it is, for what is no text, or too long.
    """
    if _is_blank(value):
        return None
    if not isinstance(value, str):
        raise RecordError(Sentence("{field} is {value}, which is no text", field=field_name, value=repr(value)[:60]))
    if len(value) > MOST_TEXT:
        raise RecordError(
            Sentence("{field} has {count:,} characters, more than {most:,}",
                     field=field_name, count=len(value), most=MOST_TEXT)
        )  # fmt: skip
    return value.strip()


def name_model(value: Any) -> str | None:
    r"""Return a checkpoint's name without its folders and its ending: ``sdxl\base.safetensors`` is ``base``."""
    if not isinstance(value, str) or len(value) > MOST_TEXT:
        return None
    name = value.strip().replace("\\", "/").rpartition("/")[2]
    for ending in (".safetensors", ".ckpt", ".pt", ".pth", ".gguf", ".bin", ".sft"):
        name = name.removesuffix(ending)
    return name or None
