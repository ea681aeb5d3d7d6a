"""Training of an arm on the pack: ``ssagan``, ``ssagan-contrastive`` or ``attngan-contrastive``.

Every caption's states of words are computed once, before the first step, and lie on the device in half precision. At
every log row the average's pictures of validation captions are compared with the real ones; the best checkpoint stays.
"""

from collections.abc import Mapping
from dataclasses import asdict, replace
from functools import partial
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from hub import devices
from hub.command import list_flags
from hub.encoders import efficientnet_lite, load_for_loss
from hub.encoders.frozen_networks import TextStates
from hub.encoders.word_reader import WordReader
from hub.errors import DataError
from hub.methods.contrastive.attention_generator import AttentionSizes
from hub.methods.contrastive.config import ARMS, ContrastiveConfig
from hub.methods.contrastive.damsm import DAMSM, GuideEye, load_damsm
from hub.methods.contrastive.kid_chooser import KidChooser, draw_whole
from hub.methods.contrastive.step import ContrastiveStep, FrozenNetworks, PairedBatch
from hub.methods.data.pack import Pack, read_pack
from hub.methods.scad.features import FrozenFeatures
from hub.methods.scad.train import finite
from hub.methods.training import Resume, Rng, channels_last, save_grid, save_weights
from hub.progress import console
from hub.training_frame import TrainingFrame


class PairedBatches:
    """Batches of a pack that lies on the device whole, two wordings of each picture."""

    def __init__(self, pack: Pack, texts: TextStates, device: torch.device, rng: Rng) -> None:
        moved = {name: getattr(pack, name).to(device) for name in ("images", "concept", "text_offsets")}
        self.pack, self.texts, self.rng = replace(pack, **moved), texts, rng

    def __call__(self, n: int) -> PairedBatch:
        """Draw ``n`` different pictures, or as many as there are, and two wordings of each."""
        rng, pack = self.rng.generator, self.pack
        rows = torch.randperm(len(pack), generator=rng, device=pack.images.device)[:n]
        said = pack.text_pairs(rows, rng).flatten()
        sentences, words, mask = (part[said] for part in self.texts)
        return PairedBatch(pack.images[rows].float() / 127.5 - 1, sentences, words.float(), mask, pack.concept[rows])


def read_texts(pack: Pack, device: torch.device) -> TextStates:
    """Return the states of every text of a pack on the device, words in half precision.

    Raises: DataError for a pack of an older build, which has no tokens.
    """
    if pack.tokens is None:
        raise DataError("This pack has no tokens: build it again, python -m hub.methods.data build --pack FILE.")
    found = WordReader(device=device)(pack.tokens)
    return TextStates(found.sentences, found.words.half(), found.mask)


def load_frozen(config: ContrastiveConfig, device: torch.device, damsm: Path) -> FrozenNetworks:
    """Return the frozen networks of an arm on a device. Raises: UnknownName, MissingFile."""
    guide = load_for_loss(config.guide)
    guide.model.to(device)
    features = None
    if config.trunk == "features":
        features = channels_last(FrozenFeatures(efficientnet_lite(config.features), (1, 2, 3), config.seen).to(device))
    elif config.trunk != "pixels":
        raise DataError(f"{config.trunk!r} is no trunk of a discriminator: features or pixels.")
    return FrozenNetworks(features, GuideEye(guide), load_damsm(damsm).to(device))


def train(config: ContrastiveConfig, pack_path: Path, out: Path, damsm: Path = DAMSM) -> Path:
    """Train one arm until ``config.images`` images are seen; go on from ``out/resume.pt`` when it is there.

    Writes ``out/model.safetensors`` (the EMA generator of the best row), ``log.csv`` and sample grids, with a row for
    each of eight validation captions.

    Raises: DataError, also where the losses are no longer finite; MissingFile, Stopped.
    """
    torch.manual_seed(config.seed)
    device = devices.pick_device()
    pack, held = (read_pack(pack_path, split, config.styles) for split in ("train", "validation"))
    step = ContrastiveStep(config, device, load_frozen(config, device, damsm))
    captions = read_texts(held, device)
    first = held.text_offsets[:-1].to(device)
    captions = TextStates(*(part[first] for part in captions))
    chooser = KidChooser(held, captions, config.judged, device) if config.judged else None
    shown = torch.linspace(0, len(held) - 1, 8).long().to(device)
    batches = PairedBatches(pack, read_texts(pack, device), device, step.rng)
    return loop(config, step, batches, TextStates(*(part[shown] for part in captions)), chooser, out)


def loop(
    config: ContrastiveConfig,
    step: ContrastiveStep,
    batches: PairedBatches,
    shown: TextStates,
    chooser: KidChooser | None,
    out: Path,
) -> Path:
    """Train until the budget is spent; returns the checkpoint's path. ``shown`` are the texts of the sample grid.

    Raises: DataError, Stopped.
    """
    parts = step.parts | ({"chooser": chooser} if chooser else {})
    resume, sums = Resume(out / "resume.pt", parts), dict[str, Tensor]()
    title, total = f"Training {config.name}", config.images // config.batch
    console.print(f"{config.name} on {step.describe()}", markup=False, highlight=False, soft_wrap=True)
    with TrainingFrame(out, title, total, resume, every=config.every, minutes=config.minutes) as frame:
        logged = frame.done
        for n in frame:
            sigma = config.blur * max(0.0, 1 - n * config.batch / config.blur_images)
            sums = {name: sums.get(name, 0) + value for name, value in step(batches(config.batch), sigma).items()}
            if frame.due():
                scores = finite({name: value.item() / (n + 1 - logged) for name, value in sums.items()}, n + 1)
                seen, model = (n + 1) * config.batch, step.ema.model
                best = chooser(model) if chooser else True
                kid = {"kid": chooser.found[-1]} if chooser else {}
                frame.row(step=n + 1, images=seen, rate=round(frame.rate * config.batch, 1), **scores, **kid)
                frame.show("grid.png", partial(sample_grid, model, shown))
                if best:
                    facts = {"images_seen": seen, "validation_kid": chooser.found if chooser else []}
                    save_model(config, step, out, facts, frame.seconds)
                frame.keep()
                frame.note(f"{frame.rate * config.batch:.0f} images/s")
                sums, logged = {}, n + 1
    return out / "model.safetensors"


def sample_grid(model: Any, texts: TextStates, path: Path, columns: int = 8) -> None:
    """Write a sheet: one of ``texts`` a row, a seed a column, the same noise each time."""
    z = torch.randn(columns, model.noise, generator=torch.Generator().manual_seed(0)).to(texts.sentences.device)
    every = TextStates(*(part.repeat_interleave(columns, 0) for part in texts))
    save_grid(draw_whole(model, z.repeat(len(texts.sentences), 1), every), path, columns)


def command(config: ContrastiveConfig) -> str:
    """Return the command that trains this, with the flags that differ from the arm's own."""
    flags = list_flags(config, ARMS[config.name])
    return " ".join(["python -m hub.methods.contrastive", config.name, "--pack emoji.safetensors", *flags])


def save_model(
    config: ContrastiveConfig, step: ContrastiveStep, out: Path, facts: Mapping[str, Any], seconds: float
) -> None:
    """Write the EMA generator in half precision with its config and its training's facts."""
    used = [config.features] if config.trunk == "features" else []
    told = {
        **facts,
        "command": command(config),
        "losses": [config.guide, "damsm", *used],
        "device": devices.describe_device(step.device),
        "minutes": round(seconds / 60, 2),
        "seed": config.seed,
        "split": "train",
        "styles": list(config.styles),
        "arm": asdict(config),
    }
    family = "attngan" if isinstance(config.generator, AttentionSizes) else "ssagan"
    stored = {"family": family, **asdict(config.generator)}
    save_weights(out / "model.safetensors", step.ema.model.state_dict(), stored, told)
