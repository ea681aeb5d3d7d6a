"""``python -m hub.methods.diffusion.fine_tune RUN``: train a run's network on, at low noise alone.

There the whole training, in which all times weigh alike, leaves a dither of a few levels of 255. Ours: the absolute
error of v, which small errors on flat colours move as much as large ones at edges; times below a quarter; half of each
batch is not noised pictures but what one step of the network makes of noisier ones, as a sampler's last steps see them.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import torch
import typer
from diffusers import UNet2DConditionModel
from torch import Tensor, nn

from hub import devices
from hub.command import make_command
from hub.methods.augmentation import shift_pictures
from hub.methods.data.pack import Pack, read_pack
from hub.methods.diffusion.loss import mix_noise
from hub.methods.diffusion.model import build_scheduler, fold, predict, read_unet
from hub.methods.diffusion.pixel_pipeline import PixelPipeline
from hub.methods.diffusion.step import SHIFT
from hub.methods.diffusion.train import caption_conditions
from hub.methods.training import Ema, Resume, Rng, save_weights
from hub.pixel_pipeline_folder import UNET
from hub.progress import console
from hub.training_frame import TrainingFrame

BATCH, RATE, WARM_UP, DECAY, SEED, DROP = 24, 1e-4, 30, 0.99, 1, 0.1
LEAST, MOST = 30, 280  # times of the first half of a batch
STEPS = (67, 133, 200, 266)  # times of a sampler's last four of 15 steps; the other half is taken from one to the next
EVERY = 50


def step_down(unet: UNet2DConditionModel, x: Tensor, times: tuple[Tensor, Tensor], condition: Tensor) -> Tensor:
    """Return noisy pictures x (N, 12, h, w) at times (N,) brought to others by one step of DDIM (arXiv 2010.02502)."""
    alphas = build_scheduler().alphas_cumprod.to(x)
    a, b = (alphas[time].view(-1, 1, 1, 1) for time in times)
    v = predict(unet, x, times[0], condition)
    clean, noise = a.sqrt() * x - (1 - a).sqrt() * v, a.sqrt() * v + (1 - a).sqrt() * x
    down: Tensor = b.sqrt() * clean.clamp(-1, 1) + (1 - b).sqrt() * noise
    return down


class LowNoiseStep:
    """The network in training and its average; called, it takes a step and returns the loss."""

    def __init__(self, unet: UNet2DConditionModel, pack: Pack, device: torch.device) -> None:
        self.unet = unet.to(device).train().requires_grad_(True)
        self.average, self.rng = Ema(self.unet, DECAY), Rng(device, SEED)
        self.pictures, self.conditions = pack.images.to(device), caption_conditions(pack, device)
        self.optimiser = torch.optim.AdamW(self.unet.parameters(), lr=RATE, betas=(0.9, 0.99), weight_decay=0.01)
        self.alphas = build_scheduler().alphas_cumprod.to(device)
        self.parts = {"unet": self.unet, "average": self.average, "optimiser": self.optimiser, "rng": self.rng}

    def draw_batch(self) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Return clean and noisy folded pictures (N, 12, h, w), times (N,) and conditions (N, D)."""
        rng, device = self.rng.generator, self.pictures.device
        rows = torch.randint(0, len(self.pictures), (BATCH,), generator=rng, device=device)
        x = fold(shift_pictures(self.pictures[rows].float() / 127.5 - 1, SHIFT, rng), self.unet)
        condition = self.conditions(rows, rng) * (torch.rand(BATCH, 1, generator=rng, device=device) >= DROP)
        half, last = BATCH // 2, torch.tensor(STEPS, device=device)
        which = torch.randint(1, len(STEPS), (BATCH - half,), generator=rng, device=device)
        first = torch.randint(LEAST, MOST, (half,), generator=rng, device=device)
        noise = torch.randn(x.shape, generator=rng, device=device)
        noisy, _ = mix_noise(x, noise, self.alphas[torch.cat([first, last[which]])])
        with torch.no_grad():
            times = last[which], last[which - 1]
            noisy[half:] = step_down(self.average.model, noisy[half:], times, condition[half:])
        return x, noisy, torch.cat([first, last[which - 1]]), condition

    def __call__(self) -> Tensor:
        """Take a step."""
        x, noisy, times, condition = self.draw_batch()
        a = self.alphas[times].view(-1, 1, 1, 1)
        clean = a.sqrt() * noisy - (1 - a).sqrt() * predict(self.unet, noisy, times, condition)
        loss: Tensor = ((clean - x).abs() / (1 - a).sqrt()).mean()
        self.optimiser.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(self.unet.parameters(), 1.0)
        self.optimiser.step()
        self.average.update(self.unet)
        return loss.detach()


def fine_tune(run: Path, pack: Path, out: Path, images: int, minutes: float) -> Path:
    """Write the pipeline of ``run``, trained on, to ``out/pipeline``; a stopped one goes on where it was.

    Raises: DataError, MissingFile, Stopped.
    """
    device, (unet, before) = devices.pick_device(), read_unet(run / "pipeline" / UNET)
    step, losses = LowNoiseStep(unet, read_pack(pack, "train"), device), list[Tensor]()
    command = f"python -m hub.methods.diffusion.fine_tune runs/diffusion --pack emoji.safetensors --images {images}"
    told = {"device": devices.describe_device(device), "seed": SEED, "batch": BATCH, "lr": RATE, "command": command}
    resume = Resume(out / "resume.pt", step.parts)
    title, total = "Training at low noise", images // BATCH
    with TrainingFrame(out, title, total, resume, every=EVERY, minutes=minutes) as frame:
        for number in frame:
            over = max(number / total, (frame.seconds - frame.before) / (60 * minutes) if minutes else 0.0)
            for group in step.optimiser.param_groups:
                group["lr"] = RATE * min(1.0, (number + 1) / WARM_UP) * min(1.0, max(0.03, 2 * (1 - over)))
            losses.append(step())
            if frame.due():
                seen = (number + 1) * BATCH
                frame.row(step=number + 1, images=seen, loss=torch.stack(losses).mean().item())
                save(out, step, before, {**told, "images_seen": seen, "minutes": round(frame.seconds / 60, 2)})
                frame.keep()
                losses.clear()
    return out / "pipeline"


def save(out: Path, step: LowNoiseStep, before: Mapping[str, Any], told: Mapping[str, Any]) -> None:
    """Write the average's pipeline in half precision: the facts of the training before, and of this one."""
    pipeline = PixelPipeline(step.average.model, build_scheduler())
    pipeline.save_pretrained(out / "pipeline")
    facts = {**before, "fine_tuned": dict(told)}
    save_weights(out / "pipeline" / UNET, pipeline.unet.state_dict(), dict(pipeline.unet.config), facts)


def main(
    run: Annotated[Path, typer.Argument(help="Folder of the run, which stays as it is.")],
    pack: Annotated[Path, typer.Option(help="The file written by hub.methods.data build --pack.")],
    out: Annotated[Path, typer.Option(help="Folder of the new run.")] = Path("runs/fine-tuned"),
    images: Annotated[int, typer.Option(help="How many images to see.", min=BATCH)] = 24_000,
    minutes: Annotated[float, typer.Option(help="Stop after so many minutes; 0: not before the end.", min=0)] = 0.0,
) -> None:
    """Train a run's network on at low noise; run again with the same --out to go on after a stop."""
    console.print(f"Wrote {fine_tune(run, pack, out, images, minutes)}", markup=False, soft_wrap=True)


if __name__ == "__main__":
    make_command(main, "python -m hub.methods.diffusion.fine_tune runs/diffusion --pack emoji.safetensors")()
