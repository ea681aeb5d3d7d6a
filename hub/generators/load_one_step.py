"""Loading of the one-step GANs; imported only when one of them is loaded, as it needs torch."""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path

import torch
from PIL import Image
from safetensors import safe_open
from torch import Tensor

from hub import devices
from hub.encoders import text_encoder, to_image
from hub.generators import NamedPictures, OnProgress
from hub.generators.styles import styled
from hub.methods.scad.model import OneStepGenerator
from hub.methods.scad.saved_generator import draw_noises, read_generator
from hub.schema import Request

BATCH = 64


def read_noises(path: Path, seeds: Sequence[int]) -> Tensor:
    """Return the noises (N, K) that a checkpoint's generator draws from with these seeds."""
    with safe_open(path, "pt") as file:
        return draw_noises(seeds, json.loads(file.metadata()["config"])["noise"])


class OneStepDraw:
    """What draws with a one-step generator, one picture or many at once, on the model's device."""

    def __init__(self, model: OneStepGenerator, styles: Sequence[str], device: torch.device) -> None:
        self.model, self.styles, self.device = model, styles, device
        self.encode = text_encoder()

    def __call__(self, request: Request, pictures: NamedPictures, on_progress: OnProgress) -> Image.Image:
        """Return the picture of a request; it names none."""
        t = self.encode([styled(request.prompt, self.styles)])
        drawn = next(self._images(draw_noises([request.seed], self.model.config.noise), t))
        on_progress(1.0)
        return drawn

    def draw_many(self, requests: Sequence[Request]) -> Iterator[Image.Image]:
        """Yield the picture of each request, drawn in batches; a prompt is embedded once."""
        said = {prompt: row for row, prompt in enumerate(dict.fromkeys(one.prompt for one in requests))}
        texts = [styled(prompt, self.styles) for prompt in said]
        embedded = torch.cat([self.encode(texts[i : i + BATCH]) for i in range(0, len(texts), BATCH)])
        t = embedded[torch.tensor([said[one.prompt] for one in requests])]
        z = draw_noises([one.seed for one in requests], self.model.config.noise)
        for start in range(0, len(z), BATCH):
            yield from self._images(z[start : start + BATCH], t[start : start + BATCH])

    def _images(self, z: Tensor, t: Tensor) -> Iterator[Image.Image]:
        with torch.no_grad():
            drawn = self.model(z.to(self.device), t.to(self.device))
        yield from map(to_image, drawn)


def load_gan(path: Path, device: str) -> OneStepDraw:
    """Return what draws with a checkpoint on a device. Raises MissingFile."""
    model, training = read_generator(path)
    place = devices.pick_device(device)
    model.to(place)
    return OneStepDraw(model, training["styles"], place)
