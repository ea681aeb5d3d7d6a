"""What a finished training made becomes an entry of the arena: the hook that a runner of jobs is given."""

import json
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from hub.generators.model_folder import CARD, ENTRY, RECEIPT
from hub.generators.model_store import ModelStore
from hub.jobs.job_queue import Jobs
from hub.jobs.job_record import JobRecord
from hub.votes.disk import PARTS, make_folder
from hub.weights.install import LICENCES as INSTALLED
from hub.weights.install import copy_checkpoint, find_checkpoint

LICENCES = {  # of the training pictures of each training whose generators are entries, as installed weights have them
    "hub.methods.scad": INSTALLED["one-step"],
    "hub.methods.contrastive": INSTALLED["one-step"],
    "hub.methods.diffusion": INSTALLED["caption-diffusion"],
    "hub.methods.ipl": INSTALLED["one-step"],  # these two say their results' own
    "hub.methods.personalization": INSTALLED["caption-diffusion"],
}
KEPT = ("log.csv", "grid.png")


class RegisterModel:
    """Makes the result of a job an entry of the job's ID, or of the name that the job has for it.

    A job that has its entry already is left as it is. ``licences`` says by training whose results are entries, and
    under which licence; a result that holds an ``entry.toml`` is taken as it says. Results of other trainings, as of
    encoders, stay where they are.
    """

    def __init__(self, jobs: Jobs, licences: Mapping[str, str] = LICENCES) -> None:
        self._jobs, self._licences = jobs, licences
        self._store = ModelStore(jobs.data)

    def __call__(self, id: str, folder: Path) -> None:
        """Register the result in ``folder``.

        Raises: HubError, and then there is no entry.
        """
        record = self._jobs.record(id)
        if record.module not in self._licences or self._is_entry(id, record):
            return
        parts = self._jobs.data / PARTS
        make_folder(parts)
        with tempfile.TemporaryDirectory(dir=parts) as beside:
            made = self._prepare(folder, Path(beside) / (record.name or id), record)
            self._store.add(made, made.name, tell_making(id, record, made))

    def _is_entry(self, id: str, record: JobRecord) -> bool:
        return read_making(self._store, record.name or id).get("job") == id

    def _prepare(self, folder: Path, beside: Path, record: JobRecord) -> Path:
        """Copy what an entry is made of, and leave resume points where they are."""
        found = find_checkpoint(folder)
        copy_checkpoint(found, beside)
        for name in (ENTRY, CARD, RECEIPT, *KEPT):
            if (folder / name).is_file():
                shutil.copyfile(folder / name, beside / name)
        command = " ".join(["python -m", record.module, *record.options])
        if not (beside / ENTRY).exists():
            lines = {"kind": found.kind, "title": beside.name, "licence": self._licences[record.module]}
            (beside / ENTRY).write_text("".join(f"{key} = {json.dumps(value)}\n" for key, value in lines.items()))
        if not (beside / CARD).exists():
            (beside / CARD).write_text(f"# {beside.name}\n\nTrained in this arena by `{command}`.\n", encoding="utf-8")
        return beside


def read_making(store: ModelStore, name: str) -> Mapping[str, Any]:
    """Return how an entry says in its receipt that it was made; nothing where there is none, or it does not say."""
    try:
        made = json.loads((store.folder / name / RECEIPT).read_text(encoding="utf-8"))["made"]
        return dict(made) if name in store.marks() else {}
    except (OSError, ValueError, TypeError, KeyError):
        return {}  # none is there, or one that was put there by hand


def tell_making(id: str, record: JobRecord, folder: Path) -> Mapping[str, Any]:
    """Return how a job made the model in a folder, for its receipt: what the model's own says, and the job."""
    own = {}
    if (folder / RECEIPT).is_file():
        own = dict(json.loads((folder / RECEIPT).read_text(encoding="utf-8"))["made"])
    return own | {"job": id, "module": record.module, "options": list(record.options), "queued": record.queued}
