"""Entries whose model is a folder of a training of this repository."""

import json
from pathlib import Path
from typing import Any, ClassVar

from pydantic import Field, ValidationInfo, field_validator
from safetensors import SafetensorError, safe_open

from hub.errors import DataError, MissingFile
from hub.generators.kinds import ConfiguredEntry
from hub.language.sentence import Sentence


class FolderEntry(ConfiguredEntry):
    """What each such kind has; ``files`` are its checkpoints within the folder, the first with the training's facts."""

    model: str = Field(min_length=1)
    files: ClassVar[tuple[str, ...]]

    @field_validator("model")
    @classmethod
    def _folder(cls, value: str, info: ValidationInfo) -> str:
        if not value.startswith(("/", "./", "../", "~")):
            raise ValueError(f"{value!r} is no folder (beginning with / or ./)")
        base = (info.context or {}).get("folder", Path())
        return str((base / Path(value).expanduser()).resolve())

    @property
    def weights(self) -> tuple[Path, ...]:
        """Its checkpoints."""
        return tuple(Path(self.model) / name for name in self.files)

    @property
    def remote(self) -> bool:
        """It runs here."""
        return False

    def check_model(self) -> None:
        """Raise HubError where the first checkpoint holds no training of this repository, or another method's."""


def read_metadata(path: Path) -> dict[str, Any]:
    """Return what a checkpoint's header says of itself: its ``config`` and its ``training``.

    Raises: MissingFile, and DataError for a checkpoint of another making.
    """
    try:
        with safe_open(path, "numpy") as file:
            found = {key: json.loads(value) for key, value in (file.metadata() or {}).items() if key != "format"}
    except FileNotFoundError as error:
        raise MissingFile(Sentence("There is no checkpoint {path}.", path=path)) from error
    except (SafetensorError, OSError) as error:
        raise MissingFile(
            Sentence("The checkpoint {path} is damaged ({error}); copy it again.", path=path, error=str(error))
        ) from error
    except ValueError:
        found = {}
    if not all(isinstance(found.get(key), dict) for key in ("config", "training")):
        raise DataError(Sentence("The checkpoint {path} was not written by a training of this repository.", path=path))
    return found
