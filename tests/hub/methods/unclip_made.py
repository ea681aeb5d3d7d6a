"""Small unCLIP pipelines."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import torch

from hub.methods.diffusion.config import DiffusionConfig
from hub.methods.diffusion.model import build_scheduler
from hub.methods.unclip.config import IMAGE, PriorConfig, TranslatorConfig
from hub.methods.unclip.model import Statistics, build_prior, build_translator
from hub.methods.unclip.saved_pipeline import TrainedPart, write_pipeline
from hub.methods.unclip.unclip_pipeline import UnclipPipeline
from tests.hub.methods.diffusion_made import SMALL, made_unet

DECODER_CONFIG: DiffusionConfig = replace(SMALL, condition=IMAGE)
FACTS: dict[str, Any] = {
    "device": "a card", "minutes": 0.1, "images_seen": 8, "seed": 0, "split": "train", "styles": [],
    "command": "python -m hub.methods.unclip.train_decoder --pack emoji.safetensors --images 8",
}  # fmt: skip
MLP = TranslatorConfig(width=16, blocks=2)
TRANSFORMER = PriorConfig(heads=2, head_dim=8, layers=1)


def made_statistics() -> Statistics:
    """Statistics that are not those of standardised data."""
    found: Statistics = Statistics()
    for number, part in enumerate(("text", "image", "head")):
        rng = torch.Generator().manual_seed(number)
        width = 384 if part == "text" else IMAGE
        found.take(part, torch.randn(width, generator=rng), torch.rand(width, generator=rng) + 0.5)
    rounded: Statistics = found.half().float()
    return rounded


def made_unclip(prior: bool = False, seed: int = 0) -> UnclipPipeline:
    """A pipeline with random weights."""
    unet = made_unet(DECODER_CONFIG, seed)
    network = build_prior(TRANSFORMER) if prior else build_translator(MLP)
    return UnclipPipeline(unet, network.eval().requires_grad_(False), made_statistics(), build_scheduler())


def write_unclip(out: Path, seed: int = 0) -> Path:
    """Write one as a training does, with facts; returns its folder."""
    made = made_unclip(seed=seed)
    parts = TrainedPart(made.decoder, FACTS), TrainedPart(made.translator, {**FACTS, "device": "CPU"})
    return write_pipeline(out, *parts, made.statistics)
