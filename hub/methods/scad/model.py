"""The one-step text-to-image GAN: one generator shared by every arm, and the frozen-feature discriminator.

After GALIP (Tao et al., CVPR 2023, arXiv 2301.12959): affine blocks driven by noise and sentence embedding, and a
discriminator on frozen features. Our instantiation for 64 px: the first 4x4 grid from noise and text (GALIP's is
from noise alone), batch normalisation before each affine pair, a trunk
that stops at 32x32 and ends in a pixel shuffle that starts from a white page, no tanh; MiniLM's sentence embedding
instead of CLIP's; features of EfficientNet-Lite0 at four depths through fixed random projections, with a small head
and a hinge loss each (Projected GAN, Sauer et al. 2021, arXiv 2111.01007).
"""

from dataclasses import dataclass
from itertools import pairwise

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.nn.utils.parametrizations import spectral_norm


@dataclass(frozen=True)
class GeneratorConfig:
    """Sizes of the generator. ``widths`` are the channels at 4x4, 8x8, 16x16 and 32x32."""

    noise: int = 100
    text: int = 384
    cond: int = 192
    widths: tuple[int, ...] = (128, 192, 128, 64)
    size: int = 64


class Affine(nn.Module):
    """Channel scale and shift from the condition; scale starts at 1, shift at 0."""

    def __init__(self, cond: int, channels: int) -> None:
        super().__init__()
        self.linear = nn.Linear(cond, 2 * channels)
        nn.init.zeros_(self.linear.weight)
        nn.init.zeros_(self.linear.bias)

    def forward(self, x: Tensor, c: Tensor) -> Tensor:
        """x (N, C, H, W), c (N, cond) -> (N, C, H, W)."""
        gamma, beta = self.linear(c)[:, :, None, None].chunk(2, dim=1)
        out: Tensor = x * (1 + gamma) + beta
        return out


class AffinePair(nn.Module):
    """Batch normalisation, then twice affine and LeakyReLU."""

    def __init__(self, cond: int, channels: int) -> None:
        super().__init__()
        self.norm = nn.BatchNorm2d(channels, affine=False)
        self.first, self.second = Affine(cond, channels), Affine(cond, channels)

    def forward(self, x: Tensor, c: Tensor) -> Tensor:
        """x (N, C, H, W), c (N, cond) -> (N, C, H, W)."""
        x = F.leaky_relu(self.first(self.norm(x), c), 0.2)
        return F.leaky_relu(self.second(x, c), 0.2)


class UpBlock(nn.Module):
    """Residual block that doubles the resolution."""

    def __init__(self, cond: int, before: int, after: int) -> None:
        super().__init__()
        self.pair1, self.conv1 = AffinePair(cond, before), nn.Conv2d(before, after, 3, padding=1)
        self.pair2, self.conv2 = AffinePair(cond, after), nn.Conv2d(after, after, 3, padding=1)
        self.shortcut = nn.Conv2d(before, after, 1)

    def forward(self, x: Tensor, c: Tensor) -> Tensor:
        """x (N, before, H, W), c (N, cond) -> (N, after, 2H, 2W)."""
        x = F.interpolate(x, scale_factor=2, mode="nearest")
        residual = self.conv1(self.pair1(x, c))
        residual = self.conv2(self.pair2(residual, c))
        out: Tensor = self.shortcut(x) + residual
        return out


class Generator(nn.Module):
    """Noise and sentence embedding to an image in one step."""

    def __init__(self, config: GeneratorConfig) -> None:
        super().__init__()
        self.config = config
        w, cond = config.widths, config.cond
        self.mix = nn.Sequential(nn.Linear(config.noise + config.text, cond), nn.LeakyReLU(0.2), nn.Linear(cond, cond))
        self.start = nn.Linear(cond, w[0] * 16)  # the layout follows the text too, not the noise alone
        self.blocks = nn.ModuleList(UpBlock(cond, a, b) for a, b in pairwise(w))
        self.last = AffinePair(cond, w[-1])
        self.to_rgb = nn.Conv2d(w[-1], 12, 3, padding=1)
        self.to_rgb.bias = nn.Parameter(torch.ones(12))  # a white page: Adam would take thousands of steps to get there

    def forward(self, z: Tensor, t: Tensor) -> Tensor:
        """z (N, noise) standard normal, t (N, text) unit embeddings -> image (N, 3, 64, 64), about [-1, 1]."""
        # MiniLM's unit rows have entries of about 0.05: bring them to the noise's scale
        c = self.mix(torch.cat([z, t * t.shape[1] ** 0.5], dim=1))  # (N, cond)
        x = self.start(c).view(len(z), -1, 4, 4)
        for block in self.blocks:
            x = block(x, c)
        return F.pixel_shuffle(self.to_rgb(self.last(x, c)), 2)


class Head(nn.Module):
    """Text-conditional logits on one depth of the frozen features, spectrally normalised."""

    def __init__(self, channels: int, text: int, width: int, strided: bool) -> None:
        super().__init__()
        self.project = nn.Conv2d(channels, width, 1, bias=False).requires_grad_(False)  # fixed, random
        nn.init.kaiming_normal_(self.project.weight, nonlinearity="linear")
        self.conv1 = spectral_norm(nn.Conv2d(width, width, 3, stride=2 if strided else 1, padding=1))
        self.text = nn.Linear(text, width)
        self.conv2 = spectral_norm(nn.Conv2d(2 * width, width, 3, padding=1))
        self.logit = spectral_norm(nn.Conv2d(width, 1, 1))

    def forward(self, f: Tensor, t: Tensor) -> Tensor:
        """f (N, C, h, w), t (N, text) -> mean logit (N,)."""
        h = F.leaky_relu(self.conv1(self.project(f)), 0.2)
        tiled = self.text(t)[:, :, None, None].expand(-1, -1, *h.shape[2:])
        h = F.leaky_relu(self.conv2(torch.cat([h, tiled], dim=1)), 0.2)
        logits: Tensor = self.logit(h)
        return logits.mean((1, 2, 3))


class FrozenFeatures(nn.Module):
    """A frozen timm network's features at the given stages of images in [-1, 1], resized to ``size``."""

    def __init__(self, net: nn.Module, stages: tuple[int, ...], size: int) -> None:
        super().__init__()
        self.net = net.eval().requires_grad_(False)
        self.stages, self.size = stages, size

    def train(self, mode: bool = True) -> "FrozenFeatures":
        """Never leaves evaluation mode."""
        return super().train(False)

    def forward(self, x: Tensor) -> list[Tensor]:
        """x (N, 3, H, W) in [-1, 1] -> one (N, C_i, h_i, w_i) a stage. The networks' own mean and std are 0.5, so
        [-1, 1] is what they expect."""
        x = F.interpolate(x, size=self.size, mode="bilinear", align_corners=False)
        features: list[Tensor] = self.net.forward_intermediates(  # type: ignore[operator]
            x, indices=list(self.stages), intermediates_only=True
        )
        return features


class Discriminator(nn.Module):
    """Text-conditional heads on frozen features, each with its own logits."""

    def __init__(self, channels: list[int], text: int = 384, width: int = 64) -> None:
        super().__init__()
        self.heads = nn.ModuleList(Head(c, text, width, strided=i == 0) for i, c in enumerate(channels))

    def forward(self, features: list[Tensor], t: Tensor) -> Tensor:
        """Features from :class:`FrozenFeatures`, t (N, text) -> logits (N, heads)."""
        scaled = t * t.shape[1] ** 0.5
        logits = [head(f, scaled) for head, f in zip(self.heads, features, strict=True)]
        return torch.stack(logits, dim=1)
