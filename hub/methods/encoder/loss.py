"""The contrastive loss of the image-text encoders, and their retrieval score."""

import torch
import torch.nn.functional as F
from torch import Tensor


def info_nce(a: Tensor, b: Tensor, scale: Tensor) -> Tensor:
    """Return the symmetric InfoNCE of matched unit rows a, b (N, D) under a positive scale.

    CLIP, arXiv 2103.00020, fig. 3. ln N when all rows are equal.
    """
    logits = scale * a @ b.T  # (N, N)
    target = torch.arange(len(a), device=a.device)
    return (F.cross_entropy(logits, target) + F.cross_entropy(logits.T, target)) / 2


def recall_at(images: Tensor, texts: Tensor, k: int) -> Tensor:
    """Return whether each image's own text (the same row) is among the k nearest of all texts: (N,) bool.

    ``images`` and ``texts`` are unit rows (N, D). Ties count against the image.
    """
    similarity = images @ texts.T
    own = similarity.diagonal().unsqueeze(1)
    return (similarity >= own).sum(1) <= k
