"""What a finished training made becomes an entry of the arena: the hook that a runner of jobs is given."""

import json
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from hub.generators.model_folder import CARD, ENTRY
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
    "hub.methods.ipl": INSTALLED["one-step"],  # of what the source was trained on
}
KEPT = ("log.csv", "grid.png")


class RegisterModel:
    """Makes the result of a job an entry of the job's ID. A job that has its entry already is left as it is.

    ``licences`` says by training whose results are entries, and under which licence; a result that holds an
    ``entry.toml`` is taken as it says. Results of other trainings, as of encoders, stay where they are.
    """

    def __init__(self, jobs: Jobs, licences: Mapping[str, str] = LICENCES) -> None:
        self._jobs, self._licences = jobs, licences
        self._store = ModelStore(jobs.data)

    def __call__(self, id: str, folder: Path) -> None:
        """Register the result in ``folder``.

        Raises: HubError, and then there is no entry.
        """
        record = self._jobs.record(id)
        if record.module not in self._licences or id in self._store.marks():
            return
        parts = self._jobs.data / PARTS
        make_folder(parts)
        with tempfile.TemporaryDirectory(dir=parts) as beside:
            self._store.add(self._prepare(folder, Path(beside) / id, record), id, _made(id, record))

    def _prepare(self, folder: Path, beside: Path, record: JobRecord) -> Path:
        """Copy what an entry is made of, and leave resume points where they are."""
        found = find_checkpoint(folder)
        copy_checkpoint(found, beside)
        for name in (ENTRY, CARD, *KEPT):
            if (folder / name).is_file():
                shutil.copyfile(folder / name, beside / name)
        command = " ".join(["python -m", record.module, *record.options])
        if not (beside / ENTRY).exists():
            lines = {"kind": found.kind, "title": beside.name, "licence": self._licences[record.module]}
            (beside / ENTRY).write_text("".join(f"{key} = {json.dumps(value)}\n" for key, value in lines.items()))
        if not (beside / CARD).exists():
            (beside / CARD).write_text(f"# {beside.name}\n\nTrained in this arena by `{command}`.\n", encoding="utf-8")
        return beside


def _made(id: str, record: JobRecord) -> Mapping[str, Any]:
    return {"job": id, "module": record.module, "options": list(record.options), "queued": record.queued}
