"""MPS's cross-attention (Zhang et al., arXiv 2405.14705, section 4.2): patches of a picture look at a prompt's words.

Each layer is two blocks, each with its feedforward part in parallel, and with one head of keys and values for many of
queries (Shazeer, arXiv 1911.02150). Imports torch: only networks' modules import this one.
"""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

HEAD = 64  # numbers a head
WIDER = 4  # times as wide as its input is the inside of a feedforward part
SLOWEST = 10_000  # of the rotary embedding: its least frequency is about one over this (Su et al., arXiv 2104.09864)


def _gate(inner: Tensor) -> Tensor:
    """Return the first half of the numbers by SiLU of the second half (SwiGLU: Shazeer, arXiv 2002.05202)."""
    passed, gate = inner.chunk(2, dim=-1)
    return F.silu(gate) * passed


def _attend(queries: Tensor, keys: Tensor, values: Tensor, mask: Tensor | None = None) -> Tensor:
    """Return what queries (N, H, L, d) read of keys and values (N, M, d), as (N, L, H d); ``mask`` is (N, M)."""
    shown = None if mask is None else mask[:, None, None, :]
    every = (-1, queries.shape[1], -1, -1)
    one_head = keys.unsqueeze(1).expand(every), values.unsqueeze(1).expand(every)
    read: Tensor = F.scaled_dot_product_attention(queries, one_head[0], one_head[1], attn_mask=shown)
    return read.transpose(1, 2).flatten(2)


def _split_heads(queries: Tensor) -> Tensor:
    """Return queries (N, L, H d) as (N, H, L, d)."""
    split: Tensor = queries.unflatten(-1, (-1, HEAD)).transpose(1, 2)
    return split


def rotate(x: Tensor) -> Tensor:
    """Return rows (.., L, d) turned by their place: the rotary position embedding."""
    length, width = x.shape[-2:]
    frequencies = SLOWEST ** -(torch.arange(0, width, 2, device=x.device, dtype=x.dtype) / width)
    angles = torch.outer(torch.arange(length, device=x.device, dtype=x.dtype), frequencies).repeat(1, 2)
    first, second = x.chunk(2, dim=-1)
    return x * angles.cos() + torch.cat((-second, first), dim=-1) * angles.sin()


class PromptAttention(nn.Module):
    """Patches look at a prompt's words."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(width)
        self.to_q = nn.Linear(width, heads * HEAD, bias=False)
        self.to_kv = nn.Linear(width, 2 * HEAD, bias=False)
        self.to_out = nn.Linear(heads * HEAD, width, bias=False)
        self.ff_in = nn.Linear(width, 2 * WIDER * width, bias=False)
        self.ff_out = nn.Linear(WIDER * width, width, bias=False)

    def forward(self, patches: Tensor, words: Tensor, seen: Tensor) -> Tensor:
        """Return the patches (N, P, D) after words (N, M, D), those alone that are ``seen``, (N, M)."""
        x = self.norm(patches)
        keys, values = self.to_kv(words).chunk(2, dim=-1)
        read = _attend(_split_heads(self.to_q(x)), keys, values, seen)
        out: Tensor = patches + self.to_out(read) + self.ff_out(_gate(self.ff_in(x)))
        return out


class PatchAttention(nn.Module):
    """Patches look at one another."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(width)
        self.sizes = (heads * HEAD, HEAD, HEAD, 2 * WIDER * width)
        self.fused_attn_ff_proj = nn.Linear(width, sum(self.sizes), bias=False)
        self.attn_out = nn.Linear(heads * HEAD, width, bias=False)
        self.ff_out = nn.Linear(WIDER * width, width, bias=False)

    def forward(self, patches: Tensor) -> Tensor:
        """Return the patches (N, P, D) after one another."""
        queries, keys, values, inner = self.fused_attn_ff_proj(self.norm(patches)).split(self.sizes, dim=-1)
        read = _attend(rotate(_split_heads(queries)), rotate(keys), values)
        out: Tensor = patches + self.attn_out(read) + self.ff_out(_gate(inner))
        return out


class PromptedPatches(nn.Module):
    """All layers: in each, patches look at words and then at one another."""

    def __init__(self, width: int, layers: int, heads: int) -> None:
        super().__init__()
        both = (nn.ModuleList((PromptAttention(width, heads), PatchAttention(width, heads))) for _ in range(layers))
        self.layers = nn.ModuleList(both)

    def forward(self, patches: Tensor, words: Tensor, seen: Tensor) -> Tensor:
        """Return the patches (N, P, D) as the words (N, M, D) that are ``seen``, (N, M), have them looked at."""
        for layer in self.layers:
            to_words, to_patches = layer.children()
            patches = to_patches(to_words(patches, words, seen))
        return patches
