"""Loading of SSA-GAN and AttnGAN, which look at a prompt's words too; imported only when one of them is loaded."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import torch
from PIL import Image

from hub import devices
from hub.encoders import text_encoder, to_image
from hub.encoders.frozen_networks import TextStates
from hub.generators import NamedPictures, OnProgress
from hub.generators.styles import styled
from hub.methods.contrastive.saved_contrastive import read_contrastive
from hub.methods.scad.saved_generator import draw_noises
from hub.schema import Request

TOGETHER = 64  # pictures


class ContrastiveDraw:
    """What draws with one of these generators, one picture or many at once, on the model's device."""

    def __init__(self, model: Any, styles: Sequence[str], device: torch.device) -> None:
        self.model, self.styles, self.device = model, styles, device
        self.encoder = text_encoder()

    def __call__(self, request: Request, pictures: NamedPictures, on_progress: OnProgress) -> Image.Image:
        """Return the picture of a request; it names none."""
        drawn = next(self.draw_many([request]))
        on_progress(1.0)
        return drawn

    def draw_many(self, requests: Sequence[Request]) -> Iterator[Image.Image]:
        """Yield the picture of each request, drawn in batches."""
        for start in range(0, len(requests), TOGETHER):
            batch = requests[start : start + TOGETHER]
            read = self.encoder.read([styled(one.prompt, self.styles) for one in batch])
            texts = TextStates(*(part.to(self.device) for part in read))
            z = draw_noises([one.seed for one in batch], self.model.noise).to(self.device)
            with torch.no_grad():
                yield from map(to_image, self.model(z, texts)[-1])


def load_contrastive(path: Path, device: str) -> ContrastiveDraw:
    """Return what draws with a checkpoint on a device. Raises: MissingFile."""
    model, training = read_contrastive(path)
    place = devices.pick_device(device)
    return ContrastiveDraw(model.to(place), training["styles"], place)
