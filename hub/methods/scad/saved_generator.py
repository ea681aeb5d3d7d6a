"""A one-step generator read from its checkpoint, and the noises that seeds give."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from safetensors import safe_open
from torch import Tensor

from hub.errors import MissingFile
from hub.language.sentence import Sentence
from hub.methods.scad.config import GeneratorConfig
from hub.methods.scad.model import OneStepGenerator


def read_generator(path: Path) -> tuple[OneStepGenerator, dict[str, Any]]:
    """Return a checkpoint's generator, ready to draw on the CPU, and its training's facts. Raises: MissingFile."""
    if not path.exists():
        raise MissingFile(Sentence("The checkpoint {path} is missing; restore it from the repository.", path=path))
    with safe_open(path, "pt") as file:
        metadata = file.metadata()
        state = {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118 - not a mapping
    config, training = json.loads(metadata["config"]), json.loads(metadata["training"])
    model = OneStepGenerator(GeneratorConfig(**{**config, "widths": tuple(config["widths"])}))
    model.load_state_dict(state)  # half precision becomes the model's single precision
    return model.eval().requires_grad_(False), training


def draw_noises(seeds: Sequence[int], size: int) -> Tensor:
    """Return z (N, size), each row by its own seed."""
    return torch.cat([torch.randn(1, size, generator=torch.Generator().manual_seed(seed)) for seed in seeds])
