"""The discriminators of SSA-GAN and of AttnGAN's stages: a picture down to a small grid, joined there by its text.

The papers' trunk takes pixels. Our instantiation beside it, for small budgets: a trunk on a frozen network's features
at three depths (as in Projected GAN, arXiv 2111.01007), where the gradient penalty is taken over features, as in GALIP
(arXiv 2301.12959); spectral norms in either.
"""

from collections.abc import Sequence
from itertools import pairwise

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.nn.utils.parametrizations import spectral_norm


def conv(before: int, after: int, side: int, stride: int = 1, padding: int = 0) -> nn.Module:
    """Return a convolution with a spectral norm."""
    return spectral_norm(nn.Conv2d(before, after, side, stride, padding))


class DownBlock(nn.Module):
    """Residual halving: shortcut (conv1, mean) + gamma (conv4 by stride 2, conv3), gamma starting at 0 (DF-GAN's)."""

    def __init__(self, before: int, after: int) -> None:
        super().__init__()
        self.conv1, self.conv2 = conv(before, after, 4, 2, 1), conv(after, after, 3, 1, 1)
        self.shortcut = conv(before, after, 1)
        self.gamma = nn.Parameter(torch.zeros(1))

    def forward(self, x: Tensor) -> Tensor:
        """Return x (N, before, H, W) as (N, after, H / 2, W / 2)."""
        residual = F.leaky_relu(self.conv2(F.leaky_relu(self.conv1(x), 0.2)), 0.2)
        out: Tensor = F.avg_pool2d(self.shortcut(x), 2) + self.gamma * residual
        return out


class PixelTrunk(nn.Module):
    """Pictures down to 4x4 by residual blocks, as in both papers."""

    def __init__(self, size: int, width: int) -> None:
        super().__init__()
        halvings = (size // 4).bit_length() - 1
        widths = [min(width * 2**k, 4 * width) for k in range(halvings + 1)]
        self.first = conv(3, widths[0], 3, 1, 1)
        self.blocks = nn.ModuleList(DownBlock(a, b) for a, b in pairwise(widths))
        self.channels = widths[-1]

    def forward(self, seen: Sequence[Tensor]) -> Tensor:
        """Return the grid (N, channels, 4, 4) of pictures, the one tensor of ``seen``."""
        x: Tensor = self.first(seen[0])
        for block in self.blocks:
            x = block(x)
        return x


class FeatureTrunk(nn.Module):
    """A frozen network's grids, each half the side of the one before, joined on the way down."""

    def __init__(self, channels: Sequence[int], width: int) -> None:
        super().__init__()
        self.enter = nn.ModuleList(conv(c, width, 1) for c in channels)
        self.blocks = nn.ModuleList(DownBlock(width, width) for _ in channels[1:])
        self.channels = width

    def forward(self, seen: Sequence[Tensor]) -> Tensor:
        """Return the last grid (N, width, h, w), the grids (N, C_i, h_i, w_i) joined to it."""
        x: Tensor = self.enter[0](seen[0])
        for enter, block, grid in zip(self.enter[1:], self.blocks, seen[1:], strict=True):
            x = block(x) + enter(grid)
        return F.leaky_relu(x, 0.2)


class MatchingDiscriminator(nn.Module):
    """A trunk, and a head that joins the text: conv3, LeakyReLU, conv4; ``plain``: one without text beside it."""

    def __init__(self, trunk: PixelTrunk | FeatureTrunk, text: int, width: int, plain: bool) -> None:
        super().__init__()
        self.trunk = trunk
        self.with_text = nn.Sequential(
            conv(trunk.channels + text, width, 3, 1, 1), nn.LeakyReLU(0.2), conv(width, 1, 4)
        )
        self.without = conv(trunk.channels, 1, 4) if plain else None

    def judge(self, grid: Tensor, t: Tensor) -> Tensor:
        """Return logits (N,) of the trunk's grid (N, C, h, w) with texts t (N, text), entries of about 1."""
        tiled = t[:, :, None, None].expand(-1, -1, *grid.shape[2:])
        out: Tensor = self.with_text(torch.cat([grid, tiled], dim=1))
        return out.mean((1, 2, 3))  # of the places of what the last convolution leaves: one where the grid is 4x4

    def judge_plain(self, grid: Tensor) -> Tensor:
        """Return logits (N,) of the grid alone."""
        assert self.without is not None
        out: Tensor = self.without(grid)
        return out.mean((1, 2, 3))
