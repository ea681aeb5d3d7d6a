"""The latent mapper: from a picture's latent to the tokens of its prompt, after IPL (arXiv 2304.03119)."""

from itertools import pairwise

import torch
import torch.nn.functional as F
from torch import Tensor, nn

HIDDEN, LAYERS, LR_MULTIPLIER = 512, 3, 0.01


class EqualLinear(nn.Module):
    """A linear layer whose learning rate is equalised and lowered, as in StyleGAN2's mapping network."""

    def __init__(self, before: int, after: int, multiplier: float = LR_MULTIPLIER) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.randn(after, before) / multiplier)
        self.bias = nn.Parameter(torch.zeros(after))
        self.scale, self.multiplier = multiplier / before**0.5, multiplier

    def forward(self, x: Tensor) -> Tensor:
        """Return x (N, before) as (N, after)."""
        return F.linear(x, self.weight * self.scale, self.bias * self.multiplier)


class TokenScale(nn.Module):
    """Standard normal numbers to the scale of token embeddings, so that no learned token drowns the words.

    ``table`` (V, d) are the embeddings of all tokens. Our instantiation: MiniLM's have entries of about 0.05.
    """

    mean: Tensor
    spread: Tensor

    def __init__(self, table: Tensor) -> None:
        super().__init__()
        self.register_buffer("mean", table.mean(0))
        self.register_buffer("spread", table.std(0))

    def forward(self, x: Tensor) -> Tensor:
        """Return x (..., d) at the scale of tokens."""
        scaled: Tensor = self.mean + self.spread * x
        return scaled


class LatentMapper(nn.Module):
    """F: latents (B, latent) to token embeddings (B, m, d). Pixel norm, three layers of 512, and one to m tokens."""

    def __init__(self, latent: int, tokens: int, table: Tensor) -> None:
        super().__init__()
        self.tokens, widths = tokens, [latent, *[HIDDEN] * LAYERS]
        self.hidden = nn.ModuleList(EqualLinear(a, b) for a, b in pairwise(widths))
        self.out = EqualLinear(HIDDEN, tokens * table.shape[1])
        self.scale = TokenScale(table)

    def forward(self, w: Tensor) -> Tensor:
        """Return the tokens of each latent."""
        x = w * (w.square().mean(1, keepdim=True) + 1e-8).rsqrt()
        for layer in self.hidden:
            x = F.leaky_relu(layer(x), 0.2) * 2**0.5
        scaled: Tensor = self.scale(self.out(x).view(len(w), self.tokens, -1))
        return scaled


class SharedPrompt(nn.Module):
    """The tokens (B, m, d) of one learned prompt, the same whatever the latent."""

    def __init__(self, tokens: int, table: Tensor) -> None:
        super().__init__()
        self.raw = nn.Parameter(torch.randn(1, tokens, table.shape[1]) / LR_MULTIPLIER)
        self.scale = TokenScale(table)

    def forward(self, w: Tensor) -> Tensor:
        """Return the prompt for each of the latents (B, latent)."""
        scaled: Tensor = self.scale(self.raw * LR_MULTIPLIER)
        return scaled.expand(len(w), -1, -1)
