"""The discriminators on frozen features: the baseline's, and SCAD's experts with SAN's directions.

Both see features at several depths through fixed random projections, one small head a depth (Projected GAN, Sauer et
al. 2021, arXiv 2111.01007), spectrally normalised. Sizes are our instantiation.
"""

import math
from typing import Protocol

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.nn.utils.parametrizations import spectral_norm

from hub.methods.scad.loss import Split, gradient_penalty, hinge_discriminator, san_discriminator, san_split


def scaled(t: Tensor) -> Tensor:
    """Return unit rows (N, D) scaled to entries of about 1, the scale of everything else."""
    return t * math.sqrt(t.shape[1])


class Depth(nn.Module):
    """One depth of the frozen features as a vector, h_i; with ``text``, of the features and the text tiled on them."""

    def __init__(self, channels: int, width: int, strided: bool, text: int = 0) -> None:
        super().__init__()
        self.project = nn.Conv2d(channels, width, 1, bias=False).requires_grad_(False)  # fixed, random
        nn.init.kaiming_normal_(self.project.weight, nonlinearity="linear")
        self.conv1 = spectral_norm(nn.Conv2d(width, width, 3, stride=2 if strided else 1, padding=1))
        self.text = nn.Linear(text, width) if text else None
        self.conv2 = spectral_norm(nn.Conv2d(2 * width if text else width, width, 3, padding=1))

    def forward(self, f: Tensor, t: Tensor | None = None) -> Tensor:
        """Return the mean over the grid, (N, width), of features f (N, C, h, w) with texts t (N, text)."""
        h = F.leaky_relu(self.conv1(self.project(f)), 0.2)
        if self.text is not None:
            tiled = self.text(t)[:, :, None, None].expand(-1, -1, *h.shape[2:])
            h = torch.cat([h, tiled], dim=1)
        out: Tensor = F.leaky_relu(self.conv2(h), 0.2)
        return out.mean((2, 3))


class Discriminator(Protocol):
    """What a step asks of an expert.

    Features are lists of (N, C_i, h_i, w_i), texts unit rows (N, D).
    """

    def losses(self, real: list[Tensor], fake: list[Tensor], t: Tensor, penalty: float) -> tuple[Tensor, Tensor]:
        """Return the discriminator's loss and its gradient penalty of that weight."""
        ...

    def score(self, features: list[Tensor], t: Tensor) -> tuple[Tensor, Tensor]:
        """Return what the generator raises, (N, depths), and the image features h, (N, depths, width)."""
        ...

    def renormalise(self) -> None:
        """Bring weights back to their norm, after each of the discriminator's steps."""
        ...


class HingeDiscriminator(nn.Module):
    """The baseline's discriminator: the text tiled onto each depth's grid, one logit a depth.

    After GALIP (arXiv 2301.12959).
    """

    def __init__(self, channels: list[int], text: int, width: int = 64) -> None:
        super().__init__()
        self.depths = nn.ModuleList(Depth(c, width, i == 0, text) for i, c in enumerate(channels))
        self.logits = nn.ModuleList(spectral_norm(nn.Linear(width, 1)) for _ in channels)

    def score(self, features: list[Tensor], t: Tensor) -> tuple[Tensor, Tensor]:
        """Return logits (N, depths), and h (N, depths, width)."""
        t = scaled(t)
        h = [depth(f, t) for depth, f in zip(self.depths, features, strict=True)]
        logits = [logit(one) for logit, one in zip(self.logits, h, strict=True)]
        return torch.cat(logits, dim=1), torch.stack(h, dim=1)

    def losses(self, real: list[Tensor], fake: list[Tensor], t: Tensor, penalty: float) -> tuple[Tensor, Tensor]:
        """Return the matching-aware hinge loss, and MA-GP over features and text.

        Each text's neighbour is the wrong one.
        """
        seen = [f.detach().requires_grad_(True) for f in real]
        told = t.detach().requires_grad_(True)
        logits = self.score(seen, told)[0]
        wrong, drawn = self.score(real, t.roll(1, 0))[0], self.score(fake, t)[0]
        return hinge_discriminator(logits, drawn, wrong), gradient_penalty(logits.mean(1), [*seen, told], penalty)

    def renormalise(self) -> None:
        """Leave all as it is: no weight has a norm to keep."""


class Direction(nn.Module):
    """SAN's last layer for each depth: f = s <w, h>, w of unit norm, s a learned positive scale.

    Unconditional: w is a parameter. With ``text``: w(t) = E(t) / ||E(t)||, E linear, our instantiation of SAN for text
    conditions. E has a direction of its own too (its bias), so that what is common to all texts need not be learnt
    through each.
    """

    def __init__(self, depths: int, width: int, text: int = 0) -> None:
        super().__init__()
        self.shape = (depths, width)
        self.raw = None if text else nn.Parameter(F.normalize(torch.randn(depths, width), dim=-1))
        self.embed = nn.Linear(text, depths * width) if text else None
        self.log_scale = nn.Parameter(torch.full((depths,), 0.5 * math.log(width)))

    @property
    def scale(self) -> Tensor:
        """Return s (depths,); it starts at sqrt(width), the norm that a normal direction would have."""
        return self.log_scale.exp()

    def w(self, t: Tensor) -> Tensor:
        """Return unit directions for texts t (N, text): (N, depths, width), or (1, depths, width) without text."""
        if self.embed is not None:
            return F.normalize(self.embed(scaled(t)).view(-1, *self.shape), dim=-1)
        assert self.raw is not None
        return F.normalize(self.raw, dim=-1).unsqueeze(0)

    def split(self, h: Tensor, t: Tensor) -> Split:
        """Return the discriminator's two parts, (N, depths) each, of h (N, depths, width)."""
        return san_split(h, self.w(t), self.scale)

    def forward(self, h: Tensor, t: Tensor) -> Tensor:
        """Return the generator's score s <w, h>, (N, depths)."""
        return (h * self.w(t)).sum(-1) * self.scale

    @torch.no_grad()
    def renormalise(self) -> None:
        """Bring the parameter w back to norm 1, so that its step keeps its size (as sony/san does)."""
        if self.raw is not None:
            self.raw.copy_(F.normalize(self.raw, dim=-1))


class SanDiscriminator(nn.Module):
    """SCAD's expert: h from the image alone, direction from the text or from nothing."""

    def __init__(self, channels: list[int], text: int, width: int = 64) -> None:
        super().__init__()
        self.depths = nn.ModuleList(Depth(c, width, i == 0) for i, c in enumerate(channels))
        self.direction = Direction(len(channels), width, text)

    def h(self, features: list[Tensor]) -> Tensor:
        """Return h (N, depths, width) of the features at all depths."""
        return torch.stack([depth(f) for depth, f in zip(self.depths, features, strict=True)], dim=1)

    def score(self, features: list[Tensor], t: Tensor) -> tuple[Tensor, Tensor]:
        """Return s <w(t), h> (N, depths), and h (N, depths, width)."""
        h = self.h(features)
        return self.direction(h, t), h

    def losses(self, real: list[Tensor], fake: list[Tensor], t: Tensor, penalty: float) -> tuple[Tensor, Tensor]:
        """Return SAN's loss and the penalty on ``fun`` over features.

        Wrong texts are in the loss where the direction depends on text. The penalty is taken of ``fun``, in which w
        stands still, so that E still learns from ``dir`` alone.
        """
        seen = [f.detach().requires_grad_(True) for f in real]
        h, w = self.h(seen), self.direction.w(t)
        right = san_split(h, w, self.direction.scale)
        drawn = san_split(self.h(fake), w, self.direction.scale)
        wrong = None if self.direction.embed is None else self.direction.split(h, t.roll(1, 0))
        return san_discriminator(right, drawn, wrong), gradient_penalty(right.fun.mean(1), seen, penalty)

    def renormalise(self) -> None:
        """Bring the unconditional direction back to norm 1."""
        self.direction.renormalise()


class Recovery(nn.Module):
    """Q, which guesses the noise from the experts' image features.

    InfoGAN's auxiliary head; sizes are our instantiation. Features are standardised first: what one prompt's pictures
    differ in is a small part of their size. The first guess is about 0, the best where nothing is known.
    """

    def __init__(self, features: int, noise: int, width: int = 256) -> None:
        super().__init__()
        last = nn.Linear(width, noise)
        nn.init.normal_(last.weight, std=0.01)
        nn.init.zeros_(last.bias)
        layers = (nn.BatchNorm1d(features, affine=False), nn.Linear(features, width), nn.LeakyReLU(0.2), last)
        self.net = nn.Sequential(*layers)

    def forward(self, h: Tensor) -> Tensor:
        """Return the guess (N, noise) from h (N, features)."""
        out: Tensor = self.net(h)
        return out
