"""The losses: directions in the space of an image-text encoder, and prompts that stay in the target's domain."""

import torch.nn.functional as F
from torch import Tensor

SHORTEST = 0.01  # of a direction between unit vectors whose angle is looked at


def directional_loss(images: Tensor, texts: Tensor) -> Tensor:
    """Return mean(1 - cos(dI, dT)) of directions (N, D): 0 where they are parallel, 2 where opposite.

    StyleGAN-NADA (arXiv 2108.00946), equation 2; IPL (arXiv 2304.03119), equation 9. A generator that is still its
    source has dI = 0, of which there is no angle: below the length ``SHORTEST`` the part of dI along dT counts instead,
    over that length, so that the first step's loss is 1 and its gradient finite. Our instantiation.
    """
    along = (images * F.normalize(texts, dim=-1)).sum(-1)
    loss: Tensor = (1 - along / images.norm(dim=-1).clamp(min=SHORTEST)).mean()
    return loss


def domain_loss(prompts: Tensor, words: Tensor) -> Tensor:
    """Return mean(1 - cos) of unit embeddings of target prompts (N, D) and of the target's words (D,).

    IPL, equation 6: domain regularisation.
    """
    return (1 - prompts @ words).mean()


def fit_loss(images: Tensor, prompts: Tensor) -> Tensor:
    """Return mean(1 - cos) of unit rows (N, D), each picture and the prompt that is learned for all of them.

    Contrast can't teach a prompt that all pictures share, as it tells none from another. Our instantiation.
    """
    return (1 - (images * prompts).sum(-1)).mean()
