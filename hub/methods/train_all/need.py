"""Which runs are due, by the checkpoint that is installed, and by one that was trained and is not installed yet."""

import json
from collections.abc import Iterable
from dataclasses import MISSING, asdict, dataclass, fields
from enum import IntEnum
from pathlib import Path
from typing import Any

from hub.errors import MissingFile
from hub.methods.training_runs import TrainingRun
from hub.weights.trained_checkpoint import TrainedCheckpoint, find_trained

BUDGET = (
    "images",
    "minutes",
    "every",
    "compile",
)  # fields: how long it trains, how fast, and what is told


class Need(IntEnum):
    """How much a run is needed, most first."""

    absent = 0  # no checkpoint
    cpu = 1  # trained on a CPU
    recipe = 2  # trained by another recipe than today's
    none = 3


@dataclass(frozen=True)
class RunNeed:
    """The need of a run, and a clause that says why; ``waits`` is a folder whose checkpoint is to be installed."""

    name: str
    need: Need
    reason: str
    minutes: float = 0.0  # of the device that its checkpoint had
    waits: Path | None = None


def list_changes(config: Any, stored: dict[str, Any]) -> list[str]:
    """Return the fields by which a recipe, a dataclass, differs from the one that a checkpoint stores.

    Those of the budget are left out. A field that the checkpoint knows nothing of came later: it differs where
    it is not at its default.
    """
    today = json.loads(json.dumps(asdict(config)))
    later = {one.name for one in fields(config) if one.name not in stored and _is_default(config, one)}
    names = dict.fromkeys([*today, *stored])
    return [name for name in names if name not in {*BUDGET, *later} and today.get(name) != stored.get(name)]


def _is_default(config: Any, one: Any) -> bool:
    default = one.default_factory() if one.default_factory is not MISSING else one.default
    return bool(getattr(config, one.name) == default)


def list_run_changes(run: TrainingRun, found: TrainedCheckpoint) -> list[str]:
    """Return the fields by which a run's recipe differs from its checkpoint's; none where a checkpoint tells none."""
    stored = read_recipe(run, found)
    return list_changes(run.config, stored) if stored else []


def read_recipe(run: TrainingRun, found: TrainedCheckpoint) -> dict[str, Any]:
    """Return the recipe that a checkpoint stores; an empty one where it tells none, as one from elsewhere."""
    part, key = run.stored
    return dict((found.training if part == "training" else found.config).get(key, {}))


def judge_checkpoint(run: TrainingRun, found: TrainedCheckpoint | None) -> tuple[Need, str]:
    """Return how much a run is needed where this is its checkpoint, and why."""
    if found is None:
        return Need.absent, "it has no checkpoint"
    if str(found.training.get("device", "")).startswith("CPU"):
        return Need.cpu, "its checkpoint was trained on a CPU"
    if changes := list_run_changes(run, found):
        return Need.recipe, f"its recipe has changed: {', '.join(changes)}"
    if not read_recipe(run, found):
        return Need.none, "its checkpoint tells no recipe to compare with"
    return Need.none, "its checkpoint is of today's recipe"


def read_need(run: TrainingRun, weights: Path, out: Path, cuda: bool) -> RunNeed:
    """Return the need of a run by its checkpoints in ``weights`` and in ``out``. ``cuda``: a GPU would train it.

    What others are trained or measured with is needed only where it is missing.
    """
    installed = _find(weights / run.name)
    need, reason = judge_checkpoint(run, installed)
    minutes = float(installed.training.get("minutes", 0)) if installed else 0.0
    if need is not Need.absent and run.shared:
        need, reason = Need.none, "others are trained or measured with its checkpoint; name it with --only"
    trained = _find(out / run.name) if need is not Need.none else None
    if trained and (installed is None or trained.sha256 != installed.sha256):
        better = judge_checkpoint(run, trained)[0]
        if better is Need.none or (better is Need.cpu and not cuda):
            return RunNeed(run.name, need, reason, minutes, out / run.name)
    return RunNeed(run.name, need, reason, minutes)


def _find(folder: Path) -> TrainedCheckpoint | None:
    """Return the checkpoint of a folder; None where there is none, or a damaged one, which is as good as none."""
    try:
        return find_trained(folder)
    except MissingFile:
        return None


def sort_by_need(needs: Iterable[RunNeed]) -> list[RunNeed]:
    """Return needs most first; of equal ones that first whose checkpoint had fewest minutes of a device."""
    return sorted(needs, key=lambda one: (one.need, one.minutes))
