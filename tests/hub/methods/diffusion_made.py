"""Small pixel diffusion networks and pipelines."""

from pathlib import Path

import torch
from diffusers import UNet2DConditionModel

from hub.methods.diffusion.config import DiffusionConfig
from hub.methods.diffusion.model import build_scheduler, build_unet
from hub.methods.diffusion.pixel_pipeline import PixelPipeline
from hub.methods.training import save_weights

SMALL = DiffusionConfig(widths=(16, 32), attention=(False, True), head_dim=16, groups=8)


def made_unet(config: DiffusionConfig = SMALL, seed: int = 0) -> UNet2DConditionModel:
    """A network with random weights, its last layer's too."""
    torch.manual_seed(seed)
    return build_unet(config).eval().requires_grad_(False)


def made_pipeline(config: DiffusionConfig = SMALL) -> PixelPipeline:
    """A pipeline of such a network."""
    return PixelPipeline(made_unet(config), build_scheduler())


def write_unet(path: Path, config: DiffusionConfig = SMALL) -> Path:
    """Write a network as a training on a GPU leaves it: one file, the UNet's own config in the metadata."""
    unet = made_unet(config)
    save_weights(path, unet.state_dict(), dict(unet.config), {"images_seen": 8, "minutes": 0.1, "seed": 0})
    return path


def seeded(*seeds: int) -> list[torch.Generator]:
    """One generator a picture."""
    return [torch.Generator().manual_seed(seed) for seed in seeds]
