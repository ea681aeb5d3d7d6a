"""Training of the CLIP-aided GANs on the pack: ``galip``, the baseline.

Hinge and matching-aware loss on frozen EfficientNet-Lite0 features, MA-GP, and -4 cos of the guide's embeddings
(methods of GALIP; the networks are our instantiation, see ``model.py``). One batch of fakes serves both updates.
"""

import time
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from hub import devices
from hub.encoders import efficientnet_lite, load_for_loss
from hub.methods.data.pack import Pack, read_pack
from hub.methods.scad.loss import alignment, hinge_discriminator, matching_aware_penalty
from hub.methods.scad.model import Discriminator, FrozenFeatures, Generator, GeneratorConfig
from hub.methods.training import (
    Ema,
    Log,
    Resume,
    blur,
    channels_last,
    save_grid,
    save_weights,
    shift_and_colour,
)
from hub.progress import bar


@dataclass(frozen=True)
class GanConfig:
    """One arm and its budget. ``images`` is how many real images are seen."""

    name: str = "galip"
    images: int = 200_000
    styles: tuple[str, ...] = ()
    batch: int = 16
    lr_g: float = 4e-4
    lr_d: float = 2e-4
    betas: tuple[float, float] = (0.0, 0.99)
    clip_weight: float = 4.0
    penalty: float = 2.0
    ema: float = 0.999
    feature_size: int = 96
    blur: float = 4.0  # pixels, at the start
    blur_images: int = 24_000  # until the blur is gone
    every: int = 250  # steps between log rows, grids and resume points
    seed: int = 0
    generator: GeneratorConfig = field(default_factory=GeneratorConfig)


class Step:
    """The networks, optimisers and one update of both players."""

    def __init__(self, config: GanConfig, device: torch.device) -> None:
        self.config, self.device = config, device
        lite0 = efficientnet_lite("efficientnet-lite0")
        channels = [info["num_chs"] for info in lite0.feature_info]  # type: ignore[union-attr]
        stages = tuple(range(1, len(channels)))
        self.features = FrozenFeatures(lite0, stages, config.feature_size).to(device)
        self.d = Discriminator([channels[i] for i in stages], config.generator.text).to(device)
        self.g = channels_last(Generator(config.generator).to(device))
        self.guide = load_for_loss("guide")
        self.guide.model.to(device)
        self.ema = Ema(self.g, config.ema)
        self.opt_g = torch.optim.Adam(self.g.parameters(), lr=config.lr_g, betas=config.betas)
        trained = [p for p in self.d.parameters() if p.requires_grad]
        self.opt_d = torch.optim.Adam(trained, lr=config.lr_d, betas=config.betas)

    def __call__(self, real: Tensor, t: Tensor, sigma: float) -> dict[str, float]:
        """One update on real images (N, 3, H, W) in [-1, 1] and their texts (N, D).

        The discriminator sees all images blurred by ``sigma`` pixels, as in StyleGAN-XL (arXiv 2202.00273): while the
        generator can do no better than colours and layout, sharp edges would tell its images at once.
        """
        real, t = real.to(self.device), t.to(self.device)
        fake = self.g(torch.randn(len(t), self.config.generator.noise, device=self.device), t)
        with torch.no_grad():
            real_f = self.features(blur(shift_and_colour(real), sigma))
        seen = self.features(blur(shift_and_colour(fake), sigma))  # one augmentation for both updates
        f = [x.detach().requires_grad_(True) for x in real_f]
        t_leaf = t.detach().requires_grad_(True)
        real_logit = self.d(f, t_leaf)
        mismatched = self.d(real_f, t.roll(1, 0))
        loss_d = hinge_discriminator(real_logit, self.d([x.detach() for x in seen], t), mismatched)
        penalty = matching_aware_penalty(real_logit.mean(1), [*f, t_leaf], self.config.penalty)
        self.opt_d.zero_grad(set_to_none=True)
        (loss_d + penalty).backward()
        self.opt_d.step()
        adversarial = -self.d(seen, t).mean()
        cosine = alignment(self.guide.pixels(shift_and_colour(fake)), self.guide.sentences(t))
        self.opt_g.zero_grad(set_to_none=True)
        (adversarial + self.config.clip_weight * cosine).backward()
        self.opt_g.step()
        self.ema.update(self.g)
        return {"d": loss_d.item(), "penalty": penalty.item(), "g": adversarial.item(), "cos": -cosine.item()}

    @property
    def parts(self) -> dict[str, Any]:
        """What a resume point holds."""
        return {"g": self.g, "d": self.d, "ema": self.ema, "opt_g": self.opt_g, "opt_d": self.opt_d}


def sample_grid(model: Generator, pack: Pack, path: Path, rows: int = 8, columns: int = 8) -> None:
    """Write a sheet: a caption a row, a seed a column, the same captions and noise each time."""
    device = next(model.parameters()).device
    z = torch.randn(columns, model.config.noise, generator=torch.Generator().manual_seed(0))
    picked = torch.linspace(0, len(pack) - 1, rows).long()
    t = pack.first[picked].repeat_interleave(columns, 0)
    with torch.no_grad():
        save_grid(model(z.repeat(rows, 1).to(device), t.to(device)), path, columns)


def train(config: GanConfig, pack_path: Path, out: Path) -> Path:
    """Train one arm until ``config.images`` images are seen; go on from ``out/resume.pt`` when it is there.

    Writes ``out/model.safetensors`` (the EMA generator), ``log.csv`` and sample grids.
    """
    torch.manual_seed(config.seed)
    device = devices.pick()
    pack = read_pack(pack_path, "train", config.styles)
    held = read_pack(pack_path, "validation", config.styles)
    step = Step(config, device)
    out.mkdir(parents=True, exist_ok=True)
    log, resume = Log(out / "log.csv"), Resume(out / "resume.pt", step.parts)
    done, before = resume.load()
    total, start = config.images // config.batch, time.monotonic()
    rng = torch.Generator().manual_seed(config.seed + done)
    with bar() as progress:
        task = progress.add_task(f"Training {config.name}", total=total, completed=done, note="")
        for n in range(done, total):
            rows = torch.randperm(len(pack), generator=rng)[: config.batch]
            real = pack.images[rows].float() / 127.5 - 1
            sigma = config.blur * max(0.0, 1 - n * config.batch / config.blur_images)
            got = step(real, pack.texts[pack.text_rows(rows, rng)], sigma)
            progress.advance(task)
            if (n + 1) % config.every == 0 or n + 1 == total:
                seconds = before + time.monotonic() - start
                log.write(step=n + 1, images=(n + 1) * config.batch, **got)
                sample_grid(step.ema.model, held, out / "grid.png")
                resume.save(n + 1, seconds)
                save_model(config, step, out, n + 1, seconds)
                rate = (n + 1 - done) * config.batch / (time.monotonic() - start)
                progress.update(task, note=f"{rate:.0f} images/s")
    return out / "model.safetensors"


def save_model(config: GanConfig, step: Step, out: Path, steps: int, seconds: float) -> None:
    """Write the EMA generator in half precision with its config and its training's facts."""
    styles = "".join(f" --style {style}" for style in config.styles)
    facts = {
        "device": devices.describe(step.device),
        "minutes": round(seconds / 60, 2),
        "images_seen": steps * config.batch,
        "seed": config.seed,
        "split": "train",
        "styles": list(config.styles),
        "command": f"python -m hub.methods.scad --pack emoji.safetensors --images {steps * config.batch}{styles}",
        "arm": asdict(config),
        "losses": ["guide", "efficientnet-lite0"],
    }
    save_weights(out / "model.safetensors", step.ema.model.state_dict(), config.generator, facts)
