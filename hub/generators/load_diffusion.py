"""Loading of the embedded diffusion pipeline; imported only when it is loaded, as it needs torch."""

import json
from pathlib import Path

import torch
from PIL import Image
from safetensors import safe_open

from hub import devices
from hub.encoders import text_encoder, to_image
from hub.errors import MissingFile
from hub.generators import Draw, OnProgress, Sampling
from hub.generators.styles import styled
from hub.language.sentence import Sentence
from hub.methods.diffusion.model import read_pipeline
from hub.schema import Request


def load_pipeline(folder: Path, device: str, sampling: Sampling) -> Draw:
    """The pipeline of a folder as what draws. Raises MissingFile, and ValueError for another scheduler."""
    unet = folder / "unet" / "diffusion_pytorch_model.safetensors"
    for path in (folder / "model_index.json", unet, folder / "vae" / unet.name):
        if not path.exists():
            raise MissingFile(Sentence("The checkpoint {path} is missing; restore it from the repository.", path=path))
    with safe_open(unet, "pt") as file:
        styles = json.loads(file.metadata()["training"])["styles"]
    pipeline = read_pipeline(folder)
    if (scheduler := type(pipeline.scheduler).__name__) != sampling.scheduler:
        raise ValueError(f"{folder} has the scheduler {scheduler}, not {sampling.scheduler}")
    pipeline.to(devices.pick_device(device))
    encode, steps = text_encoder(), sampling.steps or 1
    scale = 1.0 if sampling.guidance_scale is None else sampling.guidance_scale  # 1: no guidance

    def draw(request: Request, picture: Image.Image | None, on_progress: OnProgress) -> Image.Image:
        t = encode([styled(request.prompt, styles)])
        rng = [torch.Generator().manual_seed(request.seed)]
        x = pipeline(t, rng, steps, scale, on_step=lambda done: on_progress(done / steps))
        return to_image(x[0])

    return draw
