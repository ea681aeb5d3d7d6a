"""Losses of translator and prior, each a small pure function."""

from torch import Tensor
from torch.nn import functional as F


def translation_loss(translated: Tensor, image: Tensor) -> Tensor:
    """Return the mean squared error of standardised image embeddings (N, D) (arXiv 2209.10948, 3.2)."""
    return F.mse_loss(translated, image)


def noise_embedding(image: Tensor, noise: Tensor, alpha: Tensor) -> Tensor:
    """Return sqrt(a) y + sqrt(1 - a) noise, embeddings (N, D) at cumulative alphas (N,) (arXiv 2006.11239, eq. 4)."""
    a = alpha.view(-1, 1)
    return a.sqrt() * image + (1 - a).sqrt() * noise
