"""What a run's folder says of the run: its config, its pictures' digest and place, and the prompts of its training.

By the first two it goes on as what it began as; by all of it the drift watch knows what to draw.
"""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

from hub.errors import DataError, MissingFile
from hub.files import write_whole
from hub.methods.personalization.base_pipeline import BasePipeline
from hub.methods.personalization.config import PersonalConfig

RECORD = "personalization.json"
ENTRY = "pipeline"  # folder of what a run made, in its own


def check_record(folder: Path, config: PersonalConfig, digest: str, pictures: Path, base: BasePipeline) -> None:
    """Write the record of a run that begins; of one that goes on, check that it is this one.

    Raises: DataError for a folder that holds another run, StorageError.
    """
    told = {"config": asdict(config), "digest": digest, "pictures": str(pictures.absolute())}
    told |= {"subject_prompts": base.subject_prompts, "class_prompts": base.class_prompts}
    if (folder / RECORD).exists():
        found = read_record(folder)
        if [found["config"], found["digest"]] != [told["config"], digest]:
            raise DataError(f"{folder} holds a run of another subject or with other settings: choose another --out.")
    write_whole(folder / RECORD, json.dumps(told, indent=1).encode())


def read_record(folder: Path) -> dict[str, Any]:
    """Return a run's ``config``, ``digest``, folder of ``pictures`` and prompts. Raises MissingFile, DataError."""
    try:
        found: dict[str, Any] = dict(json.loads((folder / RECORD).read_text(encoding="utf-8")))
        if not {"config", "digest", "pictures", "subject_prompts", "class_prompts"} <= set(found):
            raise ValueError("fields are missing")
    except FileNotFoundError as error:
        raise MissingFile(f"{folder} is no run of hub.methods.personalization: it has no {RECORD}.") from error
    except (OSError, ValueError, TypeError) as error:
        raise DataError(f"{folder / RECORD} can't be read ({error}): train into another folder.") from error
    return found


def is_whole(folder: Path, config: PersonalConfig) -> bool:
    """Return whether a folder holds a run of this config that has ended. Raises DataError for a damaged record."""
    if not (folder / ENTRY / "entry.toml").exists():
        return False
    return bool(read_record(folder)["config"] == json.loads(json.dumps(asdict(config))))
