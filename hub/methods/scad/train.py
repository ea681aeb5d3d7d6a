"""Training of an arm on the pack: ``galip``, the baseline, ``scad``, ``scad-mi`` or ``scad-dd``.

The whole split is on the device as bytes; batches, noise and augmentation are drawn there, and nothing waits for the
device but a log row.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import asdict, replace
from functools import partial
from pathlib import Path
from typing import Any

import torch
import torch.distributed as dist
from torch import Tensor

from hub import devices
from hub.command import list_flags
from hub.encoders import load_for_loss
from hub.errors import DataError
from hub.methods.data.pack import Pack, read_pack
from hub.methods.scad.config import ARMS, GanConfig
from hub.methods.scad.features import frozen
from hub.methods.scad.model import OneStepGenerator
from hub.methods.scad.step import Step
from hub.methods.training import Resume, Rng, agreed, save_grid, save_weights
from hub.progress import console
from hub.training_frame import TrainingFrame

Batch = tuple[Tensor, Tensor]  # images (N, 3, H, W) in [-1, 1], texts (N, D) unit rows


class PackBatches:
    """Batches of a pack that lies on the device whole, pictures and one wording of each drawn there, or two."""

    def __init__(self, pack: Pack, device: torch.device, rng: Rng, paired: bool = False) -> None:
        moved = {name: getattr(pack, name).to(device) for name in ("images", "texts", "text_offsets")}
        self.pack, self.rng, self.paired = replace(pack, **moved), rng, paired

    def __call__(self, n: int) -> Batch:
        """Draw ``n`` different pictures, or as many as there are, and a wording of each, or first one, then another."""
        rng = self.rng.generator
        rows = torch.randperm(len(self.pack), generator=rng, device=self.pack.images.device)[:n]
        images = self.pack.images[rows].float() / 127.5 - 1
        said = self.pack.text_pairs(rows, rng).flatten() if self.paired else self.pack.text_rows(rows, rng)
        return images, self.pack.texts[said]


def sample_grid(model: OneStepGenerator, t: Tensor, path: Path, columns: int = 8) -> None:
    """Write a sheet: a text of ``t`` (rows, D) a row, a seed a column, the same noise each time."""
    device = next(model.parameters()).device
    z = torch.randn(columns, model.config.noise, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        drawn = model(z.repeat(len(t), 1).to(device), t.repeat_interleave(columns, 0).to(device))
        save_grid(drawn, path, columns)


def train(config: GanConfig, pack_path: Path, out: Path) -> Path:
    """Train one arm until ``config.images`` images are seen; go on from ``out/resume.pt`` when it is there.

    Writes ``out/model.safetensors`` (the EMA generator), ``log.csv`` and sample grids, with a row for each of eight
    validation captions.

    Raises: DataError, also where the losses are no longer finite; MissingFile.
    """
    torch.manual_seed(config.seed)
    device = devices.pick_device()
    pack = read_pack(pack_path, "train", config.styles)
    held = read_pack(pack_path, "validation", config.styles)
    guide = load_for_loss(config.guide)
    guide.model.to(device)
    step = Step(config, device, frozen, guide)
    shown = held.first[torch.linspace(0, len(held) - 1, 8).long()]
    losses = [config.guide, *(expert.features for expert in config.experts)]
    facts = {"command": command(config, "python -m hub.methods.scad", "--pack emoji.safetensors"), "losses": losses}
    return loop(config, step, PackBatches(pack, device, step.rng, config.paired), shown, out, facts)


def loop(
    config: GanConfig, step: Step, batches: Callable[[int], Batch], shown: Tensor, out: Path, facts: Mapping[str, Any]
) -> Path:
    """Train until the budget is spent; returns the checkpoint's path.

    ``batches`` gives a batch on the device, each process its own; ``shown`` are the texts (rows, D) of the sample grid.

    Raises: DataError, Stopped.
    """
    rank, world = (dist.get_rank(), dist.get_world_size()) if dist.is_initialized() else (0, 1)
    batch, sums, logged = config.batch * world, dict[str, Tensor](), 0
    frame = TrainingFrame(
        out,
        f"Training {config.name}",
        config.images // batch,
        Resume(out / "resume.pt", step.parts),
        every=config.every,
        minutes=config.minutes,
        agree=agreed if dist.is_initialized() else None,
        leads=not rank,
    )
    if not rank:
        console.print(f"{config.name} on {step.describe()}", markup=False, highlight=False, soft_wrap=True)
    with frame:
        if rank:
            step.rng.generator.manual_seed(config.seed + 1_000_003 * rank + frame.done)
        logged = frame.done
        for n in frame:
            sigma = config.blur * max(0.0, 1 - n * batch / config.blur_images)
            sums = {name: sums.get(name, 0) + value for name, value in step(*batches(config.batch), sigma).items()}
            if frame.due():
                scores = finite({name: value.item() / (n + 1 - logged) for name, value in sums.items()}, n + 1)
                if not rank:
                    frame.row(step=n + 1, images=(n + 1) * batch, rate=round(frame.rate * batch, 1), **scores)
                    frame.show("grid.png", partial(sample_grid, step.ema.model, shown))
                    save_model(config, step, out, {**facts, "images_seen": (n + 1) * batch}, frame.seconds)
                    frame.keep()
                frame.note(f"{frame.rate * batch:.0f} images/s")
                sums, logged = {}, n + 1
    return out / "model.safetensors"


def finite(scores: dict[str, float], step: int) -> dict[str, float]:
    """Return the scores, once they are known to be finite, before anything of them is written.

    Raises: DataError where one is NaN or infinite.
    """
    if broken := [name for name, value in scores.items() if not math.isfinite(value)]:
        raise DataError(
            f"Training broke down by step {step}: {', '.join(broken)} is not finite. The last resume point is kept; "
            "go on from it with lower learning rates."
        )
    return scores


def command(config: GanConfig, program: str, data: str) -> str:
    """Return the command that trains this, with the flags that differ from the arm's own."""
    return " ".join([program, config.name, data, *list_flags(config, ARMS[config.name])])


def save_model(config: GanConfig, step: Step, out: Path, facts: dict[str, object], seconds: float) -> None:
    """Write the EMA generator in half precision with its config and its training's facts."""
    facts = {
        **facts,
        "device": devices.describe_device(step.device),
        "minutes": round(seconds / 60, 2),
        "seed": config.seed,
        "split": "train",
        "styles": list(config.styles),
        "arm": asdict(config),
    }
    save_weights(out / "model.safetensors", step.ema.model.state_dict(), config.generator, facts)
