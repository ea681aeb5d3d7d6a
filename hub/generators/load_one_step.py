"""Loading of the one-step GANs; imported only when one of them is loaded, as it needs torch."""

import json
from pathlib import Path
from typing import Any

import torch
from PIL import Image
from safetensors import safe_open

from hub import devices
from hub.encoders import text_encoder, to_image
from hub.errors import MissingFile
from hub.generators import Draw, OnProgress
from hub.generators.styles import styled
from hub.methods.scad.model import GeneratorConfig, OneStepGenerator
from hub.schema import Request


def read_generator(path: Path) -> tuple[OneStepGenerator, dict[str, Any]]:
    """A checkpoint's generator, ready to draw on the CPU, and its training's facts. Raises MissingFile."""
    if not path.exists():
        raise MissingFile(f"The checkpoint {path} is missing; restore it from the repository.")
    with safe_open(path, "pt") as file:
        metadata = file.metadata()
        state = {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118 - not a mapping
    config, training = json.loads(metadata["config"]), json.loads(metadata["training"])
    model = OneStepGenerator(GeneratorConfig(**{**config, "widths": tuple(config["widths"])}))
    model.load_state_dict(state)  # half precision becomes the model's single precision
    return model.eval().requires_grad_(False), training


def load_gan(path: Path, device: str) -> Draw:
    """The generator of a checkpoint on a device, as what draws. Raises MissingFile."""
    model, training = read_generator(path)
    place = devices.pick_device(device)
    model.to(place)
    encode, styles = text_encoder(), training["styles"]

    def draw(request: Request, picture: Image.Image | None, on_progress: OnProgress) -> Image.Image:
        t = encode([styled(request.prompt, styles)]).to(place)
        z = torch.randn(1, model.config.noise, generator=torch.Generator().manual_seed(request.seed))
        with torch.no_grad():
            image = to_image(model(z.to(place), t)[0])
        on_progress(1.0)
        return image

    return draw
