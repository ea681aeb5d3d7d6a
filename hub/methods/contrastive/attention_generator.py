"""AttnGAN's generator (Xu et al., CVPR 2018, arXiv 1711.10485) with style blocks: stages that look words up.

Conditioning augmentation and noise make the first grid; each later stage lets every place of its grid attend to the
words, and refines. The style blocks, named by arXiv 2312.10854 and described nowhere that we could read, are ours:
AdaIN (arXiv 1703.06868) whose scale and shift are made of the sentence. Ours too: sizes, stages of 16, 32 and 64 px in
place of 64, 128 and 256, the last by a pixel shuffle from a white page, MiniLM's words for a bi-LSTM's.
"""

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from hub.encoders.frozen_networks import TextStates
from hub.methods.contrastive.ssa_generator import start_white
from hub.methods.scad.discriminators import scaled


@dataclass(frozen=True)
class AttentionSizes:
    """Sizes of the generator; ``condition`` numbers of the noise are those of conditioning augmentation."""

    normal: int = 100
    condition: int = 96
    text: int = 384
    width: int = 32  # channels at 16x16 and 32x32
    size: int = 64

    @property
    def noise(self) -> int:
        """Return how many random numbers a picture is drawn from."""
        return self.normal + self.condition


class StyleNorm(nn.Module):
    """AdaIN: instance normalisation, then a scale and a shift made of the sentence; they start at 1 and 0."""

    def __init__(self, text: int, channels: int) -> None:
        super().__init__()
        self.norm, self.told = nn.InstanceNorm2d(channels), nn.Linear(text, 2 * channels)
        nn.init.zeros_(self.told.weight)
        nn.init.zeros_(self.told.bias)

    def forward(self, x: Tensor, s: Tensor) -> Tensor:
        """Return x (N, C, H, W) in the style of sentences s (N, text)."""
        g, b = self.told(s)[:, :, None, None].chunk(2, dim=1)
        out: Tensor = self.norm(x) * (1 + g) + b
        return out


class StyleBlock(nn.Module):
    """A residual of two convolutions, each normalised in the sentence's style."""

    def __init__(self, text: int, channels: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(channels, channels, 3, padding=1, bias=False)
        self.conv2 = nn.Conv2d(channels, channels, 3, padding=1, bias=False)
        self.norm1, self.norm2 = StyleNorm(text, channels), StyleNorm(text, channels)

    def forward(self, x: Tensor, s: Tensor) -> Tensor:
        """Return x (N, C, H, W) refined under sentences s (N, text)."""
        y = F.leaky_relu(self.norm1(self.conv1(x), s), 0.2)
        out: Tensor = x + self.norm2(self.conv2(y), s)
        return out


class WordAttention(nn.Module):
    """For each place of a grid the mean of the words' projections, weighed by how alike place and word are."""

    def __init__(self, text: int, channels: int) -> None:
        super().__init__()
        self.project = nn.Linear(text, channels)

    def forward(self, h: Tensor, words: Tensor, mask: Tensor) -> Tensor:
        """Return contexts (N, C, H, W) of h (N, C, H, W); words (N, L, text), mask (N, L) true where there is one."""
        e = self.project(words)  # (N, L, C)
        alike = torch.einsum("nchw,nlc->nlhw", h, e) / h.shape[1] ** 0.5
        weights = alike.masked_fill(~mask[:, :, None, None], -1e4).softmax(dim=1)
        return torch.einsum("nlhw,nlc->nchw", weights, e)


class GrowBlock(nn.Module):
    """Nearest doubling, conv3, BN and GLU."""

    def __init__(self, before: int, after: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(before, 2 * after, 3, padding=1, bias=False)
        self.norm = nn.BatchNorm2d(2 * after)

    def forward(self, x: Tensor) -> Tensor:
        """Return x (N, before, H, W) as (N, after, 2H, 2W)."""
        return F.glu(self.norm(self.conv(F.interpolate(x, scale_factor=2, mode="nearest"))), dim=1)


class AttendingStage(nn.Module):
    """Joins a grid with the words its places attend to, refines it in the sentence's style, and may double it."""

    def __init__(self, text: int, width: int, grow: bool) -> None:
        super().__init__()
        self.attend = WordAttention(text, width)
        self.join = nn.Conv2d(2 * width, width, 1)
        self.style = StyleBlock(text, width)
        self.grow = GrowBlock(width, width) if grow else None

    def forward(self, h: Tensor, s: Tensor, texts: TextStates) -> Tensor:
        """Return the next grid of h (N, width, H, W), with scaled sentences s (N, text)."""
        context = self.attend(h, texts.words, texts.mask)
        x = self.style(F.leaky_relu(self.join(torch.cat([h, context], dim=1)), 0.2), s)
        out: Tensor = x if self.grow is None else self.grow(x)
        return out


class AttentionGenerator(nn.Module):
    """Noise, sentence and words to pictures of three sizes."""

    def __init__(self, sizes: AttentionSizes) -> None:
        super().__init__()
        self.sizes, c, w = sizes, sizes.condition, sizes.width
        self.augment = nn.Linear(sizes.text, 4 * c)
        self.start = nn.Linear(sizes.normal + c, 4 * w * 16)
        self.grow = nn.Sequential(GrowBlock(2 * w, 2 * w), GrowBlock(2 * w, w))  # to 8x8, 16x16
        stages = (AttendingStage(sizes.text, w, grow=True), AttendingStage(sizes.text, w, grow=False))
        self.stages = nn.ModuleList(stages)
        self.heads = nn.ModuleList(nn.Conv2d(w, channels, 3, padding=1) for channels in (3, 3, 12))
        for head in self.heads:
            start_white(head)

    @property
    def noise(self) -> int:
        """Return how many random numbers a picture is drawn from."""
        return self.sizes.noise

    def condition(self, texts: TextStates) -> tuple[Tensor, Tensor]:
        """Return mean and log variance (N, condition) of the conditioning augmentation (StackGAN, arXiv 1612.03242)."""
        mean, log_variance = F.glu(self.augment(scaled(texts.sentences)), dim=1).chunk(2, dim=1)
        return mean, log_variance.clamp(max=4)

    def forward(self, z: Tensor, texts: TextStates) -> list[Tensor]:
        """Return pictures (N, 3, S, S), about [-1, 1], S a quarter, half and all of the size, of z (N, noise)."""
        mean, log_variance = self.condition(texts)
        c = mean + z[:, self.sizes.normal :] * (log_variance / 2).exp()
        x = F.glu(self.start(torch.cat([z[:, : self.sizes.normal], c], dim=1)), dim=1).view(len(z), -1, 4, 4)
        s, grids = scaled(texts.sentences), [self.grow(x)]
        for stage in self.stages:
            grids.append(stage(grids[-1], s, texts))
        first, second, last = (head(grid) for head, grid in zip(self.heads, grids, strict=True))
        return [first, second, F.pixel_shuffle(last, 2)]
