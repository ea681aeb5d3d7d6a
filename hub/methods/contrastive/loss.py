"""Losses of AttnGAN and DAMSM (arXiv 1711.10485). All are minimised. The contrasts are in ``hub.methods.contrast``."""

import torch
import torch.nn.functional as F
from torch import Tensor

GAMMA1, GAMMA2, GAMMA3 = 4.0, 5.0, 10.0  # DAMSM's sharpness: of attention, over words, over the batch


def bce_discriminator(real: Tensor, fake: Tensor, mismatched: Tensor | None = None) -> Tensor:
    """Return the cross entropy of logits of any equal shape (AttnGAN, eq. 4; its code weighs wrong texts as fakes)."""
    says_real = F.binary_cross_entropy_with_logits(real, torch.ones_like(real))
    says_fake = F.binary_cross_entropy_with_logits(fake, torch.zeros_like(fake))
    if mismatched is None:
        return says_real + says_fake
    return says_real + (says_fake + F.binary_cross_entropy_with_logits(mismatched, torch.zeros_like(mismatched))) / 2


def bce_generator(fake: Tensor) -> Tensor:
    """Return -log D of the logits of fakes (AttnGAN, eq. 3)."""
    return F.binary_cross_entropy_with_logits(fake, torch.ones_like(fake))


def augmentation_divergence(mean: Tensor, log_variance: Tensor) -> Tensor:
    """Return KL(N(mean, var), N(0, I)) a number, of (N, D) (StackGAN, arXiv 1612.03242, eq. 2)."""
    return -0.5 * (1 + log_variance - mean.square() - log_variance.exp()).mean()


def match_words(regions: Tensor, words: Tensor, mask: Tensor) -> Tensor:
    """Return R(Q_i, D_j) (N, M) of images' regions (N, R, D) and texts' words (M, L, D), mask (M, L) (eq. 7 to 10).

    Regions compete for each word, each word gets a context of regions, and the cosines of words and contexts are joined
    by log-sum-exp.
    """
    raw = torch.einsum("mld,nrd->nmlr", words, regions)
    s = raw.masked_fill(~mask[None, :, :, None], -1e4).softmax(dim=2)  # over words, eq. 8
    weights = (GAMMA1 * s).softmax(dim=3)  # over regions, eq. 9
    # the context c = sum_r w_r v_r is never made: c.e = sum_r w_r (v_r.e), and |c|^2 = w'(V V')w
    gram = regions @ regions.transpose(1, 2)  # (N, R, R)
    squares = (torch.einsum("nmlr,nrq->nmlq", weights, gram) * weights).sum(3)
    lengths = squares.clamp(min=1e-8).sqrt() * words.norm(dim=2).clamp(min=1e-8)
    cosines = (weights * raw).sum(3) / lengths  # (N, M, L)
    joined: Tensor = (GAMMA2 * cosines).masked_fill(~mask[None], -torch.inf).logsumexp(dim=2) / GAMMA2
    return joined


def matching_loss(alike: Tensor, classes: Tensor) -> Tensor:
    """Return DAMSM's loss of likenesses (N, N) of images and texts, both ways (eq. 11 to 13).

    ``classes`` (N,): another row of one's own class is no wrong answer, and is left out.
    """
    same = (classes[:, None] == classes) & ~torch.eye(len(classes), dtype=torch.bool, device=classes.device)
    logits = (GAMMA3 * alike).masked_fill(same, -torch.inf)
    target = torch.arange(len(logits), device=logits.device)
    return F.cross_entropy(logits, target) + F.cross_entropy(logits.T, target)
