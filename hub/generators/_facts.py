"""What is known of a generator without loading it: revision, size and cost, read from its checkpoint's header."""

import hashlib
import json
import math
from functools import cache
from pathlib import Path
from typing import Any

from pydantic import BaseModel
from safetensors import safe_open

from hub.errors import MissingFile
from hub.generators import Generator
from hub.packaged import file_sha256

_BUFFERS = ("running_mean", "running_var", "num_batches_tracked")


class Facts(BaseModel):
    """One line of the list of generators. ``device_hours`` are hours of ``device`` spent in training."""

    name: str
    title: str
    method: str
    licence: str
    revision: str
    parameters: int
    device: str
    device_hours: float
    sha256: dict[str, str]


@cache
def _file(path: Path) -> tuple[str, int, dict[str, Any]]:
    if not path.exists():
        raise MissingFile(f"The checkpoint {path} is missing; restore it from the repository.")
    with safe_open(path, "numpy") as file:
        training = json.loads((file.metadata() or {}).get("training", "{}"))
        names = [key for key in file.keys() if not key.endswith(_BUFFERS)]  # noqa: SIM118
        count = sum(math.prod(file.get_slice(key).get_shape()) for key in names)
    return file_sha256(path), count, training


def facts(generator: Generator) -> Facts:
    """Facts of one entry. Raises MissingFile when a checkpoint is missing.

    The revision is the first 12 digits of the SHA-256 of its files' SHA-256, or ``none`` without weights.
    """
    files = {path.relative_to(path.parents[1]).as_posix(): _file(path) for path in generator.weights}
    digests = {name: digest for name, (digest, _, _) in files.items()}
    joined = hashlib.sha256("".join(digests.values()).encode()).hexdigest()
    training = next((training for _, _, training in files.values() if training), {})
    return Facts(
        name=generator.name,
        title=generator.title,
        method=generator.method,
        licence=generator.licence,
        revision=joined[:12] if files else "none",
        parameters=sum(count for _, count, _ in files.values()),
        device=training.get("device", "none"),
        device_hours=round(training.get("minutes", 0.0) / 60, 3),
        sha256=digests,
    )
