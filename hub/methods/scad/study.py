"""``python -m hub.methods.scad.study``: train every run of the study; ``python -m eval.studies.scad`` measures them.

Measuring is in ``eval``, which methods know nothing of. A run is an arm, the weights it was given and a seed; all have
one budget. A run that was finished is kept, a stopped one goes on. Several of these commands may run side by side on
one card, each with seeds of its own.
"""

import json
import time
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer
from safetensors import SafetensorError, safe_open

from hub.command import add_flags, make_command
from hub.errors import DataError
from hub.methods.scad.config import ARMS, GanConfig
from hub.methods.scad.train import train
from hub.progress import console

CLIP_WEIGHTS = (0.0, 1.0, 16.0)  # beside the arms' own, 4
MI_WEIGHTS = (0.1, 10.0)  # beside the arms' own, 1


class StudyPart(StrEnum):
    """Parts of the study: the arms, the collapse curve over the CLIP weight, the sweep of the MI weight."""

    arms = "arms"
    clip = "clip"
    mi = "mi"


@dataclass(frozen=True)
class Run:
    """An arm with its weights and seed."""

    arm: str
    clip_weight: float
    mi_weight: float
    seed: int

    @property
    def name(self) -> str:
        """Return a folder's name: ``galip-clip16-seed0``; weights that are the arm's own are not said."""
        own = ARMS[self.arm]
        clip = "" if self.clip_weight == own.clip_weight else f"-clip{self.clip_weight:g}"
        mi = "" if self.mi_weight == own.mi_weight else f"-mi{self.mi_weight:g}"
        return f"{self.arm}{clip}{mi}-seed{self.seed}"


def plan(parts: tuple[StudyPart, ...], seeds: tuple[int, ...]) -> list[Run]:
    """List every run of these parts, seed by seed, so that a study that is broken off has whole seeds."""
    own = {name: (arm.clip_weight, arm.mi_weight) for name, arm in ARMS.items()}
    wanted = [(name, *own[name]) for name in ARMS] if StudyPart.arms in parts else []
    if StudyPart.clip in parts:
        wanted += [(name, clip, own[name][1]) for clip in CLIP_WEIGHTS for name in ("galip", "scad")]
    if StudyPart.mi in parts:
        wanted += [("scad-mi", own["scad-mi"][0], mi) for mi in MI_WEIGHTS]
    return [Run(*one, seed) for seed in seeds for one in wanted]


def images_seen(folder: Path) -> int:
    """Return how many images the run in a folder has seen; 0 where there is none."""
    path = folder / "model.safetensors"
    if not path.exists():
        return 0
    try:
        with safe_open(path, "numpy") as file:
            return int(json.loads(file.metadata()["training"])["images_seen"])
    except SafetensorError:
        return 0  # half a file: the run goes on from its resume point


def train_all(flags: dict[str, Any], runs: list[Run], pack: Path, out: Path) -> int:
    """Train what is missing, each by these fields of its config; returns how many are whole.

    ``minutes`` among them are for all runs together.

    Raises: DataError for a run in ``out`` that has seen more than the budget.
    """
    base = GanConfig(**flags)
    start, whole, target = time.monotonic(), 0, base.images // base.batch * base.batch
    for run in runs:
        seen = images_seen(out / run.name)
        if seen > target:
            raise DataError(f"{out / run.name} has seen {seen} images, more than {target}: name another folder.")
        left = base.minutes - (time.monotonic() - start) / 60
        if seen < target and (not base.minutes or left > 0):
            own = {"clip_weight": run.clip_weight, "mi_weight": run.mi_weight, "seed": run.seed}
            own["minutes"] = left if base.minutes else 0.0
            config = replace(ARMS[run.arm], **{**flags, **own})
            console.print(f"{run.name}: {seen:,} of {target:,} images seen", markup=False)
            train(config, pack, out / run.name)
            seen = images_seen(out / run.name)
        whole += seen == target
    return whole


@add_flags(GanConfig, leave=("seed", "clip_weight", "mi_weight"))
def main(
    pack: Annotated[Path, typer.Option(help="The file written by hub.methods.data build --pack.")],
    out: Annotated[Path, typer.Option(help="Folder of the runs.")] = Path("runs/study"),
    part: Annotated[list[StudyPart] | None, typer.Option(help="Only this part (may be given again).")] = None,
    seeds: Annotated[str, typer.Option(help="Seeds, comma-separated.")] = "0,1,2",
    **flags: Any,
) -> None:
    """Train the study's runs; --minutes is for all of them together. Run it again to go on."""
    try:
        numbers = tuple(int(seed) for seed in seeds.split(","))
    except ValueError as error:
        raise DataError(f"{seeds!r} is no list of seeds: give them as 0,1,2.") from error
    runs = plan(tuple(part or StudyPart), numbers)
    whole = train_all({**flags, "styles": tuple(flags["styles"])}, runs, pack, out)
    console.print(f"{whole} of {len(runs)} runs are whole. Measure them: python -m eval.studies.scad --runs {out}",
                  markup=False, soft_wrap=True)  # fmt: skip


if __name__ == "__main__":
    make_command(main, "python -m hub.methods.scad.study --pack emoji.safetensors --images 200000 --batch 128")()
