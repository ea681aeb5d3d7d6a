"""Latents drawn at random: noise, and the caption of a concept on which generators are trained."""

from collections.abc import Sequence
from pathlib import Path

import torch
from torch import Tensor

from hub.encoders import TextEncoder
from hub.methods.data.concepts import load_labels
from hub.methods.data.pack import read_captions
from hub.methods.data.packages import STYLES
from hub.methods.scad.model import OneStepGenerator
from hub.methods.scad.saved_generator import draw_noises
from hub.methods.training import Rng

AT_ONCE = 256  # captions embedded at once
SHOWN = 8  # pictures of a preview


def read_labels(pack: Path | None) -> list[str]:
    """Return the training concepts' labels: those that came with the code, or those of a pack's captions.

    Raises: MissingFile, DataError for a pack that can't be read.
    """
    if pack is None:
        return load_labels()
    found = read_captions(pack, "train")
    for style in STYLES:
        found = tuple(caption.removesuffix(f", {style.words}") for caption in found)
    return list(dict.fromkeys(found))


class LatentDraws:
    """Latents of a source: of random noise and a caption of one of ``labels`` with the words of the source's style."""

    def __init__(
        self, model: OneStepGenerator, labels: Sequence[str], words: str, text: TextEncoder, device: torch.device
    ) -> None:
        said = [f"{label}, {words}" for label in labels]
        chunks = [text(said[start : start + AT_ONCE]) for start in range(0, len(said), AT_ONCE)]
        self.model, self.labels, self.texts = model, list(labels), torch.cat(chunks).to(device)
        self.device = device

    @torch.no_grad()
    def __call__(self, n: int, rng: Rng) -> Tensor:
        """Return ``n`` latents (n, cond), each of a caption of its own where there are as many."""
        rows = torch.randperm(len(self.texts), generator=rng.generator, device=rng.generator.device)[:n]
        z = torch.randn(len(rows), self.model.config.noise, generator=rng.generator, device=rng.generator.device)
        return self.model.latent(z.to(self.device), self.texts[rows.to(self.device)])

    @torch.no_grad()
    def shown(self) -> Tensor:
        """Return the latents (8, cond) of a preview, the same in every run: seeds 0 to 7, labels from first to last."""
        rows = torch.linspace(0, len(self.texts) - 1, SHOWN).long()
        z = draw_noises(range(SHOWN), self.model.config.noise)
        return self.model.latent(z.to(self.device), self.texts[rows.to(self.device)])
