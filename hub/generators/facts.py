"""What is known of a generator without loading it: revision, size and cost, read from its checkpoints' headers."""

import hashlib
import json
import math
from collections.abc import Iterable, Sequence
from functools import cache
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

from pydantic import BaseModel, SkipValidation
from safetensors import SafetensorError, safe_open

from hub.errors import HubError, MissingFile
from hub.files import file_sha256
from hub.generators.contract import Generator, Sampling
from hub.language.sentence import Sentence

_BUFFERS = ("running_mean", "running_var", "num_batches_tracked")
UNKNOWN = "unknown"  # a revision that can't be told (yet), and the device of somebody else's training


class Facts(BaseModel):
    """One line of the list of generators. ``device_hours`` are hours of ``device`` spent in training.

    What nobody here knows is None, never a guess; ``note`` says what the figures do not. Of what may be a sentence
    pydantic would make plain text.
    """

    name: str
    title: str
    method: SkipValidation[str]
    licence: str
    revision: str
    parameters: int | None
    device: str
    device_hours: float | None
    sha256: dict[str, str]
    note: SkipValidation[str] = ""


@runtime_checkable
class Knows(Protocol):
    """A generator that tells its own facts, as its checkpoints are not of this repository."""

    def facts(self) -> Facts:
        """Its facts. Raises HubError where something is missing."""
        ...

    def check(self) -> None:
        """Raise HubError where something is missing; quick, and asks nobody."""
        ...


@cache
def _header(path: Path, changed: int) -> tuple[int, dict[str, Any]]:
    """Parameters and the training's facts of the file that was ``changed`` at this time."""
    try:
        with safe_open(path, "numpy") as file:
            training = json.loads((file.metadata() or {}).get("training", "{}"))
            names = [key for key in file.keys() if not key.endswith(_BUFFERS)]  # noqa: SIM118
            return sum(math.prod(file.get_slice(key).get_shape()) for key in names), training
    except SafetensorError as error:
        raise MissingFile(
            Sentence("The checkpoint {path} is damaged ({error}); fetch it again.", path=path, error=str(error))
        ) from error


@cache
def _digest(path: Path, changed: int) -> str:
    """SHA-256 of the file that was ``changed`` at this time.

    The Hub's cache keeps a checkpoint under its SHA-256 behind a link, as the client checked it: it is not read again.
    """
    blob = path.resolve().name
    return blob if path.is_symlink() and len(blob) == 64 else file_sha256(path)


def _changed(path: Path) -> int:
    if not path.exists():
        raise MissingFile(Sentence("The checkpoint {path} is missing; restore it from the repository.", path=path))
    return path.stat().st_mtime_ns


def digests(paths: Sequence[Path], folder: Path) -> dict[str, str]:
    """SHA-256 of checkpoints by their names in a folder. Raises MissingFile."""
    return {path.relative_to(folder).as_posix(): _digest(path, _changed(path)) for path in paths}


def parameters(paths: Iterable[Path]) -> int:
    """Parameters in checkpoints, by their headers. Raises MissingFile."""
    return sum(_header(path, _changed(path))[0] for path in paths)


def joined(sha256: dict[str, str]) -> str:
    """The first 12 digits of the SHA-256 of files' SHA-256."""
    return hashlib.sha256("".join(sha256.values()).encode()).hexdigest()[:12]


def facts(generator: Generator) -> Facts:
    """Facts of one entry. Raises MissingFile when a checkpoint is missing, HubError for what else can't be used.

    The revision is made of its files' SHA-256 and of how it is sampled, or ``none`` without weights; what has
    none here tells its own.
    """
    if isinstance(generator, Knows):
        return generator.facts()
    found: dict[str, str] = {}
    for path in generator.weights:
        found |= digests([path], path.parents[1])
    trained = (_header(path, _changed(path))[1] for path in generator.weights)
    training = next((one for one in trained if one), {})
    return Facts(
        name=generator.name,
        title=generator.title,
        method=generator.method,
        licence=generator.licence,
        revision=joined(found | _asked(generator.sampling)) if found else "none",
        parameters=parameters(generator.weights),
        device=training.get("device", "none"),
        device_hours=round(training.get("minutes", 0.0) / 60, 3),
        sha256=found,
    )


def _asked(sampling: Sampling) -> dict[str, str]:
    asked = dict(sampling.parameters)
    if sampling.scheduler:  # what draws in one step has none
        asked |= {name: getattr(sampling, name) for name in ("scheduler", "steps", "guidance_scale")}
    return {f"parameter {name}": f"{name}={value}" for name, value in sorted(asked.items())}


def check(generator: Generator) -> None:
    """Raise what ``facts`` raises for one entry, without reading a checkpoint."""
    if isinstance(generator, Knows):
        generator.check()
    else:
        for path in generator.weights:
            _changed(path)


def known(generator: Generator) -> Facts | str:
    """Facts of one entry, or the sentence that says why it can't be used."""
    try:
        return facts(generator)
    except HubError as error:
        return Sentence("{title}: {said}", title=generator.title, said=error.sentence)
