"""Training of the latent diffusion model on the pack: the autoencoder, then the UNet.

The autoencoder minimises L1 plus squared error of augmented pictures; the UNet minimises the squared error of v
(Salimans & Ho 2022, arXiv 2202.00512) with the caption dropped with probability 0.1.
"""

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F
from diffusers import AutoencoderTiny, UNet2DConditionModel
from torch import Tensor

from hub import devices
from hub.methods.data.pack import Pack, read_pack
from hub.methods.diffusion.model import (
    CaptionPipeline,
    DiffusionConfig,
    as_token,
    build_scheduler,
    build_unet,
    build_vae,
)
from hub.methods.training import Ema, Resume, save_grid, save_weights
from hub.training_frame import TrainingFrame


@dataclass(frozen=True)
class TrainConfig:
    """Budgets of both stages, in images seen."""

    vae_images: int = 24_000
    images: int = 400_000
    styles: tuple[str, ...] = ()
    batch: int = 32
    vae_batch: int = 16
    lr: float = 5e-4
    vae_lr: float = 1e-3
    drop: float = 0.1
    ema: float = 0.999
    every: int = 250
    seed: int = 0
    model: DiffusionConfig = field(default_factory=DiffusionConfig)


def shifted(x: Tensor, rng: torch.Generator, reach: int = 4) -> Tensor:
    """The batch moved by one random offset of up to ``reach`` pixels, white coming in."""
    dy, dx = (int(v) for v in torch.randint(0, 2 * reach + 1, (2,), generator=rng))
    h, w = x.shape[-2:]
    return F.pad(x, [reach] * 4, value=1.0)[..., dy : dy + h, dx : dx + w]


def loop(
    config: TrainConfig,
    title: str,
    total: int,
    parts: dict[str, Any],
    out: Path,
    update: Callable[[torch.Generator], dict[str, float]],
    show: Callable[[TrainingFrame], None],
) -> float:
    """Run ``update`` for ``total`` steps with a log and resume points; returns the training seconds.

    ``show``, given the frame, writes what a resume point's state looks like. Raises Stopped.
    """
    resume = Resume(out / f"{title}.pt", parts)
    with TrainingFrame(out, f"Training the {title}", total, resume, log=f"{title}.csv", every=config.every) as frame:
        rng = torch.Generator().manual_seed(config.seed + frame.done)
        for n in frame:
            got = update(rng)
            if frame.due():
                frame.row(step=n + 1, **got)
                show(frame)
                frame.keep()
                frame.note(f"{frame.rate:.2f} steps/s, {got}")
        return frame.seconds


def train_vae(config: TrainConfig, pack: Pack, out: Path, device: torch.device) -> tuple[AutoencoderTiny, float]:
    """The autoencoder trained on ``pack``, with its latents scaled to unit variance, and its seconds."""
    vae = build_vae(config.model).to(device, memory_format=torch.channels_last)
    total = config.vae_images // config.vae_batch
    optimiser = torch.optim.Adam(vae.parameters(), lr=config.vae_lr)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, config.vae_lr, total_steps=total + 1, pct_start=0.05)

    def update(rng: torch.Generator) -> dict[str, float]:
        rows = torch.randperm(len(pack), generator=rng)[: config.vae_batch]
        x = shifted(pack.images[rows].float() / 127.5 - 1, rng).to(device, memory_format=torch.channels_last)
        again = vae.decode(vae.encode(x).latents).sample
        loss = (again - x).abs().mean() + (again - x).square().mean()
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        optimiser.step()
        schedule.step()
        return {"l1": (again - x).abs().mean().item(), "loss": loss.item()}

    @torch.no_grad()
    def show(frame: TrainingFrame) -> None:
        x = pack.images[:32].float().to(device) / 127.5 - 1
        again = vae.decode(vae.encode(x).latents).sample
        frame.show("vae.png", partial(save_grid, torch.cat([x, again])))

    parts = {"vae": vae, "optimiser": optimiser, "schedule": schedule}
    seconds = loop(config, "vae", total, parts, out, update, show)
    vae.eval().requires_grad_(False)
    vae.register_to_config(scaling_factor=1 / encode(vae, pack, device).std().item())
    return vae, seconds


@torch.no_grad()
def encode(vae: AutoencoderTiny, pack: Pack, device: torch.device, reach: int = 0) -> Tensor:
    """Raw latents of every picture, (N, C, 8, 8), moved by up to ``reach`` pixels."""
    rng = torch.Generator().manual_seed(reach)
    parts = []
    for rows in torch.arange(len(pack)).split(64):
        x = pack.images[rows].float() / 127.5 - 1
        x = shifted(x, rng, reach) if reach else x
        parts.append(vae.encode(x.to(device)).latents.cpu())
    return torch.cat(parts)


def train(config: TrainConfig, pack_path: Path, out: Path) -> Path:
    """Train both stages and write the pipeline to ``out/pipeline``; a stopped run goes on where it was."""
    torch.manual_seed(config.seed)
    device = devices.pick_device()
    out.mkdir(parents=True, exist_ok=True)
    pack = read_pack(pack_path, "train", config.styles)
    held = read_pack(pack_path, "validation", config.styles)
    vae, vae_seconds = train_vae(config, pack, out, device)
    latents = torch.stack([encode(vae, pack, device, reach) for reach in range(4)]) * vae.config.scaling_factor
    unet = build_unet(config.model).to(device)
    ema = Ema(unet, config.ema)
    total = config.images // config.batch
    optimiser = torch.optim.AdamW(unet.parameters(), lr=config.lr, weight_decay=0.01)
    pipeline = CaptionPipeline(ema.model, vae, build_scheduler())

    def update(rng: torch.Generator) -> dict[str, float]:
        rows = torch.randint(0, len(pack), (config.batch,), generator=rng)
        copy = torch.randint(0, len(latents), (config.batch,), generator=rng)
        t = pack.texts[pack.text_rows(rows, rng)]
        t = t * (torch.rand(len(t), 1, generator=rng) >= config.drop)
        loss = v_loss(unet, latents[copy, rows].to(device), t.to(device), rng)
        optimiser.param_groups[0]["lr"] = config.lr * min(1.0, (ema.steps + 1) / 200)
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(unet.parameters(), 1.0)
        optimiser.step()
        ema.update(unet)
        return {"loss": loss.item()}

    def show(frame: TrainingFrame) -> None:
        t = held.first[torch.linspace(0, len(held) - 1, 8).long()].repeat_interleave(8, 0)
        rngs = [torch.Generator().manual_seed(i) for i in range(8)] * 8
        frame.show("grid.png", partial(save_grid, pipeline(t, rngs)))
        save_pipeline(config, pipeline, out, ema.steps * config.batch, vae_seconds + frame.seconds)

    loop(config, "unet", total, {"unet": unet, "ema": ema, "optimiser": optimiser}, out, update, show)
    return out / "pipeline"


def v_loss(unet: UNet2DConditionModel, x: Tensor, t: Tensor, rng: torch.Generator) -> Tensor:
    """Mean squared error of the predicted v at uniform times of latents x (N, C, h, w) with texts t (N, D)."""
    scheduler = build_scheduler()
    steps = torch.randint(0, scheduler.config.num_train_timesteps, (len(x),), generator=rng).to(x.device)
    noise = torch.randn(x.shape, generator=rng).to(x)
    alpha = scheduler.alphas_cumprod.to(x)[steps].view(-1, 1, 1, 1)
    noisy = alpha.sqrt() * x + (1 - alpha).sqrt() * noise
    v = alpha.sqrt() * noise - (1 - alpha).sqrt() * x
    predicted = unet(noisy, steps, encoder_hidden_states=as_token(t)).sample
    return F.mse_loss(predicted, v)


def save_pipeline(config: TrainConfig, pipeline: CaptionPipeline, out: Path, images: int, seconds: float) -> None:
    """Write the pipeline in half precision, the training's facts in its UNet's metadata."""
    folder = out / "pipeline"
    pipeline.save_pretrained(folder)
    vae = folder / "vae" / "config.json"
    kept = {key: value for key, value in json.loads(vae.read_text()).items() if key != "block_out_channels"}
    vae.write_text(json.dumps(kept, indent=2) + "\n")  # diffusers writes a key that it warns of on reading
    styles = "".join(f" --style {style}" for style in config.styles)
    facts = {
        "device": devices.describe_device(pipeline.unet.device),
        "minutes": round(seconds / 60, 2),
        "images_seen": images,
        "vae_images_seen": config.vae_images,
        "seed": config.seed,
        "split": "train",
        "styles": list(config.styles),
        "command": f"python -m hub.methods.diffusion --pack emoji.safetensors --images {images}{styles}",
        "config": asdict(config),
        "losses": [],
    }
    for name in ("unet", "vae"):
        module = getattr(pipeline, name)
        path = folder / name / "diffusion_pytorch_model.safetensors"
        save_weights(path, module.state_dict(), config.model, facts)
