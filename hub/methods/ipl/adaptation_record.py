"""What a run's folder says of the run, by which it goes on as what it began as, and a page tells of it."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from hub.errors import DataError, MissingFile
from hub.files import write_whole
from hub.language.sentence import Sentence

if TYPE_CHECKING:  # needs torch, which a page that reads a record does without
    from hub.methods.ipl.prepare import PreparedLook

RECORD = "adaptation.json"


@dataclass(frozen=True)
class AdaptationRecord:
    """What a page tells of a run: its source, both words, and how many of its steps learn prompts first."""

    source: str
    source_words: str
    target_words: str
    prompt_steps: int
    drawn_already: bool


def check_record(folder: Path, look: "PreparedLook") -> None:
    """Write the record of a run that begins; of one that goes on, check that it is this one.

    Raises: DataError for a folder that holds another run, or one of a source that is another now; StorageError.
    """
    record, config = folder / RECORD, json.loads(json.dumps(asdict(look.config)))
    told = {"config": config, "source": look.source.name, "sha256": look.source.sha256}
    told |= {"prompt_steps": look.config.prompt_steps, "drawn_already": look.asked.drawn_already}
    if record.exists():
        found = json.loads(record.read_text(encoding="utf-8"))
        if found["config"] != config:
            raise DataError(f"{folder} holds another adaptation, or one with other settings: choose another --out.")
        if found["sha256"] != look.source.sha256:
            raise DataError(
                Sentence("{source} is another model now than when this run began: start anew.", source=look.source.name)
            )
    write_whole(record, json.dumps(told, indent=1).encode())


def read_record(folder: Path) -> AdaptationRecord:
    """Return what a run's folder says of it. Raises: MissingFile where it says nothing yet, DataError."""
    try:
        told = json.loads((folder / RECORD).read_text(encoding="utf-8"))
        words = told["config"]["source_words"], told["config"]["target_words"]
        return AdaptationRecord(told["source"], *words, int(told["prompt_steps"]), bool(told["drawn_already"]))
    except FileNotFoundError as error:
        raise MissingFile(f"{folder} is no adaptation yet: it has no {RECORD}.") from error
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise DataError(f"{folder / RECORD} can't be read ({error}): train into another folder.") from error
