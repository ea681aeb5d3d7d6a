"""``python -m tests.hub.methods.pretend_run``: a run that learns nothing, within minutes, and writes a checkpoint."""

import json
import os
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated

import numpy as np
import typer
from safetensors.numpy import save_file

from hub.command import make_command
from hub.errors import DataError
from hub.training_frame import TrainingFrame
from tests.hub.jobs.pretend_training import State


@dataclass(frozen=True)
class UntimedRecipe:
    """What a pretended run is trained by that takes no minutes."""

    name: str = "plain"


@dataclass(frozen=True)
class Recipe:
    """What a pretended run is trained by."""

    name: str = "plain"
    lr: float = 0.1
    images: int = 100
    batch: int = 4
    minutes: float = 0.0


def write_checkpoint(path: Path, step: int = 1, recipe: Recipe | None = None, **facts: object) -> None:
    """Write a checkpoint that tells of its training."""
    told = {"command": "python -m hub.methods.pretend", "images_seen": step, "device": "GPU", "minutes": 1.0, "seed": 0}
    told |= {"arm": asdict(recipe or Recipe()), **facts}
    path.parent.mkdir(parents=True, exist_ok=True)
    save_file({"x": np.full(3, step, np.float16)}, path, {"format": "pt", "training": json.dumps(told)})


def main(
    name: Annotated[str, typer.Argument(help="Its name.")],
    out: Annotated[Path, typer.Option(help="Folder to write to.")],
    pack: Annotated[Path, typer.Option(help="The pack.")],
    minutes: Annotated[float, typer.Option(help="Minutes it may take.")] = 0.0,
    steps: Annotated[int, typer.Option(help="How many steps it takes.")] = 100_000,
    seconds: Annotated[float, typer.Option(help="Seconds of a step.")] = 0.02,
    crash: Annotated[bool, typer.Option(help="Break down by a word.")] = False,
    die: Annotated[bool, typer.Option(help="Break down without one.")] = False,
) -> None:
    """Pretend to train; run again with the same --out to go on after a stop."""
    assert pack.exists()
    state = State(out / "resume.json")
    with TrainingFrame(out, f"Training {name}", steps, state, every=10, minutes=minutes) as frame:
        for n in frame:
            time.sleep(seconds)
            state.steps += 1
            if n == 2 and crash:
                raise DataError("The pretended losses are not finite: lower the rates.")
            if n == 2 and die:
                os._exit(7)
            if frame.due():
                frame.row(step=n + 1, loss=1 / (n + 1))
                write_checkpoint(out / "model.safetensors", n + 1, Recipe(name))
                frame.keep()


if __name__ == "__main__":
    make_command(main, "python -m tests.hub.methods.pretend_run a --out runs/a --pack pack")()
