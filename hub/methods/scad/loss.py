"""Losses of the CLIP-aided GANs. All are minimised."""

import torch
import torch.nn.functional as F
from torch import Tensor


def hinge_discriminator(real: Tensor, fake: Tensor, mismatched: Tensor) -> Tensor:
    """Matching-aware hinge loss on logits of any equal shape (DF-GAN, Tao et al. 2022, arXiv 2008.05865, eq. 2).

    ``mismatched`` are logits of real images with another image's text.
    """
    return F.relu(1 - real).mean() + (F.relu(1 + fake).mean() + F.relu(1 + mismatched).mean()) / 2


def matching_aware_penalty(logits: Tensor, inputs: list[Tensor], weight: float = 2.0, power: float = 6.0) -> Tensor:
    """weight * mean(||grad D||^power) over the real features and their texts (DF-GAN's MA-GP, eq. 3).

    ``logits`` (N, ...) must be a function of every tensor of ``inputs`` (N, ...), each requiring grad.
    """
    grads = torch.autograd.grad(logits.sum(), inputs, create_graph=True)
    flat = torch.cat([g.flatten(1) for g in grads], dim=1)
    return weight * ((flat.square().sum(1) + 1e-12) ** (power / 2)).mean()


def alignment(image: Tensor, text: Tensor) -> Tensor:
    """-cos of unit image and text embeddings (N, D), mean (GALIP, eq. 4, without its weight)."""
    return -(image * text).sum(1).mean()
