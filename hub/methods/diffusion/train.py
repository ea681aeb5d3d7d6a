"""Training of the pixel diffusion model on the pack, as `diffusion` was: conditions are captions' embeddings."""

from collections.abc import Callable, Mapping
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from hub import devices
from hub.command import list_flags
from hub.methods.cuda_graph import GraphedStep, set_learning_rate
from hub.methods.data.pack import Pack, read_pack
from hub.methods.diffusion.config import TrainConfig
from hub.methods.diffusion.model import build_scheduler, scale_text
from hub.methods.diffusion.pixel_pipeline import PixelPipeline
from hub.methods.diffusion.step import DiffusionStep, schedule
from hub.methods.diffusion.validation import Validation, judge_averages
from hub.methods.training import Resume, save_grid, save_weights
from hub.progress import console
from hub.training_frame import TrainingFrame


def train(config: TrainConfig, pack_path: Path, out: Path) -> Path:
    """Train on captions and write the pipeline to ``out/pipeline``; a stopped run goes on where it was.

    Raises: DataError, MissingFile, Stopped.
    """
    torch.manual_seed(config.seed)
    device = devices.pick_device()
    pack = read_pack(pack_path, "train", config.styles)
    held = read_pack(pack_path, "validation", config.styles)
    step = DiffusionStep(config, pack.images, caption_conditions(pack, device), device)
    flags = " ".join(list_flags(config, TrainConfig()))
    command = f"python -m hub.methods.diffusion --pack emoji.safetensors {flags}".rstrip()
    return loop(config, step, held.images, scale_text(held.first), out, {"command": command})


def caption_conditions(pack: Pack, device: torch.device) -> Callable[[Tensor, torch.Generator], Tensor]:
    """Return what draws one wording of each row, as conditions on a device."""
    texts, offsets = scale_text(pack.texts).to(device), pack.text_offsets.to(device)

    def draw(rows: Tensor, rng: torch.Generator) -> Tensor:
        start = offsets[rows]
        count = offsets[rows + 1] - start
        return texts[start + (torch.rand(len(rows), generator=rng, device=device) * count).long()]

    return draw


def loop(
    config: TrainConfig, step: DiffusionStep, real: Tensor, conditions: Tensor, out: Path, facts: Mapping[str, Any]
) -> Path:
    """Run the training loop. ``real`` are held-out pictures (N, 3, H, W) uint8, with ``conditions`` (N, D) of them.

    Written after each row: ``pipeline``, ``log.csv`` and ``grid.png``, eight seeds of eight conditions. Raises Stopped.
    """
    validation = Validation(real, conditions, config.minutes)
    resume, total, told = Resume(out / "resume.pt", step.parts), config.images // config.batch, list[Tensor]()
    update = GraphedStep(step, step.device, [step.optimiser], [step.rng.generator])
    console.print(f"{step.describe()}, {update.describe()}", markup=False, highlight=False, soft_wrap=True)
    title, every, minutes = "Training the diffusion model", config.every, config.minutes
    with TrainingFrame(out, title, total, resume, every=every, minutes=minutes) as frame:
        for n in frame:
            set_learning_rate(step.optimiser, config.lr * schedule(n, share_over(frame, n), config.warm_up))
            told.append(update()["loss"])  # on the device, read once a row
            step.average()
            if frame.due():
                seen, rate = (n + 1) * config.batch, frame.rate * config.batch
                loss = torch.stack(told).mean().item()
                frame.row(step=n + 1, images=seen, rate=round(rate, 1), loss=loss)
                save_pipeline(config, step, 0, out, {**facts, "images_seen": seen}, frame.seconds)
                frame.show("grid.png", partial(save_grid, validation.draw_grid(step.averages[0].model)))
                frame.keep()
                frame.note(f"{rate:.0f} images/s")
                told.clear()
        if config.judged:
            save_best(config, step, validation, out, facts, frame)
    return out / "pipeline"


def save_best(
    config: TrainConfig,
    step: DiffusionStep,
    validation: Validation,
    out: Path,
    facts: Mapping[str, Any],
    frame: TrainingFrame,
) -> None:
    """Write the pipeline of the average whose pictures of held-out conditions are nearest to the real ones, by KID."""
    rows = validation.choose_rows(config.judged, len(step.averages))
    if not len(rows):
        console.print("Too few minutes to choose between the averages: the shorter one is kept.")
        return
    found = judge_averages([one.model for one in step.averages], validation.real[rows], validation.conditions[rows])
    told = {**facts, "images_seen": frame.step * config.batch, "validation_kid": found, "judged_by": len(rows)}
    save_pipeline(config, step, found.index(min(found)), out, told, frame.seconds)


def share_over(frame: TrainingFrame, step: int) -> float:
    """Return the share of a run that is over, by its steps or, where it has a limit, its minutes."""
    share = step / frame.total
    return max(share, (frame.seconds - frame.before) / (60 * frame.minutes)) if frame.minutes else share


def save_pipeline(
    config: TrainConfig, step: DiffusionStep, which: int, out: Path, facts: Mapping[str, Any], seconds: float
) -> None:
    """Write the pipeline of one average in half precision, the training's facts in its UNet's metadata."""
    pipeline = PixelPipeline(step.averages[which].model, build_scheduler())
    pipeline.save_pretrained(out / "pipeline")
    facts = {
        "device": devices.describe_device(step.device),
        "minutes": round(seconds / 60, 2),
        "seed": config.seed,
        "split": "train",
        "styles": list(config.styles),
        "ema": config.widths_of_ema[which],
        "config": asdict(config),
        "losses": [],
        **facts,
    }
    path = out / "pipeline" / "unet" / "diffusion_pytorch_model.safetensors"
    save_weights(path, pipeline.unet.state_dict(), dict(pipeline.unet.config), facts)
