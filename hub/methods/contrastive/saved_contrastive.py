"""Generators of this method read from their checkpoints, by the loading of entries and by whoever compares them."""

import json
from dataclasses import fields
from pathlib import Path
from typing import Any

from safetensors import safe_open

from hub.errors import MissingFile
from hub.language.sentence import Sentence
from hub.methods.contrastive.attention_generator import AttentionGenerator, AttentionSizes
from hub.methods.contrastive.ssa_generator import SsaGenerator, SsaSizes
from hub.methods.contrastive.step import make_generator

SIZES: dict[str, type[SsaSizes] | type[AttentionSizes]] = {"ssagan": SsaSizes, "attngan": AttentionSizes}


def read_contrastive(path: Path) -> tuple[SsaGenerator | AttentionGenerator, dict[str, Any]]:
    """Return a checkpoint's generator, ready to draw on the CPU, and its training's facts. Raises: MissingFile."""
    if not path.exists():
        raise MissingFile(Sentence("The checkpoint {path} is missing; restore it from the repository.", path=path))
    with safe_open(path, "pt") as file:
        metadata = file.metadata()
        state = {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118 - not a mapping
    config, training = json.loads(metadata["config"]), json.loads(metadata["training"])
    kind = SIZES[config["family"]]
    given: dict[str, Any] = {one.name: config[one.name] for one in fields(kind)}
    given = {name: tuple(value) if isinstance(value, list) else value for name, value in given.items()}
    sizes = kind(**given)
    model = make_generator(sizes)
    model.load_state_dict(state)  # half precision becomes the model's single precision
    return model.eval().requires_grad_(False), training
