"""DAMSM, the matching of images and captions by words and by sentences, on frozen networks.

After AttnGAN (arXiv 1711.10485, section 3.2). Our instantiation: the guide's ConvNeXt in place of Inception v3 (its two
middle grids joined, 64 regions), MiniLM in place of a bi-LSTM, both frozen, so that four linear maps are what is
learnt. A class, whose other rows are no wrong answers, is a concept.
"""

from pathlib import Path
from typing import NamedTuple

import torch
import torch.nn.functional as F
from safetensors import safe_open
from torch import Tensor, nn

from hub.encoders import LossEncoder
from hub.encoders.frozen_networks import TextStates
from hub.errors import MissingFile
from hub.files import WEIGHTS
from hub.methods.contrastive.loss import match_words, matching_loss

DIM = 128
DAMSM = WEIGHTS / "damsm" / "model.safetensors"


class PictureView(NamedTuple):
    """Pictures as the guide sees them: regions (N, R, C), the pooled end (N, C'), and its embedding (N, D)."""

    regions: Tensor
    pooled: Tensor
    embedding: Tensor


class GuideEye:
    """The guide's image network, whose one pass serves DAMSM and both contrasts. Pictures are in [-1, 1], 64 px."""

    regions, pooled = 64 + 128, 256  # channels

    def __init__(self, guide: LossEncoder) -> None:
        self.trunk, self.head = guide.model.visual.trunk, guide.model.visual.head.proj

    def __call__(self, x: Tensor) -> PictureView:
        """Return what it makes of pictures (N, 3, 64, 64), differentiable in them."""
        last, grids = self.trunk.forward_intermediates(x, indices=[1, 2])
        middle = torch.cat([grids[0], F.interpolate(grids[1], scale_factor=2, mode="nearest")], dim=1)
        pooled = self.trunk.forward_head(last)
        return PictureView(middle.flatten(2).transpose(1, 2), pooled, self.head(pooled))


class Damsm(nn.Module):
    """Linear maps of regions, pooled pictures, words and sentences to one space."""

    def __init__(self) -> None:
        super().__init__()
        self.region, self.word = nn.Linear(GuideEye.regions, DIM), nn.Linear(384, DIM)
        self.picture, self.sentence = nn.Linear(GuideEye.pooled, DIM), nn.Linear(384, DIM)

    def likeness(self, view: PictureView, texts: TextStates) -> tuple[Tensor, Tensor]:
        """Return how alike N pictures and M texts are, by words and by sentences, (N, M) each."""
        words = F.normalize(self.word(texts.words), dim=2)
        regions = F.normalize(self.region(view.regions), dim=2)
        pictures, sentences = self.picture(view.pooled), self.sentence(texts.sentences)
        cosines = F.normalize(pictures, dim=1) @ F.normalize(sentences, dim=1).T
        return match_words(regions, words, texts.mask), cosines

    def forward(self, view: PictureView, texts: TextStates, classes: Tensor) -> Tensor:
        """Return the loss of N pictures and their texts, row by row: both levels, both ways."""
        by_words, by_sentences = self.likeness(view, texts)
        return matching_loss(by_words, classes) + matching_loss(by_sentences, classes)


def load_damsm(path: Path) -> Damsm:
    """Return the trained maps, frozen. Raises: MissingFile where there is no checkpoint."""
    if not path.exists():
        raise MissingFile(f"{path} is missing: train it by python -m hub.methods.contrastive.train_damsm.")
    model = Damsm()
    with safe_open(path, "pt") as file:
        model.load_state_dict({key: file.get_tensor(key).float() for key in file.keys()})  # noqa: SIM118
    return model.eval().requires_grad_(False)
