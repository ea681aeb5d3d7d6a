"""A small one-step generator that was never trained, and an adaptation of it in a few steps."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import torch

from hub.encoders import load_for_loss, text_encoder
from hub.methods.ipl.config import IplConfig, PromptArm
from hub.methods.ipl.latent_draws import LatentDraws
from hub.methods.ipl.prompt_encoder import PromptEncoder
from hub.methods.ipl.step import AdaptStep, PromptStep
from hub.methods.scad.config import GeneratorConfig
from hub.methods.scad.model import Affine, OneStepGenerator
from hub.methods.training import Rng, save_weights

SMALL = GeneratorConfig(cond=16, widths=(16, 16, 8, 8))
LABELS = ["red apple", "cat", "umbrella", "fire engine", "snowman", "pencil"]
FLAT, SOLID = "flat, in Fluent style", "3D, glossy, soft light"
CONFIG = IplConfig(
    "scad", FLAT, SOLID, encoder="guide", mapper_steps=2, steps=4, mapper_batch=4, batch=2, layers=3, every=2
)
CPU = torch.device("cpu")


def make_generator() -> OneStepGenerator:
    """A small generator whose pictures follow its latent, drawn with the same numbers each time."""
    torch.manual_seed(5)
    model = OneStepGenerator(SMALL).eval()
    for affine in (m for m in model.modules() if isinstance(m, Affine)):
        torch.nn.init.normal_(affine.linear.weight, std=0.2)
    return model.requires_grad_(False)


def write_source(folder: Path, **facts: Any) -> Path:
    """Write the small generator as a finished training of a folder, and return the folder."""
    told = {"styles": [], "losses": ["guide"], "images_seen": 1, "seed": 0, "minutes": 0.1, "split": "train"}
    path = folder / "model.safetensors"
    save_weights(path, make_generator().state_dict(), SMALL, {**told, "command": "python -m none", **facts})
    return folder


def make_steps(arm: PromptArm, **changes: Any) -> tuple[PromptStep | None, AdaptStep]:
    """Both stages of an arm on the small generator, with the guide as the loss's encoder."""
    config = replace(CONFIG, arm=arm, **changes)
    prompts = PromptEncoder(load_for_loss("guide"), text_encoder())
    draws = LatentDraws(make_generator(), LABELS, FLAT, text_encoder(), CPU)
    torch.manual_seed(0)
    rng = Rng(CPU, 0)
    learned = None if arm is PromptArm.nada else PromptStep(config, draws, prompts, rng)
    direction = prompts.words(SOLID) - prompts.words(FLAT)
    return learned, AdaptStep(config, draws, prompts, rng, direction, learned)
