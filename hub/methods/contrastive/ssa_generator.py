"""SSA-GAN's generator (Liao et al., CVPR 2022, arXiv 2104.00567): text enters where a predicted mask lets it.

Our instantiation: sizes, MiniLM's sentence embedding in place of a bi-LSTM's, channels of the mask's predictor, and the
end of ``hub.methods.scad``: the trunk stops at half the side and ends in a pixel shuffle that starts from a white page,
without tanh, as most of these pictures' pixels are 1, where a tanh does not learn.
"""

from dataclasses import dataclass
from itertools import pairwise

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from hub.encoders.frozen_networks import TextStates
from hub.errors import DataError
from hub.methods.scad.discriminators import scaled


@dataclass(frozen=True)
class SsaSizes:
    """Sizes of the generator; ``widths`` are the channels at 4x4, 8x8, ... up to half of ``size``."""

    noise: int = 100
    text: int = 384
    hidden: int = 128  # of the layers that make scale and shift of a text
    mask: int = 16  # channels of a mask's predictor
    widths: tuple[int, ...] = (128, 96, 48, 32)
    size: int = 64


class SemanticSpatialNorm(nn.Module):
    """BN without its own scale and shift, then (1 + m g(t)) x + m b(t), as in the paper; g and b start at 0."""

    def __init__(self, text: int, hidden: int, channels: int) -> None:
        super().__init__()
        self.norm = nn.BatchNorm2d(channels, affine=False)
        last = nn.Linear(hidden, 2 * channels)
        nn.init.zeros_(last.weight)
        nn.init.zeros_(last.bias)
        self.told = nn.Sequential(nn.Linear(text, hidden), nn.ReLU(), last)

    def forward(self, x: Tensor, t: Tensor, m: Tensor) -> Tensor:
        """Return x (N, C, H, W) under texts t (N, text) where the mask m (N, 1, H, W) is."""
        g, b = self.told(t)[:, :, None, None].chunk(2, dim=1)
        out: Tensor = self.norm(x) * (1 + m * g) + m * b
        return out


class MaskPredictor(nn.Module):
    """The mask (N, 1, H, W) in 0 to 1 that the next block's text enters through."""

    def __init__(self, channels: int, hidden: int) -> None:
        super().__init__()
        layers = (nn.Conv2d(channels, hidden, 3, padding=1, bias=False), nn.BatchNorm2d(hidden), nn.ReLU())
        self.net = nn.Sequential(*layers, nn.Conv2d(hidden, 1, 1))

    def forward(self, x: Tensor) -> Tensor:
        """Return the mask of x (N, C, H, W)."""
        return torch.sigmoid(self.net(x))


class SsaBlock(nn.Module):
    """Shortcut + gamma residual, gamma starting at 0; the residual is twice a norm with text, ReLU, conv3."""

    def __init__(self, sizes: SsaSizes, before: int, after: int) -> None:
        super().__init__()
        self.norm1 = SemanticSpatialNorm(sizes.text, sizes.hidden, before)
        self.norm2 = SemanticSpatialNorm(sizes.text, sizes.hidden, after)
        self.conv1 = nn.Conv2d(before, after, 3, padding=1, bias=False)  # a norm follows
        self.conv2 = nn.Conv2d(after, after, 3, padding=1)
        self.shortcut = nn.Conv2d(before, after, 1) if before != after else nn.Identity()
        self.gamma = nn.Parameter(torch.zeros(1))

    def forward(self, x: Tensor, t: Tensor, m: Tensor) -> Tensor:
        """Return x (N, before, H, W) under texts t (N, text) through the mask m (N, 1, H, W), as (N, after, H, W)."""
        residual = self.conv1(F.relu(self.norm1(x, t, m)))
        residual = self.conv2(F.relu(self.norm2(residual, t, m)))
        out: Tensor = self.shortcut(x) + self.gamma * residual
        return out


class SsaGenerator(nn.Module):
    """Noise and sentence to a picture; the first grid and the first mask are of the noise alone."""

    def __init__(self, sizes: SsaSizes) -> None:
        super().__init__()
        if sizes.size != 4 * 2 ** len(sizes.widths):
            raise DataError(f"{len(sizes.widths)} widths make {4 * 2 ** len(sizes.widths)} px, not {sizes.size}.")
        self.sizes, w = sizes, sizes.widths
        self.start = nn.Linear(sizes.noise, w[0] * 16)
        pairs = [(w[0], w[0]), *pairwise(w)]
        self.blocks = nn.ModuleList(SsaBlock(sizes, before, after) for before, after in pairs)
        self.masks = nn.ModuleList(MaskPredictor(before, sizes.mask) for before, _ in pairs)
        self.to_rgb = nn.Sequential(nn.LeakyReLU(0.2), nn.Conv2d(w[-1], 12, 3, padding=1))
        start_white(self.to_rgb[1])

    @property
    def noise(self) -> int:
        """Return how many random numbers a picture is drawn from."""
        return self.sizes.noise

    def forward(self, z: Tensor, texts: TextStates) -> list[Tensor]:
        """Return pictures (N, 3, size, size), about [-1, 1], of z (N, noise), standard normal: a list of one stage."""
        t = scaled(texts.sentences)
        x = self.start(z).view(len(z), -1, 4, 4)
        for depth, (block, mask) in enumerate(zip(self.blocks, self.masks, strict=True)):
            m = mask(x)  # predicted by what came before, before it is doubled
            if depth:
                x, m = (F.interpolate(one, scale_factor=2, mode="nearest") for one in (x, m))
            x = block(x, t, m)
        return [F.pixel_shuffle(self.to_rgb(x), 2)]


def start_white(conv: nn.Module) -> None:
    """Set the convolution that makes colours so that it starts from a white page; before a shuffle, cells alike."""
    assert isinstance(conv, nn.Conv2d) and conv.bias is not None
    with torch.no_grad():
        conv.bias.fill_(1.0)
        if conv.out_channels > 3:
            conv.weight.copy_(conv.weight[::4].repeat_interleave(4, dim=0))
