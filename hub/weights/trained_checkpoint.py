"""The checkpoint that a training wrote, in a folder of weights or of a run: its file, and the facts it tells."""

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from safetensors import SafetensorError, safe_open

from hub.errors import MissingFile
from hub.files import file_sha256


@dataclass(frozen=True)
class TrainedCheckpoint:
    """A checkpoint's file and what its metadata holds: ``training``, its facts, and ``config``, as it is stored."""

    path: Path
    training: dict[str, Any]
    config: dict[str, Any] = field(default_factory=dict)

    @property
    def sha256(self) -> str:
        """Return the digest of its file."""
        return file_sha256(self.path)


def find_trained(folder: Path) -> TrainedCheckpoint | None:
    """Return the checkpoint in a folder that tells of its training, the first by name; None where none does.

    Raises: MissingFile for a damaged checkpoint.
    """
    for path in sorted(folder.rglob("*.safetensors")):
        try:
            with safe_open(path, "numpy") as file:
                metadata = file.metadata() or {}
                training = json.loads(metadata.get("training", "{}"))
                config = json.loads(metadata.get("config", "{}"))
        except (SafetensorError, OSError, ValueError) as error:
            raise MissingFile(f"The checkpoint {path.name} is damaged ({error}): copy it again.") from error
        if training:
            return TrainedCheckpoint(path, dict(training), dict(config))
    return None
