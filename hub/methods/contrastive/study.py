"""``python -m hub.methods.contrastive.study``: train the study's runs; ``eval.studies.contrastive`` measures them.

SSA-GAN without contrast, with each and with both, over seeds, all on one budget of images. A run that was finished is
kept, a stopped one goes on.
"""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Any

import typer

from hub.command import add_flags, make_command
from hub.errors import DataError
from hub.methods.contrastive.__main__ import WEIGHTS_OF_ARMS
from hub.methods.contrastive.config import FAKE, REAL, SSAGAN, ContrastiveConfig
from hub.methods.contrastive.train import train
from hub.methods.scad.study import images_seen
from hub.progress import console

BASE, FF, FR, BOTH = "ssagan", "ssagan-ff", "ssagan-fr", "ssagan-both"
CONTRASTS = {BASE: (0.0, 0.0), FF: (FAKE, 0.0), FR: (0.0, REAL), BOTH: (FAKE, REAL)}  # weights


@dataclass(frozen=True)
class ContrastRun:
    """An arm of the study with its seed."""

    arm: str
    seed: int

    @property
    def name(self) -> str:
        """Return a folder's name."""
        return f"{self.arm}-seed{self.seed}"


def plan_runs(seeds: tuple[int, ...]) -> list[ContrastRun]:
    """List every run, seed by seed, so that a study that is broken off has whole seeds."""
    return [ContrastRun(arm, seed) for seed in seeds for arm in CONTRASTS]


def train_runs(base: ContrastiveConfig, runs: list[ContrastRun], pack: Path, out: Path) -> None:
    """Train what is missing. Raises: DataError for a run in ``out`` that has seen more than the budget."""
    for run in runs:
        if (seen := images_seen(out / run.name)) > base.images:
            raise DataError(f"{out / run.name} has seen {seen} images, more than {base.images}: name another folder.")
        ff, fr = CONTRASTS[run.arm]
        console.print(f"{run.name}: {seen:,} of {base.images:,} images seen", markup=False)
        train(replace(base, fake_to_fake=ff, fake_to_real=fr, seed=run.seed), pack, out / run.name)


@add_flags(ContrastiveConfig, leave=("seed", "minutes", "judged", *WEIGHTS_OF_ARMS))
def main(
    pack: Annotated[Path, typer.Option(help="The file written by hub.methods.data build --pack.")],
    out: Annotated[Path, typer.Option(help="Folder of the runs.")] = Path("runs/study"),
    seeds: Annotated[str, typer.Option(help="Seeds, comma-separated.")] = "0,1,2",
    **flags: Any,
) -> None:
    """Train the study's runs, the last checkpoint of each kept, so that all saw as much; run it again to go on."""
    try:
        numbers = tuple(int(seed) for seed in seeds.split(","))
    except ValueError as error:
        raise DataError(f"{seeds!r} is no list of seeds: give them as 0,1,2.") from error
    base = replace(SSAGAN, **{**flags, "judged": 0, "styles": tuple(flags["styles"])})
    train_runs(base, plan_runs(numbers), pack, out)
    console.print(f"Measure them: python -m eval.studies.contrastive --runs {out}", markup=False, soft_wrap=True)


if __name__ == "__main__":
    make_command(main, "python -m hub.methods.contrastive.study --pack emoji.safetensors --images 200000")()
