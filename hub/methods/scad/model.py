"""The one-step text-to-image generator, shared by every arm, so that differences are the method's.

After GALIP (Tao et al., CVPR 2023, arXiv 2301.12959): affine blocks driven by noise and sentence embedding. Our
instantiation: the first 4x4 grid from noise and text (GALIP's is from noise alone), batch normalisation before each
affine pair, a trunk that stops at half the side and ends in a pixel shuffle that starts from a white page, the pixels
of a cell alike (Aitken et al. 2017, arXiv 1707.02937), no tanh; in the embedded arms MiniLM's sentence embedding
instead of CLIP's.
"""

from collections.abc import Sequence
from itertools import pairwise

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from hub.errors import DataError
from hub.methods.scad.config import GeneratorConfig


class Affine(nn.Module):
    """Channel scale and shift from the condition; scale starts at 1, shift at 0."""

    def __init__(self, cond: int, channels: int) -> None:
        super().__init__()
        self.linear = nn.Linear(cond, 2 * channels)
        nn.init.zeros_(self.linear.weight)
        nn.init.zeros_(self.linear.bias)

    def forward(self, x: Tensor, c: Tensor) -> Tensor:
        """Return x (N, C, H, W) under the condition c (N, cond), of its shape."""
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
        """Return x (N, C, H, W) under the condition c (N, cond), of its shape."""
        x = F.leaky_relu(self.first(self.norm(x), c), 0.2)
        return F.leaky_relu(self.second(x, c), 0.2)


class UpBlock(nn.Module):
    """Residual block that doubles the resolution."""

    def __init__(self, cond: int, before: int, after: int) -> None:
        super().__init__()
        self.pair1, self.conv1 = AffinePair(cond, before), nn.Conv2d(before, after, 3, padding=1)
        self.pair2, self.conv2 = AffinePair(cond, after), nn.Conv2d(after, after, 3, padding=1)
        self.shortcut = nn.Conv2d(before, after, 1)

    def forward(self, x: Tensor, first: Tensor, second: Tensor) -> Tensor:
        """Return x (N, before, H, W) as (N, after, 2H, 2W), each affine pair under its own condition (N, cond)."""
        x = F.interpolate(x, scale_factor=2, mode="nearest")
        residual = self.conv1(self.pair1(x, first))
        residual = self.conv2(self.pair2(residual, second))
        out: Tensor = self.shortcut(x) + residual
        return out


class OneStepGenerator(nn.Module):
    """Noise and sentence embedding to an image in one step."""

    single = ("last.", "to_rgb.")  # weights that compute in single precision, whatever the others do

    def __init__(self, config: GeneratorConfig) -> None:
        super().__init__()
        if config.size != 4 * 2 ** len(config.widths):
            raise DataError(f"{len(config.widths)} widths make {4 * 2 ** len(config.widths)} px, not {config.size}.")
        self.config = config
        w, cond = config.widths, config.cond
        self.mix = nn.Sequential(nn.Linear(config.noise + config.text, cond), nn.LeakyReLU(0.2), nn.Linear(cond, cond))
        self.start = nn.Linear(cond, w[0] * 16)  # the layout follows the text too, not the noise alone
        self.blocks = nn.ModuleList(UpBlock(cond, a, b) for a, b in pairwise(w))
        self.last = AffinePair(cond, w[-1])
        self.to_rgb = nn.Conv2d(w[-1], 12, 3, padding=1)
        self.to_rgb.bias = nn.Parameter(torch.ones(12))  # a white page: Adam would take thousands of steps to get there
        with torch.no_grad():  # the four pixels of a cell start alike, else they start as a checkerboard
            self.to_rgb.weight.copy_(self.to_rgb.weight[::4].repeat_interleave(4, dim=0))

    def forward(self, z: Tensor, t: Tensor) -> Tensor:
        """Return images (N, 3, size, size), about [-1, 1], of z (N, noise) and t (N, text).

        z is standard normal, t are unit embeddings. The last layer is computed in single precision: bfloat16 near 1 has
        steps of 1/128, as coarse as 8-bit pixels.
        """
        return self.draw([self.latent(z, t)] * self.places)

    def latent(self, z: Tensor, t: Tensor) -> Tensor:
        """Return the condition (N, cond) that all layers see: noise and text mixed."""
        # MiniLM's unit rows have entries of about 0.05: bring them to the noise's scale
        mixed: Tensor = self.mix(torch.cat([z, t * t.shape[1] ** 0.5], dim=1))
        return mixed

    @property
    def places(self) -> int:
        """How many places the condition enters at: the first grid, two a block, and the end."""
        return 2 * len(self.blocks) + 2

    def draw(self, codes: Sequence[Tensor]) -> Tensor:
        """Return images (N, 3, size, size) of a condition (N, cond) for each place; :meth:`forward` has one."""
        x = self.start(codes[0]).view(len(codes[0]), -1, 4, 4)
        for block, first, second in zip(self.blocks, codes[1::2], codes[2::2], strict=False):
            x = block(x, first, second)
        with torch.autocast(x.device.type, enabled=False):
            return F.pixel_shuffle(self.to_rgb(self.last(x.float(), codes[-1].float())), 2)

    def layers(self) -> list[nn.ModuleList]:
        """Return the layers by the place at which the condition reaches them, each in one; ``mix`` is in none."""
        names = ("pair1", "conv1", "shortcut"), ("pair2", "conv2")
        blocks = [[getattr(block, name) for name in part] for block in self.blocks for part in names]
        return [nn.ModuleList(part) for part in ([self.start], *blocks, [self.last, self.to_rgb])]
